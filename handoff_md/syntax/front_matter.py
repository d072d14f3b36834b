"""Front matter: where it ends, how a value is written, and what YAML a mapping is.

CommonMark knows nothing of it. The only importer of PyYAML, which is loaded when a text is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from handoff_md.text.source import Source
from handoff_md.value import Value

# The patterns stand as texts: `re` compiles them when the first front matter is read.
FENCE = r"---[ \t]*"
END = r"(?:---|\.\.\.)[ \t]*"
FIELD = r"(?P<key>[A-Za-z_][\w. \t-]*):(?:[ \t]+(?P<value>.*))?"
_OTHER_LINE = r"[ \t]*(?:#.*)?|[ \t]+\S.*|-(?:[ \t].*)?"
_PLAIN = r"[A-Za-z0-9][\w ,.()/+-]*"
_MAPPING_START = r"[ \u200b-\u200f\u2060\ufeff]*(?:[{?]|[\"'\w][^:]*:)"

TEXT_KEYS = frozenset({"title", "agent"})
STRICT_KEYS = frozenset({"session", "status", "date", "log"})

MOST_CHARACTERS = 16_384
_DEEPEST = 16


def front_matter_end(source: Source) -> int:
    """Give the number of lines of front matter, both fences included; 0 where there is none.

    Front matter starts on the first line with ``---``, ends at the next ``---`` or ``...``, and
    between holds a mapping: a first ``key: value`` line and nothing that can't be YAML's, or what
    YAML reads as one. Anything else is a rule, as CommonMark has it.
    """
    if not source.text.startswith("---") or not re.fullmatch(FENCE, source.line_text(0)):
        return 0
    end, field, other = map(re.compile, (END, FIELD, _OTHER_LINE))
    by_line, size = True, 0
    for number in range(1, source.line_count):
        line = source.line_text(number)
        if end.fullmatch(line):
            if number == 1:
                return 0
            is_mapping = by_line or _is_yaml([source.line_text(n) for n in range(1, number)])
            return number + 1 if is_mapping else 0
        by_line = by_line and bool(field.fullmatch(line) or (number > 1 and other.fullmatch(line)))
        size += len(line) + 1
        if not by_line and size > MOST_CHARACTERS:
            return 0
    return 0


def write_value(text: str) -> str:
    """Write a value so that it is read as it is: one line."""
    if re.fullmatch(_PLAIN, text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _is_yaml(lines: Sequence[str]) -> bool:
    """Tell whether lines are a mapping; behind a blank line only where it has a field of ours."""
    first = next((n for n, line in enumerate(lines) if line.strip() and line[0] != "#"), None)
    if first is None or not re.match(_MAPPING_START, lines[first]):
        return False
    found = read_yaml("\n".join(lines))
    if not isinstance(found, YamlMapping):
        return False
    own = STRICT_KEYS | TEXT_KEYS
    return bool(lines[0].strip()) or any(key.key.strip().lower() in own for key in found.fields)


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
