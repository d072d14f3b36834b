"""One JSON object that holds all findings, each with its fix as edits by line and column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handoff_md.answer import Answer, write_answer
from handoff_md.linter.diagnostic import Diagnostic, Fix, Safety, Severity
from handoff_md.text.edit import Edit
from handoff_md.text.source import Source, encode
from handoff_md.value import Value


class EditAnswer(Value):
    """An edit: a text in the place of what lies between two positions.

    Attributes:
        line: where the place begins, from 1.
        column: where the place begins, from 1.
        end_line: where the place ends.
        end_column: where the place ends, behind its last character.
        text: what comes there.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


class FixAnswer(Value):
    """What would mend a finding.

    Attributes:
        description: what it would do.
        safety: whether it may be made unasked.
        edits: the edits that it is made of.
    """

    description: str
    safety: Safety
    edits: tuple[EditAnswer, ...]


class DiagnosticAnswer(Value):
    """A finding. Columns count characters (code points).

    Attributes:
        code: the rule's code.
        name: the rule's name.
        severity: how much it matters.
        message: what is seen.
        path: the file, relative to the repository's root.
        line: where it begins, from 1.
        column: where it begins, from 1.
        end_line: where it ends.
        end_column: where it ends, behind its last character.
        fix: what would mend it, or null.
        commit: the commit that it is about, or null.
        sessions: the ids of the sessions that it is about.
    """

    code: str
    name: str
    severity: Severity
    message: str
    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    fix: FixAnswer | None
    commit: str | None
    sessions: tuple[str, ...]


class LintAnswer(Answer):
    """What `lint --output-format json` prints.

    Attributes:
        diagnostics: the findings, in the order of files and lines.
    """

    diagnostics: tuple[DiagnosticAnswer, ...]


def write(
    diagnostics: Sequence[Diagnostic],
    sources: Mapping[str, Source],
    *,
    color: bool,  # noqa: ARG001 - programs read it
    width: int,  # noqa: ARG001 - the same
    root: str,  # noqa: ARG001 - paths are relative
) -> str:
    """Write ``{"version": 1, "diagnostics": […]}``, ASCII alone; docs/lint.md tells the fields."""
    return write_answer(make_answer(diagnostics, sources)) + "\n"


def make_answer(diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source]) -> LintAnswer:
    """Give the findings as the documented JSON object."""
    return LintAnswer(tuple(_finding(found, sources.get(found.path)) for found in diagnostics))


def _finding(found: Diagnostic, source: Source | None) -> DiagnosticAnswer:
    fix = found.fix if source and can_be_told(found.fix) else None
    return DiagnosticAnswer(
        code=found.code,
        name=found.name,
        severity=found.severity,
        message=tellable(found.message),
        path=tellable(found.path),
        line=found.start.line,
        column=found.start.column,
        end_line=found.end.line,
        end_column=found.end.column,
        fix=_fix(fix, source) if fix and source else None,
        commit=found.commit,
        sessions=tuple(map(str, found.sessions)),
    )


def _fix(fix: Fix, source: Source) -> FixAnswer:
    edits = tuple(_edit(edit, source) for edit in fix.edits)
    return FixAnswer(tellable(fix.description), fix.safety, edits)


def _edit(edit: Edit, source: Source) -> EditAnswer:
    start, end = source.position(edit.span.start), source.position(edit.span.end)
    return EditAnswer(start.line, start.column, end.line, end.column, edit.text)


def can_be_told(fix: Fix | None) -> bool:
    """Tell whether a fix can be written as Unicode: one with other bytes in it can't."""
    return fix is not None and all(tellable(edit.text) == edit.text for edit in fix.edits)


def tellable(text: str) -> str:
    """Put U+FFFD in the place of bytes that are no UTF-8: readers of JSON may refuse them."""
    return text if text.isascii() else encode(text).decode("utf-8", "replace")
