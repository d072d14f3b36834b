"""Compares a merge with the known outcome of a generated triple, line by line.

Lines are compared with the headings they stand under, blanks and what means nothing aside, so that
a line in the wrong place is one that is lost and one that is too many.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from threeway_incidents import Verdict
from threeway_triples import Triple

_HEADING = re.compile(r"(#{1,6}) ")
_ENTRY_HEADING = re.compile(r"##+ .*(?:Session \d|\d{4}-\d\d-\d\d)")
_HEADER_FIELD = re.compile(r"\*\*(?:Project|Last Updated|Current Phase|Status)\*\*: ")
_FOLLOWING = {"<<<<<<<": "ours", "|||||||": "base", "=======": "theirs", ">>>>>>>": "outside"}
_NEXT = {
    "outside": ("ours",),
    "ours": ("base", "theirs"),
    "base": ("theirs",),
    "theirs": ("outside",),
}

Line = tuple[str, str]
"""The headings that a line stands under, and the line."""


@dataclass(frozen=True, slots=True)
class Halves:
    """A text with conflicts: what is outside of them, and what each side has in them."""

    outside: str
    ours: str
    theirs: str
    is_balanced: bool


def judge_clean(triple: Triple, merged: bytes, *, newest: bool = False) -> Iterator[str]:
    """Say what is wrong with a merge that calls itself clean."""
    for name, incident in triple.incidents:
        if incident.verdict is Verdict.CONFLICT or (
            incident.verdict is Verdict.HEADER and not newest
        ):
            yield f"missed conflict: {name}"
            return
    text = merged.decode()
    if re.search(r"^(?:<{7}|>{7})", text, re.MULTILINE):
        yield "markers in a clean result"
    found, truth = Counter(_lines(text)), Counter(_lines(triple.truth))
    lines = text.splitlines()
    for name, incident in triple.incidents:
        if incident.newest and [it for it in incident.contested if it in lines] != [
            incident.newest
        ]:
            yield f"{name}: not the newer header's"
    if newest and Verdict.HEADER in triple.verdicts():
        found, truth = _without_header(found), _without_header(truth)
    base = Counter(_lines(triple.base.decode()))
    yield from _compare(found, truth, base)
    if not any(incident.reorders for _, incident in triple.incidents):
        yield from _compare_order(text, triple)
    if triple.has_one_ending and (b"\r\n" in merged) != (b"\r\n" in triple.base):
        yield "another line ending"


def judge_conflicted(triple: Triple, merged: bytes, *, newest: bool = False) -> Iterator[str]:
    """Say what is wrong with a merge that has left conflicts."""
    text = merged.decode()
    halves = split_halves(text)
    if not halves.is_balanced:
        yield "markers are not balanced"
    for name, incident in triple.incidents:
        if incident.verdict is Verdict.CONFLICT or (
            incident.verdict is Verdict.HEADER and not newest
        ):
            yield from (f"{name}: lost: {it}" for it in incident.contested if it not in text)
            between = halves.ours + halves.theirs
            if incident.contested and not any(it in between for it in incident.contested):
                yield f"{name}: nothing of it between markers"
    outside, ours, theirs = map(_count, (halves.outside, halves.ours, halves.theirs))
    truth = _count(triple.truth)
    base, mine, its = (_count(text.decode()) for text in (triple.base, triple.ours, triple.theirs))
    for line, count in truth.items():
        held = outside[line] + ours[line] + theirs[line]
        is_contested = min(mine[line], its[line]) < base[line] or not (mine[line] or its[line])
        is_left = newest and _HEADER_FIELD.match(line)
        if count == 1 and not held and not is_contested and not is_left:
            yield f"lost beside a conflict: {line}"
    for line, count in outside.items():
        if count > max(truth[line], base[line], mine[line], its[line]):
            yield f"doubled beside a conflict: {line}"


def _count(text: str) -> Counter[str]:
    return Counter(line for _, line in _lines(text))


def split_halves(text: str) -> Halves:
    """Take a text with markers apart; the base's part of a conflict is dropped."""
    parts: dict[str, list[str]] = {"outside": [], "ours": [], "base": [], "theirs": []}
    place = "outside"
    balanced = True
    for line in re.split(r"\r\n|\n", text):
        mark = line[:7]
        if mark in ("<<<<<<<", ">>>>>>>") or (mark in _FOLLOWING and place != "outside"):
            balanced &= _FOLLOWING[mark] in _NEXT[place]
            place = _FOLLOWING[mark]
        else:
            parts[place].append(line)
    texts = {name: "\n".join(lines) for name, lines in parts.items()}
    balanced &= place == "outside"
    return Halves(texts["outside"], texts["ours"], texts["theirs"], balanced)


def _lines(text: str) -> Iterator[Line]:
    """Give each line that says something, with the headings above it."""
    path: list[str] = []
    is_code = False
    for raw in re.split(r"\r\n|\n", text):
        line = _plain(raw)
        is_code ^= raw.startswith("```")
        heading = None if is_code else _HEADING.match(raw)
        if heading:
            level = len(heading[1])
            path = [*(words for words in path if len(words.split(" ", 1)[0]) < level), line]
            yield " / ".join(path[:-1]), line
        elif line and line != "---":
            yield " / ".join(path), line


def _plain(raw: str) -> str:
    line = " ".join(raw.split())
    return line.replace("**", "") if line.startswith("|") else line


def _without_header(lines: Counter[Line]) -> Counter[Line]:
    """Drop the header's fields: which side's they are is for another check."""
    return Counter({key: count for key, count in lines.items() if not _is_of_header(*key)})


def _is_of_header(path: str, line: str) -> bool:
    return path.startswith("# ") and "/" not in path and bool(_HEADER_FIELD.match(line))


def _compare(found: Counter[Line], truth: Counter[Line], base: Counter[Line]) -> Iterator[str]:
    for (path, line), count in (truth - found).items():
        yield f"lost {count} of: {path} > {line}"
    for key, count in (found - truth).items():
        path, line = key
        what = "doubled" if truth[key] else "resurrected" if base[key] else "out of place"
        yield f"{what} {count} of: {path} > {line}"


def _compare_order(text: str, triple: Triple) -> Iterator[str]:
    if _entries(text) != _entries(triple.truth):
        yield f"order of entries: {_entries(text)}, not {_entries(triple.truth)}"
    base, found = list(_lines(triple.base.decode())), list(_lines(text))
    lasting = _once(base) & _once(found)
    for old, new in zip(
        (line for line in base if line in lasting),
        (line for line in found if line in lasting),
        strict=True,
    ):
        if old != new:
            yield f"order of lines: {new[1]} stands before {old[1]}"
            return


def _once(lines: Iterable[Line]) -> set[Line]:
    return {line for line, count in Counter(lines).items() if count == 1}


def _entries(text: str) -> list[str]:
    return [line for line in map(_plain, text.splitlines()) if _ENTRY_HEADING.match(line)]


def tell(defects: Iterable[str], triple: Triple) -> str:
    """Give a message for a failing test."""
    return "\n".join([triple.name, *defects])
