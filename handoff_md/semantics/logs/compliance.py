"""A session log as the protocol sees it: its compliance section, and the two checklists.

The steps that a command has fulfilled are ticked here, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from fnmatch import fnmatchcase

from handoff_md.syntax.nodes import (
    Block,
    BlockKind,
    Document,
    Heading,
    Node,
    Table,
    split_row,
    walk,
)
from handoff_md.text.edit import Edit
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_COMPLIANCE = lazy_pattern(r"\bprotocol\s+compliance\b", re.IGNORECASE)
_START = lazy_pattern(r"\W*(?:\w+\W+){0,2}?session\s+start\b", re.IGNORECASE)
_END = lazy_pattern(r"\W*(?:\w+\W+){0,2}?session\s+end\b", re.IGNORECASE)
_LEVEL = lazy_pattern(r"[\W_]*(?P<level>MUST|SHOULD|MAY)\b[\W_]*")
_TASK = lazy_pattern(
    r"[ \t>]*(?:[-*+]|[0-9]{1,9}[.)])[ \t]+(?P<box>\[[^\[\]]{0,3}\])[ \t]+(?P<step>\S.*)"
)
_END_STEP = lazy_pattern(
    r"\bsession end\b|lint|\bupdated?\b.*handoff|handoff.*\bupdated\b"
    r"|(?:changes|all|work|artifacts|documents?)\b.*\bcommit|\bcommit\b.*(?:changes|all|work)\b",
    re.IGNORECASE,
)
_TICKED = lazy_pattern(
    r"\[\s*[xX✓✔]\s*\]|.*[✅☑✔✓].*|(?:done|completed?|yes|pass(?:ed)?)\b.*",
    re.IGNORECASE | re.DOTALL,
)
_OPEN = lazy_pattern(
    r"|\[\s*\]|.*[❌✗☐⬜].*|(?:no|to ?do|pending|missed|not done|open)\b.*",
    re.IGNORECASE | re.DOTALL,
)
_LONGEST = 300  # characters of a step or status that are looked at
_BLANK = lazy_pattern(
    r"_{3,}"
    r"|\[(?:report|sha|commit(?: sha)?|branch(?: name)?|path|file|message|\.\.\.|…)\](?![(\[])",
    re.IGNORECASE,
)
_TEMPLATE = frozenset(
    {
        "all sections filled",
        "content in context",
        "file modified",
        "git status output",
        "lint output clean",
        "memory results present",
        "tasks checked off",
        "tool output present",
    }
)

_BOX = lazy_pattern(r"\[[ \t]*\]")
_OUTER = lazy_pattern(r"^[\W_]*(?:MUST|SHOULD|MAY)?\b[\W_]*")


class Obligation(StrEnum):
    """How binding a step is (RFC 2119)."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Mark(StrEnum):
    """What a step's status says; ``OTHER`` is neither, such as ``[-]`` or ``N/A``."""

    TICKED = "ticked"
    OPEN = "open"
    OTHER = "other"


class Step(Value):
    """A row or task of a checklist.

    ``text`` is what is to be done. ``evidence`` is the span of its evidence (maybe empty), None
    where the checklist has none. ``level`` is None where nothing says how binding it is.
    """

    text: Span
    mark: Mark
    level: Obligation | None
    evidence: Span | None


class Checklist(Value):
    """A checklist: where it is headed, its steps, and whether it is a table."""

    heading: Span
    steps: tuple[Step, ...]
    is_table: bool


class LogCompliance(Value):
    """What a log holds of the protocol; None where it lacks it."""

    compliance: Span | None
    start: Checklist | None
    end: Checklist | None

    @property
    def has_ended(self) -> bool:
        """Tell whether the log says that its session came to its end: a step of it is ticked."""
        return self.end is not None and any(step.mark is Mark.TICKED for step in self.end.steps)


