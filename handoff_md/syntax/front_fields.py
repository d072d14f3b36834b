"""The fields of front matter: plain lines as they stand, all else as YAML.

What can't be read is told, never passed over; so is what stands where it does not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import field

from handoff_md.syntax.front_matter import (
    END,
    FENCE,
    FIELD,
    STRICT_KEYS,
    TEXT_KEYS,
    front_matter_end,
)
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.value import Value

if TYPE_CHECKING:
    from handoff_md.syntax.front_matter import YamlMapping

_FENCE, _END, _FIELD = lazy_pattern(FENCE), lazy_pattern(END), lazy_pattern(FIELD)
# Texts: `re` compiles them for the front matter that is not plain.
_COMMENT = r"(?<![ \t])[ \t]+#.*"
_STRICT_AT_MARGIN = r"(?i)(?:\? *)?[\"']?(?P<key>session|status|date|log)[\"']?[ \t]*:"

# A line that YAML and a person read alike, without looking at another line.
_PLAIN = lazy_pattern(
    r"(?P<key>[A-Za-z_][A-Za-z0-9_-]{0,63}):"
    r"(?: +(?:(?P<text>[A-Za-z0-9./_](?:[\w.,()/+'-]|:(?=[\w/])| +(?=[\w.,()/+'-]))*)"
    r"|'(?P<single>[^'\\\n]*)'|\"(?P<double>[^\"\\\n]*)\"))? *"
)
_PLAIN_OTHER = lazy_pattern(r" *|#[ -~]*")
# As what is unusual, not as all that is not: `re` counts the members of a class, one by one. Most
# lines are printable ASCII: it stands as a text, which `re` compiles for the others.
_UNUSUAL = "[\x00-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufeff\uff00\ufffe-\U0010ffff]"

_KEYS = TEXT_KEYS | STRICT_KEYS
_NAMED = lazy_pattern(
    r"[ \t\u200b-\u200f\u2060\ufeff>?{,\[(-]*[\"'`]?"
    r"(?P<key>session|title|date|agent|status|log)[\"'`]?[ \t]*[:=\uff1a]",
    re.IGNORECASE,
)
_RULE = lazy_pattern(r"(?:[-+;\u2013\u2014]{3}).*")
_CODE = lazy_pattern(r" {0,3}(?:`{3,}|~{3,})[ \t]*[\w-]*[ \t]*")
_MOST_LINES = 60


class FrontField(Value):
    """A field's value, as text, and the line (from 0) of its key."""

    value: str
    line: int


class FrontMatter(Value):
    """The front matter of a text.

    ``end`` is the number of its lines, both fences included; 0 where there is none. ``fields`` are
    its own texts by key, in lower case; lists and mappings are left out. ``problems`` are whole
    clauses that say which line can't be relied on ("has …"): fields may be missing then.
    """

    end: int = 0
    fields: Mapping[str, FrontField] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def get(self, key: str) -> str:
        """Give a field's value without blanks around it; empty where it is absent."""
        found = self.fields.get(key)
        return found.value.strip() if found else ""


class _Entry(Value):
    """A field as read, known in lower case; ``value`` is None where it is no text."""

    key: str
    value: str | None
    line: int


def read_front_matter(source: Source) -> FrontMatter:
    """Read front matter; total: what can't be relied on stands in the problems.

    Where YAML refuses a ``title``, an ``agent`` or an unknown field, its line is taken as it
    stands, so that a title may hold a colon. A field that the tool goes by, `STRICT_KEYS`, is read
    as YAML has it or is a problem; so is a known one that stands twice, and a known one that stands
    where it does not count.
    """
    end = front_matter_end(source)
    stray = _find_stray(source, end)
    if not end:
        lines = [source.line_text(number) for number in range(min(source.line_count, _MOST_LINES))]
        return FrontMatter(0, _find_texts(lines, 0) if stray else {}, stray)
    lines = [source.line_text(number) for number in range(1, end - 1)]
    entries = _read_plain(lines)
    problems: tuple[str, ...] = ()
    if entries is None:
        entries, problems = _read_as_yaml(lines)
    fields = dict[str, FrontField]() if entries else _find_texts(lines, 1)
    for entry in entries:
        if entry.value is not None:
            fields.setdefault(entry.key, FrontField(entry.value, entry.line))
    problems = (*problems, *_find_doubles(entries), *stray)
    return FrontMatter(end, fields, tuple(dict.fromkeys(problems)))


