"""Finds a session by its id: its claim, and its log, in whichever work tree its agent wrote it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from handoff_md.app.belonging import begun_in, concerns, is_own_root
from handoff_md.app.documents import command_for
from handoff_md.app.whereabouts import find_unclaimed_logs
from handoff_md.app.work_trees import roots_of
from handoff_md.app.workspace import Workspace
from handoff_md.errors import ContentError, FileError, HandoffError
from handoff_md.git.history import list_versions
from handoff_md.git.index import list_tracked
from handoff_md.git.process import write_git
from handoff_md.git.repository import find_repository
from handoff_md.git.status import inspect_paths
from handoff_md.ledger.records import Claim
from handoff_md.semantics.logs.compliance import LogCompliance, read_session_log
from handoff_md.semantics.logs.words import LogWords, read_log_words
from handoff_md.sessions.logs import LOG, LOG_LIMIT
from handoff_md.sessions.template import find_template
from handoff_md.store.claims import is_as_made, list_released, load_claim
from handoff_md.store.files import read_bytes
from handoff_md.syntax.nodes import Document
from handoff_md.syntax.parse import parse
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.value import Value


class FoundSession(Value):
    """A session, and the work trees in which its log may lie; see `find_logs`.

    ``claimed`` is False for a session that only its log tells of.
    """

    session_id: SessionId
    claim: Claim
    roots: tuple[Path, ...]
    claimed: bool = True

    @property
    def root(self) -> Path | None:
        """Give the likeliest of them; None where the log is nowhere."""
        return self.roots[0] if self.roots else None


class OpenedLog(Value):
    """A session's log as it was read, and what it says."""

    root: Path
    path: str
    data: bytes
    document: Document
    checklists: LogCompliance
    words: LogWords


def find_session(workspace: Workspace, text: str, *, command: str = "session show") -> FoundSession:
    """Find a session by the id that a user has given.

    A session that was not started by the tool is known by its log, if just one has its id.
    ``command`` is what is to be done with it, for a session that is about another document.

    Raises:
        ContentError: nothing is known of it, several logs may be its own, or it is about another
            document of the repository.
        HandoffError: the text is no id, or files or git stand in the way.
    """
    session_id = read_session_id(text.strip())
    if session_id is None:
        raise HandoffError(
            f"{text!r} is no session id", "An id reads like 19, 57-PR201 or a1b2c3d4."
        )
    claim = load_claim(workspace.state, session_id.key)
    if claim is None:
        return _find_unclaimed(workspace, session_id)
    if not concerns(workspace, claim.document):
        there = command_for(workspace, claim.document, f"{command} {claim.id}")
        raise ContentError(
            f"session {claim.id} is about another document, {claim.document}: here it is "
            f"{workspace.config.handoff}",
            f"Run {there}.",
        )
    return FoundSession(session_id, claim, find_logs(workspace, claim))


def _find_unclaimed(workspace: Workspace, session_id: SessionId) -> FoundSession:
    fitting = find_unclaimed_logs(workspace, session_id)
    if len(fitting) > 1:
        names = ", ".join(sorted(fitting))
        raise ContentError(
            f"session {session_id} is not claimed, and several logs may be its own: {names}",
            f"Claim it: `handoff-md session start --id {session_id}`.",
        )
    if not fitting:
        raise _unknown(workspace, session_id)
    root, log = next(iter(fitting.values()))
    config = workspace.config
    claim = Claim(
        key=session_id.key,
        id=str(session_id),
        title="",
        agent="",
        date=log.date.isoformat(),
        started_at="",
        root=str(root),
        branch="",
        commit="",
        log=f"{config.sessions}/{log.name}",
        summary=f"{config.summaries}/handoff-session-{session_id}-summary.md",
    )
    return FoundSession(session_id, claim, find_logs(workspace, claim), claimed=False)


def _unknown(workspace: Workspace, session_id: SessionId) -> HandoffError:
    released = (read_session_id(claim.id) for claim in list_released(workspace.state))
    if session_id in released:
        return ContentError(
            f"session {session_id} was abandoned",
            f"Take its id up again with `handoff-md session start --id {session_id}`.",
        )
    return FileError(
        f"nothing is known of session {session_id}",
        "`handoff-md session list` names the sessions; `handoff-md session start` begins one.",
    )


