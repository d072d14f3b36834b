"""Writes findings as text: a function for each format, none of which prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from importlib import import_module

from handoff_md.linter.diagnostic import Diagnostic
from handoff_md.semantics.document.credentials import holds_key, mask_secrets
from handoff_md.text.source import Source


class Format(StrEnum):
    """How findings are written; all but the first two are for programs, and hold nothing else."""

    FULL = "full"
    CONCISE = "concise"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    GITLAB = "gitlab"
    JUNIT = "junit"
    RDJSON = "rdjson"
    MARKDOWN = "markdown"

    @property
    def is_for_people(self) -> bool:
        """Tell whether a summary line may follow."""
        return self in (Format.FULL, Format.CONCISE)


def report(
    chosen: Format,
    diagnostics: Sequence[Diagnostic],
    sources: Mapping[str, Source],
    *,
    color: bool = False,
    width: int = 80,
    root: str = "",
) -> str:
    """Write findings in a format; empty where a format for people has nothing to say.

    Each format is a module ``<name>_report`` of this package, loaded when it is asked for, with a
    function ``write`` that takes the same arguments.

    Args:
        chosen: the format.
        diagnostics: what was found, in the order in which it is to be written.
        sources: the texts that were checked, by path; without its text a finding has no excerpt
            and, for programs, no fix. Findings about a commit need none.
        color: whether people's formats are coloured (ANSI); programs' never are.
        width: how many columns an excerpt may take.
        root: the absolute path of the repository's root, for formats that name it.
    """
    if chosen.is_for_people and not diagnostics:
        return ""
    module = import_module(f"{__name__}.{chosen}_report")
    shown = {path: _masked(source) for path, source in sources.items()}
    written = module.write(diagnostics, shown, color=color, width=width, root=root)
    assert isinstance(written, str)  # noqa: S101 - each module keeps to it
    return mask_secrets(written)


def _masked(source: Source) -> Source:
    """Hide the lines of keys, of which an excerpt may show some; all else stays at its place."""
    if not holds_key(source.text):
        return source
    return Source(mask_secrets(source.text), bom=source.bom)
