"""What the branches of parallel sessions did to each other: files that several of them changed.

It is told by git alone, for people and programs, and never written into the document.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from handoff_md.app.work_trees import branches_of, roots_of
from handoff_md.app.workspace import Workspace
from handoff_md.git.branches import Branch, list_branches
from handoff_md.git.history import find_merge_bases, list_changed
from handoff_md.git.objects import find_head, find_objects, read_position
from handoff_md.git.repository import Repository
from handoff_md.git.tips import FILE, find_kinds, is_partial
from handoff_md.ledger.records import Claim
from handoff_md.syntax.session_id import order_of
from handoff_md.value import Value

_SHOWN = 5


class OverlapAnswer(Value):
    """A file that the branches of several sessions changed.

    Attributes:
        path: the file, from the repository's root.
        sessions: those whose branches changed it.
    """

    path: str
    sessions: tuple[str, ...]


class UnmergedAnswer(Value):
    """A session whose branch is not merged into the one that the section goes to.

    Attributes:
        session: the session.
        branch: its branch.
    """

    session: str
    branch: str


class Overlaps(Value):
    """What sessions' branches have in common, which are not merged, and what is not seen."""

    files: tuple[OverlapAnswer, ...] = ()
    unmerged: tuple[UnmergedAnswer, ...] = ()
    unseen: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Say it in sentences; of many files, the first ones."""
        told = [
            f"sessions {' and '.join(one.sessions)} both changed {one.path}"
            if len(one.sessions) == 2  # noqa: PLR2004 - both
            else f"sessions {', '.join(one.sessions)} all changed {one.path}"
            for one in self.files[:_SHOWN]
        ]
        if len(self.files) > _SHOWN:
            told.append(f"{len(self.files) - _SHOWN} more files were changed by several sessions")
        if self.unmerged:
            named = [f"{one.session} ({one.branch})" for one in self.unmerged[:_SHOWN]]
            more = ["…"] if len(self.unmerged) > _SHOWN else []
            told.append(f"not merged into this branch yet: {', '.join([*named, *more])}")
        return (*told, *self.unseen)


class _Work(Value):
    """A session's branch, and the commit that the session began at, empty where it is unknown."""

    session: str
    branch: Branch
    start: str


def find_overlaps(
    workspace: Workspace, claims: Iterable[Claim], collected: Mapping[str, Branch]
) -> Overlaps:
    """Compare the branches of sessions, each as it was when the session began, or parted from HEAD.

    Sessions that share a branch, or work on the one that is checked out here, can't be told apart.
    One process for each branch, and five more.

    Args:
        workspace: where the section goes.
        claims: the sessions that were started in this clone.
        collected: the branches of others, by session.

    Raises:
        GitError: git can't tell.
    """
    repository, claims = workspace.repository, list(claims)
    if repository is None or not (claims or collected):
        return Overlaps()
    works = _works(workspace, repository, claims, collected)
    head = find_head(repository) if works else None
    if head is None:
        return Overlaps()
    if len(works) > 1 and is_partial(repository):
        why = "what sessions' branches have in common can't be told: this clone is partial"
        return Overlaps(unseen=(why,))
    bases = {one: find_merge_bases(repository, head, one.branch.commit) for one in works}
    unmerged = [one for one, found in bases.items() if one.branch.commit not in found]
    begun = _begun(repository, bases)
    blind = [one.branch.name for one in unmerged if one not in begun]
    return Overlaps(
        _common(repository, begun),
        tuple(UnmergedAnswer(one.session, one.branch.name) for one in unmerged),
        tuple(f"what {name} changed can't be told: it begins outside this clone" for name in blind),
    )


def find_away(workspace: Workspace, paths: Iterable[str]) -> frozenset[str]:
    """Give those of some files that neither a work tree nor HEAD has: they are on other branches.

    Raises:
        GitError: git can't tell.
    """
    roots, repository = roots_of(workspace), workspace.repository
    away = [one for one in paths if not any((root / one).exists() for root in roots)]
    head = find_head(repository) if repository and away else None
    if repository is None or head is None:
        return frozenset(away)
    kinds = find_kinds(repository, [(head, path) for path in away])  # a checkout may be sparse
    return frozenset(path for path, kind in zip(away, kinds, strict=True) if kind != FILE)


def _begun(repository: Repository, bases: Mapping[_Work, tuple[str, ...]]) -> dict[_Work, str]:
    """Give where each branch parted from HEAD; of a merged one, where its session began."""
    starts = _resolve(repository, [one.start for one in bases])
    parted = {
        one: starts.get(one.start, "") if one.branch.commit in found else next(iter(found), "")
        for one, found in bases.items()
    }
    return {one: base for one, base in parted.items() if base}


def _common(repository: Repository, begun: Mapping[_Work, str]) -> tuple[OverlapAnswer, ...]:
    """Give the files that several sessions have changed."""
    changed = list_changed(repository, [(one.branch.commit, base) for one, base in begun.items()])
    sessions: defaultdict[str, list[str]] = defaultdict(list)
    for work, paths in zip(begun, changed, strict=True):
        for path in paths:
            sessions[path].append(work.session)
    return tuple(
        OverlapAnswer(path, tuple(several))
        for path, several in sorted(sessions.items())
        if len(several) > 1
    )


def _works(
    workspace: Workspace,
    repository: Repository,
    claims: Sequence[Claim],
    collected: Mapping[str, Branch],
) -> list[_Work]:
    """Give the sessions that have a branch to themselves, other than the one that is HEAD's."""
    listed = reversed(list_branches(repository)[0])  # a claim's branch is a local one: they win
    branches = {branch.name: branch for branch in listed}
    now = branches_of(workspace) if claims else {}
    works = [
        _Work(claim.id, branches[name], claim.commit)
        for claim in claims
        if (name := now.get(claim.root) or claim.branch) in branches
    ]
    known = {work.session for work in works}
    works += [_Work(one, held, "") for one, held in collected.items() if one not in known]
    own = read_position(repository).branch
    shared: defaultdict[str, int] = defaultdict(int)
    for work in works:
        shared[work.branch.name] += 1
    alone = (one for one in works if shared[one.branch.name] == 1 and one.branch.name != own)
    return sorted(alone, key=lambda one: order_of(one.session))


def _resolve(repository: Repository, names: Iterable[str]) -> dict[str, str]:
    """Give the commits that short ids stand for; those that are not here are left out."""
    asked = sorted({name for name in names if name})
    found = find_objects(repository, asked)
    return {name: id_ for name, (kind, id_) in zip(asked, found, strict=True) if kind == "commit"}
