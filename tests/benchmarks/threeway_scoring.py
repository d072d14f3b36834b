"""Judges a merge of any three documents without knowing what was meant.

What a document holds is counted: headings, entries, table rows, header fields and plain lines. Of
each, a merge has to hold what the base held and what both sides added, less what they took out;
what both did alike counts once. It reads Markdown by itself, so that it can't share an error with
the merge it judges.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from threeway_truth import split_halves

_HEADING = re.compile(r"(?P<hashes>#{1,6})[ \t]+(?P<words>.*?)[ \t]*#*")
_FENCE = re.compile(r" {0,3}(?P<mark>`{3,}|~{3,})")
_FIELD = re.compile(r"\*\*(?P<key>[^*:]+)(?::\*\*|\*\*:)[ \t]*(?P<value>.*)")
_LINK = re.compile(r"\]\((?P<target>[^)\s]+)")
_LOG = re.compile(r"\]\((?P<target>[^)\s]*session-\w[^)\s]*\.md)\)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_SESSION = re.compile(r"\bsession[ -]+(?P<id>[\w-]*\d[\w-]*)", re.IGNORECASE)
_SEPARATOR = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?")
_LEAST_SIMILARITY = 0.6
_LONGEST_COMMON_WORDS = 40


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a document holds; ``place`` is the heading or entry that it stands under."""

    kind: str
    place: str
    key: str


@dataclass(frozen=True, slots=True)
class Contents:
    """All that a document holds, and the values of what has one: cells of rows, header fields."""

    facts: Counter[Fact]
    values: Mapping[Fact, tuple[str, ...]]
    texts: Mapping[str, tuple[str, ...]]
    places: Mapping[tuple[str, str], list[Fact]]


@dataclass(frozen=True, slots=True)
class Score:
    """What one tool made of one triple; ``defects`` says what is wrong with it."""

    conflicts: int
    conflict_lines: int
    defects: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        return not self.conflicts


def judge(
    base: bytes, ours: bytes, theirs: bytes, merged: bytes, *, conflicts: int, newest: bool = False
) -> Score:
    """Judge what a tool made of a triple.

    ``conflicts`` is how many it says are left. ``newest``: where both sides set a field of the
    header, either value is right.
    """
    texts = [_text(version) for version in (base, ours, theirs)]
    text = _text(merged)
    if conflicts:
        return Score(conflicts, _conflict_lines(text), tuple(_judge_conflicted(texts, text)))
    versions = [read_contents(version) for version in texts]
    found = read_contents(text)
    defects = (*_judge_counts(versions, found), *_judge_values(versions, found, newest=newest),
               *_judge_edits(versions, found))  # fmt: skip
    return Score(0, 0, defects)


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape").removeprefix("\ufeff").replace("\r\n", "\n")


def read_contents(text: str) -> Contents:
    """Read what a document holds; ``text`` has line feeds only."""
    facts: Counter[Fact] = Counter()
    values: dict[Fact, tuple[str, ...]] = {}
    texts: dict[str, list[str]] = defaultdict(list)
    for section in _sections(text):
        for fact, value in _section_facts(section):
            facts[fact] += 1
            if value:
                values[fact] = value
            if fact.kind == "line":
                texts[section.place].append(fact.key)
    places: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for fact in facts:
        places[fact.kind, fact.key].append(fact)
    return Contents(facts, values, {place: tuple(lines) for place, lines in texts.items()}, places)


@dataclass(frozen=True, slots=True)
class _Section:
    """A heading and the lines up to the next one; ``code`` are indexes of lines of code."""

    heading: str
    level: int
    parent: str
    lines: tuple[str, ...]
    code: frozenset[int]

    @property
    def entry(self) -> str | None:
        """Give what identifies an entry: its log, else id and date, else its heading."""
        words = _plain(self.heading)
        session, date = _SESSION.search(words), _DATE.search(words)
        if not self.level or not (session or date):
            return None
        for line in self.lines:
            field = _FIELD.fullmatch(line)
            if field and "log" in field["key"].lower() and (log := _LOG.search(line)):
                return log["target"].rsplit("/", 1)[-1]
        return words

    @property
    def place(self) -> str:
        return self.entry or f"{self.parent} / {_plain(self.heading)}"


def _sections(text: str) -> Iterator[_Section]:
    path: list[tuple[int, str]] = []
    heading, level = "", 0
    lines: list[str] = []
    code: set[int] = set()
    fence = ""
    for line in [*text.split("\n"), "# end of text"]:
        mark = _FENCE.match(line)
        opened = _HEADING.fullmatch(line) if not fence else None
        if opened:
            parent = path[-1][1] if path else ""
            section = _Section(heading, level, parent, tuple(lines), frozenset(code))
            yield section
            heading, level = opened["words"], len(opened["hashes"])
            path = [it for it in [*path, (section.level, section.place)] if 0 < it[0] < level]
            lines, code = [], set()
            continue
        if fence or mark:
            code.add(len(lines))
        if mark and not fence:
            fence = mark["mark"]
        elif mark and mark["mark"].startswith(fence) and line.strip() == mark["mark"]:
            fence = ""
        lines.append(line)


