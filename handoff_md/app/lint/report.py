"""What a run of the linter reports, for people and programs alike."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from handoff_md.app.lint.files import LintFile
from handoff_md.linter.diagnostic import Diagnostic
from handoff_md.text.edit import Patch
from handoff_md.text.source import Source
from handoff_md.value import Value


class FixedFile(Value):
    """What fixes make of a file."""

    file: LintFile
    patch: Patch


class LintReport(Value):
    """What a run has found.

    ``diagnostics`` remain; ``fixed`` were mended. ``sources`` are the texts that the remaining
    ones count lines of, by path. ``checked`` counts files, or commits. ``notes`` are clauses.
    ``root`` is the workspace's. ``stdin_fixed`` is the text of stdin with its fixes, if any were
    asked for. ``known`` counts the findings that the baseline knows of, and that are left out,
    ``silenced`` those that a comment silences now.
    """

    root: Path
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]
    checked: int
    fixed: tuple[Diagnostic, ...] = ()
    changes: tuple[FixedFile, ...] = ()
    notes: tuple[str, ...] = ()
    stdin_fixed: bytes | None = None
    known: int = 0
    silenced: int = 0
