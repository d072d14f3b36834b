"""Hands sessions in where the document is built: as files, and with a build on the main branch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from handoff_md import defaults
from handoff_md.app.derived.building import build_pieces, is_same_text, locked, read_document
from handoff_md.app.derived.folder import Files, read_files, record_build
from handoff_md.app.merge.finish import archive_merged
from handoff_md.app.merge.pipeline import merge
from handoff_md.app.merge.report import MergeReport, MergeStatus, Watch
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.merge.scope import is_on_main
from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.derived.pieces import BUILT
from handoff_md.derived.posts import ORCHESTRATOR, RUN, with_fields
from handoff_md.git.commit import commit_paths
from handoff_md.git.objects import find_head
from handoff_md.git.status import find_operation, refuse_operation
from handoff_md.ledger.records import Claim, Journal, JournalSession
from handoff_md.merge.rendering import write_message
from handoff_md.merge.result import Outcome, SessionOutcome
from handoff_md.reading import read_if_there, read_regular
from handoff_md.semantics.summaries.committed import committed_name
from handoff_md.store.archive import name_archived, name_merge
from handoff_md.store.changes import change_files
from handoff_md.store.files import digest
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.syntax.summary import parse_summary
from handoff_md.value import Value


class HandedIn(Value):
    """What was done: the paths that were written, and the commit; None where none was made."""

    paths: tuple[str, ...]
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
        files = read_files(workspace)
        kept = [name for name, data in sessions.items() if files.data.get(name, data) != data]
        notes = [*finished, *(f"{name} is there with other words, and stays" for name in kept)]
        fresh = {name: data for name, data in sessions.items() if name not in kept}
        wanted: dict[str, bytes | None] = {
            f"{defaults.COMMITTED}/{name}": data for name, data in fresh.items()
        }
        if is_on_main(workspace):
            whole = Files(files.folder, {**files.data, **fresh})
            built, told = _build(workspace, whole)
            wanted |= built
            notes += told
        elif wanted:
            notes.append(f"{workspace.config.handoff} is built on the main branch")
        change_files(workspace.state, workspace.root, wanted)
        commit = None
        if repository and commits and wanted:
            commit = commit_paths(
                repository,
                message=message,
                changed=[_path_in(workspace, path) for path in wanted],
                no_verify=not verify,
                run_token=run_token,
                lock_seconds=workspace.index_seconds,
            )
    return HandedIn(tuple(wanted), commit, tuple(notes))


def _build(workspace: Workspace, files: Files) -> tuple[dict[str, bytes], list[str]]:
    """Give the document and its record as they are to be; and why not, where they stay."""
    if not files.is_split:
        return {}, ["the document is in no pieces yet: `handoff-md split` makes them"]
    built = build_pieces(workspace, files.to_pieces())
    data, present = built.source.to_bytes(), read_document(workspace)
    if present is not None and not (is_same_text(present, data) or files.is_last_build(present)):
        told = f"{workspace.config.handoff} was changed since it was built, and is left alone"
        return {}, [f"{told}: `handoff-md split --update` takes that in"]
    if present is not None and is_same_text(present, data):
        data = present
    record = f"{defaults.COMMITTED}/{BUILT}"
    return {workspace.config.handoff: data, record: record_build(data)}, [*built.notes]


def _path_in(workspace: Workspace, path: str) -> str:
    return workspace.git_path if path == workspace.config.handoff else path


def hand_in_all(request: MergeRequest, watch: Watch) -> MergeReport:
    """Hand in the sessions that a merge would take.

    Raises:
        ContentError: as `merge`, and as `hand_in`.
        HandoffError: as `merge`, and as `hand_in`.
    """
    workspace = open_workspace(request.directory)
    report = merge(replace(request, dry_run=True), watch)
    if report.status is not MergeStatus.WOULD_MERGE:
        return report
    together = request.run or f"{report.orchestrator}-{report.date}"
    fields = {RUN: together, ORCHESTRATOR: report.orchestrator}
    there = read_files(workspace).data
    merged = [one for one in report.sessions if one.outcome.outcome is Outcome.MERGED]
    sessions, sources = dict[str, bytes](), list[HandedSummary]()
    for one in merged:
        path = Path(one.summary or "")
        data = read_if_there(path) if one.summary else None
        if data is None:
            continue
        source = _read_source(one.outcome, path, data, request)
        sources.append(source)
        if source.name not in there:  # else the session has handed itself in
            sessions[source.name] = with_fields(data, fields)
    leader = read_session_id(report.orchestrator)
    assert leader is not None  # noqa: S101 - the merge has read it
    done = hand_in(
        workspace,
        sessions,
        message=write_message(leader, [one.outcome for one in merged], request.message),
        commits=request.commit,
        verify=request.verify,
        run_token=request.run or None,
        watch=watch,
    )
    if request.commit and not request.keep:
        with locked(workspace, watch):
            _archive(workspace, sources, done.commit, report.orchestrator, request.run)
    return replace(
        report,
        status=MergeStatus.MERGED,
        commit=done.commit,
        section=None,
        notes=(*report.notes, *done.notes),
    )


class HandedSummary(Value):
    """A summary that was handed in: where it lies, its digest, and the file that it became."""

    session_id: SessionId
    title: str
    date: dt.date
    log: str
    path: Path
    digest: str
    is_read_only: bool = False

    @property
    def name(self) -> str:
        """Give the name of the session's file."""
        return committed_name(self.date, self.session_id)


def _read_source(
    outcome: SessionOutcome, path: Path, data: bytes, request: MergeRequest
) -> HandedSummary:
    date = parse_summary(data, name=path.name).date or request.date or request.today
    is_read_only = any(path.is_relative_to(folder.absolute()) for folder in request.sources)
    return HandedSummary(
        outcome.session_id, outcome.title, date, outcome.log, path, digest(data), is_read_only
    )


def _archive(
    workspace: Workspace,
    sources: Sequence[HandedSummary],
    commit: str | None,
    orchestrator: str,
    run: str = "",
) -> None:
    """Archive summaries that were handed in, and record them as merged; call it under the lock.

    Raises:
        FileError: one can't be moved, or the record can't be written.
        GitError: git can't tell HEAD's commit.
    """
    if not sources:
        return
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
                id=str(one.session_id),
                title=one.title,
                date=one.date.isoformat(),
                log=one.log or None,
                summary=str(one.path),
                digest=one.digest,
                tracked=False,
                archived_to=None if one.is_read_only else name,
            )
            for one, name in zip(sources, names, strict=True)
        ),
        run=run,
        document=workspace.config.handoff,
    )
    archive_merged(workspace, journal, commit)


def hand_in_one(
    workspace: Workspace, claim: Claim, *, commits: bool, verify: bool, watch: Watch
) -> HandedIn:
    """Hand a session in that has ended and belongs to no run, and archive its summary.

    Raises:
        ContentError: on the main branch it can't be taken in.
        HandoffError: files or git stand in the way.
    """
    session_id = read_session_id(claim.id)
    assert session_id is not None  # noqa: S101 - the claim was made of one
    path = workspace.root / claim.summary
    data = read_regular(path)
    date = dt.date.fromisoformat(claim.date)
    source = HandedSummary(session_id, claim.title, date, claim.log, path, digest(data))
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
