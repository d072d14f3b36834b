"""Checks the commits of a range: what each made of the documents, and if it brings a session."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

from handoff_md.app.lint.invocation import LintReport, LintRequest, LintRun, start_run
from handoff_md.derived.pieces import is_of_main
from handoff_md.errors import GitError
from handoff_md.git.branches import find_main_branch
from handoff_md.git.history import (
    Commit,
    FileChange,
    find_files_with,
    find_merge_bases,
    find_moved_files,
    had_before,
    list_commits_outside,
    read_commits,
)
from handoff_md.git.objects import ObjectReader, list_tree, open_objects
from handoff_md.git.process import in_quarantine
from handoff_md.git.repository import Repository
from handoff_md.git.revisions import is_shallow, resolve_commit, shallow_error
from handoff_md.linter.change import AddedLog, CommitChange, History, Version
from handoff_md.linter.diagnostic import Diagnostic
from handoff_md.linter.engine import check_change
from handoff_md.linter.options import Profile
from handoff_md.linter.page import PageKind, make_page
from handoff_md.linter.rule import load_rule
from handoff_md.linter.selection import is_excluded
from handoff_md.semantics.entries.items import Item, find_lacking, read_items
from handoff_md.semantics.entries.version_items import ItemReader
from handoff_md.semantics.summaries.committed import is_committed_path, read_committed_name
from handoff_md.syntax.form.form import FormHints
from handoff_md.syntax.grammar import SUMMARY_NAME, read_log_name
from handoff_md.syntax.parse import parse
from handoff_md.text.source import Source, decode

_SESSION = "Handoff-Session"
_ORCHESTRATOR = "Handoff-Orchestrator"
_ABOUT_MAIN = {Profile.READ_ONLY: "HG006", Profile.DERIVED: "HG010"}
_KEPT_VERSIONS = 16
_MOST_FILES = 50
_MOST_LOOKUPS = 20
_RULE = "HG008"
_NO_HISTORY = History(
    bases=lambda _one, _other: (),
    elsewhere=lambda _commit, _words: (),
    had_before=lambda _commit, _heading: False,
    moved_logs=lambda _parent, _commit: frozenset(),
)


def lint_commits(run: LintRun, revisions: str) -> LintReport:
    """Check the commits of a range (``A..B``, or whatever ``git log`` takes), parents first.

    Findings about a commit count lines of the document as that commit leaves it.

    Raises:
        GitError: this is no git repository, there is no such revision, or the clone is too shallow.
    """
    repository, config = run.workspace.repository, run.workspace.config
    if repository is None:
        raise GitError(
            f"{run.workspace.without_git}: there are no commits to check",
            "Run the command in a git repository, or check files instead.",
        )
    commits = read_commits(
        repository,
        revisions,
        paths=(run.workspace.git_path, config.sessions, *_folder_of_pieces(run)),
        trailers=(_SESSION, _ORCHESTRATOR),
    )
    off_main, notes = _find_off_main(run, repository, revisions)
    rules = run.rules_for(config.handoff, None)
    found: list[Diagnostic] = []
    with open_objects(repository, run.workspace.git_path) as objects:
        past = _Past(run, repository, objects, _list_pieces(run, repository) if off_main else ())
        for commit in commits if rules else ():
            change = past.change_of(commit, is_off_main=commit.id in off_main)
            if change:
                found += check_change(change, rules, run.context)
    return LintReport(run.workspace.root, tuple(found), {}, len(commits), notes=notes)


def _find_off_main(
    run: LintRun, repository: Repository, revisions: str
) -> tuple[frozenset[str], tuple[str, ...]]:
    """Give the commits of a range that are not on the main branch, where a profile asks for it."""
    code = _ABOUT_MAIN.get(run.context.options.profile)
    if code is None:
        return frozenset(), ()
    if in_quarantine(repository.git_dir):
        note = f"which branch a push goes to is not known in its hook: the rule {code} is left out"
        return frozenset(), (note,)
    main = find_main_branch(repository, run.workspace.config.main_branch)
    if main:
        return list_commits_outside(repository, revisions, main), ()
    return frozenset(), (f"the main branch is not known: set `main-branch` for the rule {code}",)


def _list_pieces(run: LintRun, repository: Repository) -> frozenset[str]:
    """Give the files of sessions that the main branch has, where the document is built.

    Raises:
        GitError: git can't list them.
    """
    folders = _folder_of_pieces(run)
    main = find_main_branch(repository, run.workspace.config.main_branch) if folders else ()
    held = (path for name in main for path in list_tree(repository, name, folders))
    return frozenset(path for path in held if read_committed_name(path.rpartition("/")[2]))


def _folder_of_pieces(run: LintRun) -> tuple[str, ...]:
    """Give the folder of the document's pieces, where it is built."""
    is_derived = run.context.options.profile is Profile.DERIVED
    return (run.workspace.config.committed,) if is_derived else ()


