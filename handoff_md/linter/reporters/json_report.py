"""One JSON object that holds all findings, each with its fix as edits by line and column."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from handoff_md.linter.diagnostic import Diagnostic, Fix
from handoff_md.text.edit import Edit
from handoff_md.text.source import Source, encode

_VERSION = 1


def write(
    diagnostics: Sequence[Diagnostic],
    sources: Mapping[str, Source],
    *,
    color: bool,  # noqa: ARG001 - programs read it
    width: int,  # noqa: ARG001 - the same
    root: str,  # noqa: ARG001 - paths are relative
) -> str:
    """Write ``{"version": 1, "diagnostics": […]}``, ASCII alone; docs/lint.md tells the fields."""
    listed = [_finding(found, sources.get(found.path)) for found in diagnostics]
    return json.dumps({"version": _VERSION, "diagnostics": listed}, indent=2) + "\n"


def _finding(found: Diagnostic, source: Source | None) -> dict[str, object]:
    fix = found.fix if source and can_be_told(found.fix) else None
    return {
        "code": found.code,
        "name": found.name,
        "severity": found.severity.value,
        "message": tellable(found.message),
        "path": tellable(found.path),
        "line": found.start.line,
        "column": found.start.column,
        "end_line": found.end.line,
        "end_column": found.end.column,
        "fix": _fix(fix, source) if fix and source else None,
        "commit": found.commit,
        "sessions": [str(session) for session in found.sessions],
    }


def _fix(fix: Fix, source: Source) -> dict[str, object]:
    return {
        "description": tellable(fix.description),
        "safety": fix.safety.value,
        "edits": [_edit(edit, source) for edit in fix.edits],
    }


def _edit(edit: Edit, source: Source) -> dict[str, object]:
    start, end = source.position(edit.span.start), source.position(edit.span.end)
    return {
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
        "text": edit.text,
    }


def can_be_told(fix: Fix | None) -> bool:
    """Tell whether a fix can be written as Unicode: one with other bytes in it can't."""
    return fix is not None and all(tellable(edit.text) == edit.text for edit in fix.edits)


def tellable(text: str) -> str:
    """Put U+FFFD in the place of bytes that are no UTF-8: readers of JSON may refuse them."""
    return text if text.isascii() else encode(text).decode("utf-8", "replace")
