"""What a run of the linter is told: which rules, how severe, and what the project's files are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from msgspec import field

from handoff_md.errors import ConfigError
from handoff_md.linter.diagnostic import Severity
from handoff_md.text.suggest import did_you_mean
from handoff_md.value import Value

BASELINE = ".handoff-md-baseline.json"


class Profile(StrEnum):
    """Who writes HANDOFF.md: sessions and the orchestrator, or the main branch alone."""

    APPEND = "append"
    READ_ONLY = "read-only"


class LintOptions(Value):
    """How to lint; the defaults are the tool's own.

    Attributes:
        profile: who writes the document; some rules hold for one profile only.
        select: the rules to run, by code, by a code's beginning, or by name; ``ALL`` is every rule.
        extend_select: further rules, in addition to ``select``.
        ignore: the rules to leave out; the longer of two prefixes that match decides.
        severity: another severity for a rule, by its code or name.
        per_file_ignores: rules to leave out of the files that a pattern matches.
        required_fields: the fields that each entry must have (HE007).
        baseline: the file of the findings that are known, relative to the root.
        exclude: patterns of the files that are not checked, as in a ``.gitignore``.
        extend_exclude: further patterns, in addition to ``exclude``.
        session_exempt: patterns of the files that may change without a session.
    """

    profile: Profile = Profile.APPEND
    select: tuple[str, ...] = ("ALL",)
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    required_fields: tuple[str, ...] = ()
    baseline: str = BASELINE
    exclude: tuple[str, ...] = (".git", ".venv", "node_modules")
    extend_exclude: tuple[str, ...] = ()
    session_exempt: tuple[str, ...] = ()


class Layout(Value):
    """Where the project's files are, and what the commands ask of them.

    Paths are relative to the repository's root, with ``/``. ``max_summary_size`` is the most bytes
    that a summary may have; ``require_logs`` says that a merge refuses a session without a log.
    ``end_fulfils`` are patterns of the steps that ``session end`` ticks by itself.
    """

    handoff: str = ".agents/HANDOFF.md"
    summaries: str = ".agents/temp"
    sessions: str = ".agents/sessions"
    entries_heading: str = ""
    max_summary_size: int = 262_144
    require_logs: bool = False
    end_fulfils: tuple[str, ...] = ()


_FROM_OUTSIDE = "profile"  # it holds for more than the linter, and is configured beside its table


def read_options(table: Mapping[str, object], where: str, *, profile: str) -> LintOptions:
    """Check the configuration's table ``[lint]``, and make options of it.

    Args:
        table: the keys as written, with ``-``.
        where: names the table in messages.
        profile: the profile that is configured.

    Raises:
        ConfigError: an unknown key, or a value of the wrong type.
    """
    known = {name.replace("_", "-"): name for name in LintOptions.__struct_fields__}
    del known[_FROM_OUTSIDE]
    values: dict[str, object] = {}
    for key, value in table.items():
        if key not in known:
            hint = did_you_mean(key.replace("_", "-"), known) or f"Known keys: {', '.join(known)}."
            raise ConfigError(f"{where}: unknown key {key!r}", hint)
        read = _READERS.get(key, _read_words)
        values[known[key]] = read(value, f"{where}: {key}")
    return LintOptions(profile=Profile(profile), **values)  # type: ignore[arg-type] # each was read


def _read_words(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise ConfigError(
            f"{where} must be a list of texts, not {value!r}", 'Write ["HE", "HL003"].'
        )
    return tuple(value)


def _read_severities(value: object, where: str) -> Mapping[str, Severity]:
    if not isinstance(value, Mapping):
        raise ConfigError(
            f"{where} must be a table, not {value!r}", 'Write HL003 = "warning" in it.'
        )
    return {str(key): _read_severity(word, f"{where}: {key}") for key, word in value.items()}


def _read_severity(word: object, where: str) -> Severity:
    if not isinstance(word, str) or word not in set(Severity):
        known = ", ".join(Severity)
        raise ConfigError(
            f"{where} must be one of {known}, not {word!r}", did_you_mean(str(word), Severity)
        )
    return Severity(word)


def _read_patterns(value: object, where: str) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        raise ConfigError(
            f"{where} must be a table, not {value!r}", 'Write "PATTERN" = ["HS003"] in it.'
        )
    return {str(key): _read_words(words, f"{where}: {key}") for key, words in value.items()}


def _read_inside(value: object, where: str) -> str:
    parts = value.split("/") if isinstance(value, str) else [".."]
    if not isinstance(value, str) or not value.strip() or value[0] == "/" or ".." in parts:
        raise ConfigError(
            f"{where} must be a file inside the repository, not {value!r}",
            f'Write it relative to the root, with /, as in "{BASELINE}".',
        )
    return value


def _read_globs(value: object, where: str) -> tuple[str, ...]:
    patterns = _read_words(value, where)
    for pattern in patterns:
        if not pattern.strip("/ ") or pattern.startswith("!"):
            raise ConfigError(
                f"{where} has a pattern that excludes nothing: {pattern!r}",
                'Write "old/**", "*.draft.md" or "build/"; what begins with ! is not read.',
            )
    return patterns


_READERS: Mapping[str, Callable[[object, str], object]] = {
    "severity": _read_severities,
    "per-file-ignores": _read_patterns,
    "baseline": _read_inside,
    "exclude": _read_globs,
    "extend-exclude": _read_globs,
    "session-exempt": _read_globs,
}
