"""JSON as people write it, with comments: where each value stands, and patches that keep the rest.

What json itself refuses is refused, comments and trailing commas apart. What `append` adds `cut`
takes out, with the lists and objects that were made for it: one that was there, and empty, is
filled right behind its opening bracket, and one that is made has a blank there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from handoff_md.errors import ContentError
from handoff_md.text.edit import Edit, Patch, make_patch
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_TEXT = r'"(?:[^"\\\r\n]+|\\.)*"?'
_TEXT_OR_COMMENT = lazy_pattern(rf"{_TEXT}|//[^\r\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_TEXT_OR_COMMA = lazy_pattern(rf"{_TEXT}|,(?=[ \t\r\n]*[}}\]])", re.DOTALL)
_TEXT_OR_WORD = lazy_pattern(rf"{_TEXT}|[-\w]+", re.DOTALL)
_AGAIN = ", then run it again."
_SPACE = lazy_pattern(r"[ \t\r\n]*")
_NOT_BLANK = lazy_pattern(r"[^\r\n]")
_UNIT = "  "
Item = tuple[str, object]


class Node(Value):
    """A value and where it stands: from its first character to its last."""

    span: Span
    value: object


class Member(Value):
    """A member of an object, or an element of an array, whose ``key`` is empty.

    ``span`` goes from the key, or from the value, to the value's end.
    """

    key: str
    span: Span
    node: Node


class JsonText(Value):
    """A text that is JSON.

    ``plain`` is as long, with blanks for comments and trailing commas, which ``trailing`` names by
    their offsets.
    """

    source: Source
    plain: str
    trailing: frozenset[int]
    root: Node

    def members(self, node: Node) -> tuple[Member, ...]:
        """Give the members of an object, or the elements of an array, as they stand in the text.

        Keys that stand there twice are given twice. Another value has none.
        """
        return tuple(self._walk(node)) if isinstance(node.value, dict | list) else ()

    def find(self, node: Node, key: str) -> Node | None:
        """Give the value of a key; of several the last one counts, as everywhere in JSON."""
        found = [member.node for member in self.members(node) if member.key == key]
        return found[-1] if found and isinstance(node.value, dict) else None

    def _walk(self, node: Node) -> Iterator[Member]:
        at = self.skip(node.span.start + 1)
        while at < node.span.end - 1:
            start, key = at, ""
            if isinstance(node.value, dict):
                key, at = _DECODER.raw_decode(self.plain, at)
                at = self.skip(self.skip(at) + 1)
            value, end = _DECODER.raw_decode(self.plain, at)
            yield Member(key, Span(start, end), Node(Span(at, end), value))
            at = self.skip(end)
            if self.plain[at] == ",":
                at = self.skip(at + 1)

    def skip(self, at: int) -> int:
        """Give where the next character stands that is no blank, and in no comment."""
        found = _SPACE.match(self.plain, at)
        return found.end() if found else at


class _ConstantError(Exception):
    """What Python takes for a number, and JSON does not, has been read."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _refuse_constant(name: str) -> float:
    raise _ConstantError(name)


_DECODER = json.JSONDecoder(parse_int=float, parse_constant=_refuse_constant)


def read_json(source: Source, name: str) -> JsonText:
    """Read a text.

    Args:
        source: the text.
        name: what to call it in messages.

    Raises:
        ContentError: it is no JSON; the message says where.
    """
    plain, trailing = source.text, frozenset[int]()
    try:
        value = _decode(plain, name)
    except ContentError:
        plain, trailing = _without_comments(plain)
        value = _decode(plain, name)
    start = len(plain) - len(plain.lstrip(" \t\r\n"))
    return JsonText(source, plain, trailing, Node(Span(start, len(plain.rstrip(" \t\r\n"))), value))


