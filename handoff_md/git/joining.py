"""Joins HEAD with what others have pushed: git's own merge, which asks the document's driver."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from handoff_md.git.process import quote_output, run_git
from handoff_md.git.setup import DRIVER, NAME

if TYPE_CHECKING:
    from handoff_md.git.process import Completed
    from handoff_md.git.repository import Repository


def join_commit(
    repository: Repository, commit: str, *, is_sound: Callable[[], bool], verify: bool
) -> str:
    """Merge a commit into HEAD, in a commit of its own; give why that can't be, empty where done.

    Where it conflicts, is not sound or is refused, the work tree is as it was before.

    Args:
        repository: the repository.
        commit: the id of the commit.
        is_sound: looks at the merged files, before they are committed.
        verify: let hooks check it.

    Raises:
        GitError: git can't be started, or can't undo what it has begun.
    """
    root = repository.root
    driver = ["-c", f"merge.{NAME}.driver={DRIVER}"]  # also where `init` was not run in this clone
    merge = ["merge", "--no-commit", "--no-ff", "--no-stat", "--quiet", commit]
    merged = run_git([*driver, *merge], cwd=root, check=False, writes=True)
    if merged.code:
        return _undone(repository, _said(merged))
    if not is_sound():
        return _undone(repository, "a session would be lost in the merge")
    command = ["commit", "--no-edit", "--quiet", *([] if verify else ["--no-verify"])]
    committed = run_git(command, cwd=root, check=False, writes=True)
    return _undone(repository, _said(committed)) if committed.code else ""


def _undone(repository: Repository, why: str) -> str:
    if (repository.git_dir / "MERGE_HEAD").exists():
        run_git(["merge", "--abort"], cwd=repository.root, writes=True)
    return why


def _said(done: Completed) -> str:
    """Give git's first word of a failure: a conflict stands in what it prints."""
    lines = quote_output(done.stdout + b"\n" + done.stderr).splitlines()
    told = [line for line in lines if line.startswith(("CONFLICT ", "error: ", "fatal: "))]
    return (told or lines or [f"git has ended with code {done.code}"])[0]
