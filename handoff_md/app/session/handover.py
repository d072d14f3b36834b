"""The summary that a session hands over: chosen, composed and judged in memory, then written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec.structs import replace

from handoff_md.app.belonging import concern_of, find_run
from handoff_md.app.scrutiny import scrutinize_log, scrutinize_summary
from handoff_md.app.session.draft import compose_summary
from handoff_md.app.session.ended import EndRequest
from handoff_md.app.session.find import FoundSession, OpenedLog
from handoff_md.app.workspace import Workspace
from handoff_md.config import Config
from handoff_md.errors import ContentError, FileError
from handoff_md.ledger.records import Claim, Run
from handoff_md.merge.rendering import ENTRY, NO_TITLE
from handoff_md.merge.request import MergeOptions, SessionLog
from handoff_md.merge.result import SessionOutcome
from handoff_md.merge.summaries import judge_summaries
from handoff_md.reading import read_regular
from handoff_md.semantics.document.credentials import find_secrets, mask_secrets
from handoff_md.semantics.logs.compliance import open_musts
from handoff_md.semantics.summaries.own_words import find_first_words
from handoff_md.store.archive import copies_folder, find_merged
from handoff_md.store.claims import claim_session, discard_draft, update_claim
from handoff_md.store.files import (
    create_folder,
    digest,
    digest_of,
    read_bytes,
    read_present,
    replace_bytes,
)
from handoff_md.store.place import create_folders, share
from handoff_md.store.runs import closed_runs
from handoff_md.syntax.summary import Status, Summary, parse_summary
from handoff_md.value import Value


class Handover(Value):
    """A summary as it will be written, what is notable, and why the session can't end with it.

    ``given`` tells that it is not made of the log's own words. ``objective`` is what the log's is
    to be, empty where it has one. Notes and problems are clauses for people.
    """

    title: str
    status: Status
    data: bytes
    given: bool
    notes: tuple[str, ...]
    problems: tuple[str, ...]
    objective: str = ""


def prepare(
    workspace: Workspace, found: FoundSession, log: OpenedLog, request: EndRequest
) -> Handover:
    """Compose the summary, and judge it and the log; nothing is written.

    Raises:
        ContentError: two summaries were written that differ.
        FileError: a summary in its place can't be read.
    """
    claim, config = found.claim, workspace.config
    given = _given_summary(workspace, found, request.summary)
    title = request.title or (given.title if given else "")
    title = title or claim.title or log.words.title or log.words.objective
    first_words = find_first_words(given.body_text) if given and not title else ""
    title = title or first_words
    # One that has ended before stays what it said then: ending it again changes nothing.
    status = request.status or (given.status if given else Status(claim.status or "complete"))
    body = given.body_text if given else log.words.summary
    one_line = " ".join(title.split())
    own = replace(claim, document=config.handoff)  # it may have been renamed since the start
    data = compose_summary(own, one_line, status, body, zone=request.now.tzinfo)
    if workspace.is_derived:
        data = _with_run(workspace, claim, data)
    composed = parse_summary(data, name=claim.summary)
    judged = _judge(found, composed, config, request.today)
    problems = list(_find_problems(claim, given, body, judged, _find_excess(data, config)))
    if not (log.words.objective or one_line):
        problems.append("the log has no objective: fill in its **Objective**")
    problems += _find_secrets(config, claim, log, given, title)
    notes = _tell(judged, given)
    if first_words:
        notes.append(f"nobody has given a title: the summary's first words are it, {one_line!r}")
    if not log.words.objective and one_line:
        notes.append("the log had no objective: the title is put there")
    seen = scrutinize_summary(config, claim.summary, (given or composed).source)
    notes += [f"the summary {clause}" for clause in seen.notes]
    _check_steps(workspace, log, status, notes, problems)
    return Handover(
        mask_secrets(one_line) if problems else one_line,
        status,
        data,
        given is not None,
        _mask(notes),
        _mask(problems),
        "" if log.words.objective else one_line,
    )


def _with_run(workspace: Workspace, claim: Claim, data: bytes) -> bytes:
    """Say in a summary which run it is of: the one that is active, or the session has ended in."""
    from handoff_md.derived.posts import ORCHESTRATOR, RUN, with_fields

    closed = (run for run in closed_runs(workspace.state) if run.token == claim.run)
    run = find_run(workspace) or (next(closed, None) if claim.run else None)
    return with_fields(data, {RUN: run.token, ORCHESTRATOR: run.orchestrator}) if run else data


def _judge(found: FoundSession, summary: Summary, config: Config, today: dt.date) -> SessionOutcome:
    """Judge the summary as a merge would that makes an entry of it, in a new document."""
    (judged,) = judge_summaries(
        [summary],
        orchestrator=found.session_id,
        today=today,
        options=MergeOptions(handoff=config.handoff, rendering=ENTRY),
        logs={summary.origin: SessionLog(found.claim.log)},
    )
    return judged


def _find_problems(
    claim: Claim, given: Summary | None, body: str, judged: SessionOutcome, more: Iterable[str]
) -> Iterator[str]:
    """Say why no merge would take the summary, or why there is none."""
    for problem in given.problems if given else ():
        yield f"the summary {problem}"
    if given is None and claim.given:
        yield "the summary that was handed over is gone: give it again with --summary"
    elif given is None and not body.strip():
        yield "the log says nothing of the work: write its Work Log, or give --summary"
    else:
        for problem in (*judged.problems, *more):
            # A log gives its objective as title, and of one that has none it is told there.
            if given is not None or problem != NO_TITLE:
                yield f"the summary {problem}"


def _find_excess(data: bytes, config: Config) -> Iterator[str]:
    """Say that a summary is larger than a merge accepts."""
    if len(data) > config.max_summary_size:
        limit = f"the limit (max-summary-size) is {config.max_summary_size:,}"
        yield f"has {len(data):,} bytes; {limit}"


def _tell(judged: SessionOutcome, given: Summary | None) -> list[str]:
    """Say what is notable of the summary; the log's own headings stand where they stood."""
    return [
        f"the summary {note}" if note.startswith("says that") else note
        for note in judged.notes
        if given is not None or not note.startswith("headings are moved")
    ]