def _decode(text: str, name: str) -> object:
    """Read a text without comments (ContentError: it is no JSON)."""
    try:
        value: object = _DECODER.decode(text)
    except _ConstantError as error:
        at = next(
            word.start() for word in _TEXT_OR_WORD.finditer(text) if word.group() == error.name
        )
        raise _no_json(text, name, at, f"there is no value {error.name}") from error
    except json.JSONDecodeError as error:
        raise _no_json(text, name, error.pos, error.msg) from error
    except RecursionError as error:
        raise ContentError(f"{name} nests too deep", f"Make it flatter{_AGAIN}") from error
    return value


def _no_json(text: str, name: str, at: int, says: str) -> ContentError:
    if not text.strip():
        hint = f"Delete it, or write {{}} into it{_AGAIN}"
        return ContentError(f"{name} is empty, which is no JSON", hint)
    place = Source(text).position(at)
    says = f"{says[:1].lower()}{says[1:]}"
    where = f"{name}, line {place.line}, column {place.column}"
    return ContentError(f"{where}: this is no JSON: {says}", f"Mend it at that place{_AGAIN}")


def _without_comments(text: str) -> tuple[str, frozenset[int]]:
    """Put blanks for comments and trailing commas; also give where those commas stand."""
    plain = _TEXT_OR_COMMENT.sub(_blank, text)
    trailing = {
        found.start()
        for found in _TEXT_OR_COMMA.finditer(plain)
        if found.group() == "," and _follows_value(plain, found.start())
    }
    pieces, done = list[str](), 0
    for at in sorted(trailing):
        pieces += (plain[done:at], " ")
        done = at + 1
    return "".join([*pieces, plain[done:]]), frozenset(trailing)


def _blank(found: re.Match[str]) -> str:
    word = found.group()
    return word if word.startswith('"') else _NOT_BLANK.sub(" ", word)


def _follows_value(text: str, at: int) -> bool:
    """Tell whether a comma has something in front of it that it can follow."""
    before = at - 1
    while before >= 0 and text[before] in " \t\r\n":
        before -= 1
    return before >= 0 and text[before] not in "[{,:"


class _Style(Value):
    """How a text is laid out: what a line is indented by for each level, and its line ending.

    ``lines`` is False where all stands in one line.
    """

    unit: str
    newline: str
    lines: bool


def new_json(value: object) -> Source:
    """Write a value as a text of its own."""
    return Source(_render(value, _Style(_UNIT, "\n", lines=True), "") + "\n")


def replace_value(node: Node, value: str) -> Edit:
    """Make the edit that puts another text in the place of a value."""
    return Edit(node.span, json.dumps(value, ensure_ascii=False))


def cut(text: JsonText, way: Sequence[tuple[Node, int]]) -> Patch | None:
    """Make the patch that takes an element out, and the containers that were made for it.

    Args:
        text: the JSON.
        way: the containers that lead to the element, from the root on, each with the index of what
            is next in it.

    Returns:
        The patch; None where nothing is left that was not made for the element.
    """
    for container, index in reversed(way):
        members = text.members(container)
        if len(members) > 1 or not _is_made(text, container, members[0]):
            return make_patch(text.source, _take_out(text, container, members, index))
    rest = text.source.text[: text.root.span.start] + text.source.text[text.root.span.end :]
    if rest.strip():
        container, index = way[0]
        return make_patch(text.source, _take_out(text, container, text.members(container), index))
    return None


def _is_made(text: JsonText, container: Node, only: Member) -> bool:
    """Tell whether a container was made for its only element, and holds nothing else."""
    whole = text.source.text
    start, end = container.span.start + 1, container.span.end - 1
    around = whole[start : only.span.start] + whole[only.span.end : end]
    return whole[start].isspace() and not around.strip(" \t\r\n,")


def _take_out(
    text: JsonText, container: Node, members: Sequence[Member], index: int
) -> tuple[Edit, ...]:
    """Take one member out of several, or the only one of a container that was there before."""
    span = members[index].span
    before = text.source.text[container.span.start + 1 : span.start]
    start = container.span.start + 1 + len(before.rstrip(" \t\r\n"))
    taken = [Span(start, span.end)]
    follows = text.skip(span.end)
    tail = [at for at in text.trailing if span.end <= at < container.span.end]
    if index < len(members) - 1:
        taken.append(Span(follows, follows + 1))
    elif tail:
        taken += [Span(at, at + 1) for at in tail]
    elif index > 0:
        comma = text.skip(members[index - 1].span.end)
        taken.append(Span(comma, comma + 1))
    return tuple(Edit(one, "") for one in sorted(taken))


