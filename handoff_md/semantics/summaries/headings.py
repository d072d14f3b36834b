"""Moves the headings of a text to other levels, wherever they stand in lists and quotes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from handoff_md.syntax.blocks import Token
from handoff_md.syntax.inline import ContentMap, locate_tokens
from handoff_md.text.edit import Edit
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_DEEPEST = 6
_CLOSING = lazy_pattern(r"(?:^|(?<=[ \t]))#+$")
_LIST_MARKER = lazy_pattern(r"[-+*]|[0-9]{1,9}[.)]")


class Shift(Value):
    """The edits that move all headings, and what to tell the user of them."""

    edits: tuple[Edit, ...]
    notes: tuple[str, ...]


class _Headline(Value):
    """A heading's opening token, the content of its text, and where that stands."""

    opener: Token
    content: str
    places: ContentMap

    @property
    def first_line(self) -> int:
        assert self.opener.map is not None  # noqa: S101 - block tokens that open have a map
        return self.opener.map[0]

    @property
    def end_line(self) -> int:
        assert self.opener.map is not None  # noqa: S101 - block tokens that open have a map
        return self.opener.map[1]

    @property
    def level(self) -> int:
        return int(self.opener.tag[1])


def _headlines(source: Source, tokens: Sequence[Token]) -> list[_Headline]:
    return [
        _Headline(tokens[index - 1], tokens[index].content, places)
        for index, places in locate_tokens(source, tokens).items()
        if tokens[index - 1].type == "heading_open"
    ]


def raise_setext(source: Source, tokens: Sequence[Token]) -> Iterator[Edit]:
    """Write each setext heading as an ATX heading of the same level, on one line."""
    if all(token.type != "heading_open" or token.markup.startswith("#") for token in tokens):
        return
    for heading in _headlines(source, tokens):
        if not heading.opener.markup.startswith("#"):
            yield from _raise(source, heading)


def _raise(source: Source, heading: _Headline) -> Iterator[Edit]:
    """Join the lines of a setext heading, drop its underline, and keep a last ``#`` as text."""
    places, lines = heading.places, heading.content.split("\n")
    start = places.to_source(0)
    yield Edit(Span(start, start), "#" * heading.level + " ")
    offset = 0
    for line, following in pairwise(lines):
        words = _without_hard_break(line)
        end = places.to_source(offset + len(words) - 1) + 1 if words else places.to_source(offset)
        offset += len(line) + 1
        indent = len(following) - len(following.lstrip(" \t"))
        yield Edit(Span(end, places.to_source(offset + indent)), " ")
    if closing := _CLOSING.search(lines[-1]):
        place = places.to_source(offset + closing.start())
        yield Edit(Span(place, place), "\\")
    end = places.to_source(len(heading.content) - 1) + 1
    underline = heading.end_line - 1
    line_end = source.line_offset(underline) - 1
    yield Edit(Span(max(end, line_end), source.line_offset(underline + 1) - 1), "")


def _without_hard_break(line: str) -> str:
    words = line.rstrip()
    return words[:-1] if _ends_with_backslash(words) else words


def _ends_with_backslash(words: str) -> bool:
    return (len(words) - len(words.rstrip("\\"))) % 2 == 1


def shift_headings(source: Source, tokens: Sequence[Token], level: int) -> Shift:
    """Move all headings by the same number of levels, the highest to one below ``level``.

    What would pass the sixth level becomes a bold paragraph. All headings are ATX headings.
    """
    openers = [token for token in tokens if token.type == "heading_open" and token.map]
    levels = [int(token.tag[1]) for token in openers]
    delta = level + 1 - min(levels) if levels else 0
    if not delta:
        return Shift((), ())
    note = f"headings are moved {abs(delta)} {'down' if delta > 0 else 'up'}"
    edits = [
        _move(source, token, heading_level + delta)
        for token, heading_level in zip(openers, levels, strict=True)
        if heading_level + delta <= _DEEPEST
    ]
    if len(edits) == len(openers):
        return Shift(tuple(edits), (note,))
    for heading in _headlines(source, tokens):
        if heading.level + delta > _DEEPEST:
            edits += _embolden(source, heading)
    return Shift(tuple(edits), (note, "headings below the sixth level are bold paragraphs"))


def _move(source: Source, opener: Token, level: int) -> Edit:
    assert opener.map is not None  # noqa: S101 - the caller has looked
    marker = source.text.index("#", source.line_offset(opener.map[0]))
    return Edit(Span(marker, marker + len(opener.markup)), "#" * level)


def _embolden(source: Source, heading: _Headline) -> Iterator[Edit]:
    """Turn an ATX heading into a bold paragraph, with a blank line around it where it needs one."""
    number, content = heading.first_line, heading.content
    line = source.line_offset(number)
    line_end = line + len(source.line_text(number))
    marker = source.text.index("#", line)
    if not content:
        yield Edit(Span(marker, line_end), "")
        return
    prefix = source.text[line:marker]
    blank = _LIST_MARKER.sub(lambda found: " " * len(found.group()), prefix)
    mark = "__" if not content.strip("* \t") else "**"
    start = heading.places.to_source(0)
    closing = ("\\" if _ends_with_backslash(content) else "") + mark
    if number + 1 < source.line_count and not _is_blank(source.line_text(number + 1)):
        closing += f"\n{blank.rstrip()}"
    if blank == prefix and number and not _is_blank(source.line_text(number - 1)):
        yield Edit(Span(line, start), f"{blank.rstrip()}\n{blank}{mark}")
    else:
        yield Edit(Span(marker, start), mark)
    yield Edit(Span(start + len(content), line_end), closing)


def _is_blank(line: str) -> bool:
    return not line.strip(" \t>")
