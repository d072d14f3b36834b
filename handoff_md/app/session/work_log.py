"""What commands write into a session's log while it is at work: notes, its objective, a tick.

So the log tells the truth when the session is cut off.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Final

from handoff_md.answer import Answer
from handoff_md.app.belonging import is_own_root
from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.errors import ContentError
from handoff_md.ledger.records import Claim
from handoff_md.sessions.logs import LOG, LOG_LIMIT
from handoff_md.store.claims import discard_draft, is_as_made, load_claim, made_anew, update_claim
from handoff_md.store.files import digest, read_bytes, replace_bytes
from handoff_md.syntax.nodes import Document, Heading, walk
from handoff_md.syntax.parse import parse
from handoff_md.syntax.session_id import read_session_id
from handoff_md.text.edit import Edit, make_patch
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.span import Span

_WORK_LOG: Final = lazy_pattern(r"\W*work\s+log\b", re.IGNORECASE)
_ITEM: Final = lazy_pattern(r"[ \t]*(?:[-*+]|\d+[.)])[ \t]")


class NoteAnswer(Answer):
    """What `session note --json` prints.

    Attributes:
        id: the session.
        log: the path of its log, relative to `log_root`.
        log_root: the work tree that its log lies in, absolute.
    """

    id: str
    log: str
    log_root: str


def note_in_log(directory: Path, session_id: str, text: str) -> NoteAnswer:
    """Add an item to the work log of a session.

    Raises:
        ContentError: the text is empty, or holds a secret; the log is not known for certain.
        HandoffError: usage, configuration, files or git stand in the way.
    """
    from handoff_md.semantics.document.credentials import find_secrets

    workspace = open_workspace(directory)
    if not text.strip():
        raise ContentError("the note is empty", "Say what was done, decided or found out.")
    if secrets := find_secrets(text):
        raise ContentError(
            f"the note holds {secrets[0].kind}, `{secrets[0].show(text)}`",
            "Leave the secret out: the log is committed.",
        )
    return add_note(workspace, session_id, text)


def add_note(workspace: Workspace, session_id: str, text: str) -> NoteAnswer:
    """Add an item to the work log of a session, whose draft, if there is one, is dropped.

    Raises:
        HandoffError: as `note_in_log`.
    """
    from handoff_md.app.session.find import find_session, read_log, root_of_log

    with workspace.locked():
        found = find_session(workspace, session_id, command="session note")
        log = read_log(workspace, root_of_log(workspace, found), found.claim)
        edit = append_item(log.document, text)
        data = make_patch(log.document.source, [edit]).apply().to_bytes()
        replace_bytes(log.root / log.path, data, expected=digest(log.data))
        discard_draft(workspace.state, found.claim)
    return NoteAnswer(id=found.claim.id, log=log.path, log_root=str(log.root))


def append_item(document: Document, text: str) -> Edit:
    """Put an item at the end of a log's work log, which is made at the log's end if it has none."""
    source = document.source
    headings = [node for node in walk(document) if isinstance(node, Heading)]
    own = next((one for one in headings if _WORK_LOG.match(source.slice(one.text))), None)
    lines = re.sub(r"\r\n?", "\n", text).strip().split("\n")
    item = "\n".join([f"- {lines[0]}", *(f"  {line}".rstrip() for line in lines[1:])])
    if own is None:
        start, end = 0, len(source.text)
        item = f"## Work Log\n\n{item}"
    else:
        later = (h for h in headings if h.span.start > own.span.start and h.level <= own.level)
        following = next(later, None)
        start, end = own.span.end, following.span.start if following else len(source.text)
    body = source.text[start:end].rstrip()
    last = body.rpartition("\n")[2]
    in_list = _ITEM.match(last) or (last.startswith("  ") and "\n- " in f"\n{body}")
    before = "\n" if in_list and own else "\n\n"
    if own and not body:
        start -= len(source.text[:start]) - len(source.text[:start].rstrip())
    after = "\n\n" if end < len(source.text) else "\n"
    written = f"{before}{item}{after}".replace("\n", source.newline)
    return Edit(Span(start + len(body), end), written)


def note_objective(directory: Path, session_id: str, text: str) -> bool:
    """Write the objective of a session into its log, and tell whether its log says this one now.

    A log that has another objective keeps it; one without a place for it is left as it is.

    Raises:
        ContentError: the text can't be an objective; the log is not known for certain.
        HandoffError: usage, configuration, files or git stand in the way.
    """
    from handoff_md.app.session.find import find_session, read_log, root_of_log
    from handoff_md.app.session.naming import checked_title
    from handoff_md.semantics.retitle import fill_objective

    workspace = open_workspace(directory)
    objective = checked_title(text, hint="Say in one line what the session was to achieve.")
    found = find_session(workspace, session_id, command="session end")
    log = read_log(workspace, root_of_log(workspace, found), found.claim)
    if log.words.objective:
        return log.words.objective == objective
    patch = fill_objective(log.document, objective)
    if patch is None:
        return False
    with workspace.locked():
        replace_bytes(log.root / log.path, patch.apply().to_bytes(), expected=digest(log.data))
    return True


def attest_context(workspace: Workspace, session: str, evidence: str) -> None:
    """Do as `tick_context`, under the lock: other commands of the session may run beside this.

    Raises:
        FileError: the log can't be read or written, or another command holds the lock.
        GitError: git can't tell whose the log is.
    """
    if _find_pending(workspace, session, evidence) is None:
        return
    with workspace.locked():
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
    from handoff_md.semantics.logs.compliance import read_session_log, tick_fulfilled

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
    from glob import escape

    documents = {escape(handoff), escape(PurePosixPath(handoff).name)}
    return ("context was read*", "*handoff-md context*", *(f"read {name}" for name in documents))
