"""Proves that an entry without a heading, a list item or paragraphs, changed nothing beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product

from handoff_md.merge.proof import LOOK, Addition, Unsound, compare, line_at, without_rules
from handoff_md.semantics.summaries.hosting import stays_closed
from handoff_md.semantics.summaries.html_balance import is_balanced
from handoff_md.syntax.blocks import Token, parse_blocks
from handoff_md.syntax.front_matter import front_matter_end
from handoff_md.syntax.hosted import dialects, render_hosted
from handoff_md.syntax.inline import scan_tokens
from handoff_md.syntax.nodes import Document
from handoff_md.text.edit import Edit, Patch, make_patch
from handoff_md.text.pattern import lazy_pattern

_PROBE = "\n\nprobe\n"
_PROBE_TOKENS = 3
_HEADING_TOKENS = 3
_FIRST = frozenset({"list_item_open", "bullet_list_open", "ordered_list_open", "paragraph_open"})
_LISTS = frozenset(
    f"{kind}_list_{end}" for kind in ("bullet", "ordered") for end in ("open", "close")
)
_LIST = lazy_pattern(r"</?[uo]l\b[^>]*>\s*")
_TAG = lazy_pattern(r"(?=<)")
_HEADING = lazy_pattern(r"<h[1-6][\s/>]", re.IGNORECASE)


def prove_led(
    document: Document, patch: Patch, addition: Addition, within: Edit | None = None
) -> Unsound | None:
    """Compare the patched text with the document, by both judges; None where all is well.

    What must hold, with markdown-it as the judge: the block tokens are the old ones, moved by lines
    at most, with those of the addition at one place among them; these are of whole blocks (or of
    one item of a list that goes on as tight or loose as it was), hold no heading, balance their
    HTML, refer to no definition and make none; and nothing that follows would be taken in. With
    cmark-gfm: the HTML is the old one with the addition's at one place.
    """
    reason = next(_find_reasons(document, patch, addition, within), None)
    return Unsound(reason) if reason else None


def prove_around(
    document: Document, patch: Patch, addition: Addition, within: Edit | None = None
) -> Unsound | None:
    """Compare all but an addition, whose parts were proved before, each beside others near it.

    What must hold, for both judges: what the document had is there as it was, and in its order,
    but for the end, or the beginning, of a list that the addition has made longer; nothing that
    follows would be taken in, and no definition comes or meets brackets.
    """
    reason = next(_around_reasons(document, patch, addition, within), None)
    return Unsound(reason) if reason else None


def _around_reasons(
    document: Document, patch: Patch, addition: Addition, within: Edit | None
) -> Iterator[str]:
    tokens, reason = _read_probed(document, patch)
    if reason:
        yield reason
        return
    inside = _find_inside(document, tokens, within, addition, lists_grow=True)
    if inside is None or not _is_around(document, addition, within):
        yield "text outside the new entries would change its meaning"
        return
    marks = scan_tokens(inside, document.blocks.references)
    is_own = not any(mark.by_reference for found in marks for mark in found)
    if not is_own or any(token.type == "definition" for token in inside):
        yield "a summary's brackets and a link definition would meet"


def _is_around(document: Document, addition: Addition, within: Edit | None) -> bool:
    """Tell whether the hosting sites render all else as before, tag by tag."""
    for old, new in _render_both(document, addition, within):
        before, after = _TAG.split(old), _TAG.split(new)
        pairs = enumerate(zip(before, after, strict=False))
        same = next((at for at, (one, other) in pairs if one != other), len(before))
        left, right = before[same:], after[same:]
        last = min(len(left), len(right))
        behind = next((n for n in range(last) if left[-1 - n] != right[-1 - n]), last)
        between = left[: len(left) - behind]
        if between and not (len(between) == 1 and _LIST.fullmatch(between[0])):
            return False
    return True


def _find_reasons(
    document: Document, patch: Patch, addition: Addition, within: Edit | None
) -> Iterator[str]:
    tokens, reason = _read_probed(document, patch)
    if reason:
        yield reason
        return
    inside = _find_inside(document, tokens, within, addition)
    if inside is None:
        yield "text outside the new entry would change its meaning"
        return
    yield from _own_reasons(document, inside, addition)
    if not _is_hosted(document, addition, within):
        yield "the hosting sites would render text outside the new entry otherwise"


def _read_probed(document: Document, patch: Patch) -> tuple[Sequence[Token], str]:
    """Read what a patch makes, with a probe behind it; give its tokens, and what is wrong."""
    new = patch.apply()
    if front_matter_end(new) != document.first_line:
        return (), "its front matter would change"
    blocks = parse_blocks(new.text[new.line_offset(document.first_line) :] + _PROBE)
    if blocks.too_deep is not None:
        return (), "it would nest too deep"
    tokens, probe = blocks.tokens[:-_PROBE_TOKENS], blocks.tokens[-_PROBE_TOKENS:]
    if not probe or probe[0].type != "paragraph_open" or probe[0].level:
        return (), "a block that stays open would swallow what comes behind the new entry"
    return tokens, ""


def _find_inside(
    document: Document,
    tokens: Sequence[Token],
    within: Edit | None,
    addition: Addition,
    *,
    lists_grow: bool = False,
) -> Sequence[Token] | None:
    """Give the tokens that have come in; None where they are not all that has changed.

    Where ``lists_grow``, the token that begins or ends a list may stand among them.
    """
    old = document.blocks.tokens
    first = line_at(document.source, addition.edit.span.start) - document.first_line
    start = next((at for at, token in enumerate(tokens) if _begins(token, first)), len(tokens))
    moved = addition.edit.text.count("\n")
    # An item at a list's start stands behind the list's own token.
    for at, skipped in product((start, start + 1), (0, 1) if lists_grow else (0,)):
        taken, behind = old[at : at + skipped], old[at + skipped :]
        inside = tokens[at : len(tokens) - len(behind)]
        if not inside or len(taken) < skipped:
            continue
        if taken and (taken[0].type not in _LISTS or LOOK(taken[0]) not in map(LOOK, inside)):
            continue
        if not lists_grow and inside[0].type not in _FIRST | {"hr", "heading_open"}:
            continue
        if compare(old[:at], tokens[:at], 0, document, within) and compare(
            behind, tokens[len(tokens) - len(behind) :], moved, document, within
        ):
            return inside
    return None


def _begins(token: Token, line: int) -> bool:
    return token.map is not None and token.nesting >= 0 and token.map[0] >= line


def _own_reasons(document: Document, inside: Sequence[Token], addition: Addition) -> Iterator[str]:
    created, own = _split_headings(without_rules(inside), len(addition.headings))
    if not own or own[0].type not in _FIRST:
        yield "it would not begin with the words that head it"
    escaped = any(token.type in ("heading_open", "definition") for token in own)
    if escaped or created != addition.headings:
        yield "a heading or a definition of a summary would leave the new entry"
    level = inside[0].level
    if sum(token.nesting for token in inside) or any(token.level < level for token in inside):
        yield "a block of a summary would leave the new entry"
    marks = scan_tokens(inside, document.blocks.references)
    if not is_balanced(inside, marks):
        yield "HTML of a summary would reach beyond the new entry"
    if any(mark.by_reference for found in marks for mark in found):
        yield "a summary's brackets and a link definition would meet"


def _split_headings(
    tokens: Sequence[Token], count: int
) -> tuple[tuple[tuple[int, str], ...], Sequence[Token]]:
    """Split the level and words of so many headings off that tokens begin with."""
    stop = count * _HEADING_TOKENS
    created = tuple(
        (int(token.tag[1]), tokens[place + 1].content)
        for place, token in enumerate(tokens[:stop])
        if token.type == "heading_open"
    )
    return created, tokens[stop:]


def _is_hosted(document: Document, addition: Addition, within: Edit | None) -> bool:
    """Tell whether the hosting sites render all else as before, and close what the entry opens."""
    for old, new in _render_both(document, addition, within):
        own = _find_own(old, new)
        count = len(addition.headings)
        if own is None or len(_HEADING.findall(own)) != count:
            return False
        if not stays_closed(addition.edit.text, own):
            return False
    return True


def _render_both(
    document: Document, addition: Addition, within: Edit | None
) -> Iterator[tuple[str, str]]:
    """Render the document without an addition, and with it, in each dialect."""
    start = document.source.line_offset(document.first_line)
    stamp = [within] if within else []
    before = make_patch(document.source, stamp).text[start:]
    after = make_patch(document.source, [*stamp, addition.edit]).text[start:]
    behind = "\nprobe\n"
    for footnotes in dialects(after):
        old = render_hosted(before + behind, footnotes=footnotes)
        yield old, render_hosted(after + behind, footnotes=footnotes)


def _find_own(old: str, new: str) -> str | None:
    """Give what has come into the HTML at one place; None where other HTML has changed as well."""
    length = len(new) - len(old)
    same = 0
    while same < len(old) and old[same] == new[same]:
        same += 1
    if length <= 0:
        return None
    place = same
    while place >= 0:
        if new[place] == "<" and new[place + length :] == old[place:]:
            return new[place : place + length]
        place = new.rfind("<", 0, place) if place else -1
    return None
