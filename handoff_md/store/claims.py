"""Claims: who has which session id. One file each, created whole and at most once, never deleted.

A claim that is released keeps its file under another name, so that its id stays known.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from handoff_md.errors import FileError
from handoff_md.store.files import (
    create_bytes,
    create_folder,
    digest,
    file_error,
    replace_bytes,
)

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Claim:
    """A session as it was started, and how it ended.

    ``key`` names the claim's file: the id in the form that equal ids share. ``root`` is the work
    tree in which it was started, absolute; ``log`` and ``summary`` are paths relative to it, with
    ``/``. ``run`` is the token of the run that it belongs to. Dates and times are ISO 8601, times
    in UTC. ``ended_at`` is empty while the session is at work; ``status`` is what its summary
    says, and ``digest`` the SHA-256 of the summary that ``session end`` wrote; ``given`` says that
    it is not made of the log. ``reserved`` are the SHA-256 of the logs, with spaces between them,
    that were made for a session that was claimed for an agent, as long as nobody took it up.
    ``made`` is the SHA-256 of the log as it was made: one that reads so is nobody's writing.
    """

    key: str
    id: str
    title: str
    agent: str
    date: str
    started_at: str
    root: str
    branch: str
    commit: str
    log: str
    summary: str
    run: str = ""
    ended_at: str = ""
    status: str = ""
    digest: str = ""
    given: str = ""
    released_at: str = ""
    reserved: str = ""
    made: str = ""


def claims_folder(state: Path) -> Path:
    """Return the folder of the claims."""
    return state / "claims"


def claim_session(state: Path, claim: Claim) -> bool:
    """Take an id; False where another claim has it. Of several processes exactly one succeeds.

    Raises:
        FileError: the claim can't be written.
    """
    create_folder(claims_folder(state))
    return create_bytes(_path(state, claim.key), _encode(claim))


def load_claim(state: Path, key: str) -> Claim | None:
    """Return the claim that holds an id, or None.

    Raises:
        FileError: it can't be read, or is damaged.
    """
    return _read(_path(state, key))


def update_claim(state: Path, claim: Claim) -> None:
    """Write a claim anew, as its session goes on.

    Raises:
        FileError: it can't be written.
    """
    replace_bytes(_path(state, claim.key), _encode(claim))


def release_claim(state: Path, claim: Claim) -> None:
    """Let an id go: the claim is kept under another name, and the id may be claimed by name again.

    Raises:
        FileError: the claim can't be moved.
    """
    update_claim(state, claim)
    path = _path(state, claim.key)
    folder = claims_folder(state) / "released"
    create_folder(folder)
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
    for name in _names(claims_folder(state)):
        claim = _read(claims_folder(state) / name)
        if claim:
            yield claim


def list_released(state: Path) -> Iterator[Claim]:
    """Give all claims that were released, in no order.

    Raises:
        FileError: one can't be read, or is damaged.
    """
    folder = claims_folder(state) / "released"
    for name in _names(folder):
        claim = _read(folder / name)
        if claim:
            yield claim


def is_as_made(claim: Claim, log: bytes) -> bool:
    """Tell whether a log reads as it was made for its session, whatever its line endings."""
    return digest(log.replace(b"\r\n", b"\n")) in {claim.made, *claim.reserved.split()}


def claimed_keys(state: Path) -> frozenset[str]:
    """Give the keys of all ids that were ever claimed, from the files' names alone.

    Raises:
        FileError: the claims can't be listed.
    """
    held = (name.removesuffix(".json") for name in _names(claims_folder(state)))
    released = _names(claims_folder(state) / "released")
    return frozenset([*held, *(name.removesuffix(".json").rpartition(".")[0] for name in released)])


def _path(state: Path, key: str) -> Path:
    return claims_folder(state) / f"{key}.json"


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [e.name for e in entries if e.name.endswith(".json") and e.name[0] != "."]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise file_error("list", folder, error) from error


def _encode(claim: Claim) -> bytes:
    record = {field.name: getattr(claim, field.name) for field in fields(claim)}
    # ASCII escapes carry titles and paths that are not UTF-8 (lone surrogates) through the file.
    return json.dumps({"version": VERSION, **record}, indent=1).encode("ascii") + b"\n"


def _read(path: Path) -> Claim | None:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise file_error("read", path, error) from error
    try:
        record = json.loads(data)
        version = record.pop("version")
        if version != VERSION:
            raise FileError(
                f"the claim in {path} has version {version!r}; this is version {VERSION}",
                "Use the handoff-md that made it, or move the file away.",
            )
        known = record.keys() & {field.name for field in fields(Claim)}
        claim = Claim(**{name: _text(record[name]) for name in known})
        dt.date.fromisoformat(claim.date)
        _refuse_outside(claim.log)
        _refuse_outside(claim.summary)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise FileError(
            f"the claim in {path} is damaged",
            "Look for the session's log; then move the file away.",
        ) from error
    return claim


def _refuse_outside(path: str) -> None:
    """Refuse a path that is not below the work tree (ValueError)."""
    if path.startswith("/") or ".." in path.split("/"):
        raise ValueError(path)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
