"""Ticks, in a session's log, that its context was read, with what that was read from."""

from __future__ import annotations

from glob import escape
from pathlib import Path, PurePosixPath

from handoff_md.app.belonging import is_own_root
from handoff_md.app.workspace import Workspace
from handoff_md.ledger.records import Claim
from handoff_md.semantics.logs.compliance import read_session_log, tick_fulfilled
from handoff_md.sessions.logs import LOG, LOG_LIMIT
from handoff_md.store.claims import is_as_made, load_claim, made_anew, update_claim
from handoff_md.store.files import digest, read_bytes, replace_bytes
from handoff_md.store.lock import hold_lock
from handoff_md.syntax.parse import parse
from handoff_md.syntax.session_id import read_session_id
from handoff_md.text.edit import make_patch


def attest_context(workspace: Workspace, session: str, evidence: str) -> None:
    """Do as `tick_context`, under the lock: other commands of the session may run beside this.

    Raises:
        FileError: the log can't be read or written, or another command holds the lock.
        GitError: git can't tell whose the log is.
    """
    if _find_pending(workspace, session, evidence) is None:
        return
    timeout = workspace.config.lock_timeout
    with hold_lock(workspace.state, timeout=timeout, on_wait=lambda: None):
        tick_context(workspace, session, evidence)


def tick_context(workspace: Workspace, session: str, evidence: str) -> None:
    """Tick the open step of a session's start that asks to read its context, or the document.

    That is the session's own business, so it is done while the session is at work here, or waits
    for its agent: whoever else asks what a session is told writes nothing. A log that still reads
    as it was made counts as that afterwards, too: nobody has written to it.

    Args:
        workspace: where the session was told.
        session: the session's id; nothing is done for one that is not claimed.
        evidence: what the context was read from; nothing is done without.

    Raises:
        FileError: the log can't be read or written.
        GitError: git can't tell whose the log is.
    """
    pending = _find_pending(workspace, session, evidence)
    if pending is None:
        return
    claim, log, before, after = pending
    if is_as_made(claim, before):
        update_claim(workspace.state, made_anew(claim, after))
    replace_bytes(log, after, expected=digest(before))


def _find_pending(
    workspace: Workspace, session: str, evidence: str
) -> tuple[Claim, Path, bytes, bytes] | None:
    """Give a session's claim, its log, and what that reads as before and after the tick, if any.

    Raises:
        FileError: the claim or the log can't be read.
        GitError: git can't tell whose the log is.
    """
    session_id = read_session_id(session)
    claim = load_claim(workspace.state, session_id.key) if session_id and evidence else None
    root = _find_root(workspace, claim) if claim and claim.at_work else None
    if claim is None or root is None:
        return None
    log = root / claim.log
    before = read_bytes(log, root=root, limit=LOG_LIMIT, limit_of=LOG)
    document = parse(before)
    checklist = read_session_log(document).start
    if checklist is None:
        return None
    steps = _steps(workspace.config.handoff)
    edits = list(tick_fulfilled(document.source, checklist, steps, evidence))
    if not edits:
        return None
    return claim, log, before, make_patch(document.source, edits).apply().to_bytes()


def _find_root(workspace: Workspace, claim: Claim) -> Path | None:
    """Find the work tree of the session's log: this one, or that in which it waits for an agent."""
    there = Path(claim.root)
    waits = claim.reserved and is_own_root(workspace, there)
    roots = (workspace.root, there) if waits else (workspace.root,)
    return next((root for root in roots if (root / claim.log).is_file()), None)


def _steps(handoff: str) -> tuple[str, ...]:
    """Give the patterns of the steps that a session's context fulfils."""
    documents = {escape(handoff), escape(PurePosixPath(handoff).name)}
    return ("context was read*", "*handoff-md context*", *(f"read {name}" for name in documents))