def _find_texts(lines: Sequence[str], first: int) -> dict[str, FrontField]:
    """Give the title and agent of lines that can't be read: they tell whose the problem is."""
    found: dict[str, FrontField] = {}
    for number, line in enumerate(lines, first):
        match = _FIELD.fullmatch(line.rstrip())
        if match and match["key"].strip().lower() in TEXT_KEYS:
            key = match["key"].strip().lower()
            found.setdefault(key, FrontField(_value(match["value"] or ""), number))
    return found


def _read_plain(lines: Sequence[str]) -> list[_Entry] | None:
    """Read lines that all are plain fields, blank, or comments; None where YAML has to."""
    entries: list[_Entry] = []
    for number, line in enumerate(lines, 1):
        match = _PLAIN.fullmatch(line)
        if match is None:
            if _PLAIN_OTHER.fullmatch(line):
                continue
            return None
        if not (line.isascii() and line.isprintable()) and re.search(_UNUSUAL, line):
            return None
        value = match["text"] or match["single"] or match["double"] or ""
        entries.append(_Entry(match["key"].lower(), value, number))
    return entries


def _read_as_yaml(lines: Sequence[str]) -> tuple[list[_Entry], tuple[str, ...]]:
    """Read lines as YAML, and say which can't be relied on."""
    from handoff_md.syntax.front_matter import YamlFlaw, read_yaml  # noqa: PLC0415 - most are plain

    taken: dict[int, str] = {}
    found = read_yaml("\n".join(lines))
    if isinstance(found, YamlFlaw):
        taken, mended = _take_as_they_stand(lines)
        found = read_yaml("\n".join(mended)) if taken else found
    if isinstance(found, YamlFlaw):
        line = min(found.line, len(lines) - 1)
        return [], (_unreadable(line + 1),)
    entries, problems = [], []
    for known in found.fields:
        key, number = known.key.strip().lower(), known.line
        value = taken.get(number, known.value)
        if key in TEXT_KEYS and (value is None or known.is_marked):
            value = _as_it_stands(lines, number, known.last_line)
        entries.append(_Entry(key, value, number + 1))
        if (key in _KEYS and value is None) or key == "<<":
            problems.append(f"has a `{key}` in front matter that is no text, in line {number + 2}")
    problems += _find_hidden(lines, found)
    return entries, tuple(problems)


def _unreadable(line: int) -> str:
    """Say that a line (from 0) can't be read."""
    return f"has front matter that can't be read, in line {line + 1}: write it as `key: value`"


def _take_as_they_stand(lines: Sequence[str]) -> tuple[dict[int, str], list[str]]:
    """Give the values, by line, that YAML refuses, and the lines with a word in their place.

    Only those of fields that nothing depends on.
    """
    from handoff_md.syntax.front_matter import YamlFlaw, read_yaml  # noqa: PLC0415 - the same

    taken, mended = dict[int, str](), list(lines)
    for number, line in enumerate(lines):
        match = _FIELD.fullmatch(line.rstrip())
        if match is None or match["key"].strip().lower() in STRICT_KEYS:
            continue
        if isinstance(read_yaml(line), YamlFlaw):
            taken[number] = _value(match["value"] or "")
            mended[number] = f"{match['key'].strip()}: taken"
    return taken, mended


def _value(text: str) -> str:
    """Take a value as it stands; quotes around the whole of it and a comment behind it go."""
    value = text.strip()
    for quote in "\"'":
        end = value.rfind(quote)
        if value.startswith(quote) and end > 0:
            rest = value[end + 1 :]
            if not rest.strip() or re.fullmatch(_COMMENT, rest):
                return _unquote(value[1:end], quote)
    return re.sub(_COMMENT, "", value) if not value.startswith("#") else ""


def _unquote(text: str, quote: str) -> str:
    if quote == "'":
        return text.replace("''", "'")
    return text.replace('\\"', '"').replace("\\\\", "\\")


