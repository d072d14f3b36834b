"""What is wrong with a document that is built and with its pieces, for the linter. Only reads."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.app.derived.building import BuildStatus, check_document
from handoff_md.app.derived.folder import Files, read_files
from handoff_md.app.workspace import Workspace
from handoff_md.errors import HandoffError
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
        return _SAID.get(check_document(workspace).status, "")
    except HandoffError:
        return ""


def find_flaws(workspace: Workspace) -> tuple[str, ...]:
    """Say why the document can't be built, and which files of sessions are of one id."""
    try:
        files = read_files(workspace)
        doubles = tuple(_find_doubles(files))
        check_document(workspace)
    except HandoffError as error:
        return (_sentence(error.message),)
    return doubles


def _find_doubles(files: Files) -> Iterator[str]:
    known: dict[SessionId, str] = {}
    for name in sorted(files.sessions):
        told = read_committed_name(name)
        other = known.setdefault(told.session_id, name) if told else name
        if other != name:
            yield f"{other} and {name} are of one session's id: an id never comes twice"


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:]
