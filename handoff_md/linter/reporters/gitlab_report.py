"""GitLab's Code Quality report: findings that the widget of a merge request shows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from handoff_md.linter.diagnostic import Diagnostic, Severity
from handoff_md.linter.reporters.findings import fingerprints, sentence
from handoff_md.linter.reporters.json_report import tellable
from handoff_md.text.source import Source

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def write(
    diagnostics: Sequence[Diagnostic],
    _sources: Mapping[str, Source],
    *,
    color: bool,  # noqa: ARG001 - programs read it
    width: int,  # noqa: ARG001 - the same
    root: str,  # noqa: ARG001 - paths are relative
) -> str:
    """Write a list of issues, ASCII alone; no two have one fingerprint, as GitLab demands."""
    marks = fingerprints(diagnostics)
    issues = [_issue(found, mark) for found, mark in zip(diagnostics, marks, strict=True)]
    return json.dumps(issues, indent=2) + "\n"


def _issue(found: Diagnostic, fingerprint: str) -> dict[str, object]:
    return {
        "description": tellable(f"{found.code}: {sentence(found)}"),
        "check_name": f"{found.code} ({found.name})",
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[found.severity],
        "location": {
            "path": tellable(found.path),
            "lines": {"begin": found.start.line, "end": found.end.line},
        },
    }
