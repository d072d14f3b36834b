"""Checks what the set-up gives a repository, and the handoff document itself."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from handoff_md.app.checkup.finding import CheckupFinding, Urgency, mend_by
from handoff_md.app.checkup.sessions import MERGE
from handoff_md.app.merge.scope import is_on_main
from handoff_md.app.missing import find_other_branch
from handoff_md.app.setup.change import read_document
from handoff_md.app.setup.inquiry import Inquiry
from handoff_md.app.setup.plan import SetupRequest, plan_setup_in
from handoff_md.app.workspace import Workspace
from handoff_md.config import FILE_NAME
from handoff_md.errors import HandoffError
from handoff_md.git.absent import AbsentError
from handoff_md.git.process import write_git
from handoff_md.preview.outline import outline
from handoff_md.semantics.entries.identity import index_sessions
from handoff_md.semantics.summaries.committed import read_committed_name
from handoff_md.syntax.nodes import Document


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
