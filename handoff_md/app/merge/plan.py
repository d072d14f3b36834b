"""Works out a merge: from the collected summaries and the document to a patch. Writes nothing."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache, cached_property
from pathlib import Path
from shlex import quote

from msgspec.structs import replace

from handoff_md.app.belonging import concern_of
from handoff_md.app.documents import say_where
from handoff_md.app.merge.branches import HEAD
from handoff_md.app.merge.collect import collect, read_ids
from handoff_md.app.merge.report import MergeReport, MergeStatus, SessionReport
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.overlaps import find_away
from handoff_md.app.workspace import Workspace
from handoff_md.errors import FileError, HandoffError
from handoff_md.ledger.announced import SUMMARIES
from handoff_md.ledger.merged import tells_of
from handoff_md.ledger.records import JournalSession, MergedSummary
from handoff_md.merge.request import MergeOptions, Surroundings
from handoff_md.merge.result import Outcome, SessionOutcome, SummaryMerge
from handoff_md.merge.summaries import NEW_DOCUMENT, merge_summaries
from handoff_md.semantics.document.credentials import mask_secrets
from handoff_md.semantics.entries.identity import index_sessions
from handoff_md.sessions.inbox import Inbox, OpenedSummary
from handoff_md.store.archive import find_merged
from handoff_md.store.claims import load_claim
from handoff_md.store.files import NO_FILE, digest, read_bytes
from handoff_md.syntax.nodes import Document
from handoff_md.syntax.parse import parse
from handoff_md.syntax.session_id import SessionId
from handoff_md.syntax.summary import Summary
from handoff_md.value import Value

_SHOWN = 5


class Plan(Value, dict=True, gc=True):
    """A merge worked out: the document as it is, and the patch that makes the new one.

    ``is_new`` tells that there is none yet. ``summary_files`` are the collected summaries by their
    origin, and ``fresh`` tells whether any of them was written to a moment ago. ``archived`` are
    summaries of missing sessions that were merged before, though the document does not tell of
    them (any more).
    """

    document: Document
    is_new: bool
    merge: SummaryMerge
    summary_files: Mapping[str, OpenedSummary]
    archived: tuple[MergedSummary, ...]
    fresh: bool
    report: MergeReport

    @cached_property
    def old_digest(self) -> str:
        """Give the SHA-256 of the document's bytes, ``NO_FILE`` where there is none yet."""
        return NO_FILE if self.is_new else digest(self.document.to_bytes())


def choose_orchestrator(request: MergeRequest) -> SessionId:
    """Read the orchestrator's id (HandoffError: none was given, or it is none)."""
    if not request.orchestrator:
        raise HandoffError(
            "who merges is not known",
            "Give the orchestrator's session with --orchestrator ID, or set HANDOFF_MD_SESSION.",
        )
    return read_ids([request.orchestrator])[0]


def make_plan(
    workspace: Workspace,
    inboxes: Sequence[Inbox],
    request: MergeRequest,
    orchestrator: SessionId,
    done_before: AbstractSet[SessionId] = frozenset(),
    *,
    trusting: bool = False,
) -> Plan:
    """Collect, check, insert and prove; the report says what would be done.

    ``done_before`` are sessions that count as there without a summary. ``trusting`` takes a
    summary that was written to a moment ago as it is, instead of as one in progress.

    Raises:
        ContentError: the document can't take a section.
        HandoffError: a file, the configuration or an option is at fault.
    """
    collection = collect(workspace, inboxes, request, orchestrator, trusting=trusting)
    data = _read_handoff(workspace, request)
    hints = workspace.config.hints(request.into)
    document = parse(NEW_DOCUMENT if data is None else data, hints=hints)
    summary_files = {
        summary_file.summary.origin: summary_file for summary_file in collection.summary_files
    }
    known = find_merged(workspace.state, concern_of(workspace))
    missing = collection.missing
    taken: Mapping[SessionId, MergedSummary] = {}
    if missing:
        from handoff_md.app.merge.earlier import find_taken

        taken = find_taken(workspace, orchestrator, missing, request.run)
    told = index_sessions(document) if taken else None
    done = {known: found for known, found in taken.items() if told and tells_of(told, found)}
    archived = tuple(taken[known] for known in taken if known not in done)
    merge = merge_summaries(
        document,
        [summary_file.summary for summary_file in summary_files.values()],
        orchestrator=orchestrator,
        date=request.date,
        today=request.today,
        options=_options(workspace, request),
        surroundings=Surroundings(
            collection.logs,
            _exists(workspace, summary_files),
            frozenset(
                origin
                for origin, summary_file in summary_files.items()
                if known and summary_file.digest in known  # few merges hash what they read
            ),
            [known for known in missing if known not in done],
            collection.conflicting,
        ),
    )
    outcomes = [_with_notes(outcome, summary_files) for outcome in merge.sessions]
    outcomes += [_recorded(known, found.session) for known, found in done.items()]
    outcomes.sort(key=lambda outcome: outcome.session_id.rank)
    shortage = _shortage(request, outcomes, done_before)
    merge = replace(merge, sessions=tuple(outcomes), refused=merge.refused or bool(shortage))
    report = MergeReport(
        _status(merge),
        workspace.config.handoff,
        str(orchestrator),
        merge.date.isoformat(),
        section=_lines(merge),
        sessions=tuple(_report(outcome, summary_files) for outcome in outcomes),
        notes=(
            *collection.notes,
            *merge.notes,
            *_tell_logs_away(workspace, merge.merged, summary_files),
        ),
        problems=shortage,
    )
    return Plan(
        document, data is None, merge, summary_files, archived, bool(collection.fresh), report
    )


