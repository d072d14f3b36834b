"""One line for each finding: ``path:line:column: CODE[*] message``, as editors and grep read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handoff_md.linter.diagnostic import Diagnostic, Safety
from handoff_md.linter.reporters.totals import Paint
from handoff_md.text.source import Source
from handoff_md.text.visible import visible

_COMMIT_LENGTH = 12


def write(
    diagnostics: Sequence[Diagnostic],
    _sources: Mapping[str, Source],
    *,
    color: bool,
    width: int,  # noqa: ARG001 - a line of grep is never wrapped
    root: str,  # noqa: ARG001 - paths are relative
) -> str:
    """Write one line for each; ``[*]`` marks what ``--fix`` mends."""
    paint = Paint(color)
    return "".join(
        f"{paint.bold(place(found))}: {mark(found, paint)} {visible(found.message)}\n"
        for found in diagnostics
    )


def place(found: Diagnostic) -> str:
    """Give where a finding is; the commit comes first where it is about one."""
    path = f"{visible(found.path)}:{found.start}"
    return f"{found.commit[:_COMMIT_LENGTH]}:{path}" if found.commit else path


def mark(found: Diagnostic, paint: Paint) -> str:
    """Give the code, and ``[*]`` behind it where the finding has a safe fix."""
    safe = found.fix is not None and found.fix.safety is Safety.SAFE
    return paint.severity(found.severity, found.code) + (paint.good("[*]") if safe else "")
