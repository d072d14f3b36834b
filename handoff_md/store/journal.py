"""The journal of the merge that is under way: what a later command needs to finish or undo it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from handoff_md.ledger.records import Journal, JournalSession
from handoff_md.store.files import file_error, sync_folder
from handoff_md.store.record import Kind, Origin, read_record, replace_record
from handoff_md.text.pattern import lazy_pattern

if TYPE_CHECKING:
    from pathlib import Path

_KIND: Final = Kind(
    "the record of a merge",
    "Finish that merge with the handoff-md that began it, or move the file away.",
    "Look at git log and at the document to see whether that merge was committed; "
    "then move the file away and run the command again.",
)
_COMMIT: Final = lazy_pattern(r"[0-9a-f]{40,64}")


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
    replace_record(state, journal_path(state), journal)


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
    return read_record(state, path, _KIND, Journal, _settle)


def _settle(journal: Journal, origin: Origin) -> Journal:
    _refuse_path(journal.name)
    if journal.commit is not None and not _COMMIT.fullmatch(journal.commit):
        raise ValueError(journal.commit)
    return replace(
        journal,
        handoff=origin.path(journal.handoff),
        date=_date(journal.date),
        sessions=tuple(_settle_session(session, origin) for session in journal.sessions),
    )


def _settle_session(session: JournalSession, origin: Origin) -> JournalSession:
    if session.archived_to is not None:
        _refuse_path(session.archived_to)
    return replace(
        session,
        date=_date(session.date) if session.date is not None else None,
        summary=origin.path(session.summary),
    )


def _date(text: str) -> str:
    return dt.date.fromisoformat(text).isoformat()


def _refuse_path(name: str) -> None:
    """Refuse what is no plain name: a damaged record must not move files out of the archive."""
    if name in {"", ".", ".."} or "/" in name or "\0" in name:
        raise ValueError(name)