def lost_log(workspace: Workspace, found: FoundSession) -> FileError:
    """Describe a session whose log is nowhere to be found."""
    claim = found.claim
    copied = f"; it was {begun_in(claim.copied_from)}" if claim.copied_from else ""
    finds = write_git(workspace.root, "log", "--all", "--reflog", "--", claim.log)
    hint = f"Put it back (`{finds}` finds it), or write it again under that name."
    if claim.at_work:
        hint += f" `handoff-md session abandon {claim.id}` releases the id."
    return FileError(
        f"the log of session {claim.id} is gone: {claim.log} is in no work tree{copied}", hint
    )


def find_logs(workspace: Workspace, claim: Claim) -> tuple[Path, ...]:
    """Find the work trees with a log that a session's agent may have written.

    This work tree comes first, then that in which the session was started. A log that still reads
    as it was made counts only where there is no other; of equal ones the first does, and one that
    is committed gives way to a later version of itself. More than one is left where several were
    written to: nobody but the agent knows which counts.

    Raises:
        FileError: a log can't be read.
        GitError: git can't tell.
    """
    first = dict.fromkeys((workspace.root, Path(claim.root)))
    listed = roots_of(workspace)
    known = [root for root in first if root in listed or is_own_root(workspace, root)]
    held: dict[bytes, Path] = {}
    for root in dict.fromkeys((*known, *listed)):
        if (root / claim.log).is_file():
            held.setdefault(read_log_bytes(root, claim), root)
    written = [root for data, root in held.items() if not is_as_made(claim, data)]
    latest = [
        root
        for root in written
        if not any(_is_earlier(claim, root, other) for other in written if other != root)
    ]
    return tuple(latest or written or list(held.values())[:1])


def refuse_rivals(claim: Claim, roots: tuple[Path, ...]) -> None:
    """Refuse a session whose log was written to in several work trees.

    Raises:
        ContentError: names them.
    """
    if len(roots) > 1:
        places = " and ".join(str(root / claim.log) for root in roots)
        raise ContentError(
            f"session {claim.id} has logs that differ: {places}",
            "Put all that counts into one of them, copy it over the other, and run it again.",
        )


def read_log(workspace: Workspace, root: Path, claim: Claim) -> OpenedLog:
    """Read a session's log, and what it says beyond the template that it was made from.

    Raises:
        FileError: the log or the protocol can't be read.
    """
    data = read_bytes(root / claim.log, root=root, limit=LOG_LIMIT, limit_of=LOG)
    document = parse(data)
    template = None
    protocol = workspace.root / workspace.config.protocol
    if protocol.is_file():
        own = find_template(read_bytes(protocol, root=workspace.root, limit=None))
        template = parse(own) if own else None
    words = read_log_words(document, template)
    return OpenedLog(root, claim.log, data, document, read_session_log(document), words)


def remove_copies(workspace: Workspace, claim: Claim, kept: Path, data: bytes) -> None:
    """Remove the logs of a session in other work trees that hold nothing of their own.

    They read as they were made, or as ``data``, what is kept in the work tree ``kept``. They would
    stand in the way of the branch that brings that one. One that git tracks, or that can't be
    removed, stays.
    """
    known = data.replace(b"\r\n", b"\n")
    for root in roots_of(workspace):
        log = root / claim.log
        if root == kept or not log.is_file():
            continue
        found = read_log_bytes(root, claim)
        if found != known and not is_as_made(claim, found):
            continue
        if workspace.repository and list_tracked(root, [claim.log]):
            continue
        with suppress(OSError):
            log.unlink()


def is_written(claim: Claim, root: Path) -> bool:
    """Tell whether a work tree has a session's log, and somebody has written to it (FileError)."""
    return (root / claim.log).is_file() and not is_as_made(claim, read_log_bytes(root, claim))


def read_log_bytes(root: Path, claim: Claim) -> bytes:
    """Read a log, with the line endings that it was made with, whatever git has made of them.

    Raises:
        FileError: it can't be read.
    """
    return read_bytes(root / claim.log, root=root, limit=None).replace(b"\r\n", b"\n")


def _is_earlier(claim: Claim, root: Path, other: Path) -> bool:
    """Tell whether what a work tree has is committed there, and was in the other's history."""
    repository = find_repository(root)
    if repository is None or find_repository(other) is None:
        return False
    state = inspect_paths(repository, [claim.log]).paths[claim.log]
    changed = state.staged or state.unstaged or state.hidden or state.unmerged
    if changed or state.head_blob is None:
        return False
    return state.head_blob in list_versions(other, claim.log)
