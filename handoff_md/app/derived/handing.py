"""Hands sessions in where the document is built: as files, and with a build on the main branch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from handoff_md import defaults
from handoff_md.app.derived.building import build_pieces, is_same_text, locked, read_document
from handoff_md.app.derived.folder import Files, read_files, record_build
from handoff_md.app.merge.pipeline import merge
from handoff_md.app.merge.report import MergeReport, MergeStatus, Watch
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.merge.scope import is_on_main
from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.derived.pieces import BUILT
from handoff_md.derived.posts import ORCHESTRATOR, RUN, with_fields
from handoff_md.git.commit import commit_paths
from handoff_md.git.status import find_operation, refuse_operation
from handoff_md.merge.rendering import write_message
from handoff_md.merge.result import Outcome
from handoff_md.reading import read_if_there
from handoff_md.semantics.summaries.committed import committed_name
from handoff_md.store.changes import change_files
from handoff_md.store.files import delete_file, digest, digest_of
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.syntax.summary import parse_summary
from handoff_md.value import Value


class HandedIn(Value):
    """What was done: the paths that were written, and the commit; None where none was made."""

    paths: tuple[str, ...]
    commit: str | None
    notes: tuple[str, ...]


def is_derived(workspace: Workspace) -> bool:
    """Tell whether the document is built, and no session writes into it."""
    return workspace.config.profile == "derived"


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


def merge_or_hand_in(request: MergeRequest, watch: Watch) -> MergeReport:
    """Merge sessions; where the document is built, hand their summaries in instead.

    Raises:
        ContentError: as `merge`, and as `hand_in`.
        HandoffError: as `merge`, and as `hand_in`.
    """
    workspace = open_workspace(request.directory)
    if not is_derived(workspace):
        return merge(request, watch)
    report = merge(replace(request, dry_run=True), watch)
    if request.dry_run or report.status is not MergeStatus.WOULD_MERGE:
        return report
    together = request.run or f"{report.orchestrator}-{report.date}"
    fields = {RUN: together, ORCHESTRATOR: report.orchestrator}
    there = read_files(workspace).data
    merged = [one for one in report.sessions if one.outcome.outcome is Outcome.MERGED]
    sessions, sources = dict[str, bytes](), dict[Path, str]()
    for one in merged:
        path = Path(one.summary or "")
        data = read_if_there(path) if one.summary else None
        if data is not None:
            name = _name(one.outcome.session_id, data, path.name, request)
            if name not in there:  # else the session has handed itself in
                sessions[name] = with_fields(data, fields)
            sources[path] = digest(data)
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
        for path, known in sources.items():
            if path.is_relative_to(workspace.root) and digest_of(path) == known:
                delete_file(path, expected=known)
    return replace(
        report,
        status=MergeStatus.MERGED,
        commit=done.commit,
        section=None,
        notes=(*report.notes, *done.notes),
    )


def _name(session_id: SessionId, data: bytes, name: str, request: MergeRequest) -> str:
    date = parse_summary(data, name=name).date or request.date or request.today
    return committed_name(date, session_id)


def hand_in_one(
    workspace: Workspace,
    session_id: SessionId,
    date: dt.date,
    data: bytes,
    *,
    commits: bool,
    verify: bool,
    watch: Watch,
) -> HandedIn:
    """Hand one session in that belongs to no run; see `hand_in`."""
    return hand_in(
        workspace,
        {committed_name(date, session_id): data},
        message=f"docs(handoff): add session {session_id}\n\nHandoff-Session: {session_id}\n",
        commits=commits,
        verify=verify,
        run_token=None,
        watch=watch,
    )
