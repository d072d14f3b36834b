"""What is wrong with a document that is built and with its pieces, for the linter. Only reads."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.app.derived.building import BuildStatus, check_document
from handoff_md.app.derived.folder import Files, read_files
from handoff_md.app.merge.scope import is_on_main
from handoff_md.app.workspace import Workspace
from handoff_md.derived.pieces import is_of_main
from handoff_md.errors import HandoffError
from handoff_md.git.branches import find_main_branch
from handoff_md.git.history import find_merge_bases, list_changed_files
from handoff_md.git.objects import find_head, list_tree
from handoff_md.semantics.summaries.committed import read_committed_name
from handoff_md.syntax.session_id import SessionId

_SAID = {
    BuildStatus.STALE: "is not what its pieces give: `handoff-md build` makes it anew",
    BuildStatus.EDITED: "was changed since it was built: `handoff-md split --update` takes that in",
}


def tell_build(workspace: Workspace) -> str:
    """Say what the document is to the one that its pieces give; empty where that is right.

    Where they give none, `find_flaws` says why.
    """
    try:
        report = check_document(workspace)
        if report.lost:
            return f"can't be built anew: {report.lost}"
        return _SAID.get(report.status, "")
    except HandoffError:
        return ""


def find_flaws(workspace: Workspace) -> tuple[str, ...]:
    """Say why the document can't be built, and what lets branches meet in its folder.

    Two files of one session's id do, and what a branch changes that is built or older than it.
    """
    try:
        files = read_files(workspace)
        flaws = tuple(_find_doubles(files))
        check_document(workspace)
    except HandoffError as error:
        return (_sentence(error.message),)
    try:
        return (*flaws, *_find_changes_off_main(workspace))
    except HandoffError:
        return flaws  # no history tells of a main branch


def _find_changes_off_main(workspace: Workspace) -> Iterator[str]:
    """Say what differs from the main branch, on another one, that may change there only.

    Raises:
        GitError: git can't tell.
    """
    repository, config = workspace.repository, workspace.config
    if repository is None or is_on_main(workspace) or find_head(repository) is None:
        return
    changed: set[str] | None = None
    for main in find_main_branch(repository, config.main_branch):
        for base in find_merge_bases(repository, "HEAD", main)[:1]:
            held = set(list_tree(repository, base, [config.committed, workspace.git_path]))
            held &= set(list_changed_files(repository.root, base))
            changed = held if changed is None else changed & held  # of main here, or on a remote
    for path in sorted(changed or ()):
        name = path.removeprefix(f"{config.committed}/")
        if path == workspace.git_path:
            yield f"{path} is changed off the main branch, and is built there"
        elif is_of_main(name) or read_committed_name(name):
            yield f"{path} is an old piece, and is changed off the main branch"


def _find_doubles(files: Files) -> Iterator[str]:
    known: dict[SessionId, str] = {}
    for name in sorted(files.sessions):
        told = read_committed_name(name)
        other = known.setdefault(told.session_id, name) if told else name
        if other != name:
            yield f"{other} and {name} are of one session's id: an id never comes twice"


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:]
