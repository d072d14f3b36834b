"""How the hosting sites render a text: cmark-gfm, with the extensions of GitHub's dialect."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.syntax.blocks import readable

_EXTENSIONS = ("table", "strikethrough", "autolink", "tasklist")
_FOOTNOTE = "[^"


def render_hosted(text: str, *, footnotes: bool = False) -> str:
    """Render a text without front matter to HTML, raw HTML kept as it is.

    Total, and linear in the text. ``footnotes`` says whether the dialect has them.
    """
    from cmarkgfm import cmark  # noqa: PLC0415 - only what is to be written is rendered

    options = cmark.Options.CMARK_OPT_UNSAFE
    if footnotes:
        options |= cmark.Options.CMARK_OPT_FOOTNOTES
    html = cmark.markdown_to_html_with_extensions(readable(text), options, _EXTENSIONS)
    return str(html)


def dialects(text: str) -> Iterator[bool]:
    """Give the values of ``footnotes`` that a text has to be rendered with, to see all readings."""
    yield False
    if _FOOTNOTE in text:
        yield True
