"""Joins HEAD with what others have pushed: git's own merge, which asks the document's driver."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from handoff_md.git.objects import find_head
from handoff_md.git.process import quote_output, run_git
from handoff_md.git.setup import DRIVER, NAME

if TYPE_CHECKING:
    from handoff_md.git.process import Completed
    from handoff_md.git.repository import Repository


def join_commit(
    repository: Repository,
    commit: str,
    *,
    is_sound: Callable[[], bool],
    verify: bool,
    settle: Callable[[], bool] | None = None,
) -> str:
    """Merge a commit into HEAD, in a commit of its own; give why that can't be, empty where done.

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
    if head is None or (repository.git_dir / "MERGE_HEAD").exists():
        return "a merge is not concluded here: `git commit` or `git merge --abort` ends it"
    driver = ["-c", f"merge.{NAME}.driver={DRIVER}"]  # also where `init` was not run in this clone
    merge = ["merge", "--no-edit", "--no-ff", "--no-stat", "--quiet"]
    merge += [*([] if verify else ["--no-verify"]), commit]
    merged = run_git([*driver, *merge], cwd=root, check=False, writes=True)
    if merged.code and (repository.git_dir / "MERGE_HEAD").exists() and settle and settle():
        conclude = [
            "commit",
            "--no-edit",
            "--cleanup=strip",
            "--quiet",
            *([] if verify else ["--no-verify"]),
        ]
        merged = run_git(conclude, cwd=root, check=False, writes=True)
    if merged.code:
        if (repository.git_dir / "MERGE_HEAD").exists():
            run_git(["merge", "--abort"], cwd=root, writes=True)
        return _said(merged)
    if is_sound():
        return ""
    run_git(["reset", "--quiet", "--keep", head], cwd=root, writes=True)
    return "a session would be lost in the merge"


def _said(done: Completed) -> str:
    """Give git's first word of a failure: a conflict stands in what it prints."""
    lines = quote_output(done.stdout + b"\n" + done.stderr).splitlines()
    told = [line for line in lines if line.startswith(("CONFLICT ", "error: ", "fatal: "))]
    return (told or lines or [f"git has ended with code {done.code}"])[0]
