"""Checks the handoff document, what the set-up gives a repository, and what git says of both."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TypeAlias

from handoff_md.app.checkup.finding import CheckupFinding, Urgency, mend_by, put_on_path, quoted
from handoff_md.app.checkup.leftovers import MERGE
from handoff_md.app.documents import find_ignored, find_other_branch
from handoff_md.app.merge.scope import is_on_main
from handoff_md.app.setup.change import read_document
from handoff_md.app.setup.inquiry import Inquiry
from handoff_md.app.setup.plan import SetupRequest, plan_setup_in
from handoff_md.app.workspace import Workspace
from handoff_md.config import FILE_NAME
from handoff_md.errors import GitError, HandoffError
from handoff_md.git.absent import AbsentError, explain_silence, hidden_error
from handoff_md.git.branches import BrokenRef, find_broken_refs
from handoff_md.git.index import read_stages, tracked_below
from handoff_md.git.objects import read_head
from handoff_md.git.process import write_git
from handoff_md.git.repository import Repository
from handoff_md.git.setup import DRIVER, NAME
from handoff_md.git.status import Inspection, PathState, inspect_paths, refuse_uncommittable
from handoff_md.ledger.merged import tells_of
from handoff_md.preview.outline import outline
from handoff_md.semantics.entries.identity import index_sessions
from handoff_md.semantics.summaries.committed import read_committed_name
from handoff_md.sessions.inbox import Inbox, list_summary_files
from handoff_md.store.archive import list_merged
from handoff_md.store.files import read_bytes
from handoff_md.syntax.nodes import Document
from handoff_md.syntax.parse import parse
from handoff_md.syntax.session_id import read_session_id
from handoff_md.syntax.summary import parse_summary

Inspect: TypeAlias = Callable[[], Inspection]
"""Asks git of the document, once however often it is called."""


def check_summaries(workspace: Workspace, repository: Repository) -> Iterator[CheckupFinding]:
    """Check that no summary is tracked, and that none is named so that a merge passes it over."""
    folder = workspace.config.summaries
    inbox = Inbox(workspace.root, folder)
    tracked = tracked_below(repository, folder)
    if tracked:
        message = f"git tracks {_count(len(tracked), 'file')} in {folder}, which is for summaries"
        git = f"git -C {quoted(workspace.root)} --literal-pathspecs"
        mend = f"{git} rm --cached -- {quoted(*tracked)}"
        yield CheckupFinding("summaries-tracked", Urgency.PROBLEM, message, mend)
    try:
        _, odd = list_summary_files(inbox)
    except HandoffError as error:
        mend = f"chmod u+rwx -- {quoted(workspace.summaries)}"
        yield CheckupFinding("summaries-unreadable", Urgency.PROBLEM, error.message, mend)
        return
    for name in odd:
        message = f"{folder}/{name} is not named as a summary, so it is not merged"
        mend = _renaming(inbox.root / folder / name, inbox.root, workspace.config.max_summary_size)
        yield CheckupFinding("summary-misnamed", Urgency.PROBLEM, message, mend)


def _renaming(path: Path, root: Path, limit: int) -> str:
    """Say how to name a summary: by the id that it has, else by the one number in its name."""
    try:
        data = read_bytes(path, root=root, limit=limit)
    except HandoffError:
        data = b""
    numbers = re.findall(r"[0-9]+", path.name)
    guess = read_session_id(numbers[0]) if len(numbers) == 1 else None
    session_id = parse_summary(data, name=path.name).session_id or guess
    if session_id is None:
        return f"rename {path} to handoff-session-ID-summary.md, with its session's id"
    target = path.with_name(session_id.summary_name)
    if target.exists():
        return f"compare {path} with {target}, and keep one of them"
    return f"mv -- {quoted(path, target)}"


def check_ignored(workspace: Workspace, repository: Repository) -> Iterator[CheckupFinding]:
    """Check that git ignores neither the handoff document nor session logs."""
    for found in find_ignored(repository, workspace.config):
        message = f"git ignores {found.what}, by a rule in {found.rule}: they can't be committed"
        mend = (
            f"{found.shown_by(workspace.root)}  # take the rule that it shows out of {found.rule}"
        )
        yield CheckupFinding("ignored", Urgency.PROBLEM, message, mend)


def check_unmerged(
    workspace: Workspace, repository: Repository, inspect: Inspect
) -> Iterator[CheckupFinding]:
    """Check that no stopped merge waits for the document: it may look whole, as one side has it."""
    path = workspace.git_path
    stages = read_stages(repository.root, path) if inspect().paths[path].unmerged else None
    if stages is None:
        return
    if stages.ours is None or stages.theirs is None:
        message = f"{path} is unmerged: one side of the merge has deleted it"
        git = f"git -C {quoted(repository.root)} --literal-pathspecs"
        mend = f"{git} add -- {quoted(path)}  # keeps it as it is; or: {git} rm -- {quoted(path)}"
    else:
        message = f"{path} is unmerged: git has two versions of it, and the file may be one of them"
        mend = "handoff-md resolve --add"
    yield CheckupFinding("document-unmerged", Urgency.PROBLEM, message, mend)


def check_driver(inquiry: Inquiry) -> Iterator[CheckupFinding]:
    """Check that git can merge the handoff document by its structure, in this clone."""
    path, state = inquiry.handoff, inquiry.driver
    if state.overrides is not None:
        yield _other_driver(inquiry.repository, state.overrides)
    elif state.driver != DRIVER:
        has = "another or an older merge driver" if state.driver else "no merge driver"
        message = f"this clone has {has} for {path}: it does not travel"
        yield CheckupFinding("driver-missing", Urgency.PROBLEM, message, "handoff-md init")
    elif state.command is None:
        message = "the merge driver runs `handoff-md`, which is not on PATH"
        yield CheckupFinding("command-not-found", Urgency.PROBLEM, message, put_on_path())
    if state.attribute == NAME:
        return
    planned = inquiry.attribute
    if planned.overrides or planned.mend:
        what = planned.overrides or "unspecified"
        message = f"git merges {path} as {what} says, and may keep what contradicts each other"
        mend = planned.mend or "handoff-md init"
        yield CheckupFinding("attribute-overridden", Urgency.PROBLEM, message, mend)


def _other_driver(repository: Repository, file: Path) -> CheckupFinding:
    """Find a driver under our name that comes before the one of this clone."""
    key = f"merge.{NAME}.driver"
    if file == Path():
        message = f"the environment sets {key} to another command (GIT_CONFIG_COUNT)"
        mend = "unset GIT_CONFIG_COUNT"
    else:
        message = f"{file} sets {key} to another command, which comes before the one of this clone"
        mend = f"git -C {quoted(repository.root)} config --file {quoted(file)} --unset-all {key}"
    return CheckupFinding("driver-overridden", Urgency.PROBLEM, message, mend)


def _count(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"


def check_branches(repository: Repository) -> Iterator[CheckupFinding]:
    """Check that no branch or tag names what is not there, as a crash may leave one."""
    for ref in find_broken_refs(repository):
        what = f"names {ref.names[:12]}, which is not there" if ref.names else "is damaged"
        message = f"{ref.name} {what}, so git can't tell what was merged or committed"
        yield CheckupFinding(
            "branch-unreadable", Urgency.PROBLEM, message, _mend_ref(repository, ref)
        )


def _mend_ref(repository: Repository, ref: BrokenRef) -> str:
    """Put a ref aside; a branch that is checked out needs a commit instead."""
    if ref.checked_out:
        return (
            f"fetch {ref.name} again from another clone, or set it to a commit that its reflog "
            f"names: {repository.common_dir / 'logs' / ref.name}"
        )
    if ref.file is None:
        return f"git -C {quoted(repository.root)} update-ref -d {quoted(ref.name)}"
    aside = repository.common_dir / f"damaged-{ref.name.replace('/', '-')}"
    return f"mv -- {quoted(ref.file, aside)}"


def inspect_once(workspace: Workspace, repository: Repository) -> Inspect:
    """Give what asks git of the document when it is first called, and knows it from then on."""
    return cache(lambda: inspect_paths(repository, [workspace.git_path]))


def check_committed(
    workspace: Workspace, repository: Repository, inspect: Inspect
) -> Iterator[CheckupFinding]:
    """Check that no session was merged, and its summary archived, without a commit.

    Raises:
        HandoffError: files or git stand in the way.
    """
    path = workspace.git_path
    if not workspace.handoff.is_file():
        return
    inspection = inspect()
    state = inspection.paths[path]
    if unseen := _explain_unseen(repository, path, state):
        yield CheckupFinding("document-hidden", Urgency.PROBLEM, unseen.message, mend_by(unseen))
    data = read_bytes(workspace.handoff, root=workspace.root, limit=None)
    if state.is_as_committed:
        return
    held = read_head(repository, path)
    if held == data or state.ignored:
        return
    hints = workspace.config.hints().in_versions
    told, committed = (
        index_sessions(parse(version, hints=hints)) for version in (data, held or b"")
    )
    ids = [
        one.session.id
        for one in list_merged(workspace.state)
        if tells_of(told, one) and not tells_of(committed, one)
    ]
    if not ids:
        return
    mend = f"commit {path}, alone"
    try:
        refuse_uncommittable(repository, inspection, path)
    except HandoffError as error:
        mend = mend_by(error)
    message = f"{path} tells of sessions that were merged, and HEAD does not: {', '.join(ids)}"
    yield CheckupFinding("merge-uncommitted", Urgency.PROBLEM, message, mend)


def _explain_unseen(repository: Repository, path: str, state: PathState) -> GitError | None:
    """Say why git would not see a change of the document, with which each merge would end."""
    if state.hidden:
        return hidden_error(repository.root, path)
    if state.tracked or state.exists_untracked or state.ignored:
        return None
    return explain_silence(repository, path)


def check_set_up(
    workspace: Workspace, request: SetupRequest, inquiry: Inquiry | None
) -> Iterator[CheckupFinding]:
    """Check that the set-up has nothing to do: each file that it would change is a finding.

    A missing configuration is none: the defaults hold.
    """
    try:
        planned = plan_setup_in(workspace, request, inquiry)
    except HandoffError as error:
        if isinstance(error, AbsentError):
            yield CheckupFinding("document-missing", Urgency.PROBLEM, error.message, error.command)
        else:
            yield CheckupFinding("set-up-refused", Urgency.PROBLEM, error.message, mend_by(error))
        return
    for change in planned.changes:
        if change.path == FILE_NAME and change.creates:
            continue
        what = "is missing" if change.creates else "lacks what handoff-md needs, or has it outdated"
        name = "file-missing" if change.creates else "file-incomplete"
        if change.creates and change.path == planned.config.handoff:
            yield _missing_document(workspace._replace(config=planned.config))
            continue
        yield CheckupFinding(name, Urgency.PROBLEM, f"{change.path} {what}", "handoff-md init")


def _missing_document(workspace: Workspace) -> CheckupFinding:
    """Find that there is no document: `init` makes one, unless another branch has it."""
    path, branch = workspace.config.handoff, find_other_branch(workspace)
    if branch is None:
        message = f"{path} is missing"
        return CheckupFinding("file-missing", Urgency.PROBLEM, message, "handoff-md init")
    message = f"{path} is missing, and the branch {branch} has it"
    taken = ("restore", f"--source={branch}", "--", workspace.git_path)
    return CheckupFinding(
        "file-missing", Urgency.PROBLEM, message, write_git(workspace.root, *taken)
    )


def check_document(workspace: Workspace) -> Iterator[CheckupFinding]:
    """Check that a merge can add to the handoff document; one that does not exist is no finding."""
    path = workspace.config.handoff
    try:
        document = read_document(workspace.root, path, workspace.config.hints())
    except HandoffError as error:
        yield CheckupFinding("document-unreadable", Urgency.PROBLEM, error.message, mend_by(error))
        return
    if document is None:
        return
    if workspace.is_derived:
        yield from _check_build(workspace)
    elif not workspace.commits_summaries or is_on_main(workspace):
        yield from _check_left(workspace, document)
    if workspace.repository and workspace.handoff.is_symlink():
        own = Path(os.path.realpath(workspace.handoff)).relative_to(workspace.root).as_posix()
        message = f"{path} is a symbolic link, which is all that git would commit"
        mend = f"set handoff = {json.dumps(own)} in the configuration, then run `handoff-md init`"
        yield CheckupFinding("document-linked", Urgency.PROBLEM, message, mend)
    heading = workspace.config.entries_heading or None
    read = outline(document, path, header=(), entries_heading=heading)
    damage = tuple(problem for problem in read.problems if problem.lines)
    for problem in damage or read.problems:
        where = f", in lines {', '.join(map(str, problem.lines))}" if problem.lines else ""
        message = f"{path}: {problem.message}{where}"
        yield CheckupFinding("document-refused", Urgency.PROBLEM, message, problem.hint)


def _check_left(workspace: Workspace, document: Document) -> Iterator[CheckupFinding]:
    """Find sessions' files that nothing is built of: a branch brings them that was begun before.

    Where branches hand summaries in as such files, a merge collects them.
    """
    told, config = index_sessions(document), workspace.config
    folder = workspace.root / config.committed
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    left = [
        found.name
        for name in names
        if (found := read_committed_name(name)) and not told.by_id.get(found.session_id)
    ]
    if left and workspace.commits_summaries:
        message = (
            f"{config.committed} holds what {config.handoff} does not tell of yet: "
            f"{', '.join(left)}"
        )
        yield CheckupFinding("sessions-left", Urgency.ADVICE, message, MERGE)
    elif left:
        message = (
            f"{config.committed} holds what {config.handoff} does not tell of, and nothing is "
            f"built of it: {', '.join(left)}"
        )
        mend = "write each into the document as an entry, then remove the file"
        yield CheckupFinding("sessions-left", Urgency.PROBLEM, message, mend)


def _check_build(workspace: Workspace) -> Iterator[CheckupFinding]:
    """Check that a document that is built is what its pieces give, or may be here."""
    from handoff_md.app.derived.building import BuildStatus
    from handoff_md.app.derived.building import check_document as check_build
    from handoff_md.app.derived.folder import NotSplitError

    path = workspace.config.handoff
    try:
        report = check_build(workspace)
    except NotSplitError as error:
        message = f"{path} is to be built (profile derived), and {error.message}"
        yield CheckupFinding("pieces-missing", Urgency.PROBLEM, message, "handoff-md split")
    except HandoffError as error:
        yield CheckupFinding("pieces-broken", Urgency.PROBLEM, error.message, mend_by(error))
    else:
        if report.status is BuildStatus.STALE:
            message = f"{path} is not what its pieces give"
            yield CheckupFinding("document-stale", Urgency.PROBLEM, message, "handoff-md build")
        elif report.status is BuildStatus.EDITED:
            message = report.lost or f"{path} was changed since it was built"
            mend = "handoff-md split --update"
            yield CheckupFinding("document-edited", Urgency.PROBLEM, message, mend)
