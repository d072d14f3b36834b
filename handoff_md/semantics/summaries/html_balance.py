"""Whether a text's raw HTML closes all that it opens, block by block."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from handoff_md.syntax.blocks import Token
from handoff_md.syntax.inline import InlineMark, MarkKind
from handoff_md.text.pattern import lazy_pattern

_TAG = lazy_pattern(
    r"""<(?P<close>/)?(?P<name>[A-Za-z][A-Za-z0-9-]*)
        (?:\s+[A-Za-z_:][A-Za-z0-9_.:-]*(?:\s*=\s*(?:[^\s"'=<>`]+|'[^']*'|"[^"]*"))?)*
        \s*(?P<slash>/)?>
      | <!--(?!>|->)(?P<comment>(?:(?!--).)*)-->""",
    re.VERBOSE | re.DOTALL,
)
_OPENER = lazy_pattern(r"<(?=[A-Za-z/!?])")
_DIRECTIVE = lazy_pattern(r"\s*handoff-md\b", re.IGNORECASE)
VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
_RAW_TEXT = frozenset(
    [
        "iframe",
        "noembed",
        "noframes",
        "noscript",
        "plaintext",
        "pre",
        "script",
        "style",
        "svg",
        "math",
        "template",
        "textarea",
        "title",
        "xmp",
        "base",
        "body",
        "head",
        "html",
        "link",
        "meta",
        "frame",
        "frameset",
        "form",
        "button",
        "select",
        "option",
    ]
)
# A renderer writes this itself, for code.
_UNREADABLE = _RAW_TEXT - {"pre"}


def is_balanced(tokens: Sequence[Token], marks: Sequence[Sequence[InlineMark]]) -> bool:
    """Tell whether each tag is closed in the block that opened it, and no comment stays open.

    Markdown's own containers count as tags, so HTML that straddles a paragraph, list item or quote
    is not balanced. Elements whose content a renderer does not read as Markdown, or that change
    the whole page, never count as balanced, nor do comments that speak to this tool. A renderer may
    drop the tags in an image's alternative text: it has to balance with and without them. ``marks``
    are those of `scan_tokens`.
    """
    if not _is_balanced(tokens, marks):
        return False
    kinds = {mark.kind for found in marks for mark in found}
    if not {MarkKind.IMAGE, MarkKind.HTML} <= kinds:
        return True
    return _is_balanced(tokens, [tuple(_without_alternatives(found)) for found in marks])


def is_closed(html: str) -> bool:
    """Tell whether each tag of a rendering is closed in the order in which an HTML tree asks it."""
    stack: list[str] = []
    return _step(stack, html, refused=_UNREADABLE) and not stack


def _is_balanced(tokens: Sequence[Token], marks: Sequence[Sequence[InlineMark]]) -> bool:
    stack: list[str] = []
    for token, found in zip(tokens, marks, strict=True):
        if token.nesting == 1:
            stack.append(token.type)
        elif token.nesting == -1:
            if not stack or stack.pop() != token.type.replace("_close", "_open"):
                return False
        elif not all(_step(stack, piece) for piece in _pieces(token, found)):
            return False
    return not stack


def _without_alternatives(marks: Sequence[InlineMark]) -> Iterator[InlineMark]:
    """Give the marks but those inside of images."""
    end = 0
    for mark in marks:
        if mark.span.start >= end:
            yield mark
            if mark.kind is MarkKind.IMAGE:
                end = mark.span.end


def _pieces(token: Token, marks: Sequence[InlineMark]) -> Iterator[str]:
    if token.type == "html_block":
        yield token.content
    for mark in marks:
        if mark.kind is MarkKind.HTML:
            yield token.content[mark.span.start : mark.span.end]


def _step(stack: list[str], html: str, *, refused: Collection[str] = _RAW_TEXT) -> bool:
    """Open and close what a piece of HTML opens and closes; False where it can't be.

    HTML passes a slash before the end of a tag over, and not all renderers do: only void elements
    may have one.
    """
    place = 0
    while opener := _OPENER.search(html, place):
        tag = _TAG.match(html, opener.start())
        if tag is None:
            return False
        place = tag.end()
        if tag["comment"] is not None:
            if _DIRECTIVE.match(tag["comment"]):
                return False
            continue
        name = tag["name"].lower()
        if name in refused:
            return False
        if tag["close"]:
            if not stack or stack.pop() != name:
                return False
        elif name not in VOID and tag["slash"]:
            return False
        elif name not in VOID:
            stack.append(name)
    return True
