"""Joins HEAD with what others have pushed: git's own merge, which asks the document's driver."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from handoff_md.git.history import find_merge_bases
from handoff_md.git.objects import find_head
from handoff_md.git.process import run_git, say_failure
from handoff_md.git.setup import DRIVER, NAME
from handoff_md.value import Value

if TYPE_CHECKING:
    from handoff_md.git.repository import Repository


class Unjoined(Value):
    """Why a commit is not merged, a clause, and git's words that let a person merge it, if any."""

    why: str
    by_hand: tuple[str, ...] = ()


def join_commit(
    repository: Repository,
    commit: str,
    *,
    is_sound: Callable[[], bool],
    verify: bool,
    settle: Callable[[], bool] | None = None,
) -> Unjoined | None:
    """Merge a commit into HEAD, where that is behind by going forward; give why that can't be.

    Where it conflicts, is not sound or is refused, the work tree is as it was before. git makes the
    merge and its commit in one process: whoever is killed meanwhile leaves no half of it behind,
    but where a conflict was being settled: git tells of that merge then. One that somebody has
    begun is left alone.

    Args:
        repository: the repository.
        commit: the id of the commit.
        is_sound: looks at the merged files.
        verify: let hooks check it.
        settle: settles conflicts that the tool has made itself, and stages that; tells whether it
            did.

    Raises:
        GitError: git can't be started, or can't undo what it has begun.
    """
    root, head = repository.root, find_head(repository)
    begun = repository.git_dir / "MERGE_HEAD"
    if head is None or begun.exists():
        return Unjoined(
            "a merge is not concluded here: `git commit` or `git merge --abort` ends it"
        )
    if not find_merge_bases(repository, head, commit):
        by_hand = ("merge", "--no-commit", "--allow-unrelated-histories")
        return Unjoined("it has no commit in common with what is here", by_hand)
    driver = ["-c", f"merge.{NAME}.driver={DRIVER}"]  # also where `init` was not run in this clone
    quietly = ["--no-edit", "--quiet", *([] if verify else ["--no-verify"])]
    merge = ["merge", "--ff", "--no-stat", *quietly, commit]
    merged = run_git([*driver, *merge], cwd=root, check=False, writes=True)
    if merged.code and begun.exists() and settle and settle():
        conclude = ["commit", "--cleanup=strip", *quietly]
        merged = run_git(conclude, cwd=root, check=False, writes=True)
    by_hand = ("merge", "--no-commit", "--no-ff")
    if merged.code and begun.exists():
        run_git(["merge", "--abort"], cwd=root, writes=True)
        return Unjoined(say_failure(merged), by_hand)
    if merged.code:
        return Unjoined(say_failure(merged))
    if is_sound():
        return None
    run_git(["reset", "--quiet", "--keep", head], cwd=root, writes=True)
    return Unjoined("a session would be lost in the merge", by_hand)