def read_session_log(document: Document) -> LogCompliance:
    """Read a log's compliance section and its checklists; total.

    A checklist stands below a heading that speaks of the session's start or end. Without one, what
    the compliance section holds is read: its steps that end a session (commit, lint, update the
    handoff document) are the end's, all others the start's.
    """
    source = document.source
    sections = tuple(_sections(document))
    place = next((n for n, s in enumerate(sections) if _COMPLIANCE.search(s.words)), None)
    start = _headed(source, sections, _START)
    end = _headed(source, sections, _END)
    if place is None:
        return LogCompliance(None, start, end)
    compliance = sections[place].heading.text
    if start is None or end is None:
        body = _within(sections, place)
        apart = [s for s in body if not (_START.match(s.words) or _END.match(s.words))]
        found = _read_checklist(source, compliance, apart)
        start = start or _part_of(source, found, ending=False)
        end = end or _part_of(source, found, ending=True)
    return LogCompliance(compliance, start, end)


def is_placeholder(evidence: str) -> bool:
    """Tell whether evidence is the protocol's own example of it, or has a blank left to fill in."""
    words = evidence.replace("`", "").strip(" .*_").casefold()
    return words in _TEMPLATE or _BLANK.search(evidence) is not None


class _Section(Value):
    """A heading, and the nodes behind it up to the next heading of any level."""

    heading: Heading
    words: str
    nodes: tuple[Node, ...]


def _sections(document: Document) -> Iterator[_Section]:
    heading: Heading | None = None
    nodes: list[Node] = []
    for node in walk(document):
        if isinstance(node, Heading):
            if heading:
                yield _section(document.source, heading, nodes)
            heading, nodes = node, []
        elif isinstance(node, Table) or (isinstance(node, Block) and node.kind is BlockKind.LIST):
            nodes.append(node)
    if heading:
        yield _section(document.source, heading, nodes)


def _section(source: Source, heading: Heading, nodes: Sequence[Node]) -> _Section:
    return _Section(heading, source.slice(heading.text), tuple(nodes))


def _within(sections: Sequence[_Section], place: int) -> list[_Section]:
    """Give a section by its index, and those below it."""
    inside = [sections[place]]
    for section in sections[place + 1 :]:
        if section.heading.level <= sections[place].heading.level:
            break
        inside.append(section)
    return inside


def _headed(
    source: Source, sections: Sequence[_Section], wanted: re.Pattern[str]
) -> Checklist | None:
    """Give the first checklist below a heading of the wanted kind, tables first."""
    first: Checklist | None = None
    for place, section in enumerate(sections):
        if wanted.match(section.words):
            found = _read_checklist(source, section.heading.text, _within(sections, place))
            if found and found.is_table:
                return found
            first = first or found
    return first


def _read_checklist(
    source: Source, heading: Span, sections: Sequence[_Section]
) -> Checklist | None:
    """Read the first table of steps in some sections, else all their tasks; None without any."""
    nodes = [node for section in sections for node in section.nodes]
    for node in nodes:
        if isinstance(node, Table):
            steps = tuple(_table_steps(source, node))
            if steps:
                return Checklist(heading, steps, is_table=True)
    tasks = tuple(
        step for node in nodes if isinstance(node, Block) for step in _tasks(source, node.span)
    )
    return Checklist(heading, tasks, is_table=False) if tasks else None


def _part_of(source: Source, found: Checklist | None, *, ending: bool) -> Checklist | None:
    if found is None:
        return None
    steps = tuple(
        step
        for step in found.steps
        if (_END_STEP.search(source.slice(step.text)[:_LONGEST]) is not None) is ending
    )
    return Checklist(found.heading, steps, found.is_table) if steps else None


def _table_steps(source: Source, table: Table) -> Iterator[Step]:
    """Read a table's rows as steps; one without a column for the status has none."""
    header = split_row(source, table.children[0].span)
    names = [source.slice(cell).strip(" *_").casefold() for cell in header]
    status = _column(names, ("status", "done", "result"))
    if status is None:
        return
    evidence, text = _column(names, ("evidence",)), _column(names, ("step", "task", "action"))
    for row in table.children[2:]:
        cells = split_row(source, row.span)
        if len(cells) <= status:
            continue
        step = cells[text] if text is not None else cells[0]
        level = _level(source.slice(cells[0])) or _level(source.slice(step))
        mark = _mark(source.slice(cells[status]))
        yield Step(_without_level(source, step), mark, level, _evidence(cells, evidence))


