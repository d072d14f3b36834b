"""A summary in Markdown, as GitHub shows it for a job: how many, of which rules, and where."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from handoff_md.linter.diagnostic import Diagnostic
from handoff_md.linter.reporters.concise_report import place
from handoff_md.linter.reporters.findings import count_rules, page_of, worst_first
from handoff_md.linter.reporters.json_report import tellable
from handoff_md.linter.reporters.totals import count_kinds
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.visible import visible

MOST_BYTES = 1_000_000
"""GitHub refuses a step's summary of more than 1 MiB, all of it."""
_ACTIVE = lazy_pattern(r"[\\`*_\[\]|~<>&@$]")
_AS_ENTITY = frozenset("<>&@$")


def write(
    diagnostics: Sequence[Diagnostic],
    _sources: Mapping[str, Source],
    *,
    color: bool,  # noqa: ARG001 - the host reads it
    width: int,  # noqa: ARG001 - the same
    root: str,  # noqa: ARG001 - paths are relative
) -> str:
    """Write a heading, the rules with their counts, and the findings, the worst first.

    What would be more than a summary may hold is counted instead.
    """
    if not diagnostics:
        return "## handoff-md: nothing found\n"
    head = [f"## handoff-md: {count_kinds(diagnostics)}", "", *_rules(diagnostics), ""]
    rows = ["| place | rule | finding |", "|---|---|---|"]
    ordered = worst_first(diagnostics)
    left = MOST_BYTES - sum(len(line.encode()) + 1 for line in (*head, *rows))
    for done, found in enumerate(ordered):
        row = f"| {_safe(place(found))} | {found.code} | {_safe(found.message)} |"
        left -= len(row.encode()) + 1
        if left < 0:
            rows += ["", f"{len(ordered) - done:,} more: {count_rules(ordered[done:])}"]
            break
        rows.append(row)
    return "\n".join([*head, *rows, ""])


def _rules(diagnostics: Sequence[Diagnostic]) -> Iterator[str]:
    counts = Counter(found.code for found in diagnostics)
    yield "| findings | rule | severity |"
    yield "|---:|---|---|"
    rules = {found.code: found for found in worst_first(diagnostics)[::-1]}
    for code in sorted(counts, key=lambda code: (-counts[code], code)):
        rule = rules[code]
        yield f"| {counts[code]:,} | [{code}]({page_of(code)}) {rule.name} | {rule.severity} |"


def _safe(text: str) -> str:
    """Escape what Markdown would read as more than text."""
    return _ACTIVE.sub(_escaped, visible(tellable(text)))


def _escaped(found: re.Match[str]) -> str:
    character = found.group()
    return f"&#{ord(character)};" if character in _AS_ENTITY else f"\\{character}"
