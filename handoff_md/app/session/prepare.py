"""Prepares a session's end: reads its log, composes the summary, and checks both."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

from handoff_md.app.belonging import concern_of
from handoff_md.app.scrutiny import scrutinize_log, scrutinize_summary
from handoff_md.app.session.ended import EndRequest
from handoff_md.app.session.find import FoundSession
from handoff_md.app.session.handover import Handover, compose, is_foreign, read_given
from handoff_md.app.workspace import Workspace
from handoff_md.errors import ContentError
from handoff_md.ledger.records import Claim
from handoff_md.merge.rendering import NO_TITLE
from handoff_md.reading import read_regular
from handoff_md.semantics.document.credentials import find_secrets, mask_secrets
from handoff_md.semantics.logs.attest import open_musts
from handoff_md.semantics.logs.compliance import LogCompliance, read_session_log
from handoff_md.semantics.logs.words import LogWords, read_log_words
from handoff_md.sessions.logs import LOG, LOG_LIMIT
from handoff_md.sessions.template import find_template
from handoff_md.store.archive import copies_folder, find_merged
from handoff_md.store.files import digest, digest_of, read_bytes
from handoff_md.syntax.nodes import Document
from handoff_md.syntax.parse import parse
from handoff_md.syntax.status import Status
from handoff_md.syntax.summary import Summary
from handoff_md.text.source import decode
from handoff_md.value import Value


class OpenedLog(Value):
    """A session's log as it was read, and what it says."""

    root: Path
    path: str
    data: bytes
    document: Document
    checklists: LogCompliance
    words: LogWords


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


def prepare(
    workspace: Workspace, found: FoundSession, log: OpenedLog, request: EndRequest
) -> tuple[Handover, tuple[str, ...], tuple[str, ...]]:
    """Compose the summary, and check it and the log; nothing is written.

    Returns:
        The summary, notes, and why the session can't end with it: clauses for people.

    Raises:
        FileError: a summary in its place can't be read.
    """
    given = _given_summary(workspace, found, request)
    title = request.title or (given.title if given else "")
    title = title or found.claim.title or log.words.title or log.words.objective
    # One that has ended before stays what it said then: ending it again changes nothing.
    status = request.status or (given.status if given else Status(found.claim.status or "complete"))
    body = given.body_text if given else log.words.summary
    handover = compose(
        found.claim,
        found.session_id,
        title=" ".join(title.split()),
        status=status,
        body=body,
        config=workspace.config,
        today=request.today,
        given=given is not None,
    )
    problems = [f"the summary {problem}" for problem in (given.problems if given else ())]
    if given is None and found.claim.given:
        problems.append("the summary that was handed over is gone: give it again with --summary")
    elif not body.strip() and given is None:
        problems.append("the log says nothing of the work: write its Work Log, or give --summary")
    else:
        # A log gives its objective as title, and of one that has none it is told below.
        told = (one for one in handover.problems if given is not None or one != NO_TITLE)
        problems += [f"the summary {problem}" for problem in told]
    if not log.words.objective:
        problems.append("the log has no objective: fill in its **Objective**")
    problems += _find_secrets(workspace, found.claim, log, given, title)
    # The log's own headings stand where they stood; of a given summary it is worth telling.
    moved = "headings are moved"
    notes = [
        f"the summary {note}" if note.startswith("says that") else note
        for note in handover.notes
        if given is not None or not note.startswith(moved)
    ]
    own = given.source if given else decode(handover.data)
    seen = scrutinize_summary(workspace.config, found.claim.summary, own)
    notes += [f"the summary {clause}" for clause in seen.notes]
    _check_steps(workspace, log, status, notes, problems)
    handover = replace(handover, title=mask_secrets(handover.title)) if problems else handover
    return handover, _mask(notes), _mask(problems)


def _mask(clauses: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(mask_secrets, dict.fromkeys(clauses)))


def _find_secrets(
    workspace: Workspace, claim: Claim, log: OpenedLog, given: Summary | None, title: str
) -> list[str]:
    """Say which secrets would be stored, or committed, by the session's end."""
    config = workspace.config
    told = [
        f"the log {clause}"
        for clause in scrutinize_log(config, log.path, log.document.source).problems
    ]
    if given:
        seen = scrutinize_summary(config, claim.summary, given.source)
        told += [f"the summary {clause}" for clause in seen.problems]
    titled = find_secrets(title) if not told else ()
    return told + [f"the title holds {one.kind}, `{one.show(title)}`" for one in titled]


def _given_summary(
    workspace: Workspace, found: FoundSession, request: EndRequest
) -> Summary | None:
    """Read what was given, else what the agent itself has written, else what was handed over.

    None leaves it to the log's own words.

    Raises:
        ContentError: two were written that differ.
    """
    claim = found.claim
    if request.summary is not None:
        return read_given(request.summary, claim)
    roots = dict.fromkeys(root for root in (workspace.root, found.root) if root)
    places = [root / claim.summary for root in roots]
    written = [one for place in places if (one := _read_written(workspace, place, claim))]
    if len({one.source.to_bytes() for one in written}) > 1:
        raise ContentError(
            f"session {claim.id} has summaries that differ: {' and '.join(map(str, places))}",
            "Put all that counts into one of them, remove the other, and run it again.",
        )
    if written:
        return written[0]
    merged = (
        None
        if claim.at_work
        else find_merged(workspace.state, concern_of(workspace)).get(claim.digest)
    )
    if not (claim.given or merged):
        return None
    kept = [*places, copies_folder(workspace.state) / places[0].name]
    kept += [merged.path] if merged and merged.path else []
    return next(
        (read_given(read_regular(path), claim) for path in kept if digest_of(path) == claim.digest),
        None,
    )


def _read_written(workspace: Workspace, place: Path, claim: Claim) -> Summary | None:
    """Read a summary that the session's agent has written by hand, if it is finished."""
    if not place.is_file():
        return None
    data = read_bytes(place, root=place.parent, limit=workspace.config.max_summary_size)
    if digest(data) == claim.digest or is_foreign(data, claim):
        return None
    written = read_given(data, claim)
    return written if written.status is not Status.IN_PROGRESS else None


def _check_steps(
    workspace: Workspace, log: OpenedLog, status: Status, notes: list[str], problems: list[str]
) -> None:
    """Say which MUST steps are open. A session that could not be completed may leave some."""
    source = log.document.source
    if log.checklists.start:
        notes += [
            f"a MUST of the session's start is not ticked: {words}"
            for words in open_musts(source, log.checklists.start, ())
        ]
    if log.checklists.end is None:
        notes.append("the log has no checklist for the session's end")
        return
    fulfils = workspace.config.end_fulfils
    for words in open_musts(source, log.checklists.end, fulfils):
        said = f"a MUST of the session's end is not ticked: {words}"
        (problems if status is Status.COMPLETE else notes).append(said)
