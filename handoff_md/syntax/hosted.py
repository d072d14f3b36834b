"""How the hosting sites render a text: cmark-gfm, with the extensions of GitHub's dialect."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.syntax.blocks import readable
from handoff_md.text.pattern import lazy_pattern

_EXTENSIONS = ("table", "strikethrough", "autolink", "tasklist")
_FOOTNOTE = "[^"
_CODE_BLOCK = lazy_pattern(r'<pre [^<>]*data-sourcepos="([0-9]+):[0-9]+-([0-9]+):[0-9]+"')


def render_hosted(text: str, *, footnotes: bool = False) -> str:
    """Render a text without front matter to HTML, raw HTML kept as it is.

    Total, and linear in the text. ``footnotes`` says whether the dialect has them.
    """
    return _render(text, footnotes=footnotes)


def dialects(text: str) -> Iterator[bool]:
    """Give the values of ``footnotes`` that a text has to be rendered with, to see all readings."""
    yield False
    if _FOOTNOTE in text:
        yield True


def hosted_code_lines(text: str) -> frozenset[int]:
    """Give the lines (from 0) that the sites show as code blocks, fences included."""
    blocks = _CODE_BLOCK.findall(_render(text, placed=True))
    return frozenset(line for first, end in blocks for line in range(int(first) - 1, int(end)))


def _render(text: str, *, footnotes: bool = False, placed: bool = False) -> str:
    from cmarkgfm import cmark  # noqa: PLC0415 - only what is to be written is rendered

    options = cmark.Options.CMARK_OPT_UNSAFE
    if footnotes:
        options |= cmark.Options.CMARK_OPT_FOOTNOTES
    if placed:
        options |= cmark.Options.CMARK_OPT_SOURCEPOS
    html = cmark.markdown_to_html_with_extensions(readable(text), options, _EXTENSIONS)
    return str(html)
