"""The handoff documents of a repository: which there are, parsed once, and where git has one.

A monorepo configures several, each in its own folder. One that is missing may be on another branch,
and one that git ignores comes into no commit.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from handoff_md.app.workspace import Workspace
from handoff_md.config import CONFIG_FILES, Config, find_config, override_config
from handoff_md.errors import ConfigError, FileError, HandoffError
from handoff_md.git.index import find_ignore_rule, find_ignore_rules, list_named, list_tracked

if TYPE_CHECKING:
    from handoff_md.git.repository import Repository
    from handoff_md.syntax.form.form import FormHints
    from handoff_md.syntax.nodes import Document
    from handoff_md.text.source import Source


class OtherDocument(NamedTuple):
    """A document that another folder than the workspace's own configures."""

    folder: Path
    workspace: Workspace

    @property
    def path(self) -> str:
        """Give the document's path, relative to the root."""
        return self.workspace.config.handoff


def find_others(workspace: Workspace) -> Iterator[OtherDocument]:
    """Find the documents that tracked configurations name, and that are there; not its own.

    A configuration that can't be read is passed over: it is for who works there. One process.

    Raises:
        GitError: git can't tell which files are tracked.
    """
    if workspace.repository is None:
        return
    known = {workspace.config.handoff}
    for path in list_named(workspace.repository, CONFIG_FILES):
        file = workspace.root / path
        try:
            found = find_config(file.parent, workspace.root)
            config = override_config(found, ())
        except ConfigError:
            continue
        if found is None or found[0] != file or config.handoff in known:
            continue
        if (workspace.root / config.handoff).is_file():
            known.add(config.handoff)
            yield OtherDocument(file.parent, workspace._replace(config=config, config_file=file))


def say_where(workspace: Workspace, command: str) -> str:
    """Say which documents the repository has, and how to run a command there; empty without any."""
    others = [other.path for other in find_others(workspace)]
    if not others:
        return ""
    lines = ", ".join(command_for(workspace, path, command) for path in others)
    return f"The documents of this repository are {', '.join(others)}: run {lines}."


def command_for(workspace: Workspace, document: str, command: str) -> str:
    """Give the command line that runs a command about another document of the repository."""
    others = (other.folder for other in find_others(workspace) if other.path == document)
    folder = next(others, workspace.root)
    return f"`handoff-md -C {shlex.quote(str(folder))} {command}`"


@lru_cache(maxsize=4)
def parse_once(source: Source, hints: FormHints) -> Document:
    """Parse a text unless it was of late: each part of a command asks for the same documents."""
    from handoff_md.syntax.parse import parse

    return parse(source, hints=hints)


def explain_missing(workspace: Workspace, hint: str) -> HandoffError:
    """Say that there is no document, and how to get it; ``hint`` where git does not have it.

    Raises:
        GitError: git can't tell.
    """
    from handoff_md.git.process import write_git

    if absent := explain_kept(workspace):
        return absent
    message = f"there is no {workspace.config.handoff} in {workspace.root}"
    if branch := find_other_branch(workspace):
        path = workspace.git_path
        command = write_git(workspace.root, "restore", f"--source={branch}", "--", path)
        return FileError(f"{message}, but the branch {branch} has it", f"Run `{command}`.")
    return FileError(message, hint)


def explain_kept(workspace: Workspace) -> HandoffError | None:
    """Say why git has the document, and the work tree does not; None where it has none, or both.

    Raises:
        GitError: git can't tell.
    """
    from handoff_md.git.absent import explain_absence

    if workspace.repository is None or os.path.lexists(workspace.handoff):
        return None
    return explain_absence(workspace.repository, workspace.git_path)


def find_other_branch(workspace: Workspace) -> str | None:
    """Give a branch that has the document, the main one first; None where none has it.

    Raises:
        GitError: git can't tell.
    """
    from handoff_md.git.branches import find_branches_with

    if workspace.repository is None:
        return None
    branches = find_branches_with(workspace.repository, workspace.git_path)
    usual = (workspace.config.main_branch, "main", "master")
    return min(branches, key=lambda name: (name not in usual, "/" in name), default=None)


def refuse_elsewhere(repository: Repository, path: str) -> None:
    """Refuse a path that lies in another repository, below this one.

    One that this repository ignores passes: nothing of it is committed, and the commands say so.

    Raises:
        ElsewhereError: it does.
        GitError: git can't tell.
    """
    from handoff_md.git.absent import explain_elsewhere

    elsewhere = explain_elsewhere(repository, path)
    if elsewhere and find_ignore_rule(repository, path) is None:
        raise elsewhere


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
    within = os.path.join(root, "")  # noqa: PTH118 - ends with a slash, whatever the root
    real = {path: os.path.realpath(root / path) for _, path in logs}
    # git keeps no file under a path that leads over a symbolic link.
    asked = {p: r.removeprefix(within) for p, r in real.items() if r.startswith(within)}
    if repository is None or not asked:
        return {}
    rules = find_ignore_rules(repository, list(asked.values()))
    found = {path: rule for path, rule in zip(asked, rules, strict=True) if rule is not None}
    for root in {root for root, path in logs if path in found}:
        if (root / ".git").exists():
            for path in list_tracked(root, [path for base, path in logs if base == root]):
                found.pop(path, None)
    return found
