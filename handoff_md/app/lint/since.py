"""Tells which findings are new since a revision: those that its own files did not have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from functools import cached_property

from msgspec.structs import replace

from handoff_md.app.lint.files import LintFile
from handoff_md.app.lint.invocation import LintRun
from handoff_md.errors import GitError
from handoff_md.git.history import find_merge_bases, find_renames
from handoff_md.git.objects import ObjectReader, find_id, list_tree, open_objects
from handoff_md.git.repository import Repository
from handoff_md.git.revisions import resolve_commit
from handoff_md.linter.context import LintSurroundings
from handoff_md.linter.diagnostic import Diagnostic
from handoff_md.linter.engine import check_page
from handoff_md.linter.page import Page, PageKind
from handoff_md.reading import read_if_there
from handoff_md.semantics.logs.own_log import LogIndex, index_logs
from handoff_md.syntax.parse import parse

FindNew = Callable[[LintFile, Sequence[Diagnostic]], tuple[Diagnostic, ...]]

_IGNORE = ".gitignore"


@contextmanager
def open_since(run: LintRun, revision: str) -> Iterator[FindNew]:
    """Give what tells which of a file's findings it did not have at a revision.

    It keeps them as often as there are more of them now. Where HEAD and the revision have diverged,
    it is their common ancestor that counts: what the other side has mended since is not new here.
    Each file is checked as it was, among the files and logs that were there; two findings are one
    if rule, path, entry and text are equal. Before the first commit all is new since ``HEAD``.

    Raises:
        GitError: this is no git repository, or there is no such revision.
    """
    repository = run.workspace.repository
    if repository is None:
        raise GitError(
            f"{run.workspace.without_git}: nothing is known of earlier versions",
            "Run the command in a git repository, or without --since.",
        )
    if revision == "HEAD" and find_id(repository, revision) is None:
        yield lambda _file, found: tuple(found)  # before the first commit all is new
        return
    commit = _find_start(repository, revision)
    with open_objects(repository, run.workspace.git_path) as objects:
        past = _Past(run, repository, commit, objects)
        yield past.find_new


def _find_start(repository: Repository, revision: str) -> str:
    commit = resolve_commit(repository, revision)
    bases = find_merge_bases(repository, commit, resolve_commit(repository, "HEAD"))
    return bases[0] if len(bases) == 1 else commit


class _Past:
    """The files of a commit, and what the linter finds in them. Paths are relative, with ``/``."""

    def __init__(
        self, run: LintRun, repository: Repository, commit: str, objects: ObjectReader
    ) -> None:
        self._run = run
        self._repository = repository
        self._commit = commit
        self._objects = objects
        self._now = run.context.around
        self._known: dict[LintFile, Counter[tuple[str, ...]]] = {}
        self._context = replace(run.context, around=self._look_around())

    def find_new(self, file: LintFile, found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
        """Give those of a file's findings that it did not have."""
        if not found:
            return ()
        if file not in self._known:
            self._known[file] = Counter(self._fingerprints(file))
        known, new = self._known[file].copy(), list[Diagnostic]()
        for diagnostic in found:
            if known[diagnostic.fingerprint]:
                known[diagnostic.fingerprint] -= 1
            else:
                new.append(diagnostic)
        return tuple(new)

    def _fingerprints(self, file: LintFile) -> Iterator[tuple[str, ...]]:
        """Give the fingerprints of what a file had, under the name that it has now."""
        name = file.name if file.name in self._files else self._renamed.get(file.name)
        data = self._read(name) if name else None
        if data is None and file.kind is PageKind.IGNORE:
            name, data = file.name, b""  # it is judged where there is none, too
        if name is None or data is None:
            return
        page = self._run.page_of(replace(file, name=name), data)
        for found in check_page(page, self._run.rules_for(file.name, file.kind), self._context):
            yield replace(found, path=file.name).fingerprint

    @cached_property
    def _files(self) -> Mapping[str, str]:
        return list_tree(self._repository, self._commit)

    @cached_property
    def _folders(self) -> frozenset[str]:
        folders: set[str] = {""}
        for path in self._files:
            folder = path.rpartition("/")[0]
            while folder not in folders:
                folders.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(folders)

    @cached_property
    def _renamed(self) -> Mapping[str, str]:
        return find_renames(self._repository, self._commit)

    def _read(self, path: str) -> bytes | None:
        return self._objects.read_blob(self._files[path]) if path in self._files else None

    def _look_around(self) -> LintSurroundings:
        """Give what rules may ask, as it was; what is not in the commit is as it is now."""
        return replace(
            self._now,
            exists=self._exists,
            logs=lambda: self._logs,
            reachable_logs=lambda: self._reachable_logs,
            anchors=self._anchors,
            handoff=lambda: self._handoff,
            log_title=self._log_title,
            pieces=None,  # what stands in the way of builds, or of other branches, is never old
            summaries_ignored=self._summaries_ignored if self._now.summaries_ignored else None,
        )

    def _exists(self, path: str) -> bool:
        if path in self._files or path in self._folders:
            return True
        return self._now.exists is not None and self._now.exists(path)

    @cached_property
    def _logs(self) -> LogIndex:
        folder = f"{self._run.workspace.config.sessions}/"
        return index_logs(
            sorted(path for path in self._files if path.startswith(folder) and path[-3:] == ".md")
        )

    @cached_property
    def _reachable_logs(self) -> LogIndex:
        now = self._now.reachable_logs().paths.values() if self._now.reachable_logs else ()
        return index_logs(sorted({*self._logs.paths.values(), *now}))

    def _anchors(self, path: str) -> AbstractSet[str] | None:
        from handoff_md.semantics.document.anchors import find_anchors

        data = self._read(path)
        if data is not None:
            return find_anchors(parse(data))
        return self._now.anchors(path) if self._now.anchors else None

    @cached_property
    def _handoff(self) -> Page | None:
        path = self._run.workspace.config.handoff
        data = self._read(path)
        if data is None:
            return None
        return self._run.page_of(
            LintFile(self._run.workspace.handoff, path, PageKind.HANDOFF), data
        )

    def _log_title(self, path: str) -> str | None:
        from handoff_md.syntax.title import read_log_title

        data = self._read(path)
        if data is not None:
            return read_log_title(data) or None
        return self._now.log_title(path) if self._now.log_title else None

    def _summaries_ignored(self) -> bool | None:
        """Tell whether git ignored summaries: as now, unless a line that names them is gone."""
        name = self._run.workspace.config.summaries.rpartition("/")[2].encode()
        path = self._run.workspace.root / _IGNORE
        lines = set((read_if_there(path) or b"").splitlines())
        gone = set((self._read(_IGNORE) or b"").splitlines()) - lines
        if any(name in line and not line.startswith((b"#", b"!")) for line in gone):
            return True
        return self._now.summaries_ignored() if self._now.summaries_ignored else None
