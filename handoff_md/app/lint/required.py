"""Tells whether what a branch changes comes with a session: its log, its entry, or its summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from handoff_md.app.lint.invocation import LintRequest, LintRun, start_run
from handoff_md.app.lint.report import LintReport
from handoff_md.errors import GitError
from handoff_md.git.history import find_merge_bases
from handoff_md.git.objects import list_tree, open_objects
from handoff_md.git.repository import Repository
from handoff_md.git.revisions import is_shallow, resolve_commit, shallow_error
from handoff_md.linter.change import CommitChange, History
from handoff_md.linter.engine import check_change
from handoff_md.linter.rule import load_rule
from handoff_md.linter.selection import is_excluded
from handoff_md.semantics.entries.items import Item, find_lacking, read_items
from handoff_md.syntax.form.form import FormHints
from handoff_md.syntax.grammar import SUMMARY_NAME, read_log_name
from handoff_md.syntax.parse import parse
from handoff_md.text.source import decode

_RULE = "HG008"
_NO_HISTORY = History(
    bases=lambda _one, _other: (),
    elsewhere=lambda _commit, _words: (),
    had_before=lambda _commit, _heading: False,
    moved_logs=lambda _parent, _commit: frozenset(),
)


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