def _as_it_stands(lines: Sequence[str], first: int, last: int) -> str | None:
    """Give the text of a one-line field that is a list, an alias or marked to YAML; else None."""
    match = _FIELD.fullmatch(lines[first].rstrip())
    return _value(match["value"] or "") if match and first == last else None


def _find_hidden(lines: Sequence[str], found: YamlMapping) -> Iterator[str]:
    """Say which lines name a field that the tool goes by and YAML takes for part of another."""
    own = {known.line for known in found.fields}
    for number, line in enumerate(lines):
        match = re.match(_STRICT_AT_MARGIN, line)
        if match and number not in own:
            yield _misplaced(match["key"], number + 1)
    if not any(known.key.strip().lower() == "status" for known in found.fields):
        for key, number in found.inner_keys:
            if key.strip().lower() == "status":
                yield _misplaced(key, number + 1)


def _misplaced(key: str, line: int) -> str:
    """Say that a known field stands in a line (from 0) where it does not count."""
    return (
        f"has `{key.lower()}` in line {line + 1}, where it does not count: front matter begins "
        "with `---` in the first line, ends with `---`, and holds it as a line of its own"
    )


def _find_doubles(entries: Sequence[_Entry]) -> Iterator[str]:
    for key in sorted(_KEYS):
        lines = [str(entry.line + 1) for entry in entries if entry.key == key]
        if len(lines) > 1:
            where = f"{', '.join(lines[:-1])} and {lines[-1]}"
            yield f"has `{key}` more than once in front matter, in lines {where}"


def _find_stray(source: Source, start: int) -> tuple[str, ...]:
    """Say where fields stand that were meant as front matter, at the head of what follows it.

    That is behind a rule that begins the text, in a code fence, in several lines without a fence,
    and in a second front matter.
    """
    number = _pass_blank(source, start)
    if number >= source.line_count:
        return ()
    in_code = not start and _CODE.fullmatch(source.line_text(number)) is not None
    if in_code:
        number = _pass_blank(source, number + 1)
    opened = number < source.line_count and _RULE.fullmatch(source.line_text(number)) is not None
    same_line = _NAMED.match(source.line_text(number)) if opened else None
    if opened and not same_line:
        number = _pass_blank(source, number + 1)
    named, after = _named_lines(source, number)
    if not named:
        return ()
    if not start and _FENCE.fullmatch(source.line_text(0)):
        return (_explain_unread(source),)
    strict = [found for found in named if found[0] in STRICT_KEYS]
    ended = after < source.line_count and _END.fullmatch(source.line_text(after)) is not None
    bare = source.line_text(number)[:1].isalpha()
    if opened or (strict and (in_code or (bare and (ended or (not start and len(named) > 1))))):
        return (_misplaced(*(strict or named)[0]),)
    return ()


def _pass_blank(source: Source, number: int) -> int:
    """Give the first line from one on that is neither blank nor of a comment."""
    in_comment = False
    while number < source.line_count:
        line = source.line_text(number).strip()
        in_comment = in_comment or line.startswith("<!--")
        if line and not in_comment:
            break
        in_comment = in_comment and "-->" not in line
        number += 1
    return number


def _named_lines(source: Source, number: int) -> tuple[list[tuple[str, int]], int]:
    """Give the known keys that lines name, down to a blank one or a fence, and the line behind."""
    named: list[tuple[str, int]] = []
    last = min(source.line_count, number + _MOST_LINES)
    while number < last:
        line = source.line_text(number)
        if not line.strip() or _END.fullmatch(line):
            break
        match = _NAMED.match(line)
        if match:
            named.append((match["key"].lower(), number))
        number += 1
    return named, number


def _explain_unread(source: Source) -> str:
    """Say why a text that begins like front matter has none: it does not end, or can't be read."""
    from handoff_md.syntax.front_matter import YamlFlaw, read_yaml  # noqa: PLC0415 - the same

    lines: list[str] = []
    for number in range(1, source.line_count):
        line = source.line_text(number)
        if _END.fullmatch(line):
            found = read_yaml("\n".join(lines))
            return _unreadable(found.line + 1 if isinstance(found, YamlFlaw) else 1)
        lines.append(line)
    return "has front matter that does not end: line 1 opens it, and no line is `---` alone"
