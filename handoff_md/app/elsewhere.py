"""Sessions of other clones, as their refs were seen last: at work, or ended. Nobody is asked."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.app.workspace import Workspace
from handoff_md.git.branches import Branch
from handoff_md.git.refs import seen_refs
from handoff_md.git.tips import read_tips
from handoff_md.ledger.announced import (
    CLAIMS,
    MAX_RECORD,
    RECORD,
    SUMMARIES,
    read_claim,
    run_of,
    session_of,
)
from handoff_md.ledger.records import Claim
from handoff_md.store.published import load_ref


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
    claims = list(_others(workspace, CLAIMS))
    found: list[Claim] = []
    if claims and workspace.repository:
        tips = read_tips(workspace.repository, claims, "", RECORD.__eq__, limit=MAX_RECORD)
        for file in tips.files:
            told = read_claim(file.branch.name, file.data)
            if told and not told.over:
                found.append(_claim(told.id, told.run, told.title, told.agent, told.started_at))
    ended = (branch.name for branch in _others(workspace, SUMMARIES))
    found += [_claim(str(known), run_of(name)) for name in ended if (known := session_of(name))]
    return tuple(found)


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
    known = session_of(CLAIMS + id_.replace(".", "%2e"))
    key = known.key if known else id_
    return Claim(key, id_, title, agent, started_at[:10], started_at, "", "", "", "", "", run)