def append(text: JsonText, container: Node, items: Sequence[Item]) -> tuple[Edit, ...]:
    """Make the edits that add members to an object, or elements to a list, behind the others.

    Args:
        text: the JSON.
        container: the object, or the list.
        items: values that json can write, each with its key; an element's key is empty.
    """
    source, members = text.source, text.members(container)
    style = _style_of(text)
    if not members:
        at = container.span.start + 1
        indent = _indent_of_line(source, container.span.start)
        if len(items) > 1:
            indent += style.unit
        lead = f"{style.newline}{indent}" if style.lines else " "
        return (Edit(Span(at, at), _write(items, style, indent, f",{lead}")),)
    last = members[-1]
    end = container.span.end - 1
    at = last.span.end + len(source.text[last.span.end : end].rstrip(" \t\r\n"))
    lead = _lead_of(text, container, last, at)
    style = _Style(style.unit, style.newline, lines=lead != " ")
    added = lead + _write(items, style, lead.lstrip("\r\n"), f",{lead}")
    if any(last.span.end <= comma < end for comma in text.trailing):
        return (Edit(Span(at, at), added + ","),)
    if at == last.span.end:
        return (Edit(Span(at, at), "," + added),)
    return Edit(Span(last.span.end, last.span.end), ","), Edit(Span(at, at), added)


def _lead_of(text: JsonText, container: Node, last: Member, at: int) -> str:
    """Give what stands before a new member: a line break and the others' indent, or a blank."""
    source = text.source
    before = source.text[container.span.start + 1 : last.span.start]
    blank = before[len(before.rstrip(" \t\r\n")) :]
    if "\n" in blank or "\r" in blank:
        return source.newline + blank[max(blank.rfind("\n"), blank.rfind("\r")) + 1 :]
    if "//" in source.text[last.span.end : at]:
        # A comment that goes to the end of its line would swallow what follows.
        indent = _indent_of_line(source, container.span.start)
        return source.newline + indent + _style_of(text).unit
    return " "


def _style_of(text: JsonText) -> _Style:
    """Find out how a text is laid out, by the first member of its root."""
    source = text.source
    members = text.members(text.root)
    if not members:
        return _Style(_UNIT, source.newline, lines=True)
    indent = _indent_of_line(source, members[0].span.start)
    inner = source.text[text.root.span.start : text.root.span.end]
    first = source.text[text.root.span.start + 1 : members[0].span.start]
    begins_line = "\n" in first or "\r" in first
    return _Style(
        indent if begins_line else _UNIT, source.newline, lines="\n" in inner or "\r" in inner
    )


def _indent_of_line(source: Source, offset: int) -> str:
    line = source.line_text(source.line_of(offset))
    return line[: len(line) - len(line.lstrip(" \t"))]


def _write(items: Sequence[Item], style: _Style, indent: str, between: str) -> str:
    return between.join(
        (f"{json.dumps(key)}: " if key else "") + _render(value, style, indent)
        for key, value in items
    )


def _render(value: object, style: _Style, indent: str) -> str:
    """Write a value; each container that holds anything has a blank behind its opening bracket."""
    if isinstance(value, dict) and value:
        items = [f"{json.dumps(key)}: {_inner(item, style, indent)}" for key, item in value.items()]
        brackets = "{}"
    elif isinstance(value, list) and value:
        items = [_inner(item, style, indent) for item in value]
        brackets = "[]"
    else:
        return json.dumps(value, ensure_ascii=False)
    lead, end = " ", " "
    if style.lines:
        lead, end = f"{style.newline}{indent}{style.unit}", f"{style.newline}{indent}"
    return brackets[0] + lead + ("," + lead).join(items) + end + brackets[1]


def _inner(value: object, style: _Style, indent: str) -> str:
    return _render(value, style, indent + style.unit)