class _Past:
    """What a repository's past tells; versions are kept, since one commit's is the next one's."""

    def __init__(
        self,
        run: LintRun,
        repository: Repository,
        objects: ObjectReader,
        pieces: Collection[str] = (),
    ) -> None:
        self._pieces = pieces
        self._path = run.workspace.git_path
        self._config = run.workspace.config
        self._repository = repository
        self._objects = objects
        self._hints = run.workspace.config.hints().in_versions
        self._reader = ItemReader(self._hints)
        self._version = lru_cache(_KEPT_VERSIONS)(self._read_version)
        self._lookups: dict[tuple[str, str], bool] = {}
        self._history = History(self._bases, self._elsewhere, self._had_before, self._moved_logs)

    def change_of(self, commit: Commit, *, is_off_main: bool) -> CommitChange | None:
        """Give what a commit changed; None where no rule could have anything to say."""
        if not any(commit.changes) and not commit.trailers[_ORCHESTRATOR]:
            return None
        edits = [_find_edit(changes, self._path) for changes in commit.changes]
        edited = next((edit for edit in edits if edit), None)
        after = edited.after if edited else None
        parents = [edit.before if edit else after for edit in edits]
        return CommitChange(
            commit.id,
            commit.parents,
            commit.message,
            commit.trailers[_SESSION],
            commit.trailers[_ORCHESTRATOR],
            self._version(after) if after else None,
            tuple(self._version(blob) if blob else None for blob in parents),
            _find_added_logs(commit.changes[0], self._config.committed),
            is_edit=all(edits),
            is_off_main=is_off_main,
            history=self._history,
            date=commit.date,
            pieces=_find_pieces(commit.changes, self._config.committed, self._pieces),
        )

    def _read_version(self, blob: str) -> Version:
        data = self._objects.read_blob(blob)
        return self._make_version(decode(data or b""))

    def _make_version(self, source: Source) -> Version:
        """Read a version; one with conflict markers is read as if they were not there."""
        if "<<<<<<<" in source.text or ">>>>>>>" in source.text:
            page = make_page(PageKind.HANDOFF, self._path, source, hints=self._hints)
            return Version(source, tuple(read_items(source, page.document.children)))
        return Version(source, self._reader.read(source) or ())

    def _bases(self, one: str, other: str) -> tuple[Version, ...]:
        commits = find_merge_bases(self._repository, one, other)
        if not commits and is_shallow(self._repository):
            raise shallow_error(
                f"the clone is shallow: it lacks the common ancestor of {one[:12]} and "
                f"{other[:12]}, which a merge is judged by",
                None,
            )
        blobs = (self._objects.read_blob(f"{commit}:{self._path}") for commit in commits)
        return tuple(self._make_version(decode(blob)) for blob in blobs if blob is not None)

    def _elsewhere(self, commit: str, words: Sequence[str]) -> tuple[Item, ...]:
        """Give what other documents tell; logs and summaries tell of sessions, but archive none."""
        if not words:
            return ()
        own = (f"{self._config.sessions}/", f"{self._config.summaries}/")
        paths = [
            path
            for path in find_files_with(self._repository, commit, words, ending=".md")
            if path != self._path and not path.startswith(own)
        ]
        return tuple(item for path in paths[:_MOST_FILES] for item in self._items_of(commit, path))

    def _items_of(self, commit: str, path: str) -> Iterator[Item]:
        data = self._objects.read_blob(f"{commit}:{path}")
        if data is not None:
            yield from self._make_version(decode(data)).items

    def _had_before(self, commit: str, heading: str) -> bool:
        key = (commit, heading)
        if key not in self._lookups:
            asked = sum(1 for known, _ in self._lookups if known == commit)
            self._lookups[key] = asked < _MOST_LOOKUPS and had_before(
                self._repository, commit, self._path, heading
            )
        return self._lookups[key]

    def _moved_logs(self, parent: str, commit: str) -> frozenset[str]:
        return frozenset(find_moved_files(self._repository, parent, commit, ".md"))


def _find_edit(changes: Sequence[FileChange], path: str) -> FileChange | None:
    return next((change for change in changes if change.path == path), None)


