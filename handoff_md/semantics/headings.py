"""Moves the headings of a text to other levels, wherever they stand in lists and quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from handoff_md.syntax.blocks import Token
from handoff_md.syntax.inline import locate_inline
from handoff_md.text.edit import Edit
from handoff_md.text.source import Source
from handoff_md.text.span import Span

_DEEPEST = 6
_CLOSING = re.compile(r"(?:^|(?<=[ \t]))#+$")
_LIST_MARKER = re.compile(r"[-+*]|[0-9]{1,9}[.)]")


@dataclass(frozen=True, slots=True)
class Shift:
    """The edits that move all headings, and what to tell the user of them."""

    edits: tuple[Edit, ...]
    notes: tuple[str, ...]


def raise_setext(source: Source, tokens: Sequence[Token]) -> Iterator[Edit]:
    """Write each setext heading as an ATX heading of the same level, on one line."""
    for index, token in enumerate(tokens):
        if token.type != "heading_open" or token.markup.startswith("#") or not token.map:
            continue
        content = tokens[index + 1].content
        places = locate_inline(source, tokens, index + 1)
        start = places.to_source(0)
        yield Edit(Span(start, start), "#" * int(token.tag[1]) + " ")
        offset = 0
        lines = content.split("\n")
        for line, following in zip(lines, lines[1:], strict=False):
            words = line.rstrip()
            if (len(words) - len(words.rstrip("\\"))) % 2:
                words = words[:-1]
            next_words = offset + len(line) + 1 + len(following) - len(following.lstrip(" \t"))
            end = places.to_source(offset + len(words) - 1) + 1 if words else start
            yield Edit(Span(end, places.to_source(next_words)), " ")
            offset += len(line) + 1
        end = places.to_source(len(content) - 1) + 1
        underline = token.map[1]
        closing = _CLOSING.search(lines[-1])
        if closing:
            place = places.to_source(offset + closing.start())
            yield Edit(Span(place, place), "\\")
        line_end = source.lines_span(underline - 2, underline - 1).end - 1
        yield Edit(Span(max(end, line_end), source.line_offset(underline) - 1), "")


def shift_headings(source: Source, tokens: Sequence[Token], level: int) -> Shift:
    """Move all headings by the same number of levels, the highest to one below ``level``.

    What would pass the sixth level becomes a bold paragraph. All headings are ATX headings.
    """
    headings = [
        (token, tokens[index + 1])
        for index, token in enumerate(tokens)
        if token.type == "heading_open"
    ]
    if not headings:
        return Shift((), ())
    delta = level + 1 - min(int(token.tag[1]) for token, _ in headings)
    if not delta:
        return Shift((), ())
    edits: list[Edit] = []
    bold = False
    for token, inline in headings:
        assert token.map is not None  # noqa: S101 - block tokens that open have a map
        moved = int(token.tag[1]) + delta
        line = source.lines_span(token.map[0], token.map[0] + 1)
        marker = source.text.index("#", line.start)
        if moved <= _DEEPEST:
            edits.append(Edit(Span(marker, marker + len(token.markup)), "#" * moved))
        else:
            bold = True
            edits += _embolden(source, token.map[0], marker, inline.content)
    note = f"headings are moved {abs(delta)} {'down' if delta > 0 else 'up'}"
    deep = ("headings below the sixth level are bold paragraphs",) if bold else ()
    return Shift(tuple(edits), (note, *deep))


def _embolden(source: Source, number: int, marker: int, content: str) -> Iterator[Edit]:
    """Turn the ATX heading in line ``number`` into a bold paragraph of its own."""
    line = source.lines_span(number, number + 1)
    line_end = line.start + len(source.line_text(number))
    if not content:
        yield Edit(Span(marker, line_end), "")
        return
    prefix = source.text[line.start : marker]
    blank = _LIST_MARKER.sub(lambda found: " " * len(found.group()), prefix)
    mark = "__" if not content.strip("* \t") else "**"
    start = source.text.index(content, marker)
    before = after = ""
    if blank == prefix and number and not _is_blank(source.line_text(number - 1)):
        before = f"{blank.rstrip()}\n{blank}"
    if number + 1 < source.line_count and not _is_blank(source.line_text(number + 1)):
        after = f"\n{blank.rstrip()}"
    if before:
        yield Edit(Span(line.start, start), before + mark)
    else:
        yield Edit(Span(marker, start), mark)
    yield Edit(Span(start + len(content), line_end), mark + after)


def _is_blank(line: str) -> bool:
    return not line.strip(" \t>")
