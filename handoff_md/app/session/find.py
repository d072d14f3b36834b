"""Finds a session by its id: its claim, and its log, and reads that."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from handoff_md.app.belonging import begun_in, concerns
from handoff_md.app.documents import command_for
from handoff_md.app.work_trees import find_logs, find_unclaimed_logs
from handoff_md.app.workspace import Workspace
from handoff_md.errors import ContentError, FileError, HandoffError
from handoff_md.git.process import write_git
from handoff_md.ledger.records import Claim
from handoff_md.semantics.logs.compliance import LogCompliance, read_session_log
from handoff_md.semantics.logs.words import LogWords, read_log_words
from handoff_md.sessions.logs import LOG, LOG_LIMIT
from handoff_md.sessions.template import find_template
from handoff_md.store.claims import list_released, load_claim
from handoff_md.store.files import read_bytes
from handoff_md.syntax.nodes import Document
from handoff_md.syntax.parse import parse
from handoff_md.syntax.session_id import SessionId, given_id, read_session_id
from handoff_md.text.source import decode
from handoff_md.value import Value

_TIME = re.compile(
    r"^[ \t]*(?:[-*+][ \t]+)?\*\*Time(?::\*\*|\*\*:)[ \t]*(?P<time>\S+)", re.MULTILINE
)


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
    session_id = given_id(text)
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
        started_at=_read_start(Path(root) / config.sessions / log.name, log.date),
        root=str(root),
        branch="",
        commit="",
        log=f"{config.sessions}/{log.name}",
        summary=f"{config.summaries}/{session_id.summary_name}",
        document=config.handoff,
    )
    return FoundSession(session_id, claim, find_logs(workspace, claim), claimed=False)


def _read_start(log: Path, date: dt.date) -> str:
    """Give when a session began, as its log tells the time of its day; empty where it does not."""
    source = decode(read_bytes(log, root=log.parent, limit=LOG_LIMIT, limit_of=LOG))
    told = _TIME.search(source.text)
    try:
        time = dt.time.fromisoformat(told["time"] if told else "")
    except ValueError:
        return ""
    began = dt.datetime.combine(date, time)
    return (began if began.tzinfo else began.replace(tzinfo=dt.UTC)).isoformat()


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


def root_of_log(workspace: Workspace, found: FoundSession) -> Path:
    """Give the one work tree that has the session's log.

    Raises:
        FileError: none has it.
        ContentError: it was written to in several.
    """
    claim, roots = found.claim, found.roots
    if len(roots) == 1:
        return roots[0]
    if roots:
        places = " and ".join(str(root / claim.log) for root in roots)
        raise ContentError(
            f"session {claim.id} has logs that differ: {places}",
            "Put all that counts into one of them, copy it over the other, and run it again.",
        )
    copied = f"; it was {begun_in(claim.copied_from)}" if claim.copied_from else ""
    finds = write_git(workspace.root, "log", "--all", "--reflog", "--", claim.log)
    hint = f"Put it back (`{finds}` finds it), or write it again under that name."
    if claim.at_work:
        hint += f" `handoff-md session abandon {claim.id}` releases the id."
    raise FileError(
        f"the log of session {claim.id} is gone: {claim.log} is in no work tree{copied}", hint
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
