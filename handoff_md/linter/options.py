"""What a run of the linter is told: which rules, how severe, and what the project's files are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, get_args, get_origin

from msgspec import ValidationError, convert, field
from msgspec.structs import fields

from handoff_md import defaults
from handoff_md.errors import ConfigError, did_you_mean
from handoff_md.linter.diagnostic import Severity
from handoff_md.value import Value

BASELINE = ".handoff-md-baseline.json"


class Profile(StrEnum):
    """Who writes HANDOFF.md: sessions and the orchestrator, the main branch alone, or a build."""

    APPEND = "append"
    READ_ONLY = "read-only"
    DERIVED = "derived"


class LintTable(Value, rename="kebab", forbid_unknown_fields=True):
    """The configuration's table ``[lint]``; the defaults are the tool's own.

    Attributes:
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


class LintOptions(LintTable):
    """How to lint: as the table says, and for whom.

    ``profile`` is who writes the document; some rules hold for one profile only.
    """

    profile: Profile = Profile.APPEND


class Layout(Value):
    """Where the project's files are, and what the commands ask of them.

    Paths are relative to the repository's root, with ``/``. ``max_summary_size`` is the most bytes
    that a summary may have; ``require_logs`` says that a merge refuses a session without a log.
    ``end_fulfils`` are patterns of the steps that ``session end`` ticks by itself.
    """

    handoff: str = defaults.HANDOFF
    summaries: str = defaults.SUMMARIES
    sessions: str = defaults.SESSIONS
    entries_heading: str = ""
    max_summary_size: int = defaults.MAX_SUMMARY_SIZE
    require_logs: bool = False
    end_fulfils: tuple[str, ...] = ()


def read_options(table: Mapping[str, object], where: str, *, profile: str) -> LintOptions:
    """Check the configuration's table ``[lint]``, and make options of it.

    Args:
        table: the keys as written, with ``-``.
        where: names the table in messages.
        profile: the profile that is configured.

    Raises:
        ConfigError: an unknown key, or a value of the wrong type.
    """
    known = {one.encode_name: one for one in fields(LintTable)}
    values: dict[str, object] = {}
    for key, value in table.items():
        if key not in known:
            hint = did_you_mean(key.replace("_", "-"), known) or f"Known keys: {', '.join(known)}."
            raise ConfigError(f"{where}: unknown key {key!r}", hint)
        read = values[known[key].name] = _read(value, known[key].type, f"{where}: {key}")
        if key in _CHECKS:
            _CHECKS[key](read, f"{where}: {key}")
    return LintOptions(profile=Profile(profile), **values)  # type: ignore[arg-type] # each was read


def _read(value: object, kind: object, where: str) -> object:
    """Give a value as what it has to be.

    Raises:
        ConfigError: it can't be that; in a table, the first one that can't.
    """
    try:
        return convert(value, kind)
    except ValidationError:
        pass
    inner = get_args(kind)[1] if get_origin(kind) is Mapping else None
    if inner and isinstance(value, Mapping):
        for key, item in value.items():
            _read(item, inner, f"{where}: {key}")
    if inner:
        example = 'HL003 = "warning"' if inner is Severity else '"PATTERN" = ["HS003"]'
        raise ConfigError(f"{where} must be a table, not {value!r}", f"Write {example} in it.")
    if kind is Severity:
        known, hint = ", ".join(Severity), did_you_mean(str(value), Severity)
        raise ConfigError(f"{where} must be one of {known}, not {value!r}", hint)
    if kind is str:
        raise ConfigError(f"{where} must be a file inside the repository, not {value!r}", _INSIDE)
    raise ConfigError(f"{where} must be a list of texts, not {value!r}", 'Write ["HE", "HL003"].')


def _check_inside(path: str, where: str) -> None:
    if not path.strip() or path[0] == "/" or ".." in path.split("/"):
        raise ConfigError(f"{where} must be a file inside the repository, not {path!r}", _INSIDE)


def _check_globs(patterns: tuple[str, ...], where: str) -> None:
    for pattern in patterns:
        if not pattern.strip("/ ") or pattern.startswith("!"):
            raise ConfigError(
                f"{where} has a pattern that excludes nothing: {pattern!r}",
                'Write "old/**", "*.draft.md" or "build/"; what begins with ! is not read.',
            )


_INSIDE = f'Write it relative to the root, with /, as in "{BASELINE}".'
_CHECKS: Mapping[str, Callable[[Any, str], None]] = {
    "baseline": _check_inside,
    "exclude": _check_globs,
    "extend-exclude": _check_globs,
    "session-exempt": _check_globs,
}
