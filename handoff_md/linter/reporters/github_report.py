"""Workflow commands of GitHub Actions, which become annotations: ``::error file=…::message``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handoff_md.linter.diagnostic import Diagnostic, Severity
from handoff_md.text.source import Source
from handoff_md.text.visible import visible

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_COMMIT_LENGTH = 12


def write(
    diagnostics: Sequence[Diagnostic],
    _sources: Mapping[str, Source],
    *,
    color: bool,  # noqa: ARG001 - the runner reads it
    width: int,  # noqa: ARG001 - the same
    root: str,  # noqa: ARG001 - paths are relative to the checkout
) -> str:
    """Write one command for each finding; nothing in a message can begin another one."""
    return "".join(f"{_command(found)}\n" for found in diagnostics)


def _command(found: Diagnostic) -> str:
    properties = {
        "file": found.path,
        "line": str(found.start.line),
        "endLine": str(found.end.line),
        **_columns(found),
        "title": f"{found.code} ({found.name})",
    }
    told = ",".join(f"{key}={_escape_property(value)}" for key, value in properties.items())
    commit = f"Commit {found.commit[:_COMMIT_LENGTH]}: " if found.commit else ""
    return f"::{_COMMANDS[found.severity]} {told}::{_escape(commit + found.message)}"


def _columns(found: Diagnostic) -> dict[str, str]:
    """Give the columns; GitHub refuses them where a finding spans several lines."""
    if found.start.line != found.end.line:
        return {}
    return {"col": str(found.start.column), "endColumn": str(found.end.column)}


def _escape(text: str) -> str:
    """Escape as the runner does (actions/toolkit, command.ts): a line break ends a command."""
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