def _find_pieces(
    changes: Sequence[Sequence[FileChange]], folder: str, on_main: Collection[str]
) -> tuple[str, ...]:
    """Give the files of pieces that a commit edits, moves or deletes, whichever parent is asked.

    Those of sessions are some as soon as the main branch has them.
    """
    changed = [
        {
            change.path
            for change in of_parent
            if change.before is not None and change.path.startswith(f"{folder}/")
            if is_of_main(change.path.removeprefix(f"{folder}/")) or change.path in on_main
        }
        for of_parent in changes
    ]
    return tuple(sorted(set.intersection(*changed))) if changed else ()


def _find_added_logs(changes: Sequence[FileChange], folder: str) -> tuple[AddedLog, ...]:
    """Give the logs that are added; a deleted one of the same text or session was renamed."""
    gone = [change for change in changes if change.after is None]
    blobs = {change.before for change in gone}
    sessions = {_session_of(change.path) for change in gone}
    return tuple(
        AddedLog(change.path, name)
        for change in changes
        if change.before is None and change.after is not None and change.after not in blobs
        if not change.path.startswith(f"{folder}/") and not is_committed_path(change.path)
        if (name := read_log_name(change.path.rpartition("/")[2]))
        and _session_of(change.path) not in sessions
    )


def _session_of(path: str) -> object:
    name = read_log_name(path.rpartition("/")[2])
    return (name.session_id, name.date) if name else None


def require_session(request: LintRequest, revisions: str) -> LintReport:
    """Check that a branch which changes files brings a session.

    Args:
        request: where it runs, and its settings.
        revisions: ``A..B`` for what B has changed since it left A; a single one stands for what
            HEAD has.

    Raises:
        GitError: this is no git repository, there is no such revision, or the clone is too shallow.
    """
    run = start_run(request)
    repository = run.workspace.repository
    if repository is None:
        raise GitError(
            f"{run.workspace.without_git}: there are no commits to check",
            "Run the command in a git repository.",
        )
    base, tip = _find_ends(repository, revisions)
    before, after = list_tree(repository, base), list_tree(repository, tip)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    work = sorted(path for path in changed if not _is_exempt(run, path))
    missing = bool(work) and not _brings_session(run, repository, changed, (base, tip), after)
    change = CommitChange(
        tip,
        (base,),
        "",
        (),
        (),
        None,
        (None,),
        (),
        is_edit=False,
        is_off_main=False,
        history=_NO_HISTORY,
        unaccounted=tuple(work) if missing else (),
    )
    found = tuple(check_change(change, (load_rule(_RULE),), run.context))
    return LintReport(run.workspace.root, found, {}, 1)


def _find_ends(repository: Repository, revisions: str) -> tuple[str, str]:
    """Give where a branch begins, and its last commit."""
    first, dots, last = revisions.partition("..")
    tip = resolve_commit(repository, last.removeprefix(".") or "HEAD")
    start = resolve_commit(repository, first or "HEAD" if dots else revisions)
    bases = find_merge_bases(repository, start, tip)
    if bases:
        return bases[0], tip
    if is_shallow(repository):
        raise shallow_error(f"the clone is shallow: it lacks where {revisions} begins", None)
    return start, tip


def _is_exempt(run: LintRun, path: str) -> bool:
    """Tell whether a file needs no session: it is the protocol's own, or configured so."""
    config, options = run.workspace.config, run.context.options
    own = (config.handoff, config.protocol, config.guide, options.baseline)
    folders = (f"{config.sessions}/", f"{config.summaries}/", f"{config.committed}/")
    return path in own or path.startswith(folders) or is_excluded(path, options.session_exempt)


def _brings_session(
    run: LintRun,
    repository: Repository,
    changed: AbstractSet[str],
    ends: Sequence[str],
    after: Mapping[str, str],
) -> bool:
    names = [path.rpartition("/")[2] for path in changed if path in after]
    if any(read_log_name(name) or SUMMARY_NAME.fullmatch(name) for name in names):
        return True
    handoff = run.workspace.git_path
    if handoff not in changed or handoff not in after:
        return False
    with open_objects(repository, handoff) as objects:
        hints = run.workspace.config.hints().in_versions
        old, new = (_items_of(objects.read_blob(f"{end}:{handoff}"), hints) for end in ends)
    return bool(find_lacking(new, old))


def _items_of(data: bytes | None, hints: FormHints) -> tuple[Item, ...]:
    source = decode(data or b"")
    return tuple(read_items(source, parse(source, hints=hints).children))