def _mask(clauses: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(mask_secrets, dict.fromkeys(clauses)))


def _find_secrets(
    config: Config, claim: Claim, log: OpenedLog, given: Summary | None, title: str
) -> list[str]:
    """Say which secrets would be stored, or committed, by the session's end."""
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
    workspace: Workspace, found: FoundSession, summary: bytes | None
) -> Summary | None:
    """Read what was given, else what the agent itself has written, else what was handed over.

    None leaves it to the log's own words.

    Raises:
        ContentError: two were written that differ.
    """
    claim = found.claim
    if summary is not None:
        return parse_summary(summary, name=claim.summary)
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
        (
            parse_summary(read_regular(path), name=claim.summary)
            for path in kept
            if digest_of(path) == claim.digest
        ),
        None,
    )


def _read_written(workspace: Workspace, place: Path, claim: Claim) -> Summary | None:
    """Read a summary that the session's agent has written by hand, if it is finished."""
    if not place.is_file():
        return None
    data = read_bytes(place, root=place.parent, limit=workspace.config.max_summary_size)
    if digest(data) == claim.digest or is_foreign(data, claim):
        return None
    written = parse_summary(data, name=claim.summary)
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


def write_handover(
    workspace: Workspace,
    found: FoundSession,
    handover: Handover,
    now: dt.datetime,
    run: Run | None,
) -> tuple[Claim, tuple[str, ...]]:
    """Write the copy, then the claim, then the summary: whoever sees that knows that all is done.

    Returns:
        The claim, and notes. During a run a sandbox that can't write the shared state does without.

    Raises:
        ContentError: another session's summary lies in its place.
        FileError: a file can't be read or written.
    """
    claim = found.claim
    path = workspace.root / claim.summary
    present = read_present(path)
    if present is not None and digest(present) != claim.digest and is_foreign(present, claim):
        raise ContentError(
            f"{claim.summary} is another session's summary, and is left as it is",
            f"Session {claim.id} is claimed twice, or that session has not been merged: ask the "
            "orchestrator, or move the file away.",
        )
    ended = replace(
        claim,
        title=handover.title,
        ended_at=now.astimezone(dt.UTC).isoformat(timespec="seconds"),
        status=handover.status.value,
        digest=digest(handover.data),
        given="yes" if handover.given else "",
        run=run.token if run else claim.run,
        root=str(found.root) if claim.reserved else claim.root,
        reserved="",
    )
    copies = copies_folder(workspace.state)
    notes: list[str] = []
    try:
        create_folders(workspace.state, copies)
        replace_bytes(copies / path.name, handover.data)
        share(workspace.state, copies / path.name)
        if found.claimed or not claim_session(workspace.state, ended):
            update_claim(workspace.state, ended)
    except FileError as error:
        if run is None:
            raise
        notes.append(f"the summary has no copy: {error.message}")
    create_folder(path.parent)
    replace_bytes(path, handover.data)
    discard_draft(workspace.state, claim)
    _replace_own(found, workspace, handover.data)
    return ended, tuple(notes)


def _replace_own(found: FoundSession, workspace: Workspace, data: bytes) -> None:
    """Bring the summary beside the log up to this one, where an agent has written one there."""
    own = found.root / found.claim.summary if found.root else None
    if own is None or found.root == workspace.root or not own.is_file():
        return
    if not is_foreign(read_regular(own), found.claim):
        replace_bytes(own, data)


def is_foreign(present: bytes, claim: Claim) -> bool:
    """Tell whether a summary that lies at a session's place is another session's."""
    summary = parse_summary(present, name=claim.summary)
    if summary.log and summary.log.rpartition("/")[2] != claim.log.rpartition("/")[2]:
        return True
    return summary.date is not None and summary.date.isoformat() != claim.date
