"""The journal of the merge that is under way: what a later command needs to finish or undo it."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

from handoff_md.ledger.records import Journal, JournalSession
from handoff_md.store.files import file_error, sync_folder
from handoff_md.store.record import Fields, Kind, read_record, replace_record

if TYPE_CHECKING:
    from pathlib import Path

_KIND: Final = Kind(
    "the record of a merge",
    "Finish that merge with the handoff-md that began it, or move the file away.",
    "Look at git log and at the document to see whether that merge was committed; "
    "then move the file away and run the command again.",
)
_COMMIT: Final = re.compile(r"[0-9a-f]{40,64}")


def journal_path(state: Path) -> Path:
    """Return where the journal of the merge under way lies."""
    return state / "journal.json"


def load_journal(state: Path) -> Journal | None:
    """Return the journal of a merge that is not finished, or None.

    Raises:
        FileError: there is a journal, but it can't be read or understood.
    """
    return read_merge(state, journal_path(state))


def save_journal(state: Path, journal: Journal) -> None:
    """Write the journal, atomically and durably, in place of an earlier one.

    Raises:
        FileError: it can't be written.
    """
    record = _encode(journal)
    record["sessions"] = [_encode(session) for session in journal.sessions]
    replace_record(state, journal_path(state), record)


def _encode(record: Journal | JournalSession) -> dict[str, object]:
    written = (name for name in record.__struct_fields__ if name != "copied_from")
    return {name: getattr(record, name) for name in written}


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


def read_merge(state: Path, path: Path) -> Journal | None:
    """Read a journal from any file of the state, or return None where there is none.

    Raises:
        FileError: the file can't be read, is damaged, or is of another version.
    """
    return read_record(state, path, _KIND, _decode)


def _decode(record: Fields) -> Journal:
    return Journal(
        name=_file_name(record, "name"),
        handoff=record.path("handoff"),
        old_digest=record.text_or_none("old_digest"),
        new_digest=record.text("new_digest"),
        message=record.text_or_none("message"),
        head=record.text_or_none("head"),
        commit_wanted=record.flag("commit_wanted"),
        orchestrator=record.text("orchestrator"),
        date=_date(record),
        no_verify=record.flag("no_verify"),
        keep=record.flag("keep"),
        sessions=tuple(_decode_session(session) for session in record.below("sessions")),
        commit=_commit(record),
        run=record.text("run", ""),
        document=record.text("document", ""),
        copied_from=record.copied_from,
    )


def _decode_session(record: Fields) -> JournalSession:
    return JournalSession(
        id=record.text("id"),
        title=record.text("title"),
        date=_date(record) if record.text_or_none("date") is not None else None,
        log=record.text_or_none("log"),
        summary=record.path("summary"),
        digest=record.text("digest"),
        tracked=record.flag("tracked"),
        archived_to=(
            _file_name(record, "archived_to")
            if record.text_or_none("archived_to") is not None
            else None
        ),
    )


def _date(record: Fields) -> str:
    return dt.date.fromisoformat(record.text("date")).isoformat()


def _commit(record: Fields) -> str | None:
    commit = record.text_or_none("commit")
    if commit is not None and not _COMMIT.fullmatch(commit):
        raise ValueError(commit)
    return commit


def _file_name(record: Fields, key: str) -> str:
    """Read a plain name: a damaged record must not move files out of the archive."""
    name = record.text(key)
    if name in {"", ".", ".."} or "/" in name or "\0" in name:
        raise ValueError(key)
    return name