_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


def _read_handoff(workspace: Workspace, request: MergeRequest) -> bytes | None:
    """Read the document; None where there is none and the request says to create it."""
    path = workspace.handoff
    if not os.path.lexists(path):
        from handoff_md.app.documents import explain_kept, explain_missing

        if request.create_section and (kept := explain_kept(workspace)):
            raise kept
        if request.create_section:
            return None
        raise explain_missing(
            workspace,
            say_where(workspace, "merge")
            or "Name another one with `handoff` in handoff-md.toml, or create it with "
            "--create-section.",
        )
    if not path.stat().st_mode & _WRITABLE:
        raise FileError(
            f"{workspace.config.handoff} is read-only",
            f"`chmod u+w {quote(workspace.config.handoff)}` allows it, if it is to be written.",
        )
    return read_bytes(path, root=workspace.root, limit=None)


def _options(workspace: Workspace, request: MergeRequest) -> MergeOptions:
    config = workspace.config
    return MergeOptions(
        handoff=config.handoff,
        entries_heading=config.entries_heading or None,
        into=request.into,
        create_section=request.create_section,
        update_last_updated=config.update_last_updated,
        require_logs=config.require_logs,
        partial=request.allow_partial,
        replace=request.replace,
        format=request.format,
        rendering=request.rendering,
        time=request.time,
    )


def _exists(
    workspace: Workspace, summary_files: Mapping[str, OpenedSummary]
) -> Callable[[Summary, str], bool]:
    """Make the look-up of what exists, in a summary's own checkout or branch, or in this one."""

    @cache
    def exists(root: Path, path: str) -> bool:
        return os.path.exists(root / path)  # noqa: PTH110 - any text may come; this never raises

    @cache
    def tree(commit: str) -> AbstractSet[str]:
        from handoff_md.git.tips import list_paths

        return list_paths(workspace.repository, commit) if workspace.repository else frozenset()

    def look_up(summary: Summary, path: str) -> bool:
        file = summary_files[summary.origin].file
        if any(exists(root, path) for root in (file.inbox.root, workspace.root)):
            return True
        return file.committed is not None and path.rstrip("/") in tree(file.committed.commit)

    return look_up


def _tell_logs_away(
    workspace: Workspace,
    merged: Sequence[SessionOutcome],
    summary_files: Mapping[str, OpenedSummary],
) -> Iterator[str]:
    """Say which logs are linked that come with branches which are not merged yet."""
    paths = find_away(workspace, [one.log for one in merged if one.log])
    away = [one for one in merged if one.log in paths]
    named = [_name_with_branch(workspace, summary_files[one.origin]) for one in away[:_SHOWN]]
    if len(away) > _SHOWN:
        named.append(f"{len(away) - _SHOWN} more")
    if away:
        yield (
            f"the logs of these sessions are on branches that are not merged here yet: "
            f"{', '.join(named)}; until they are, `handoff-md lint` reports the links (HL003)"
        )


def _name_with_branch(workspace: Workspace, summary_file: OpenedSummary) -> str:
    """Name a session with its branch, as far as that is known here."""
    held, session_id = summary_file.file.committed, summary_file.file.session_id
    claim = load_claim(workspace.state, session_id.key)
    is_branch = held and held.branch != HEAD and not held.branch.startswith(SUMMARIES)
    branch = held.branch if held and is_branch else claim.branch if claim else ""
    return f"{session_id} ({branch})" if branch else str(session_id)


def _recorded(session_id: SessionId, session: JournalSession) -> SessionOutcome:
    note = "was merged before by this orchestrator"
    return SessionOutcome(
        session_id, session.title, Outcome.ALREADY_MERGED, log=session.log or "", notes=(note,)
    )


def _with_notes(
    outcome: SessionOutcome, summary_files: Mapping[str, OpenedSummary]
) -> SessionOutcome:
    """Add what is notable of a summary's file; nothing is of one that was merged before.

    Where it holds a secret, no word of it is told.
    """
    notes = tuple(map(mask_secrets, outcome.notes))
    summary_file = summary_files.get(outcome.origin)
    if outcome.outcome is Outcome.ALREADY_MERGED:
        notes = ()
    elif summary_file:
        notes = (*summary_file.notes, *notes)
    return replace(
        outcome,
        title=mask_secrets(outcome.title),
        notes=notes,
        problems=tuple(map(mask_secrets, outcome.problems)),
    )


def _shortage(
    request: MergeRequest, outcomes: Sequence[SessionOutcome], done_before: AbstractSet[SessionId]
) -> tuple[str, ...]:
    """Say that fewer sessions are there than were expected; they have no names."""
    found = {o.session_id for o in outcomes if o.outcome is not Outcome.MISSING}
    present = len(found | done_before)
    if request.expect_count is None or present >= request.expect_count or request.allow_partial:
        return ()
    expected = request.expect_count
    words = "session was" if expected == 1 else "sessions were"
    return (f"{expected} {words} expected, {present} found",)


def _status(merge: SummaryMerge) -> MergeStatus:
    if merge.refused:
        return MergeStatus.REFUSED
    return MergeStatus.WOULD_MERGE if merge.merged else MergeStatus.NOTHING_TO_MERGE


def _lines(merge: SummaryMerge) -> tuple[int, int] | None:
    if merge.section is None:
        return None
    new = merge.patch.apply()
    return new.position(merge.section.start).line, new.position(merge.section.end - 1).line


def _report(outcome: SessionOutcome, summary_files: Mapping[str, OpenedSummary]) -> SessionReport:
    summary_file = summary_files.get(outcome.origin)
    return SessionReport(outcome, summary_file.file.origin if summary_file else None, None)
