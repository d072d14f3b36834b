"""What a run of the linter is told: which rules, how severe, and what the project's files are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from handoff_md.lint.diagnostic import Severity


class Profile(StrEnum):
    """Who writes HANDOFF.md: sessions and the orchestrator, or the main branch alone."""

    APPEND = "append"
    READ_ONLY = "read-only"


@dataclass(frozen=True, slots=True)
class LintOptions:
    """How to lint; the defaults are the tool's own.

    Attributes:
        profile: who writes the document; some rules hold for one profile only.
        select: the rules to run, by code, by a code's beginning, or by name; ``ALL`` is every rule.
        extend_select: further rules, in addition to ``select``.
        ignore: the rules to leave out; the longer of two prefixes that match decides.
        severity: another severity for a rule, by its code or name.
        per_file_ignores: rules to leave out of the files that a pattern matches.
        required_fields: the fields that each entry must have (HE007).
    """

    profile: Profile = Profile.APPEND
    select: tuple[str, ...] = ("ALL",)
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    required_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the project's files are: paths relative to the repository's root, with ``/``."""

    handoff: str = ".agents/HANDOFF.md"
    summaries: str = ".agents/temp"
    sessions: str = ".agents/sessions"
    entries_heading: str = ""
