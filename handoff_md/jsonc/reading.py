"""Reads JSON as people write it, and tells where in the text each value stands.

What json itself refuses is refused, comments and trailing commas apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from handoff_md.errors import ContentError
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
