"""Ticks steps of a checklist that a command has fulfilled, each with its evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fnmatch import translate

from handoff_md.semantics.logs.compliance import Checklist, Mark, Obligation, Step
from handoff_md.syntax.nodes import split_row
from handoff_md.text.edit import Edit
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span

_BOX = lazy_pattern(r"\[[ \t]*\]")
_OUTER = lazy_pattern(r"^[\W_]*(?:MUST|SHOULD|MAY)?\b[\W_]*")


def is_fulfilled(words: str, patterns: Sequence[str]) -> bool:
    """Tell whether a step's words match one of the patterns, whatever their case and quotes."""
    plain = _OUTER.sub("", " ".join(words.replace("`", "").split())).casefold()
    return any(re.match(translate(pattern.casefold()), plain) for pattern in patterns)


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