def _section_facts(section: _Section) -> Iterator[tuple[Fact, tuple[str, ...]]]:
    place = section.place
    if section.level:
        key = f"{'#' * section.level} {_plain(section.heading)}"
        yield Fact("heading", section.parent, key), ()
    if section.entry:
        yield Fact("entry", "", section.entry), ()
    for index, line in enumerate(section.lines):
        plain = " ".join(line.split())
        field = _FIELD.fullmatch(plain)
        if not plain or plain == "---":
            continue
        if index in section.code:
            yield Fact("line", place, plain), ()
        elif plain.startswith("|"):
            yield from _row_facts(section, index, place)
        elif field and section.level <= 1:
            yield Fact("field", place, field["key"]), (field["value"],)
        else:
            yield Fact("line", place, plain), ()


def _row_facts(section: _Section, index: int, place: str) -> Iterator[tuple[Fact, tuple[str, ...]]]:
    line = section.lines[index].strip()
    following = section.lines[index + 1].strip() if index + 1 < len(section.lines) else ""
    if _SEPARATOR.fullmatch(line) or (following and _SEPARATOR.fullmatch(following)):
        return
    yield Fact("row", place, _row_key(line)), tuple(_cells(line))


def _row_key(line: str) -> str:
    link = _LINK.search(line)
    return link["target"] if link else _cells(line)[0]


def _cells(line: str) -> list[str]:
    return [_plain(cell) for cell in re.split(r"(?<!\\)\|", line.strip("|"))]


def _plain(words: str) -> str:
    return " ".join(words.replace("**", "").replace("__", "").split())


def _judge_counts(versions: list[Contents], found: Contents) -> Iterator[str]:
    """Compare how often each thing is there, wherever it stands, with how often it has to be."""
    base, ours, theirs = (_anywhere(version.facts) for version in versions)
    merged = _anywhere(found.facts)
    for fact in base.keys() | ours.keys() | theirs.keys() | merged.keys():
        least, most = _expect_anywhere(fact, versions, (base[fact], ours[fact], theirs[fact]))
        if merged[fact] < least:
            yield f"lost: {_name(fact)}"
        elif merged[fact] > most and not _is_kept_for_an_edit(fact, versions):
            why = "doubled" if most else "resurrected" if base[fact] else "invented"
            if why != "invented" or fact.kind != "line":
                yield f"{why}: {_name(fact)}"
    yield from _judge_doubles(versions, found.facts)


def _expect_anywhere(
    fact: Fact, versions: list[Contents], counts: tuple[int, int, int]
) -> tuple[int, int]:
    """Give the range of a thing in the whole document.

    What stands in many places is expected in each by itself, too: a box that both sides add to one
    entry and one takes out of another.
    """
    least, most = expect(*counts)
    if max(counts) <= 1 and len(fact.key) > _LONGEST_COMMON_WORDS:
        return least, most
    places = {it for one in versions for it in one.places.get((fact.kind, fact.key), ())}
    ranges = [expect(*(version.facts[it] for version in versions)) for it in places]
    return min(least, sum(low for low, _ in ranges)), max(most, sum(high for _, high in ranges))


def _is_kept_for_an_edit(fact: Fact, versions: list[Contents]) -> bool:
    """Tell whether a row that one side took out is there as the other has edited it."""
    if fact.kind != "row":
        return False
    places = {it for one in versions for it in one.places.get((fact.kind, fact.key), ())}
    for place in places:
        base, *sides = (version.values.get(place) for version in versions)
        if None in sides and any(side not in (None, base) for side in sides):
            return True
    return False


def _may_be_one_row(fact: Fact, versions: list[Contents]) -> bool:
    """Tell whether rows of one key are one row: by a link they are, by equal words they may be."""
    rows = [version.values[fact] for version in versions[1:] if fact in version.values]
    return ".md" in fact.key or len(set(rows)) == 1


def _judge_doubles(versions: list[Contents], merged: Counter[Fact]) -> Iterator[str]:
    """Find what both sides added at one place, and a merge holds twice.

    An entry's own heading is left to what identifies the entry.
    """
    base, ours, theirs = (version.facts for version in versions)
    for fact, count in merged.items():
        if fact.kind == "line" or (fact.kind == "heading" and _SESSION.search(fact.key)):
            continue
        if fact.kind == "row" and not _may_be_one_row(fact, versions):
            continue
        most = base[fact] + max(ours[fact] - base[fact], theirs[fact] - base[fact], 0)
        if count > most and ours[fact] and theirs[fact]:
            yield f"doubled at one place: {_name(fact)}"


