"""Reads a YAML mapping's own keys and texts, by PyYAML's events: nothing is built or expanded.

The only importer of PyYAML, which is loaded when a text is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from handoff_md.value import Value

MOST_CHARACTERS = 16_384
_DEEPEST = 16


class YamlField(Value):
    """A key of the mapping and its value, each as text stays text; lines count from 0.

    ``value`` is None where it is no text: a list, a mapping, an alias. ``is_marked`` tells of a
    tag or an anchor before it.
    """

    key: str
    value: str | None
    line: int
    last_line: int
    is_marked: bool = False


class YamlMapping(Value):
    """The fields of a mapping in their order, and the keys of mappings inside it with their lines.

    Several fields may have one key.
    """

    fields: tuple[YamlField, ...]
    inner_keys: tuple[tuple[str, int], ...] = ()


class YamlFlaw(Value):
    """Why a text is no such mapping: the line (from 0) that is to blame."""

    line: int


@lru_cache(maxsize=16)
def read_yaml(text: str) -> YamlMapping | YamlFlaw:
    """Read one mapping, as YAML 1.1 has it; total, and linear in the text.

    One of more than 16,384 characters, or that nests deeper than 16, is a flaw.
    """
    if len(text) > MOST_CHARACTERS:
        return YamlFlaw(0)
    import yaml  # noqa: PLC0415 - most front matter is read without

    try:
        return _read(yaml.parse(text, Loader=yaml.BaseLoader))
    except _FlawError as error:
        return YamlFlaw(error.line)
    except yaml.MarkedYAMLError as error:
        # Of a key without its colon it is the key that is to blame, not where the search ended.
        early = error.context == "while scanning a simple key" and error.context_mark
        mark = error.context_mark if early else error.problem_mark or error.context_mark
        return YamlFlaw(min(mark.line, text.count("\n")) if mark else 0)
    except yaml.reader.ReaderError as error:
        return YamlFlaw(text.count("\n", 0, error.position))
    except (yaml.YAMLError, ValueError, OverflowError):
        return YamlFlaw(0)  # an escape that names no character is no error of YAML's own


class _FlawError(Exception):
    """Ends the reading: what comes at a line is nothing that front matter holds."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def _read(events: Iterator[Any]) -> YamlMapping:
    next(events)  # the stream
    event = next(events)
    if _kind(event) == "DocumentStart":
        event = next(events)
    if _kind(event) != "MappingStart" or event.anchor or event.tag:
        raise _FlawError(event.start_mark.line)
    fields: list[YamlField] = []
    inner: list[tuple[str, int]] = []
    for key in events:
        if _kind(key) == "MappingEnd":
            break
        if _kind(key) != "Scalar":
            raise _FlawError(key.start_mark.line)
        fields.append(_read_field(key, events, inner))
    for event in events:
        if _kind(event) not in ("DocumentEnd", "StreamEnd"):
            raise _FlawError(event.start_mark.line)
    return YamlMapping(tuple(fields), tuple(inner))


def _kind(event: object) -> str:
    return type(event).__name__.removesuffix("Event")


def _read_field(
    key: Any,  # noqa: ANN401 - an event of PyYAML, which has no types
    events: Iterator[Any],
    inner: list[tuple[str, int]],
) -> YamlField:
    value = next(events)
    is_text = _kind(value) == "Scalar"
    last = _pass_over(value, events, inner) if _kind(value).endswith("Start") else value
    return YamlField(
        key.value,
        value.value if is_text else None,
        key.start_mark.line,
        last.end_mark.line,
        is_text and bool(value.anchor or value.tag),
    )


def _pass_over(
    first: Any,  # noqa: ANN401 - an event of PyYAML, which has no types
    events: Iterator[Any],
    inner: list[tuple[str, int]],
) -> Any:  # noqa: ANN401 - the same
    """Pass over a list or mapping, keep the keys in it that are texts, and give its last event."""
    # What stands open: whether it is a mapping, and whether a key comes next in it.
    opened = [[_kind(first) == "MappingStart", True]]
    event = first
    while opened:
        event = next(events)
        if _kind(event).endswith("End"):
            opened.pop()
            continue
        is_mapping, at_key = opened[-1]
        if _kind(event) == "Scalar" and is_mapping and at_key:
            inner.append((event.value, event.start_mark.line))
        opened[-1][1] = not at_key
        if _kind(event).endswith("Start"):
            opened.append([_kind(event) == "MappingStart", True])
        if len(opened) > _DEEPEST:
            raise _FlawError(event.start_mark.line)
    return event
