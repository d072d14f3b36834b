"""Hands sessions in where the document is built: as files, and with a build on the main branch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from handoff_md.app.derived.building import (
    build_pieces,
    is_same_text,
    judge_present,
    list_paths,
    locked,
    read_document,
)
from handoff_md.app.derived.folder import Files, read_files
from handoff_md.app.joint import tell_run
from handoff_md.app.merge.finish import archive_merged
from handoff_md.app.merge.pipeline import merge_within
from handoff_md.app.merge.report import MergeReport, MergeStatus, Watch
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.merge.scope import is_on_main
from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.derived.posts import ORCHESTRATOR, RUN, with_fields
from handoff_md.git.commit import commit_paths
from handoff_md.git.objects import find_head
from handoff_md.git.status import find_operation, refuse_operation
from handoff_md.ledger.ids import id_of
from handoff_md.ledger.records import Claim, Journal, JournalSession
from handoff_md.merge.rendering import write_message
from handoff_md.merge.result import Outcome, SessionOutcome
from handoff_md.reading import read_if_there, read_regular
from handoff_md.semantics.summaries.committed import committed_name, read_committed_name
from handoff_md.store.archive import name_archived, name_merge
from handoff_md.store.changes import change_files
from handoff_md.store.files import digest
from handoff_md.syntax.session_id import read_session_id
from handoff_md.syntax.summary import parse_summary
from handoff_md.value import Value


class HandedIn(Value):
    """What was done: whether the document was built, the commit, None without one, notes."""

    is_built: bool
    commit: str | None
    notes: tuple[str, ...]


def hand_in(
    workspace: Workspace,
    sessions: Mapping[str, bytes],
    *,
    message: str,
    commits: bool,
    verify: bool,
    run_token: str | None,
    watch: Watch,
) -> HandedIn:
    """Write the files of sessions; on the main branch, build the document as well; commit both.

    A file that is there with other words stays: it is the session's own.

    Args:
        workspace: where the command works.
        sessions: the files by their names.
        message: the commit's.
        commits: whether a commit is made.
        verify: let hooks check it.
        run_token: passed to hooks.
        watch: told while the lock is awaited.

    Raises:
        ContentError: on the main branch a file can't be taken in.
        HandoffError: files or git stand in the way.
    """
    repository = workspace.repository
    with locked(workspace, watch) as finished:
        if repository and commits:
            refuse_operation(repository, find_operation(repository))
        plan = _plan(workspace, sessions)
        change_files(workspace.state, workspace.root, plan.wanted)
        commit = None
        if repository and commits and plan.wanted:
            here, gone = list_paths(workspace) if plan.is_built else ((), ())
            paths = [*(_path_in(workspace, path) for path in plan.wanted), *here]
            commit = commit_paths(
                repository,
                message=message,
                changed=tuple(dict.fromkeys(paths)),
                removed=gone,
                no_verify=not verify,
                run_token=run_token,
                lock_seconds=workspace.index_seconds,
            )
    return HandedIn(plan.is_built, commit, (*finished, *plan.notes))


class _Plan(Value):
    """The files that are to be written, whether the document is one of them, and notes."""

    wanted: Mapping[str, bytes]
    is_built: bool
    notes: tuple[str, ...]


def _plan(workspace: Workspace, sessions: Mapping[str, bytes]) -> _Plan:
    """Work out what handing sessions in writes.

    Raises:
        ContentError: on the main branch a file can't be taken in.
        HandoffError: files or git stand in the way.
    """
    files, folder = read_files(workspace), workspace.config.committed
    kept = [name for name, data in sessions.items() if files.data.get(name, data) != data]
    notes = [f"{name} is there with other words, and stays" for name in kept]
    fresh = {name: data for name, data in sessions.items() if name not in kept}
    wanted = {f"{folder}/{name}": data for name, data in fresh.items()}
    built: dict[str, bytes] = {}
    if is_on_main(workspace):
        built, told = _build(workspace, replace(files, data={**files.data, **fresh}))
        notes += told
    elif wanted:
        notes.append(f"{workspace.config.handoff} is built on the main branch")
    return _Plan({**wanted, **built}, bool(built), tuple(notes))


def _build(workspace: Workspace, files: Files) -> tuple[dict[str, bytes], list[str]]:
    """Give the document and its record as they are to be; and why not, where they stay."""
    if not files.is_split:
        return {}, ["the document is in no pieces yet: `handoff-md split` makes them"]
    built = build_pieces(workspace, files.to_pieces())
    data, present = built.source.to_bytes(), read_document(workspace)
    judged = judge_present(workspace, files, present, data)
    if not judged.may_replace:
        told = f"{workspace.config.handoff} was changed since it was built, and is left alone"
        return {}, [f"{judged.lost or told}: `handoff-md split --update` takes that in"]
    if present is not None and is_same_text(present, data):
        data = present
    return {workspace.config.handoff: data, **files.record(data)}, [*built.notes]


def _path_in(workspace: Workspace, path: str) -> str:
    return workspace.git_path if path == workspace.config.handoff else path


def hand_in_all(request: MergeRequest, watch: Watch) -> MergeReport:
    """Hand in the sessions that a merge would take.

    Raises:
        ContentError: as `merge_within`, and as `hand_in`.
        HandoffError: the same.
    """
    workspace = open_workspace(request.directory)
    report = merge_within(workspace, replace(request, dry_run=True), watch)
    if report.status is MergeStatus.REFUSED:
        return report
    sources = list(_find_sources(report, request))
    sessions = _find_files(workspace, report, request, sources)
    folder = workspace.config.committed
    report = replace(report, section=None, files=tuple(f"{folder}/{name}" for name in sessions))
    here, away = _part(workspace, report, sessions)
    report = replace(report, notes=(*report.notes, *away))
    if request.dry_run or not (sources or here):
        return _try_out(workspace, report, sessions, here)
    leader = read_session_id(report.orchestrator)
    assert leader is not None  # noqa: S101 - the merge has read it
    done = hand_in(
        workspace,
        sessions,
        message=write_message(leader, here or [one.outcome for one in sources], request.message)
        + tell_run(workspace, request.run),
        commits=request.commit,
        verify=request.verify,
        run_token=request.run or None,
        watch=watch,
    )
    archived: Mapping[str, str] = {}
    if request.commit and not request.keep:
        with locked(workspace, watch):
            archived = _archive(workspace, sources, done.commit, report.orchestrator, request.run)
    if report.status is MergeStatus.WOULD_MERGE:
        report = replace(report, status=_status_of(sessions, here, is_built=done.is_built))
    return replace(
        report,
        commit=done.commit,
        sessions=tuple(
            replace(one, archived_to=archived.get(one.summary or "")) for one in report.sessions
        ),
        notes=(*report.notes, *done.notes),
    )


def _status_of(
    sessions: Mapping[str, bytes], here: Sequence[SessionOutcome], *, is_built: bool
) -> MergeStatus:
    if is_built and here:
        return MergeStatus.MERGED
    return MergeStatus.HANDED_IN if sessions else MergeStatus.NOTHING_TO_MERGE


def _part(
    workspace: Workspace, report: MergeReport, sessions: Mapping[str, bytes]
) -> tuple[list[SessionOutcome], tuple[str, ...]]:
    """Give the sessions whose files are here, and a note on those that a branch alone has."""
    names = {*sessions, *read_files(workspace).sessions}
    known = {found.session_id for name in names if (found := read_committed_name(name))}
    merged = [one.outcome for one in report.sessions if one.outcome.outcome is Outcome.MERGED]
    away = [str(one.session_id) for one in merged if one.session_id not in known]
    told = f"what branches alone hold comes when they are merged: {', '.join(away)}"
    return [one for one in merged if one.session_id in known], (told,) if away else ()


def _find_sources(report: MergeReport, request: MergeRequest) -> Iterator[HandedSummary]:
    """Read the summaries that wait and are merged, or were before without having been put away."""
    for one in report.sessions:
        if one.summary and one.outcome.outcome in (Outcome.MERGED, Outcome.ALREADY_MERGED):
            path = Path(one.summary)
            data = read_if_there(path)  # what a branch holds is no file: it lies in the folder
            if data is not None:
                yield _read_source(one.outcome, path, data, request)


def _find_files(
    workspace: Workspace,
    report: MergeReport,
    request: MergeRequest,
    sources: Sequence[HandedSummary],
) -> dict[str, bytes]:
    """Give the files that summaries become, by name.

    What is there the session has handed in itself, or a merge that did not commit it.
    """
    together = request.run or f"{report.orchestrator}-{report.date}"
    fields = {RUN: together, ORCHESTRATOR: report.orchestrator}
    there = read_files(workspace).data
    return {
        one.name: there.get(one.name) or with_fields(one.data, fields)
        for one in sources
        if one.name in there or one.outcome.outcome is Outcome.MERGED
    }


def _try_out(
    workspace: Workspace,
    report: MergeReport,
    sessions: Mapping[str, bytes],
    here: Sequence[SessionOutcome],
) -> MergeReport:
    """Say what handing in would do."""
    if report.status is not MergeStatus.WOULD_MERGE:
        return report
    plan = _plan(workspace, sessions)
    status = MergeStatus.WOULD_MERGE if plan.is_built else MergeStatus.WOULD_HAND_IN
    if not here:
        status = MergeStatus.NOTHING_TO_MERGE
    return replace(report, status=status, notes=(*report.notes, *plan.notes))


class HandedSummary(Value):
    """A summary that is handed in: what it tells of, where it lies, and what it says."""

    outcome: SessionOutcome
    date: dt.date
    path: Path
    data: bytes
    is_read_only: bool = False

    @property
    def name(self) -> str:
        """Give the name of the session's file."""
        return committed_name(self.date, self.outcome.session_id)