def expect(base: int, ours: int, theirs: int) -> tuple[int, int]:
    """Give the least and the greatest number of times that a merge may hold a thing.

    Where both sides added or both took out, they may have meant the same ones or others.
    """
    mine, its = ours - base, theirs - base
    if mine > 0 and its > 0:
        return base + max(mine, its), base + mine + its
    if mine < 0 and its < 0:
        return max(0, base + mine + its), base + min(mine, its)
    return base + mine + its, base + mine + its


def _anywhere(facts: Counter[Fact]) -> Counter[Fact]:
    counts: Counter[Fact] = Counter()
    for fact, count in facts.items():
        counts[Fact(fact.kind, "", fact.key)] += count
    return counts


def _judge_values(versions: list[Contents], found: Contents, *, newest: bool) -> Iterator[str]:
    """Compare fields and cells with what each side made of them."""
    for fact, merged in found.values.items():
        if any(contents.facts[fact] != 1 for contents in (*versions, found)):
            continue
        base, ours, theirs = (version.values[fact] for version in versions)
        if not len(base) == len(ours) == len(theirs) == len(merged):
            continue
        for cell, *sides in zip(merged, base, ours, theirs, strict=True):
            if not _is_right(cell, *sides, either=newest and fact.kind == "field"):
                yield f"not what the sides made of it: {_name(fact)}: {cell[:60]}"


def _is_right(cell: str, base: str, ours: str, theirs: str, *, either: bool) -> bool:
    if theirs in (ours, base):
        return cell == ours or (either and cell in (ours, theirs))
    if ours == base:
        return cell == theirs or (either and cell in (ours, theirs))
    if _DATE.fullmatch(ours) and _DATE.fullmatch(theirs):
        return cell == max(ours, theirs)
    return either and cell in (ours, theirs)


def _judge_edits(versions: list[Contents], found: Contents) -> Iterator[str]:
    """Find lines that both sides reworded, each in its way, and a merge that holds both."""
    base, ours, theirs = (version.texts for version in versions)
    for place in base.keys() & ours.keys() & theirs.keys():
        mine = _rewordings(base[place], ours[place])
        its = _rewordings(base[place], theirs[place])
        held = set(found.texts.get(place, ()))
        for line in mine.keys() & its.keys():
            if mine[line] != its[line] and {mine[line], its[line]} <= held:
                yield f"both rewordings kept: {line[:70]}"


def _rewordings(base: tuple[str, ...], side: tuple[str, ...]) -> dict[str, str]:
    """Give the lines of the base that a side put similar ones in the place of."""
    if base == side:
        return {}
    matches = SequenceMatcher(None, base, side, autojunk=False).get_opcodes()
    return {
        old: new
        for tag, low, high, start, end in matches
        if tag == "replace" and high - low == end - start
        for old, new in zip(base[low:high], side[start:end], strict=True)
        if SequenceMatcher(None, old, new).ratio() >= _LEAST_SIMILARITY
    }


def _judge_conflicted(texts: list[str], merged: str) -> Iterator[str]:
    """Check that nothing is lost beside conflicts, and nothing doubled outside of them."""
    halves = split_halves(merged)
    if not halves.is_balanced:
        yield "markers are not balanced"
    header = {fact.key for it in texts for fact in read_contents(it).facts if fact.kind == "field"}
    parts = (*texts, halves.outside, halves.ours, halves.theirs)
    base, ours, theirs, outside, mine, its = (Counter(_said(it, header)) for it in parts)
    for line in ours.keys() | theirs.keys():
        least, most = expect(base[line], ours[line], theirs[line])
        if outside[line] + mine[line] + its[line] < least:
            yield f"lost beside a conflict: {line[:80]}"
        if outside[line] > max(most, base[line]):
            yield f"doubled beside a conflict: {line[:80]}"


def _said(text: str, header: set[str]) -> Iterator[str]:
    """Give lines as they are, but rows by their keys, and without the header's fields.

    A part of a document does not tell which of its lines are the header's, or a table's head.
    """
    for raw in text.split("\n"):
        line = " ".join(raw.split())
        field = _FIELD.fullmatch(line)
        if not line or line == "---" or (field and field["key"] in header):
            continue
        if not line.startswith("|"):
            yield line
        elif not _SEPARATOR.fullmatch(line):
            yield f"row {_row_key(line)}"


def _conflict_lines(text: str) -> int:
    """Count the lines between markers, both sides together."""
    halves = split_halves(text)
    return sum(len(half.split("\n")) if half else 0 for half in (halves.ours, halves.theirs))


def _name(fact: Fact) -> str:
    return f"{fact.kind} {fact.key[:80]}"
