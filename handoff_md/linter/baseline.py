"""The baseline: findings that a project knows of, told by rule, entry and words; never by lines.

It is JSON with one finding in each line, sorted. Each of these lines ends with a comma, and an
empty object closes the list: whatever lines a merge adds or takes out, the rest still parses.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from handoff_md.errors import FileError
from handoff_md.linter.diagnostic import Diagnostic
from handoff_md.linter.reporters.json_report import tellable
from handoff_md.semantics.document.credentials import mask_secrets
from handoff_md.text.pattern import lazy_pattern
from handoff_md.value import Value

VERSION = 1
_MARK = "handoff-md-baseline"
_FIRST = f'{{"{_MARK}": {VERSION}, "findings": ['
_LAST = "{}]}"
_CONFLICT = lazy_pattern(r"(?:<{7}|>{7}|={7}|\|{7})(?: |$)")
_NUMBER = lazy_pattern(r"[0-9]+")
_ALIKE = 0.6


class Known(NamedTuple):
    """What tells a known finding from all others; `Baseline` has how often each is known."""

    path: str
    rule: str
    entry: str
    text: str


Baseline = Mapping[Known, int]


class Sifted(Value):
    """Findings told apart: those that are ``new``, and which known ones the others are."""

    new: tuple[Diagnostic, ...]
    used: Baseline


def known_of(found: Diagnostic) -> Known:
    """Give what a finding is known by; of a secret in it no more than its beginning."""
    words = (found.path, found.code, found.entry, found.text)
    return Known(*(mask_secrets(tellable(word)) for word in words))


def record(found: Iterable[Diagnostic]) -> Baseline:
    """Make a baseline of findings."""
    return Counter(map(known_of, found))


def tell_apart(
    found: Sequence[Diagnostic], known: Baseline, is_gone: Callable[[Known], bool]
) -> Sifted:
    """Tell which findings are new: of each known one there may be as many as are known.

    What is known by equal words comes first. Of what is left, one whose place is gone stands for a
    finding of the same rule in the same entry under its new heading, or in the renamed file.

    Args:
        found: the findings.
        known: what is known.
        is_gone: tells whether the file, or the heading of the entry, of a known one is no more.
    """
    left, used, others = dict(known), Counter[Known](), list[Diagnostic]()
    for diagnostic in found:
        key = known_of(diagnostic)
        if left.get(key, 0):
            left[key] -= 1
            used[key] += 1
        else:
            others.append(diagnostic)
    rules = {diagnostic.code for diagnostic in others}
    moved = [key for key, count in left.items() if count and key.rule in rules and is_gone(key)]
    by_words = {key[1:]: key for key in moved}
    new: list[Diagnostic] = []
    for diagnostic in others:
        now = known_of(diagnostic)
        old = by_words.get(now[1:])
        if old is None or not left[old]:
            old = next((key for key in moved if left[key] and _is_moved(key, now)), None)
        if old is None:
            new.append(diagnostic)
        else:
            left[old] -= 1
            used[old] += 1
    return Sifted(tuple(new), used)


def _is_moved(old: Known, now: Known) -> bool:
    """Tell whether a known finding whose place is gone is one that stands elsewhere now."""
    if old.rule != now.rule or not _is_same_entry(old.entry, now.entry):
        return False
    about_heading = all(key.entry and key.text in key.entry for key in (old, now))
    return old.text == now.text or about_heading


def _is_same_entry(old: str, now: str) -> bool:
    """Tell whether two headings are one entry's: its date and ids stay, or else most of its words.

    How dates and ids are written is the document's own; they are its numbers, beside which a new
    title may have more of them, or fewer.
    """
    if old == now:
        return True
    before, after = (Counter(_NUMBER.findall(heading)) for heading in (old, now))
    if before and after:
        return before <= after or after <= before
    return bool(old and now) and SequenceMatcher(None, old, now).ratio() >= _ALIKE


def write_baseline(known: Baseline) -> str:
    """Write a baseline: the same findings give the same text."""
    lines = (_line(key, known[key]) for key in sorted(known) if known[key])
    return "\n".join([_FIRST, *lines, _LAST, ""])


def _line(key: Known, count: int) -> str:
    told: dict[str, object] = {name: word for name, word in key._asdict().items() if word}
    told |= {"count": count} if count > 1 else {}
    line = json.dumps(told, ensure_ascii=False)
    return f"{line if line.isprintable() else json.dumps(told)},"


def is_baseline(text: str) -> bool:
    """Tell whether a text is a baseline, be it damaged."""
    return f'"{_MARK}"' in text[:1000]


def read_baseline(text: str, where: str) -> Baseline:
    """Read a baseline; both sides of an unresolved merge count.

    Args:
        text: what the file holds.
        where: names the file in messages.

    Raises:
        FileError: it is damaged, or of a later version.
    """
    kept = "\n".join(_without_markers(text.lstrip("\ufeff").split("\n")))
    try:
        table = json.loads(kept)
        version, listed = table[_MARK], table["findings"]
        if version != VERSION:
            raise FileError(
                f"{where} is a baseline of version {version}, which this handoff-md can't read",
                "Use a later handoff-md.",
            )
        return _read_records(listed)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise FileError(
            f"{where} is no baseline that can be read{_say_line(error)}",
            "Mend it, or write it anew with `handoff-md lint --write-baseline`.",
        ) from error


def _say_line(error: Exception) -> str:
    return f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""


def _without_markers(lines: Iterable[str]) -> Iterator[str]:
    """Leave out the markers of a merge, and the base that stands between them."""
    in_base = False
    for line in lines:
        if _CONFLICT.match(line.rstrip("\r")):
            in_base = line.startswith("|")
        elif not in_base:
            yield line


def _read_records(listed: Sequence[Mapping[str, object]]) -> Baseline:
    """Read the findings; of one that stands twice, as after a merge, the larger count holds."""
    known: dict[Known, int] = {}
    for told in listed:
        if not told:
            continue
        key = Known(*(_text(told.get(name, "")) for name in Known._fields))
        count = told.get("count", 1)
        if not isinstance(count, int) or not key.rule:
            raise TypeError
        known[key] = max(known.get(key, 0), count)
    return known


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
