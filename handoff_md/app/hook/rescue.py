"""Takes summaries out of a work tree that may be removed, into the shared state."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path, PurePath
from typing import Final

from handoff_md.app.session.handover import is_foreign
from handoff_md.app.workspace import Workspace
from handoff_md.errors import FileError
from handoff_md.ledger.records import Claim
from handoff_md.reading import read_regular
from handoff_md.sessions.inbox import Inbox, SummaryFile, list_summary_files
from handoff_md.store.archive import aside_folder, copies_folder
from handoff_md.store.claims import discard_draft, load_claim
from handoff_md.store.files import NO_FILE, digest, digest_of, read_bytes, replace_bytes
from handoff_md.store.place import create_folders, share
from handoff_md.value import Value

_DIGITS: Final = 12


class Rescued(Value):
    """What was found.

    ``own`` tells whether the session's own summary is where a merge looks for it. ``kept`` are the
    SHA-256 of all that are safe. ``aside`` are those of which there were two, and where one is now.
    ``refused`` says of each file that is none to keep why not.
    """

    own: bool = False
    kept: tuple[str, ...] = ()
    aside: tuple[Stray, ...] = ()
    refused: tuple[str, ...] = ()


class Stray(Value):
    """A summary, by its file's name, that does not lie where a merge would look for it."""

    name: str
    path: Path


def rescue_summaries(
    workspace: Workspace,
    claim: Claim | None,
    *,
    isolated: bool,
    before: Collection[str] = (),
) -> Rescued:
    """Keep copies of the summaries that lie in a work tree. None is lost, not even one of two.

    Args:
        workspace: the work tree.
        claim: what its agent works on, if anything.
        isolated: the work tree is that agent's alone: all that lies there is taken. Else another
            agent may be about to write a summary that is not its own.
        before: the SHA-256 of what the same agent has left before: it gives way.

    Raises:
        FileError: one can't be kept.
    """
    folders = {workspace.config.summaries}
    if claim:
        folders.add(PurePath(claim.summary).parent.as_posix())
    own, kept, aside, refused = False, [], [], []
    for folder in sorted(folders):
        for found in list_summary_files(Inbox(workspace.root, folder))[0]:
            is_own = claim is not None and found.session_id.key == claim.key
            if not (is_own or isolated):
                continue
            try:
                data = _read(workspace, found)
            except FileError as error:
                refused.append(error.message)
                continue
            if not data.strip():
                continue
            other = _keep(workspace, found, data, claim, before)
            own = own or (is_own and other is None)
            kept.append(digest(data))
            aside += [Stray(found.name, other)] if other else []
    return Rescued(own, tuple(kept), tuple(aside), tuple(refused))


def _read(workspace: Workspace, found: SummaryFile) -> bytes:
    """Read a summary.

    Raises:
        FileError: it is no file to keep.
    """
    limit = workspace.config.max_summary_size
    return read_bytes(found.path, root=workspace.root, limit=limit)


def _keep(
    workspace: Workspace,
    found: SummaryFile,
    data: bytes,
    own: Claim | None,
    before: Collection[str],
) -> Path | None:
    """Keep a copy. Of two that have one id one lies aside; say where.

    That is the earlier one where nobody has claimed the id, for it may have been half written; else
    the one that is not that of the claim.

    Raises:
        FileError: it can't be kept.
    """
    state = workspace.state
    claim = load_claim(state, found.session_id.key)
    copy = copies_folder(state) / found.name
    held = digest_of(copy)
    if digest(data) in (held, claim and claim.digest):
        return None
    is_free = held == NO_FILE or held in before
    if claim is None:
        aside = None if is_free else _put_aside(state, found.name, read_regular(copy))
        _put(state, copy, data)
        return aside
    fits = claim.at_work and not is_foreign(data, claim)
    if not (fits and (is_free or (own and own.key == claim.key))):
        return _put_aside(state, found.name, data)
    _put(state, copy, data)
    discard_draft(state, claim)
    return None


def _put_aside(state: Path, name: str, data: bytes) -> Path:
    place = aside_folder(state) / f"{digest(data)[:_DIGITS]}-{name}"
    _put(state, place, data)
    return place


def _put(state: Path, place: Path, data: bytes) -> None:
    create_folders(state, place.parent)
    replace_bytes(place, data)
    share(state, place)
