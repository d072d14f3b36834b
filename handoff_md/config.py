"""The configuration: what it may say, its defaults, and where it is found. The only TOML reader."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, get_args

from handoff_md import defaults
from handoff_md.errors import ConfigError, did_you_mean
from handoff_md.reading import read_regular
from handoff_md.text.duration import FORMS, read_duration
from handoff_md.text.pattern import lazy_pattern

if TYPE_CHECKING:
    from handoff_md.linter.options import LintOptions
    from handoff_md.syntax.form.form import FormHints

FILE_NAME = "handoff-md.toml"
_PYPROJECT = "pyproject.toml"
_DOCUMENT_ENDING = re.compile(r"\.(?:md|markdown)\Z", re.IGNORECASE)
CONFIG_FILES = (FILE_NAME, _PYPROJECT)
"""The files that may hold the configuration, the one that comes first before the other."""
_TABLE = ("tool", "handoff-md")
_MARK = b"handoff-md"


MergePolicy: TypeAlias = Literal["strict", "newest"]
ProfileName: TypeAlias = Literal["append", "read-only", "derived"]
EntriesOrder: TypeAlias = Literal["", "newest-first", "newest-last"]
AutoStart: TypeAlias = Literal["never", "run", "always"]
Coordination: TypeAlias = Literal["local", "branch", "refs", "auto"]


class Config(NamedTuple):
    """Everything that can be configured; each field is a key, with ``-`` for ``_``.

    Paths are relative to the repository's root, with ``/``.

    Attributes:
        handoff: the handoff document.
        summaries: the folder of the sessions' summaries.
        sessions: the folder of the session logs.
        protocol: the session protocol.
        guide: the orchestrator's guide.
        entries_heading: the heading of the section that entries go to, or ``LINE:79``; empty to
            find it.
        entries_order: which way entries run: ``newest-first`` or ``newest-last``; empty to tell it
            from the document.
        entry_heading: how entries are headed, such as ``{date} ({id}) — {title}``; empty to do it
            as the document does.
        update_last_updated: bring the header's ``**Last Updated**`` up to a merge's date.
        merge_policy: what a merge of branches does where both changed the header: ``strict`` leaves
            a conflict, ``newest`` takes the newer header.
        require_logs: refuse a summary whose session has no log.
        max_summary_size: the most bytes that a summary may have.
        lock_timeout: the seconds to wait for another handoff-md, or a text such as ``5m``; for
            git's index at most ten.
        chars_per_token: how many characters count as one token where a budget is given in tokens.
        profile: who writes the document: ``append``, ``read-only``, or ``derived``: it is built.
        main_branch: the branch on which the profiles ``read-only`` and ``derived`` let the document
            change; empty for the one that the remote's HEAD names, else ``main`` or ``master``.
        start_rows: rows added to the start checklist of a session log, each such as
            ``MUST: Read the constraints``.
        end_rows: rows added to its end checklist.
        end_fulfils: what ``session end`` itself fulfils, as patterns (``*`` for any text) of the
            rows of the end checklist that it ticks.
        auto_start: when a session of a coding agent's host is claimed by itself, in clones in which
            ``init`` was run: while a ``run`` is active or an id was given, ``always``, or
            ``never``.
        coordination: how sessions of several clones know of each other: ``local``, one clone by
            itself; ``branch``, each commits its summary on its branch; ``refs``, that, and each
            tells the remote of itself by refs; ``auto``, as ``refs`` where there is a remote, else
            as ``local``.
        collect_branches: the branches whose committed summaries are merged, as patterns (``*`` for
            any text) such as ``origin/claude/*``.
        network_timeout: the seconds that a remote may be silent, or that a round trip for refs may
            take, or a text such as ``1m``.
        lint: the linter's options, where anything of them is configured.
    """

    handoff: str = defaults.HANDOFF
    summaries: str = defaults.SUMMARIES
    sessions: str = defaults.SESSIONS
    protocol: str = defaults.PROTOCOL
    guide: str = defaults.GUIDE
    entries_heading: str = ""
    entries_order: EntriesOrder = ""
    entry_heading: str = ""
    update_last_updated: bool = True
    merge_policy: MergePolicy = "strict"
    require_logs: bool = False
    max_summary_size: int = defaults.MAX_SUMMARY_SIZE
    lock_timeout: int = 60
    chars_per_token: float = 3.5
    profile: ProfileName = "append"
    main_branch: str = ""
    start_rows: tuple[str, ...] = ()
    end_rows: tuple[str, ...] = ()
    end_fulfils: tuple[str, ...] = (
        "complete this log*",
        "commit this log*",
        "*hand over*",
        "*update*HANDOFF.md*",
        "*write*summary*",
    )
    auto_start: AutoStart = "run"
    coordination: Coordination = "local"
    collect_branches: tuple[str, ...] = ()
    network_timeout: int = 10
    lint: LintOptions | None = None

    @property
    def committed(self) -> str:
        """Give the flat folder beside the document that its sessions' committed files lie in.

        Each document has its own: ``docs/NOTES.md`` has ``docs/notes.d``.
        """
        folder, slash, name = self.handoff.rpartition("/")
        return f"{folder}{slash}{_DOCUMENT_ENDING.sub('', name).lower()}.d"

    def hints(self, into: str | None = None, *, name: str = "") -> FormHints:
        """Give what is known of the handoff document's form beside its text.

        Args:
            into: the heading that the user has named for this time.
            name: the file's name or path; else the configured one's.
        """
        from handoff_md.syntax.form.form import FormHints  # noqa: PLC0415 - loads the grammar

        heading = into or self.entries_heading
        return FormHints(name or self.handoff, heading, self.entries_order, self.entry_heading)


_KEYS = {name.replace("_", "-"): name for name in Config._fields}
MERGE_POLICIES: tuple[str, ...] = get_args(MergePolicy)
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "merge-policy": MERGE_POLICIES,
    "entries-order": get_args(EntriesOrder),
    "profile": get_args(ProfileName),
    "auto-start": get_args(AutoStart),
    "coordination": get_args(Coordination),
}
_LEAST, _MOST = 0.1, 100.0  # characters of a token
_LARGEST = 1_000_000_000_000
PATHS = ("handoff", "summaries", "sessions", "protocol", "guide")
_LINT = "lint"
DURATIONS = ("lock-timeout", "network-timeout")
ROWS = ("start-rows", "end-rows")
ROW = lazy_pattern(r"(?:MUST|SHOULD|MAY): [^\s|][^|\r\n]*")


def find_config(directory: Path, root: Path) -> tuple[Path, Mapping[str, object]] | None:
    """Find the configuration closest upward from ``directory``, never above ``root``.

    A ``handoff-md.toml`` comes before a ``pyproject.toml`` beside it; a pyproject without the
    table ``[tool.handoff-md]`` is passed over.

    Raises:
        ConfigError: the closest one can't be read.
    """
    folder = directory
    while True:
        own = folder / FILE_NAME
        if os.path.lexists(own):
            return own, _read_toml(own)
        project = folder / _PYPROJECT
        if project.exists():
            table = _own_table(project)
            if table is not None:
                return project, table
        if folder in (root, folder.parent):
            return None
        folder = folder.parent


def find_in_texts(files: Mapping[str, bytes]) -> tuple[Path, Mapping[str, object]] | None:
    """Find the configuration in the content of files that stand beside each other, by their names.

    Raises:
        ConfigError: it can't be read.
    """
    for name in CONFIG_FILES:
        if name not in files or (name == _PYPROJECT and _MARK not in files[name]):
            continue
        table: object = parse_toml(Path(name), files[name])
        for key in _TABLE if name == _PYPROJECT else ():
            table = table.get(key) if isinstance(table, Mapping) else None
        if isinstance(table, Mapping):
            return Path(name), table
    return None


def override_config(
    found: tuple[Path, Mapping[str, object]] | None, settings: Sequence[str]
) -> Config:
    """Make a configuration of what was found (None: nothing), and of settings that come before it.

    Args:
        found: what `find_config` gives.
        settings: each ``KEY=VALUE`` with a key such as ``handoff`` or ``lint.select``, and a value
            in TOML, or a plain text.

    Raises:
        ConfigError: the file or a setting has an unknown key, or a value that can't be.
    """
    config = read_config(found[1], str(found[0])) if found else Config()
    if not settings:
        return config
    table = dict(found[1]) if found else {}
    for setting in settings:
        table = _with_setting(table, setting)
    return read_config(table, "--config")


def _with_setting(table: Mapping[str, object], setting: str) -> dict[str, object]:
    import tomllib  # noqa: PLC0415 - only where there is a setting to read

    key, equals, text = setting.partition("=")
    if not equals or not key.strip():
        raise ConfigError(f"--config {setting!r} is no KEY=VALUE", "Write --config profile=append.")
    try:
        value: object = tomllib.loads(f"value = {text}")["value"]
    except ValueError:  # it is no TOML, or a number of thousands of digits
        value = text.strip()
    return _put(table, key.strip().split("."), value)


def _put(table: Mapping[str, object], keys: Sequence[str], value: object) -> dict[str, object]:
    """Give a table with a value at a path of keys; tables on the way are made or copied."""
    if len(keys) == 1:
        return {**table, keys[0]: value}
    inner = table.get(keys[0])
    return {**table, keys[0]: _put(inner if isinstance(inner, Mapping) else {}, keys[1:], value)}


def read_config(table: Mapping[str, object], where: str) -> Config:
    """Check a table of keys and values, and make a configuration of it.

    Args:
        table: the keys as written, with ``-``.
        where: names the file in messages.

    Raises:
        ConfigError: an unknown key, or a value of the wrong type or out of range.
    """
    defaults = Config()
    values: dict[str, object] = {}
    for key, given in table.items():
        _refuse_misplaced(key, given, where)
        if key == _LINT:
            continue
        expected = type(getattr(defaults, _KEYS[key]))
        value = _converted(key, given, expected)
        if type(value) is not expected:
            kinds = {
                bool: "true or false",
                int: "a whole number",
                float: "a number",
                str: "a text in quotes",
                tuple: "a list of texts in quotes",
            }
            kind = f"{kinds[expected]}, or {FORMS}" if key in DURATIONS else kinds[expected]
            message = f"{where}: {key} must be {kind}, not {value!r}"
            raise ConfigError(message, f"Its default: {_assignment(key)}")
        _check_value(key, value, where)
        values[_KEYS[key]] = os.path.normpath(str(value)) if key in PATHS else value
    profile = str(values.get("profile", defaults.profile))
    if _LINT in table or profile != defaults.profile:
        values[_LINT] = _read_lint(table.get(_LINT, {}), where, profile)
    return Config(**values)  # type: ignore[arg-type] # each value has its field's type


def _refuse_misplaced(key: str, value: object, where: str) -> None:
    """Refuse an unknown key, and a table that is none of the configuration's.

    Raises:
        ConfigError: it is one; the hint says where its keys belong.
    """
    if isinstance(value, Mapping) and key != _LINT:
        raise _wrong_table(key, value, where)
    if key not in _KEYS:
        hint = did_you_mean(key.replace("_", "-"), _KEYS) or f"Known keys: {', '.join(_KEYS)}."
        raise ConfigError(f"{where}: unknown key {key!r}", hint)


def _wrong_table(key: str, table: Mapping[str, object], where: str) -> ConfigError:
    if key in _KEYS:
        return ConfigError(
            f"{where}: {key} is no table", f"Write {_assignment(key)} above all tables."
        )
    outer = f"{'.'.join(_TABLE)}." if where.endswith(_PYPROJECT) else ""
    lint = f"[{outer}{_LINT}]"
    if key == _TABLE[0] and isinstance(table.get(_TABLE[1]), Mapping):
        key = ".".join(_TABLE)
    if key.endswith(_TABLE[1]):
        return ConfigError(
            f"{where}: the keys stand in a table, [{key}]",
            f"Take the line [{key}] out: in {FILE_NAME} they stand without a table. Write "
            f"[{key}.{_LINT}] as {lint}.",
        )
    return ConfigError(
        f"{where}: there is no table [{outer}{key}]",
        f"The only one is {lint}; all other keys stand above it, as in {_assignment('handoff')}.",
    )


def _assignment(key: str) -> str:
    """Write a key with its default, in TOML."""
    import json  # noqa: PLC0415 - for a mistake only

    return f"{key} = {json.dumps(getattr(Config(), _KEYS[key]))}"


def _converted(key: str, value: object, expected: type) -> object:
    """Give a value as its field's type where it is written in another one."""
    if expected is tuple and isinstance(value, list):
        return tuple(value)
    if expected is float and type(value) is int:
        return float(max(-_LARGEST, min(value, _LARGEST)))
    seconds = read_duration(value) if key in DURATIONS and isinstance(value, str) else None
    return int(seconds) if seconds is not None and seconds.is_integer() else value


def _read_lint(table: object, where: str, profile: str) -> LintOptions:
    from handoff_md.linter.options import read_options  # noqa: PLC0415 - most commands need none

    if not isinstance(table, Mapping):
        raise ConfigError(f"{where}: {_LINT} must be a table, not {table!r}", "Write [lint].")
    for key in table:
        if key in _KEYS:
            raise ConfigError(
                f"{where}: {key} stands in the table [{_LINT}]",
                f"Write it above the line [{_LINT}]: all below belongs to the linter.",
            )
    return read_options(table, f"{where}: {_LINT}", profile=profile)


def _check_value(key: str, value: object, where: str) -> None:
    if isinstance(value, int | float):
        _check_number(key, value, where)
    if value not in _CHOICES.get(key, (value,)):
        named = ", ".join(choice for choice in _CHOICES[key] if choice)
        raise ConfigError(f"{where}: {key} must be one of {named}, not {value!r}")
    if key == "entry-heading" and value:
        _check_entry_heading(str(value), where)
    if key in PATHS and isinstance(value, str):
        _check_path(key, value, where)
    if isinstance(value, tuple) and not all(isinstance(item, str) for item in value):
        raise ConfigError(f"{where}: {key} must be a list of texts in quotes")
    if key in ROWS and isinstance(value, tuple):
        for row in value:
            if not ROW.fullmatch(row):
                message = f"{where}: {key} has a row that is none: {row!r}"
                raise ConfigError(message, "Write it as MUST: What is to be done.")


def _check_number(key: str, value: float, where: str) -> None:
    if type(value) is float and not (_LEAST <= value <= _MOST):
        raise ConfigError(f"{where}: {key} must be from {_LEAST} to {_MOST}, not {value}")
    if value < 0:
        raise ConfigError(f"{where}: {key} can't be negative: {value}")
    if value > _LARGEST:
        raise ConfigError(f"{where}: {key} can't be more than {_LARGEST:,}")


def _check_entry_heading(value: str, where: str) -> None:
    from handoff_md.syntax.form.learning import parse_template  # noqa: PLC0415 - for few projects

    try:
        parse_template(value)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error.message}", error.hint) from error


def _check_path(key: str, value: str, where: str) -> None:
    parts = value.casefold().split("/")
    outside = value.startswith("/") or ".." in parts or ".git" in parts
    if outside or not value.strip() or {"\\", "\0"}.intersection(value):
        message = f"{where}: {key} must lie inside the repository: {value!r}"
        raise ConfigError(
            message, "Write it relative to the repository's root, with /, and outside of .git."
        )
    if os.path.normpath(value) == ".":
        message = f"{where}: {key} is the repository's own folder: {value!r}"
        raise ConfigError(message, f"Name one in it. Its default: {_assignment(key)}")


def _own_table(project: Path) -> Mapping[str, object] | None:
    """Give a pyproject's own table, None without one; its text decides before TOML is loaded."""
    try:
        if _MARK not in read_regular(project):
            return None
    except OSError as error:
        raise ConfigError(f"{project} can't be read: {error.strerror}") from error
    table: object = _read_toml(project)
    for name in _TABLE:
        table = table.get(name) if isinstance(table, Mapping) else None
    return table if isinstance(table, Mapping) else None


def _read_toml(path: Path) -> Mapping[str, object]:
    try:
        return parse_toml(path, read_regular(path))
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}") from error


def parse_toml(path: Path | str, data: bytes) -> Mapping[str, object]:
    """Read TOML, with any line endings.

    Args:
        path: what to call it in messages.
        data: the file's bytes.

    Raises:
        ConfigError: it is no TOML; the message says where.
    """
    import tomllib  # noqa: PLC0415 - only where there is a file to read

    try:
        return tomllib.loads(re.sub(r"\r\n?", "\n", data.decode("utf-8")))
    except (ValueError, RecursionError) as error:  # of tomllib, of UTF-8, of a number's length
        raise ConfigError(f"{path} is no TOML: {error}", "Mend it at that place.") from error
