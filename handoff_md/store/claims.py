"""Claims: who has which session id, and the draft of a summary that one may have.

A claim is one file, created whole and at most once, never deleted. One that is released keeps its
file under another name, so that its id stays known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Final

from msgspec.structs import replace

from handoff_md.ledger.records import Claim
from handoff_md.store.files import digest, file_error, read_present, replace_bytes
from handoff_md.store.place import create_folders, share
from handoff_md.store.record import (
    Kind,
    Origin,
    create_record,
    list_records,
    read_record,
    replace_record,
)

_KIND: Final = Kind(
    "the claim",
    "Use the handoff-md that made it, or move the file away.",
    "Look for the session's log; then move the file away.",
)


def claims_folder(state: Path) -> Path:
    """Return the folder of the claims."""
    return state / "claims"


def claim_session(state: Path, claim: Claim) -> bool:
    """Take an id; False where another claim has it. Of several processes exactly one succeeds.

    Raises:
        FileError: the claim can't be written.
    """
    return create_record(state, _path(state, claim.key), claim)


def load_claim(state: Path, key: str) -> Claim | None:
    """Return the claim that holds an id, or None.

    Raises:
        FileError: it can't be read, or is damaged.
    """
    return _read(state, _path(state, key))


def update_claim(state: Path, claim: Claim) -> None:
    """Write a claim anew, as its session goes on.

    Raises:
        FileError: it can't be written.
    """
    replace_record(state, _path(state, claim.key), claim)


def release_claim(state: Path, claim: Claim) -> None:
    """Let an id go: the claim is kept under another name, and the id may be claimed by name again.

    Raises:
        FileError: the claim can't be moved.
    """
    update_claim(state, claim)
    path = _path(state, claim.key)
    folder = claims_folder(state) / "released"
    create_folders(state, folder)
    count = 1
    try:
        while True:
            target = folder / f"{claim.key}.{count}.json"
            if not target.exists():
                path.rename(target)
                return
            count += 1
    except OSError as error:
        raise file_error("release", path, error) from error


def list_claims(state: Path) -> Iterator[Claim]:
    """Give all claims that hold an id, in no order.

    Raises:
        FileError: one can't be read, or is damaged.
    """
    return _read_all(state, claims_folder(state))


def list_released(state: Path) -> Iterator[Claim]:
    """Give all claims that were released, in no order.

    Raises:
        FileError: one can't be read, or is damaged.
    """
    return _read_all(state, claims_folder(state) / "released")


def is_as_made(claim: Claim, log: bytes) -> bool:
    """Tell whether a log reads as it was made for its session, whatever its line endings."""
    return _digest(log) in {*claim.made.split(), *claim.reserved.split()}


def made_anew(claim: Claim, log: bytes) -> Claim:
    """Give the claim of a log that a command has changed, and that still is nobody's writing."""
    made = _digest(log)
    if claim.reserved:
        claim = replace(claim, reserved=f"{claim.reserved} {made}")
    return replace(claim, made=f"{claim.made} {made}".lstrip())


def _digest(log: bytes) -> str:
    return digest(log.replace(b"\r\n", b"\n"))


def claimed_keys(state: Path) -> frozenset[str]:
    """Give the keys of all ids that were ever claimed, from the files' names alone.

    Raises:
        FileError: the claims can't be listed.
    """
    held = (name.removesuffix(".json") for name in list_records(claims_folder(state)))
    released = list_records(claims_folder(state) / "released")
    return frozenset([*held, *(name.removesuffix(".json").rpartition(".")[0] for name in released)])


def _path(state: Path, key: str) -> Path:
    return claims_folder(state) / f"{key}.json"


def _read_all(state: Path, folder: Path) -> Iterator[Claim]:
    for name in list_records(folder):
        claim = _read(state, folder / name)
        if claim:
            yield claim


def _read(state: Path, path: Path) -> Claim | None:
    return read_record(state, path, _KIND, Claim, _settle)


def _settle(claim: Claim, origin: Origin) -> Claim:
    dt.date.fromisoformat(claim.date)
    _refuse_outside(claim.log)
    _refuse_outside(claim.summary)
    return replace(claim, root=origin.path(claim.root))


def _refuse_outside(path: str) -> None:
    """Refuse a path that is not below the work tree (ValueError)."""
    if path.startswith("/") or ".." in path.split("/"):
        raise ValueError(path)


def drafts_folder(state: Path) -> Path:
    """Return where drafts lie, under the names of the summaries that they stand in for."""
    return state / "drafts"


def read_draft(state: Path, claim: Claim) -> bytes | None:
    """Return the draft of a session's summary, or None.

    Raises:
        FileError: it can't be read.
    """
    return read_present(_draft_path(state, claim))


def write_draft(state: Path, claim: Claim, data: bytes) -> None:
    """Write the draft of a session's summary, in place of an earlier one.

    Raises:
        FileError: it can't be written.
    """
    path = _draft_path(state, claim)
    create_folders(state, path.parent)
    replace_bytes(path, data)
    share(state, path)


def discard_draft(state: Path, claim: Claim) -> None:
    """Drop the draft of a session that goes on, or has handed over; one that can't be stays."""
    with suppress(OSError):
        _draft_path(state, claim).unlink(missing_ok=True)


def _draft_path(state: Path, claim: Claim) -> Path:
    return drafts_folder(state) / PurePath(claim.summary).name
