"""Finds the month, week or year that a new entry goes below, or the heading that it needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from msgspec.structs import replace

from handoff_md.errors import ContentError
from handoff_md.semantics.entries.groups import (
    Group,
    are_as_named,
    are_newest_first,
    holding,
)
from handoff_md.semantics.entries.section import EntriesSection, ends_with_rule, section_of
from handoff_md.syntax.form.periods import agree_on_periods
from handoff_md.syntax.nodes import Document
from handoff_md.text.source import Source


def narrow(document: Document, section: EntriesSection, date: dt.date) -> EntriesSection:
    """Give what of a section takes an entry of a day: all of it, unless that has groups.

    It is the group of that day. Where there is none yet it is one to create, in its place among the
    others, and headed as they are.

    Raises:
        ContentError: it can't be told how the others are headed, or what time they are of.
    """
    groups = section.groups
    if not are_as_named(groups):
        raise _untold(document.source, groups, date)
    while groups:
        group = holding(groups, date)
        if group is None:
            return _create(document, section, groups, date)
        if not group.below:
            return replace(section_of(document, group.section), order=section.order)
        groups = group.below
    return section


def _create(
    document: Document, section: EntriesSection, groups: Sequence[Group], date: dt.date
) -> EntriesSection:
    source = document.source
    newest_first = are_newest_first(groups, otherwise=section.order.newest_first)
    headings = _write_headings(groups, date, newest_first=newest_first)
    if not headings:
        raise _untold(source, groups, date)
    older = [bool(group.period.start and group.period.start < date) for group in groups]
    index = next((at for at, is_older in enumerate(older) if is_older is newest_first), len(groups))
    spans = [group.section.span for group in groups]
    return replace(
        section,
        nodes=(),
        groups=(),
        end=spans[index].start if index < len(groups) else spans[-1].end,
        to_create=tuple(headings),
        rules=_rules(source, groups, index),
    )


def _untold(source: Source, groups: Sequence[Group], date: dt.date) -> ContentError:
    names = ", ".join(repr(source.slice(group.section.heading.text)) for group in groups[:2])
    line = source.line_of(groups[0].section.span.start) + 1
    return ContentError(
        f"entries stand under headings such as {names}, and it can't be told which of them, or "
        f"what further one, takes an entry of {date}",
        f"Name one with --into HEADING or --into LINE:{line}; write a new one by hand before.",
    )


def _write_headings(
    groups: Sequence[Group], date: dt.date, *, newest_first: bool
) -> list[str] | None:
    """Write the heading of a new group, and of those below it; None where that can't be told."""
    headings: list[str] = []
    while groups:
        nearest = groups if newest_first else groups[::-1]
        agreed = agree_on_periods([group.period for group in nearest])
        written = agreed.write(date) if agreed else None
        if written is None:
            return None
        headings.append(f"{'#' * nearest[0].section.heading.level} {written}")
        groups = next((group.below for group in nearest if group.below), ())
    return headings


def _rules(source: Source, groups: Sequence[Group], index: int) -> tuple[str, str]:
    """Give the rules that part a new group from the one before and the one behind, if most do."""
    ends = [ends_with_rule(source, group.section) for group in groups]
    written = [source.slice(rule.span).strip() for rule in ends[:-1] if rule]
    if len(written) * 2 <= len(ends) - 1:
        return "", ""
    if index < len(groups):
        return "", written[0]
    return ("" if ends[-1] else written[0]), ""
