"""Sessions of other clones, as their refs were seen last: at work, or ended. Nobody is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from handoff_md.app.workspace import Workspace
from handoff_md.git.branches import Branch
from handoff_md.git.refs import PROBES, seen_refs
from handoff_md.git.tips import read_tips
from handoff_md.ledger.announced import (
    CLAIMS,
    MAX_RECORD,
    RECORD,
    RUN_REF,
    SUMMARIES,
    AnnouncedClaim,
    read_claim,
    run_of,
    session_of,
)
from handoff_md.ledger.records import Claim
from handoff_md.store.published import load_ref
from handoff_md.syntax.session_id import read_session_id

_LONGEST: Final = 80


def list_published(workspace: Workspace) -> tuple[Branch, ...]:
    """Give the summaries that other clones have published, each as a branch that holds it.

    One process. What this clone has published itself lies here as well.

    Raises:
        FileError: a record can't be read.
        GitError: git can't list them.
    """
    return tuple(_others(workspace, SUMMARIES))


def list_elsewhere(workspace: Workspace) -> tuple[Claim, ...]:
    """Give the sessions of other clones, as claims that lie nowhere; at most five processes.

    Raises:
        FileError: a record can't be read.
        GitError: git can't read them.
    """
    found = [
        _claim(told.id, told.run, told.title, told.agent, told.started_at)
        for told in _read_claims(workspace).values()
        if not told.over
    ]
    ended = (branch.name for branch in _others(workspace, SUMMARIES))
    found += [_claim(str(known), run_of(name)) for name in ended if (known := session_of(name))]
    return tuple(found)


def list_unread(workspace: Workspace) -> tuple[str, ...]:
    """Name the refs that hold nothing that this version can read; at most six processes.

    The run's ref is left to whoever reads it, and summaries to a merge.

    Raises:
        FileError: a record can't be read.
        GitError: git can't read them.
    """
    if workspace.repository is None or not workspace.uses_refs:
        return ()
    others = {branch.name for branch in _others(workspace, CLAIMS)}
    names = [
        name
        for name in seen_refs(workspace.repository)
        if name in others or not (session_of(name) or name == RUN_REF or name.startswith(PROBES))
    ]
    read = _read_claims(workspace) if names else {}
    return tuple(name for name in names if name not in read)


def describe_unread(names: Sequence[str]) -> Iterator[str]:
    """Say in a sentence which refs are passed over; nothing where none is."""
    if names:
        first = names[0] if len(names[0]) <= _LONGEST else f"{names[0][:_LONGEST]}..."
        more = f" and {len(names) - 1} more" if names[1:] else ""
        told = "hold" if more else "holds"
        yield (
            f"{first}{more} on the remote {told} nothing that this version can read: an id that is "
            "claimed so counts as taken"
        )


def _read_claims(workspace: Workspace) -> dict[str, AnnouncedClaim]:
    """Read the claims of other clones that can be read, by the names of their refs."""
    claims = list(_others(workspace, CLAIMS))
    if not claims or workspace.repository is None:
        return {}
    tips = read_tips(workspace.repository, claims, "", RECORD.__eq__, limit=MAX_RECORD)
    read = ((file.branch.name, read_claim(file.branch.name, file.data)) for file in tips.files)
    return {name: told for name, told in read if told}


def _others(workspace: Workspace, place: str) -> Iterator[Branch]:
    """Give the refs below a place that are about sessions of other clones."""
    repository = workspace.repository
    if repository is None or not workspace.uses_refs:
        return
    for name, commit in seen_refs(repository).items():
        if name.startswith(place) and session_of(name):
            kept = load_ref(workspace.state, name)
            if kept is None or kept.copied_from:
                yield Branch(name, commit, is_local=True)


def _claim(id_: str, run: str, title: str = "", agent: str = "", started_at: str = "") -> Claim:
    known = read_session_id(id_)
    key = known.key if known else id_
    return Claim(key, id_, title, agent, started_at[:10], started_at, "", "", "", "", "", run)
