"""The configuration: what it may say, its defaults, and where it is found. The only TOML reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from handoff_md.errors import ConfigError

FILE_NAME = "handoff-md.toml"
_PYPROJECT = "pyproject.toml"
_TABLE = ("tool", "handoff-md")


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that can be configured; each field is a key, with ``-`` for ``_``.

    Paths are relative to the repository's root, with ``/``.

    Attributes:
        handoff: the handoff document.
        summaries: the folder of the sessions' summaries.
        sessions: the folder of the session logs.
        entries_heading: the heading of the section that entries go to; empty to find it.
        update_last_updated: bring the header's ``**Last Updated**`` up to a merge's date.
        merge_policy: what a merge of branches does where both changed the header: ``strict`` leaves
            a conflict, ``newest`` takes the newer header.
        require_logs: refuse a summary whose session has no log.
        max_summary_size: the most bytes that a summary may have.
        lock_timeout: the seconds to wait for another handoff-md; for git's index at most ten.
    """

    handoff: str = ".agents/HANDOFF.md"
    summaries: str = ".agents/temp"
    sessions: str = ".agents/sessions"
    entries_heading: str = ""
    update_last_updated: bool = True
    merge_policy: str = "strict"
    require_logs: bool = False
    max_summary_size: int = 262_144
    lock_timeout: int = 60


MERGE_POLICIES = ("strict", "newest")
_PATHS = ("handoff", "summaries", "sessions")


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
        if own.is_file():
            return own, _read_toml(own)
        project = folder / _PYPROJECT
        if project.is_file():
            table = _own_table(project)
            if table is not None:
                return project, table
        if folder in (root, folder.parent):
            return None
        folder = folder.parent


def load_config(directory: Path, root: Path) -> Config:
    """Load the configuration that holds for ``directory``; the defaults where there is none.

    Raises:
        ConfigError: it can't be read, has an unknown key, or a value that can't be.
    """
    found = find_config(directory, root)
    return read_config(found[1], str(found[0])) if found else Config()


def read_config(table: Mapping[str, object], where: str) -> Config:
    """Check a table of keys and values, and make a configuration of it.

    Args:
        table: the keys as written, with ``-``.
        where: names the file in messages.

    Raises:
        ConfigError: an unknown key, or a value of the wrong type or out of range.
    """
    defaults = Config()
    known = {field.name.replace("_", "-"): field.name for field in fields(Config)}
    values: dict[str, object] = {}
    for key, value in table.items():
        if key not in known:
            raise ConfigError(f"{where}: unknown key {key!r}", _suggest(key, list(known)))
        expected = type(getattr(defaults, known[key]))
        if type(value) is not expected:
            kinds = {bool: "true or false", int: "a whole number", str: "a text in quotes"}
            message = f"{where}: {key} must be {kinds[expected]}, not {value!r}"
            raise ConfigError(message, f"Its default is {getattr(defaults, known[key])!r}.")
        _check_value(key, value, where)
        values[known[key]] = value
    return Config(**values)  # type: ignore[arg-type] # each value has its field's type


def _check_value(key: str, value: object, where: str) -> None:
    if isinstance(value, int) and value < 0:
        raise ConfigError(f"{where}: {key} can't be negative: {value}")
    if key == "merge-policy" and value not in MERGE_POLICIES:
        message = f"{where}: merge-policy is one of {', '.join(MERGE_POLICIES)}, not {value!r}"
        raise ConfigError(message)
    if key in _PATHS and isinstance(value, str):
        parts = value.split("/")
        if value.startswith("/") or "\\" in value or not value.strip() or ".." in parts:
            message = f"{where}: {key} must lie inside the repository: {value!r}"
            raise ConfigError(message, "Write it relative to the repository's root, with /.")


def _suggest(key: str, known: list[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415 - for a mistake only

    close = get_close_matches(key.replace("_", "-"), known, n=1)
    return f"Did you mean {close[0]!r}?" if close else f"Known keys: {', '.join(known)}."


def _own_table(project: Path) -> Mapping[str, object] | None:
    """Give a pyproject's own table, None without one; its text decides before TOML is loaded."""
    try:
        if b"handoff-md" not in project.read_bytes():
            return None
    except OSError as error:
        raise ConfigError(f"{project} can't be read: {error.strerror}") from error
    table: object = _read_toml(project)
    for name in _TABLE:
        table = table.get(name) if isinstance(table, Mapping) else None
    return table if isinstance(table, Mapping) else None


def _read_toml(path: Path) -> Mapping[str, object]:
    import tomllib  # noqa: PLC0415 - only where there is a file to read

    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is no TOML: {error}", "Mend it at that place.") from error
