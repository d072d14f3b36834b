"""Drafts of summaries that nobody has handed over: one for a session, in the shared state."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path, PurePath

from handoff_md.ledger.records import Claim
from handoff_md.reading import read_if_there
from handoff_md.store.files import file_error, replace_bytes
from handoff_md.store.place import create_folders, share


def drafts_folder(state: Path) -> Path:
    """Return where drafts lie, under the names of the summaries that they stand in for."""
    return state / "drafts"


def read_draft(state: Path, claim: Claim) -> bytes | None:
    """Return the draft of a session's summary, or None.

    Raises:
        FileError: it can't be read.
    """
    path = _path(state, claim)
    try:
        return read_if_there(path)
    except OSError as error:
        raise file_error("read", path, error) from error


def write_draft(state: Path, claim: Claim, data: bytes) -> None:
    """Write the draft of a session's summary, in place of an earlier one.

    Raises:
        FileError: it can't be written.
    """
    path = _path(state, claim)
    create_folders(state, path.parent)
    replace_bytes(path, data)
    share(state, path)


def discard_draft(state: Path, claim: Claim) -> None:
    """Drop the draft of a session that goes on, or has handed over; one that can't be stays."""
    with suppress(OSError):
        _path(state, claim).unlink(missing_ok=True)


def _path(state: Path, claim: Claim) -> Path:
    return drafts_folder(state) / PurePath(claim.summary).name
