"""Adds a line to a session's work log, so that it tells the truth when the session is cut off."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from handoff_md.answer import Answer
from handoff_md.app.session.find import find_session, lost_log, read_log, refuse_rivals
from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.errors import ContentError
from handoff_md.semantics.document.credentials import find_secrets
from handoff_md.store.drafts import discard_draft
from handoff_md.store.files import digest, replace_bytes
from handoff_md.store.lock import hold_lock
from handoff_md.syntax.nodes import Document, Heading, walk
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
    timeout = workspace.config.lock_timeout
    with hold_lock(workspace.state, timeout=timeout, on_wait=lambda: None):
        found = find_session(workspace, session_id, command="session note")
        if found.root is None:
            raise lost_log(workspace, found)
        refuse_rivals(found.claim, found.roots)
        log = read_log(workspace, found.root, found.claim)
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
