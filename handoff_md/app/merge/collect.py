"""Collects the summaries that a merge is about, from this checkout and from others."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import field
from msgspec.structs import replace

from handoff_md.app.belonging import Belonging, concern_of
from handoff_md.app.documents import ignored_logs
from handoff_md.app.merge.branches import notes_of, open_branches
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.merge.rivals import find_rivals
from handoff_md.app.scrutiny import scrutinize_summary
from handoff_md.app.work_trees import roots_of
from handoff_md.app.workspace import Workspace
from handoff_md.errors import FileError
from handoff_md.merge.request import SessionLog
from handoff_md.semantics.document.credentials import find_secrets
from handoff_md.sessions.inbox import (
    Inbox,
    OpenedSummary,
    SummaryFile,
    is_settled,
    list_summary_files,
    open_summary,
    read_summary,
)
from handoff_md.sessions.logs import CheckoutLogs, list_logs
from handoff_md.store.archive import copies_folder, find_merged
from handoff_md.store.claims import drafts_folder, load_claim
from handoff_md.store.files import digest_of
from handoff_md.syntax.session_id import SessionId, given_id
from handoff_md.syntax.summary import Status, read_summary_document
from handoff_md.text.source import decode
from handoff_md.value import Value


class Collection(Value):
    """The summaries that were read, what was passed over, and sessions that are missing.

    ``fresh`` are the ids of summaries that were written to a moment ago; they count as in
    progress, for nobody knows whether they are whole. ``ignored`` are the logs that git ignores,
    each with the file whose rule says so. ``conflicting`` are summaries of whose sessions there are
    others, by origin, with clauses that say so.
    """

    summary_files: tuple[OpenedSummary, ...]
    notes: tuple[str, ...]
    missing: tuple[SessionId, ...]
    fresh: tuple[SessionId, ...]
    ignored: Mapping[str, str] = field(default_factory=dict)
    conflicting: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def logs(self) -> dict[str, SessionLog]:
        """Give the sessions' logs, by the origins of their summaries."""
        return {
            found.summary.origin: SessionLog(
                found.log.path, found.log.title, self.ignored.get(found.log.path, "")
            )
            for found in self.summary_files
            if found.log
        }


def read_ids(texts: Sequence[str]) -> tuple[SessionId, ...]:
    """Read ids that a user has given.

    Raises:
        HandoffError: one of them is none.
    """
    return tuple(map(given_id, texts))


def list_inboxes(workspace: Workspace, request: MergeRequest) -> tuple[Inbox, ...]:
    """Give the places to collect from: this checkout, linked worktrees, other folders, branches.

    A worktree whose folder is gone is passed over; what its sessions handed over lies, as copies,
    in the shared state, which comes behind the worktrees.

    Raises:
        FileError: a further folder does not exist.
        GitError: the worktrees can't be listed.
    """
    config = workspace.config
    copies = copies_folder(workspace.state)
    inboxes = [Inbox(workspace.root, config.summaries, copies=copies)]
    if request.worktrees:
        _, *linked = roots_of(workspace)
        inboxes += [Inbox(root, config.summaries, copies=copies) for root in linked]
    if request.worktrees and copies.is_dir():
        folder = copies.name
        shared = Inbox(workspace.state, folder, stands_for=config.summaries, copies=copies)
        inboxes.append(replace(shared, without=_names_of_others(workspace, shared)))
    if request.worktrees and request.run:
        # Of sessions that were cut off: only the run that waits for them makes drafts public.
        drafts = drafts_folder(workspace.state)
        drafted = Inbox(workspace.state, drafts.name, stands_for=config.summaries, copies=drafts)
        inboxes.append(replace(drafted, without=_names_of_ended(workspace, drafted)))
    inboxes += [
        _source_inbox(request.directory / source, config.summaries) for source in request.sources
    ]
    looks = request.worktrees or request.branches
    branches = open_branches(workspace, request) if looks else None
    own = _of_this_document(workspace, inboxes)
    return (*own, branches) if branches else own


