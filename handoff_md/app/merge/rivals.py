"""Whose a summary is that branches hold: which of several counts, and which sessions conflict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from handoff_md.app.merge.branches import HEAD
from handoff_md.app.workspace import Workspace
from handoff_md.git.tips import last_change
from handoff_md.ledger.records import Claim
from handoff_md.sessions.inbox import CommittedSummary, OpenedSummary, SummaryFile
from handoff_md.store.claims import load_claim
from handoff_md.syntax.session_id import SessionId


def find_rivals(
    workspace: Workspace, opened: Sequence[OpenedSummary]
) -> tuple[tuple[OpenedSummary, ...], Mapping[str, tuple[str, ...]]]:
    """Give what was collected without second summaries from branches, and which sessions conflict.

    Of a session that has a summary with the same content in a folder, that counts. Its summary
    counts only from whoever claimed its id: one that differs from what was handed over here, or
    that another branch has of a session at work here, conflicts; so do two that differ.

    Raises:
        FileError: a claim can't be read.
        GitError: git can't tell who has committed a summary.
    """
    kept: list[OpenedSummary] = []
    known: dict[SessionId, list[OpenedSummary]] = {}
    conflicting: dict[str, tuple[str, ...]] = {}
    for found in opened:
        same = known.setdefault(found.file.session_id, [])
        if found.file.committed is None:
            problem = ""
        elif any(one.digest == found.digest for one in same) or _is_older(workspace, found, same):
            continue
        else:
            problem = _rival(workspace, found, same)
        shown = same[0] if problem and same else found
        if problem:
            told = conflicting.get(shown.file.origin, ())
            conflicting[shown.file.origin] = (*told, problem)
        if shown is found:
            same.append(found)
            kept.append(found)
    return tuple(kept), conflicting


def _is_older(workspace: Workspace, found: OpenedSummary, same: Sequence[OpenedSummary]) -> bool:
    """Tell whether a session's own branch has it as it was before it handed over anew, here."""
    claim = load_claim(workspace.state, found.file.session_id.key) if same else None
    held = found.file.committed
    if claim is None or held is None or not _is_of(claim, held):
        return False
    return any(one.digest == claim.digest for one in same)


def _rival(workspace: Workspace, found: OpenedSummary, same: Sequence[OpenedSummary]) -> str:
    """Say what a summary from a branch conflicts with; empty where it does not."""
    if same:
        others = " and ".join(_name(workspace, one.file) for one in same)
        return f"has summaries that differ: {others}, and {_name(workspace, found.file)}"
    claim = load_claim(workspace.state, found.file.session_id.key)
    held = found.file.committed
    if claim is None or held is None:
        return ""
    if claim.digest and claim.digest != found.digest:
        return (
            f"has handed over another summary here than {_name(workspace, found.file)}: its branch "
            f"is {claim.branch or 'not known'}"
        )
    if claim.at_work and not claim.reserved and not _is_of(claim, held):
        return (
            f"was claimed here, on {claim.branch or 'a detached HEAD'}, and is not ended: "
            f"{_name(workspace, found.file)} is not its own"
        )
    return ""


def _is_of(claim: Claim, held: CommittedSummary) -> bool:
    """Tell whether a summary is from the branch that a session was claimed on, here or remote."""
    names = (held.branch, held.branch.partition("/")[2])
    return held.branch == HEAD or claim.branch in names


def _name(workspace: Workspace, file: SummaryFile) -> str:
    """Name a summary; one that is committed with its author and commit."""
    held, repository = file.committed, workspace.repository
    if held is None or repository is None:
        return file.origin
    commit, author = last_change(repository, held.commit, held.path)
    by = f" (by {author}, commit {commit})" if commit else f" (in commit {held.commit[:12]})"
    return f"{file.origin}{by}"
