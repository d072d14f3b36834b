"""Front matter: where it ends, and its flat fields. CommonMark knows nothing of it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from handoff_md.text.source import Source

_FENCE = re.compile(r"---[ \t]*")
_END = re.compile(r"(?:---|\.\.\.)[ \t]*")
_FIELD = re.compile(r"(?P<key>[A-Za-z_][\w. \t-]*):(?:[ \t]+(?P<value>.*))?")
_OTHER_LINE = re.compile(r"[ \t]*(?:#.*)?|[ \t]+\S.*|-(?:[ \t].*)?")
_COMMENT = re.compile(r"(?<![ \t])[ \t]+#.*")


def front_matter_end(source: Source) -> int:
    """Give the number of lines of front matter, both fences included; 0 where there is none.

    Front matter starts on the first line with ``---``, ends at the next ``---`` or ``...``, and
    between holds a first ``key: value`` line and nothing that can't be YAML's; anything else is a
    rule, as CommonMark has it.
    """
    if not source.line_count or not _FENCE.fullmatch(source.line_text(0)):
        return 0
    for number in range(1, source.line_count):
        line = source.line_text(number)
        if _END.fullmatch(line):
            return number + 1 if number > 1 else 0
        if not _FIELD.fullmatch(line) and (number == 1 or not _OTHER_LINE.fullmatch(line)):
            return 0
    return 0


def broken_front_matter(source: Source) -> frozenset[str]:
    """Give the keys, in lower case, that a text begins with behind a ``---`` that nothing ends."""
    if (
        not source.line_count
        or front_matter_end(source)
        or not _FENCE.fullmatch(source.line_text(0))
    ):
        return frozenset()
    keys: set[str] = set()
    for number in range(1, source.line_count):
        match = _FIELD.fullmatch(source.line_text(number).rstrip())
        if match is None:
            break
        keys.add(match["key"].strip().lower())
    return frozenset(keys)


def read_front_matter(source: Source) -> Mapping[str, str]:
    """Read the flat ``key: value`` lines of front matter, keys in lower case.

    Values are taken as they stand, so that a title may hold a colon; quotes around a whole value
    and a comment behind it go. Nested and list values are passed over. The first of two equal
    keys counts.
    """
    fields: dict[str, str] = {}
    for number in range(1, max(front_matter_end(source) - 1, 1)):
        match = _FIELD.fullmatch(source.line_text(number).rstrip())
        if match:
            fields.setdefault(match["key"].strip().lower(), _value(match["value"] or ""))
    return fields


def _value(text: str) -> str:
    value = text.strip()
    for quote in "\"'":
        end = value.rfind(quote)
        if value.startswith(quote) and end > 0:
            rest = value[end + 1 :]
            if not rest.strip() or _COMMENT.fullmatch(rest):
                return _unquote(value[1:end], quote)
    return _COMMENT.sub("", value) if not value.startswith("#") else ""


def _unquote(text: str, quote: str) -> str:
    if quote == "'":
        return text.replace("''", "'")
    return text.replace('\\"', '"').replace("\\\\", "\\")


def front_matter_line(source: Source, key: str) -> int | None:
    """Give the line (from 0) of front matter's first field of that name, in lower case."""
    for number in range(1, max(front_matter_end(source) - 1, 1)):
        match = _FIELD.fullmatch(source.line_text(number).rstrip())
        if match and match["key"].strip().lower() == key:
            return number
    return None