def _of_this_document(workspace: Workspace, inboxes: Sequence[Inbox]) -> tuple[Inbox, ...]:
    """Leave the summaries out that say that they are for another document, and note that.

    It is noted as well where there is something else in the place of a folder.

    Raises:
        FileError: a folder, or a claim, can't be read.
        GitError: git can't tell which documents there are.
    """
    belonging = Belonging(workspace)
    own: list[Inbox] = []
    for inbox in inboxes:
        foreign: dict[str, str] = {}
        for one in list_summary_files(inbox)[0]:
            data = _read_or_nothing(one, workspace.config.max_summary_size)
            # Few name one: the rest need not be read twice.
            named = read_summary_document(decode(data)) if b"document" in data else ""
            if why := belonging.why_not_here(one.session_id, named, data):
                foreign[one.name] = f"{one.origin} {why}"
        told = (inbox.why_unread, *foreign.values())
        notes = (*inbox.notes, *(note for note in told if note))
        own.append(replace(inbox, without=inbox.without | foreign.keys(), notes=notes))
    return tuple(own)


def _read_or_nothing(summary_file: SummaryFile, limit: int) -> bytes:
    """Read a summary; one that can't be read is for the merge to report."""
    try:
        return read_summary(summary_file, limit=limit)
    except FileError:
        return b""


def find_summary_files(workspace: Workspace, request: MergeRequest) -> dict[SessionId, SummaryFile]:
    """Give the summaries that lie anywhere, the likeliest of each session.

    Raises:
        FileError: a folder can't be read.
        GitError: the worktrees can't be listed.
    """
    found: dict[SessionId, SummaryFile] = {}
    for inbox in list_inboxes(workspace, request):
        for summary_file in list_summary_files(inbox)[0]:
            found.setdefault(summary_file.session_id, summary_file)
    return found


def _names_of_others(workspace: Workspace, shared: Inbox) -> frozenset[str]:
    """Name the copies of summaries whose sessions are about another document."""
    summary_files, _ = list_summary_files(shared)
    claims = {one.name: load_claim(workspace.state, one.session_id.key) for one in summary_files}
    about = concern_of(workspace)
    return frozenset(name for name, claim in claims.items() if claim and not about(claim.document))


def _names_of_ended(workspace: Workspace, drafted: Inbox) -> frozenset[str]:
    """Name the drafts of sessions that have handed over since, or are about another document."""
    summary_files, _ = list_summary_files(drafted)
    claims = {one.name: load_claim(workspace.state, one.session_id.key) for one in summary_files}
    about = concern_of(workspace)
    return frozenset(
        name
        for name, claim in claims.items()
        if claim is None or not claim.at_work or not about(claim.document)
    )


def _source_inbox(source: Path, summaries: str) -> Inbox:
    """Describe a folder given with --from: a checkout, or a folder that holds summaries itself."""
    folder = Path(os.path.realpath(source))
    if not folder.is_dir():
        raise FileError(f"there is no folder {source} to collect from", "Name another with --from.")
    if (folder / summaries).is_dir():
        return Inbox(folder, summaries, read_only=True)
    depth = len([part for part in summaries.split("/") if part])
    if folder.as_posix().endswith(f"/{summaries}"):
        return Inbox(folder.parents[depth - 1], summaries, read_only=True)
    return Inbox(folder, "", read_only=True, stands_for=summaries)


class Wanted(Value):
    """Which sessions a request is about: named, expected, or all but the orchestrator's own."""

    ids: frozenset[SessionId]
    expected: tuple[SessionId, ...]
    orchestrator: SessionId
    outside: frozenset[SessionId] = frozenset()
    in_run: bool = False

    def takes(self, session_id: SessionId) -> bool:
        """Tell whether a session's summary is to be collected."""
        if self.ids:
            return session_id in self.ids
        if session_id in self.outside:
            return False
        return session_id != self.orchestrator or session_id in self.expected


def read_wanted(request: MergeRequest, orchestrator: SessionId) -> Wanted:
    """Read which sessions a request is about (HandoffError: an id is none)."""
    ids = read_ids(request.ids)
    expected = (*ids, *read_ids(request.expect))
    outside = frozenset(read_ids(request.outside)) - frozenset(expected)
    return Wanted(frozenset(ids), expected, orchestrator, outside, in_run=bool(request.run))