def _column(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((number for number, name in enumerate(names) if name in wanted), None)


def _evidence(cells: Sequence[Span], column: int | None) -> Span | None:
    if column is None:
        return None
    return cells[column] if column < len(cells) else Span(cells[-1].end, cells[-1].end)


def _tasks(source: Source, span: Span) -> Iterator[Step]:
    first, last = source.line_of(span.start), source.line_of(max(span.end - 1, span.start))
    for number in range(first, last + 1):
        match = _TASK.fullmatch(source.line_text(number))
        if match:
            offset = source.line_offset(number)
            text = Span(offset + match.start("step"), offset + match.end("step"))
            level = _level(match["step"])
            yield Step(_without_level(source, text), _mark(match["box"]), level, None)


def _level(text: str) -> Obligation | None:
    match = _LEVEL.match(text)
    return Obligation(match["level"]) if match else None


def _without_level(source: Source, step: Span) -> Span:
    match = _LEVEL.match(source.slice(step))
    return Span(step.start + match.end(), step.end) if match and match.end() < len(step) else step


def _mark(text: str) -> Mark:
    words = text.strip(" \t*_`")[:_LONGEST]
    if _OPEN.fullmatch(words):
        return Mark.OPEN
    return Mark.TICKED if _TICKED.fullmatch(words) else Mark.OTHER


def is_fulfilled(words: str, patterns: Sequence[str]) -> bool:
    """Tell whether a step's words match one of the patterns, whatever their case and quotes."""
    plain = _OUTER.sub("", " ".join(words.replace("`", "").split())).casefold()
    return any(fnmatchcase(plain, pattern.casefold()) for pattern in patterns)


def open_musts(source: Source, checklist: Checklist, patterns: Sequence[str]) -> Iterator[str]:
    """Give the words of the MUST steps that are open, and that no pattern says to be fulfilled."""
    for step in checklist.steps:
        words = source.slice(step.text)
        must = step.level is Obligation.MUST and step.mark is Mark.OPEN
        if must and not is_fulfilled(words, patterns):
            yield words


def tick_fulfilled(
    source: Source, checklist: Checklist, patterns: Sequence[str], evidence: str
) -> Iterator[Edit]:
    """Make the edits that tick the open steps which patterns name, and put their evidence in."""
    for step in checklist.steps:
        if step.mark is Mark.OPEN and is_fulfilled(source.slice(step.text), patterns):
            yield from _tick(source, step, evidence)


def _tick(source: Source, step: Step, evidence: str) -> Iterator[Edit]:
    line = source.line_of(step.text.start)
    row = source.lines_span(line, line + 1)
    if step.evidence is None:
        box = _BOX.search(source.text, row.start, step.text.start)
        if box:
            yield Edit(Span(box.start(), box.end()), "[x]")
        return
    cells = split_row(source, row)
    for cell in cells:
        if cell != step.text and _BOX.fullmatch(source.slice(cell)):
            yield Edit(cell, "[x]")
    if step.evidence in cells[1:] and len(step.evidence):
        yield Edit(step.evidence, evidence)
    else:
        yield _put_evidence(source, row, step, evidence)


def _put_evidence(source: Source, row: Span, step: Step, evidence: str) -> Edit:
    """Fill a cell that is empty, or that the row does not have."""
    text = source.slice(row).rstrip("\r\n")
    end = row.start + len(text.rstrip(" \t"))
    assert step.evidence is not None  # noqa: S101 - the caller has looked
    if source.text[end - 1] == "|" and source.text[step.evidence.start - 1 : end - 1].strip(" \t|"):
        return Edit(Span(end, end), f" {evidence} |")
    if source.text[end - 1] == "|":
        start = source.text.rindex("|", row.start, end - 1) + 1
        return Edit(Span(start, end - 1), f" {evidence} ")
    return Edit(Span(end, end), f" {evidence} |")
