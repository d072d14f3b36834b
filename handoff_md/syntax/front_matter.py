"""Front matter: where it ends, and how a value is written. CommonMark knows nothing of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from handoff_md.syntax.yaml_fields import MOST_CHARACTERS, YamlMapping, read_yaml
from handoff_md.text.source import Source

# The patterns stand as texts: `re` compiles them when the first front matter is read.
FENCE = r"---[ \t]*"
END = r"(?:---|\.\.\.)[ \t]*"
FIELD = r"(?P<key>[A-Za-z_][\w. \t-]*):(?:[ \t]+(?P<value>.*))?"
_OTHER_LINE = r"[ \t]*(?:#.*)?|[ \t]+\S.*|-(?:[ \t].*)?"
_PLAIN = r"[A-Za-z0-9][\w ,.()/+-]*"
_MAPPING_START = r"[ \u200b-\u200f\u2060\ufeff]*(?:[{?]|[\"'\w][^:]*:)"

TEXT_KEYS = frozenset({"title", "agent"})
STRICT_KEYS = frozenset({"session", "status", "date", "log"})


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
