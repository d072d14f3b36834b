"""The journal of the merge that is under way: what a later command needs to finish or undo it."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from handoff_md.errors import FileError
from handoff_md.store.files import file_error, replace_bytes, sync_folder
from handoff_md.store.lock import create_state

if TYPE_CHECKING:
    from pathlib import Path

VERSION: Final = 1
_COMMIT: Final = re.compile(r"[0-9a-f]{40,64}")


@dataclass(frozen=True, slots=True)
class JournalSession:
    """One session of a merge.

    ``summary`` is the absolute path of its summary file and ``digest`` the SHA-256 of the bytes
    merged; ``tracked`` says that git tracks the file, so that the commit removes it.
    ``archived_to`` is the file's name inside the merge's archive folder, or None where the
    summary is left where it is. ``log`` is kept as the caller writes it; ``date`` is ISO 8601.
    """

    id: str
    title: str
    date: str | None
    log: str | None
    summary: str
    digest: str
    tracked: bool
    archived_to: str | None


@dataclass(frozen=True, slots=True)
class Journal:
    """One merge, saved before its first write.

    ``name`` names its archive folder (see ``name_merge``). ``handoff`` is the absolute path of
    the document; ``old_digest`` (None: there was no file) and ``new_digest`` are SHA-256 of its
    bytes. ``message`` is the commit message, or None where no commit is ever wanted;
    ``commit_wanted`` is False after ``--no-commit``, where a later merge commits. ``head`` is the
    id of the commit before, or None. ``keep`` leaves the summaries unarchived. ``date`` is
    ISO 8601. ``commit`` is the id of a commit that holds the new document; None before there is
    one, and where git is not used or ignores the document. ``run`` is the token of the run that was
    merged, empty outside of one.
    """

    name: str
    handoff: str
    old_digest: str | None
    new_digest: str
    message: str | None
    head: str | None
    commit_wanted: bool
    orchestrator: str
    date: str
    no_verify: bool
    keep: bool
    sessions: tuple[JournalSession, ...]
    commit: str | None = None
    run: str = ""


def journal_path(state: Path) -> Path:
    """Return where the journal of the merge under way lies."""
    return state / "journal.json"


def load_journal(state: Path) -> Journal | None:
    """Return the journal of a merge that is not finished, or None.

    Raises:
        FileError: there is a journal, but it can't be read or understood.
    """
    return read_record(journal_path(state))


def save_journal(state: Path, journal: Journal) -> None:
    """Write the journal, atomically and durably, in place of an earlier one.

    Raises:
        FileError: it can't be written.
    """
    create_state(state)
    record = {"version": VERSION, **_encode(journal)}
    record["sessions"] = [_encode(session) for session in journal.sessions]
    # ASCII escapes carry file names that are not UTF-8 (lone surrogates) through the file.
    replace_bytes(journal_path(state), json.dumps(record, indent=1).encode("ascii"))


def _encode(record: Journal | JournalSession) -> dict[str, object]:
    return {field.name: getattr(record, field.name) for field in fields(record)}


def remove_journal(state: Path) -> None:
    """Remove the journal of a merge that was rolled back; none is no error.

    Raises:
        FileError: it can't be removed.
    """
    path = journal_path(state)
    try:
        path.unlink()
        sync_folder(state)
    except FileNotFoundError:
        return
    except OSError as error:
        raise file_error("remove", path, error) from error


def read_record(path: Path) -> Journal | None:
    """Read a journal from any file, or return None where there is none.

    Raises:
        FileError: the file can't be read, is damaged, or is of another version.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise file_error("read", path, error) from error
    try:
        # Nesting too deep for the decoder is damage like any other.
        return _decode(json.loads(data), path)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise FileError(
            f"the record of a merge in {path} is damaged",
            "Look at git log and at the document to see whether that merge was committed; "
            "then move the file away and run the command again.",
        ) from error


def _decode(record: object, path: Path) -> Journal:
    fields = _fields(record)
    version = fields["version"]
    if version != VERSION:
        raise FileError(
            f"the record of a merge in {path} has version {version!r}; this is version {VERSION}",
            "Finish that merge with the handoff-md that began it, or move the file away.",
        )
    sessions = fields["sessions"]
    if not isinstance(sessions, list):
        raise TypeError("sessions")
    return Journal(
        name=_file_name(fields, "name"),
        handoff=_text(fields, "handoff"),
        old_digest=_text_or_none(fields, "old_digest"),
        new_digest=_text(fields, "new_digest"),
        message=_text_or_none(fields, "message"),
        head=_text_or_none(fields, "head"),
        commit_wanted=_flag(fields, "commit_wanted"),
        orchestrator=_text(fields, "orchestrator"),
        date=_date(fields),
        no_verify=_flag(fields, "no_verify"),
        keep=_flag(fields, "keep"),
        sessions=tuple(_decode_session(session) for session in sessions),
        commit=_commit({"commit": None, **fields}),
        run=_text({"run": "", **fields}, "run"),
    )


def _decode_session(record: object) -> JournalSession:
    fields = _fields(record)
    archived = fields["archived_to"] is not None
    return JournalSession(
        id=_text(fields, "id"),
        title=_text(fields, "title"),
        date=None if fields["date"] is None else _date(fields),
        log=_text_or_none(fields, "log"),
        summary=_text(fields, "summary"),
        digest=_text(fields, "digest"),
        tracked=_flag(fields, "tracked"),
        archived_to=_file_name(fields, "archived_to") if archived else None,
    )


def _fields(record: object) -> dict[object, object]:
    if not isinstance(record, dict):
        raise TypeError("not an object")
    return record


def _text(fields: dict[object, object], key: str) -> str:
    value = fields[key]
    if not isinstance(value, str):
        raise TypeError(key)
    return value


def _text_or_none(fields: dict[object, object], key: str) -> str | None:
    return None if fields[key] is None else _text(fields, key)


def _date(fields: dict[object, object]) -> str:
    return dt.date.fromisoformat(_text(fields, "date")).isoformat()


def _commit(fields: dict[object, object]) -> str | None:
    commit = _text_or_none(fields, "commit")
    if commit is not None and not _COMMIT.fullmatch(commit):
        raise ValueError(commit)
    return commit


def _flag(fields: dict[object, object], key: str) -> bool:
    value = fields[key]
    if not isinstance(value, bool):
        raise TypeError(key)
    return value


def _file_name(fields: dict[object, object], key: str) -> str:
    """Read a plain name: a damaged record must not move files out of the archive."""
    name = _text(fields, key)
    if name in {"", ".", ".."} or "/" in name or "\0" in name:
        raise ValueError(key)
    return name
