"""What lies around the files that are checked: worktrees, logs, commits. Looked at when asked."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from handoff_md.app.workspace import Workspace
from handoff_md.errors import FileError
from handoff_md.linter.context import LintSurroundings
from handoff_md.linter.page import Page, PageKind, make_page
from handoff_md.semantics.logs.own_log import LogIndex, index_logs
from handoff_md.store.files import read_bytes
from handoff_md.syntax.parse import parse

if TYPE_CHECKING:
    from handoff_md.ledger.records import Claim

_MOST_BYTES = 8 * 1024 * 1024


def look_around(workspace: Workspace, today: dt.date | None = None) -> LintSurroundings:
    """Give what rules may ask of a workspace; nothing is looked at before.

    Where git is not used, or the history is not all here, what only git can tell is not known.
    """
    around = _Around(workspace)
    repository = workspace.repository
    return LintSurroundings(
        exists=around.exists,
        logs=lambda: around.logs,
        reachable_logs=lambda: around.reachable_logs,
        anchors=around.anchors,
        unknown_commits=around.unknown_commits if repository else None,
        handoff=lambda: around.handoff,
        log_title=around.log_title,
        is_set_aside=around.is_set_aside,
        summaries_ignored=(lambda: around.summaries_ignored) if repository else None,
        built=around.tell_build if workspace.config.profile == "derived" else None,
        pieces=around.tell_pieces if workspace.config.profile == "derived" else None,
        today=today,
    )


class _Around(Struct, dict=True, gc=True):
    """A workspace, and what was found out about it so far. All paths are relative, with ``/``."""

    workspace: Workspace
    names: dict[tuple[Path, str], frozenset[str]] = field(default_factory=dict)
    read_anchors: dict[str, AbstractSet[str] | None] = field(default_factory=dict)
    titles: dict[str, str | None] = field(default_factory=dict)
    judged_commits: dict[str, bool] = field(default_factory=dict)

    @cached_property
    def linked(self) -> tuple[Path, ...]:
        """Give the roots of the linked worktrees that are there, this one aside."""
        from handoff_md.app.work_trees import roots_of

        return roots_of(self.workspace)[1:]

    def roots(self) -> Iterator[Path]:
        """Give this work tree's root, then those of the linked ones, which are listed only then."""
        yield self.workspace.root
        yield from self.linked

    def exists(self, path: str) -> bool:
        """Tell whether a file or folder of exactly this name is in any work tree.

        What belongs to this one, but is not on disk there, counts.
        """
        return any(self._stands_in(root, path) for root in self.roots()) or self._is_absent(path)

    def _is_absent(self, path: str) -> bool:
        files, submodules = self._absent
        return (
            path in files
            or any(file.startswith(f"{path}/") for file in files)
            or any(path.startswith(f"{folder}/") for folder in submodules)
        )

    @cached_property
    def _absent(self) -> tuple[frozenset[str], tuple[str, ...]]:
        """Give the files that a sparse checkout leaves out, and submodules that are not there."""
        from handoff_md.git.absent import (
            list_empty_submodules,
            list_sparse,
        )

        repository = self.workspace.repository
        if repository is None:
            return frozenset(), ()
        return list_sparse(repository), list_empty_submodules(repository)

    def _stands_in(self, root: Path, path: str) -> bool:
        folder = ""
        for name in path.split("/") if path else ():
            if name not in self._names_in(root, folder):
                return False
            folder = f"{folder}/{name}" if folder else name
        return True

    def _names_in(self, root: Path, folder: str) -> frozenset[str]:
        """List a folder once; one that can't be read is empty."""
        key = (root, folder)
        if key not in self.names:
            try:
                self.names[key] = frozenset(path.name for path in (root / folder).iterdir())
            except (OSError, ValueError):
                self.names[key] = frozenset()
        return self.names[key]

    def _find(self, path: str) -> tuple[Path, Path] | None:
        """Give the first work tree that has a file, and the file's path there."""
        for root in self.roots():
            if self._stands_in(root, path):
                return root, root / path
        return None

    def _read(self, path: str) -> bytes | None:
        found = self._find(path)
        if found is None:
            return None
        try:
            return read_bytes(found[1], root=found[0], limit=_MOST_BYTES)
        except FileError:
            return None

    @cached_property
    def logs(self) -> LogIndex:
        """Give the session logs of this work tree."""
        return index_logs(self._log_files)

    @cached_property
    def _log_files(self) -> tuple[str, ...]:
        return tuple(sorted(_markdown_below(self.workspace.root, self.workspace.config.sessions)))

    @cached_property
    def reachable_logs(self) -> LogIndex:
        """Give the session logs here, in linked worktrees, and in HEAD."""
        sessions = self.workspace.config.sessions
        found = set(self._log_files)
        for root in self.linked:
            found.update(_markdown_below(root, sessions))
        if self.workspace.repository:
            from handoff_md.git.objects import list_tree

            files = list_tree(self.workspace.repository, "HEAD", [f"{sessions}/"])
            found.update(path for path in files if path.endswith(".md"))
        return index_logs(sorted(found))

    def anchors(self, path: str) -> AbstractSet[str] | None:
        """Give the anchors of a document."""
        from handoff_md.semantics.document.anchors import find_anchors

        if path not in self.read_anchors:
            data = self._read(path)
            self.read_anchors[path] = None if data is None else find_anchors(parse(data))
        return self.read_anchors[path]

    def log_title(self, path: str) -> str | None:
        """Give the title of a log, None where it has none or can't be read."""
        from handoff_md.syntax.title import read_log_title

        if path not in self.titles:
            data = self._read(path)
            self.titles[path] = (read_log_title(data) or None) if data is not None else None
        return self.titles[path]

    def is_set_aside(self, path: str, data: bytes) -> bool:
        """Tell whether a log's session was abandoned, or has ended with a log elsewhere."""
        from handoff_md.store.claims import is_as_made

        abandoned, ended = self._claims
        return path in abandoned or (path in ended and is_as_made(ended[path], data))

    @cached_property
    def _claims(self) -> tuple[frozenset[str], Mapping[str, Claim]]:
        """Give the logs of abandoned sessions, and the claims of those that ended, by their logs.

        Where claims can't be read, nothing is known: `doctor` tells of that.
        """
        from handoff_md.store.claims import list_claims, list_released

        state = self.workspace.state
        try:
            held = {claim.log: claim for claim in list_claims(state)}
            released = {claim.log for claim in list_released(state)}
        except FileError:
            return frozenset(), {}
        ended = {log: claim for log, claim in held.items() if not claim.at_work}
        return frozenset(released - held.keys()), ended

    @cached_property
    def handoff(self) -> Page | None:
        """Give the page of the handoff document."""
        config = self.workspace.config
        data = self._read(config.handoff) if self.workspace.handoff.is_file() else None
        if data is None:
            return None
        return make_page(
            PageKind.HANDOFF,
            config.handoff,
            data,
            entries_heading=config.entries_heading,
            hints=config.hints(),
        )

    def tell_build(self) -> str:
        """Say what the document is to the one that its pieces give."""
        from handoff_md.app.derived.judging import tell_build

        return tell_build(self.workspace)

    def tell_pieces(self) -> tuple[str, ...]:
        """Say what is wrong with the document's pieces."""
        from handoff_md.app.derived.judging import find_flaws

        return find_flaws(self.workspace)

    def unknown_commits(self, ids: Iterable[str]) -> AbstractSet[str]:
        """Give those of the ids that no commit here has; none in a clone of a part of the history.

        The first call asks for all that the logs may name, so that one process answers all calls.
        """
        from handoff_md.git.revisions import find_unknown_commits, has_whole_history

        repository, asked = self.workspace.repository, frozenset(ids)
        if repository is None or not asked or not has_whole_history(repository):
            return frozenset()
        fresh = asked - self.judged_commits.keys()
        if fresh:
            if not self.judged_commits:
                fresh |= self._ids_in_logs()
            unknown = find_unknown_commits(repository, fresh)
            self.judged_commits.update((name, name in unknown) for name in fresh)
        return frozenset(name for name in asked if self.judged_commits[name])

    def _ids_in_logs(self) -> frozenset[str]:
        from handoff_md.semantics.logs.words import (
            COMMIT_ID,
            is_commit_id,
        )

        texts = ((self._read(path) or b"").decode("utf-8", "replace") for path in self._log_files)
        found = (name for text in texts for name in COMMIT_ID.findall(text))
        return frozenset(name for name in found if is_commit_id(name))

    @cached_property
    def summaries_ignored(self) -> bool | None:
        """Tell whether git would ignore a summary."""
        from handoff_md.git.index import is_ignored

        repository = self.workspace.repository
        path = f"{self.workspace.config.summaries}/handoff-session-1-summary.md"
        return is_ignored(repository, path) if repository else None


def _markdown_below(root: Path, folder: str) -> Iterator[str]:
    """Give the Markdown files below a folder; links to folders are not followed."""
    try:
        with os.scandir(root / folder) as entries:
            listed = list(entries)
    except OSError:
        return
    for entry in listed:
        path = f"{folder}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from _markdown_below(root, path)
        elif entry.name.endswith(".md"):
            yield path
