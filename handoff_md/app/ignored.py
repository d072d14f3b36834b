"""Tells what git ignores of what sessions write: no commit will hold it, and no clone get it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from handoff_md.app.workspace import Workspace
from handoff_md.config import Config
from handoff_md.git.index import find_ignore_rules, list_tracked
from handoff_md.git.repository import Repository


class Ignored(NamedTuple):
    """What git ignores, in words, a path of it, and the file that says so."""

    what: str
    path: str
    rule: str

    def shown_by(self, root: Path) -> str:
        """Give the command that shows the rule."""
        where = ["git", "-C", str(root), "check-ignore", "-v", "--no-index", "--", self.path]
        return shlex.join(where)


def find_ignored(repository: Repository, config: Config) -> Iterator[Ignored]:
    """Find out whether git ignores the handoff document, or session logs.

    Raises:
        GitError: git can't tell.
    """
    log = f"{config.sessions}/2025-01-01-session-1.md"
    names = {
        config.handoff: config.handoff,
        log: f"the logs in {config.sessions}",
    }
    for (path, what), rule in zip(names.items(), find_ignore_rules(repository, names), strict=True):
        if rule is not None:
            yield Ignored(what, path, rule)


def ignored_logs(workspace: Workspace, logs: Collection[tuple[Path, str]]) -> dict[str, str]:
    """Give those of the logs, by their paths, that no commit will have, with the rule's file.

    Each is given with the root of its checkout, whose index may track it all the same.

    Raises:
        GitError: git can't tell.
    """
    repository, root = workspace.repository, workspace.root
    real = {path: Path(os.path.realpath(root / path)) for _, path in logs}
    # git keeps no file under a path that leads over a symbolic link.
    asked = {p: r.relative_to(root).as_posix() for p, r in real.items() if r.is_relative_to(root)}
    if repository is None or not asked:
        return {}
    rules = find_ignore_rules(repository, list(asked.values()))
    found = {path: rule for path, rule in zip(asked, rules, strict=True) if rule is not None}
    for root in {root for root, path in logs if path in found}:
        if (root / ".git").exists():
            for path in list_tracked(root, [path for base, path in logs if base == root]):
                found.pop(path, None)
    return found