def collect(
    workspace: Workspace,
    inboxes: Sequence[Inbox],
    request: MergeRequest,
    orchestrator: SessionId,
    *,
    trusting: bool = False,
) -> Collection:
    """Read all summaries that the request is about, once.

    The orchestrator's own is passed over unless it is named. ``trusting`` takes a summary that was
    written to a moment ago as it is.

    Raises:
        FileError: a folder can't be read.
    """
    wanted = read_wanted(request, orchestrator)
    indexes: dict[Path, CheckoutLogs] = {}
    opened: list[OpenedSummary] = []
    notes: list[str] = list(notes_of(inboxes))
    fresh: list[SessionId] = []
    passed_over: set[SessionId] = set()
    for inbox in inboxes:
        summary_files, odd = list_summary_files(inbox)
        if inbox.holds_copies:
            summary_files = _needed_copies(workspace, summary_files, opened)
        notes += [
            f"{inbox.root / inbox.folder / name} is nearly, not quite, named like a summary "
            "(handoff-session-NN-summary.md) and was passed over"
            for name in odd
        ]
        for summary_file in summary_files:
            if not wanted.takes(summary_file.session_id):
                if summary_file.session_id not in passed_over:
                    notes += _passed_over(summary_file, wanted)
                passed_over.add(summary_file.session_id)
                continue
            near = _indexes_for(summary_file, workspace, indexes)
            found = open_summary(
                summary_file, limit=workspace.config.max_summary_size, checkouts=near
            )
            found = _scrutinized(found, workspace)
            if not trusting and not is_settled(summary_file):
                fresh.append(summary_file.session_id)
                found = replace(found, summary=replace(found.summary, status=Status.IN_PROGRESS))
            opened.append(found)
    kept, conflicting = find_rivals(workspace, opened)
    present = {summary_file.file.session_id for summary_file in kept}
    missing = tuple(sorted(set(wanted.expected) - present, key=lambda found: found.order))
    logs = {(found.file.inbox.root, found.log.path) for found in kept if found.log}
    logs |= {(workspace.root, path) for _, path in logs}
    ignored = ignored_logs(workspace, logs)
    return Collection(kept, tuple(notes), missing, tuple(fresh), ignored, conflicting)


def _scrutinized(found: OpenedSummary, workspace: Workspace) -> OpenedSummary:
    """Add what is wrong or notable of a summary's words, wherever they would go."""
    summary = found.summary
    seen = scrutinize_summary(workspace.config, found.file.relative, summary.source)
    titles = () if summary.title or not found.log else find_secrets(found.log.title)
    problems = (
        *seen.problems,
        *(f"has a title, its log's, that holds {secret.kind}" for secret in titles),
    )
    if not problems and not seen.notes:
        return found
    return replace(
        found,
        summary=replace(summary, problems=(*summary.problems, *problems)),
        notes=(*found.notes, *seen.notes),
    )


def _needed_copies(
    workspace: Workspace, copies: Sequence[SummaryFile], opened: Sequence[OpenedSummary]
) -> tuple[SummaryFile, ...]:
    """Give the copies of summaries that are gone, and that no finished merge has merged."""
    present = {found.file.session_id for found in opened}
    gone = [copy for copy in copies if copy.session_id not in present]
    merged = find_merged(workspace.state, concern_of(workspace)) if gone else {}
    return tuple(copy for copy in gone if digest_of(copy.path) not in merged)


def _passed_over(summary_file: SummaryFile, wanted: Wanted) -> Iterator[str]:
    if summary_file.session_id in wanted.outside or (wanted.in_run and wanted.ids):
        yield f"{summary_file.origin} is not of this run and was passed over"
    elif summary_file.session_id == wanted.orchestrator and not wanted.ids:
        yield (
            f"{summary_file.origin} is the orchestrator's own summary and was passed over; "
            f"name {summary_file.session_id} to merge it"
        )


def _indexes_for(
    summary_file: SummaryFile, workspace: Workspace, indexes: dict[Path, CheckoutLogs]
) -> tuple[CheckoutLogs, ...]:
    """Give the logs of a summary's own checkout, then those of this one; each listed once."""
    roots = dict.fromkeys((summary_file.inbox.root, workspace.root))
    for root in roots:
        if root not in indexes:
            indexes[root] = list_logs(root, workspace.config.sessions)
    return tuple(indexes[root] for root in roots)
