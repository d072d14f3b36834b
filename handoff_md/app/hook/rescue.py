"""Takes summaries out of a work tree that may be removed, into the shared state."""

from __future__ import annotations

from pathlib import PurePath

from handoff_md.app.session.handover import is_foreign
from handoff_md.app.workspace import Workspace
from handoff_md.errors import FileError
from handoff_md.ledger.records import Claim
from handoff_md.sessions.inbox import Inbox, SummaryFile, list_summary_files
from handoff_md.store.archive import copies_folder
from handoff_md.store.claims import load_claim
from handoff_md.store.drafts import discard_draft
from handoff_md.store.files import NO_FILE, digest, digest_of, read_bytes, replace_bytes
from handoff_md.store.place import create_folders, share
from handoff_md.value import Value


class Rescued(Value):
    """What was found: whether the session's own summary is safe, and names that were left."""

    own: bool = False
    refused: tuple[str, ...] = ()


def rescue_summaries(workspace: Workspace, claim: Claim | None, *, isolated: bool) -> Rescued:
    """Keep copies of the summaries that lie in a work tree.

    Args:
        workspace: the work tree.
        claim: what its agent works on, if anything.
        isolated: the work tree is that agent's alone: all that lies there is taken. Else another
            agent may be about to write a summary that is not its own.

    Raises:
        FileError: one can't be kept.
    """
    folders = {workspace.config.summaries}
    if claim:
        folders.add(PurePath(claim.summary).parent.as_posix())
    own, refused = False, []
    for folder in sorted(folders):
        for found in list_summary_files(Inbox(workspace.root, folder))[0]:
            is_own = claim is not None and found.session_id.key == claim.key
            if not (is_own or isolated):
                continue
            kept = _keep(workspace, found)
            own = own or (is_own and kept)
            if not kept and not is_own:
                refused.append(found.name)
    return Rescued(own, tuple(refused))


def _keep(workspace: Workspace, found: SummaryFile) -> bool:
    """Keep a copy; False where another one stands in its place, or the file is none to keep."""
    state = workspace.state
    claim = load_claim(state, found.session_id.key)
    copy = copies_folder(state) / found.name
    try:
        limit = workspace.config.max_summary_size
        data = read_bytes(found.path, root=workspace.root, limit=limit)
        held = digest_of(copy)
    except FileError:
        return False
    if held == digest(data):
        return True
    if claim is None:
        if held != NO_FILE:
            return False
    elif not claim.at_work or is_foreign(data, claim) or not data.strip():
        return False
    create_folders(state, copy.parent)
    replace_bytes(copy, data)
    share(state, copy)
    if claim:
        discard_draft(state, claim)
    return True