def _read_source(
    outcome: SessionOutcome, path: Path, data: bytes, request: MergeRequest
) -> HandedSummary:
    date = parse_summary(data, name=path.name).date or request.date or request.today
    is_read_only = any(path.is_relative_to(folder.absolute()) for folder in request.sources)
    return HandedSummary(outcome, date, path, data, is_read_only)


def _archive(
    workspace: Workspace,
    sources: Sequence[HandedSummary],
    commit: str | None,
    orchestrator: str,
    run: str = "",
) -> Mapping[str, str]:
    """Archive summaries that were handed in, and record them as merged; call it under the lock.

    Gives where each lies now, by its path.

    Raises:
        FileError: one can't be moved, or the record can't be written.
        GitError: git can't tell HEAD's commit.
    """
    if not sources:
        return {}
    new = digest(read_document(workspace) or b"")
    date = max(one.date for one in sources).isoformat()
    names = name_archived([str(one.path) for one in sources])
    repository = workspace.repository
    journal = Journal(
        name=name_merge(workspace.state, date=date, new_digest=new),
        handoff=str(workspace.handoff),
        old_digest=None,
        new_digest=new,
        message="" if repository else None,
        head=find_head(repository) if repository else None,
        commit_wanted=True,
        orchestrator=orchestrator,
        date=date,
        no_verify=False,
        keep=False,
        sessions=tuple(
            JournalSession(
                id=str(one.outcome.session_id),
                title=one.outcome.title,
                date=one.date.isoformat(),
                log=one.outcome.log or None,
                summary=str(one.path),
                digest=digest(one.data),
                tracked=False,
                archived_to=None if one.is_read_only else name,
            )
            for one, name in zip(sources, names, strict=True)
        ),
        run=run,
        document=workspace.config.handoff,
    )
    return archive_merged(workspace, journal, commit).archived


def hand_in_one(
    workspace: Workspace, claim: Claim, *, commits: bool, verify: bool, watch: Watch
) -> HandedIn:
    """Hand a session in that has ended and belongs to no run, and archive its summary.

    Raises:
        ContentError: on the main branch it can't be taken in.
        HandoffError: files or git stand in the way.
    """
    session_id = id_of(claim)
    path = workspace.root / claim.summary
    data = read_regular(path)
    date = dt.date.fromisoformat(claim.date)
    outcome = SessionOutcome(session_id, claim.title, Outcome.MERGED, log=claim.log)
    source = HandedSummary(outcome, date, path, data)
    done = hand_in(
        workspace,
        {source.name: data},
        message=f"docs(handoff): add session {session_id}\n\nHandoff-Session: {session_id}\n",
        commits=commits,
        verify=verify,
        run_token=None,
        watch=watch,
    )
    if commits:
        with locked(workspace, watch):
            _archive(workspace, [source], done.commit, claim.id)
    return done
