"""Checks files, and makes fixes on request: find the files, read, check, fix, write."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from handoff_md.app.lint_files import LintFile, describe_file, list_files
from handoff_md.app.surroundings import look_around
from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.config import Config
from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Diagnostic, Safety
from handoff_md.linter.engine import check_page, choose_rules
from handoff_md.linter.options import Layout, LintOptions
from handoff_md.linter.page import Page, PageKind, make_page
from handoff_md.linter.rule import Rule
from handoff_md.linter.selection import check_selectors, ignored_for
from handoff_md.store.files import NO_FILE, digest, read_bytes, replace_bytes
from handoff_md.text.edit import Patch
from handoff_md.text.source import Source

_STALE_DATE = "HE008"


@dataclass(frozen=True, slots=True, kw_only=True)
class LintRequest:
    """What ``lint`` is asked for.

    Attributes:
        directory: where the command runs; ``paths`` are relative to it.
        paths: the files and folders to check; empty for all that the project has.
        select: the rules to run in place of the configured ones; None for these.
        extend_select: further rules.
        ignore: rules to leave out.
        settings: ``KEY=VALUE`` pairs that come before the configuration's.
        isolated: use no configuration file.
        fixes: the fixes to make; None for none.
        write: write what is fixed; else it is only worked out.
        since: report only what was not there at this revision.
        commits: check the commits of this range, and no files.
        stdin: the content that stands for a file's; the name of that file is ``stdin_name``.
    """

    directory: Path
    paths: tuple[Path, ...] = ()
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    isolated: bool = False
    fixes: Safety | None = None
    write: bool = True
    since: str | None = None
    commits: str | None = None
    stdin: bytes | None = None
    stdin_name: Path | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What fixes make of a file."""

    file: LintFile
    patch: Patch


@dataclass(frozen=True, slots=True)
class LintReport:
    """What a run has found.

    ``diagnostics`` remain; ``fixed`` were mended. ``sources`` are the texts that the remaining
    ones count lines of, by path. ``checked`` counts files, or commits. ``notes`` are clauses.
    ``root`` is the workspace's. ``stdin_fixed`` is the text of stdin with its fixes, if any were
    asked for.
    """

    root: Path
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]
    checked: int
    fixed: tuple[Diagnostic, ...] = ()
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    stdin_fixed: bytes | None = None


@dataclass(frozen=True, slots=True)
class LintRun:
    """A workspace, and all that rules may ask in it."""

    workspace: Workspace
    context: Context
    _chosen: dict[PageKind | None, tuple[Rule, ...]] = field(default_factory=dict, repr=False)

    def rules_for(self, name: str, kind: PageKind | None) -> tuple[Rule, ...]:
        """Give the rules that run over a file of a kind, or with None over the commits of one."""
        if kind not in self._chosen:
            self._chosen[kind] = choose_rules(self.context, kind)
        ignored = ignored_for(name, self.context.options)
        return tuple(rule for rule in self._chosen[kind] if rule.code not in ignored)

    def page_of(self, file: LintFile, data: bytes) -> Page:
        """Make the page of a file's content."""
        heading = self.workspace.config.entries_heading
        return make_page(file.kind, file.name, data, entries_heading=heading)


@dataclass(slots=True)
class _Findings:
    """What has been found so far."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    fixed: list[Diagnostic] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def add(self, page: Page, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics += diagnostics
        if diagnostics:
            self.sources[page.path] = page.source


def start_run(request: LintRequest) -> LintRun:
    """Find the workspace and choose the rules; nothing is read yet but the configuration.

    Raises:
        FileError: there is no such folder.
        GitError: the repository can't be used.
        ConfigError: the configuration or a selector says something that can't be.
    """
    workspace = open_workspace(
        request.directory, settings=request.settings, isolated=request.isolated
    )
    config = workspace.config
    layout = Layout(
        config.handoff,
        config.summaries,
        config.sessions,
        config.entries_heading,
        config.max_summary_size,
    )
    options = _options(config, request)
    context = Context(options, layout, look_around(workspace))
    check_selectors(options)
    return LintRun(workspace, context)


def find_files(run: LintRun, request: LintRequest) -> tuple[LintFile, ...]:
    """List the files that a request is about.

    Raises:
        FileError: a path does not exist, or there is nothing to check.
    """
    if request.stdin is None:
        return list_files(run.workspace, request.directory, request.paths)
    name = request.stdin_name or run.workspace.handoff
    return (describe_file(run.workspace, Path(os.path.normpath(request.directory / name))),)


def lint_files(request: LintRequest, *, on_lock: Callable[[], None] = lambda: None) -> LintReport:
    """Check files, or commits, and make the fixes that are asked for.

    All is read and checked before anything is written, and each file is written whole or not at
    all. While fixes are written the lock is held, as in a merge.

    Raises:
        HandoffError: usage, configuration, files or git stand in the way (exit 2).
    """
    run = start_run(request)
    if request.commits is not None:
        from handoff_md.app.lint_history import lint_commits  # noqa: PLC0415 - files need no history

        return lint_commits(run, request.commits)
    files = find_files(run, request)
    writes = request.fixes is not None and request.write and request.stdin is None
    with _lock(run.workspace, on_lock) if writes else nullcontext():
        found = _Findings()
        for file in files:
            data = _read(run.workspace, file) if request.stdin is None else request.stdin
            _check(run, file, data, request.fixes, found)
        for change in found.changes if writes else ():
            _write(change)
    if request.since is not None:
        from handoff_md.app.lint_since import drop_known  # noqa: PLC0415 - for this option only

        found.diagnostics = list(drop_known(run, request.since, files, found.diagnostics))
    return LintReport(
        run.workspace.root,
        tuple(found.diagnostics),
        found.sources,
        len(files),
        tuple(found.fixed),
        tuple(found.changes),
        _notes(run.workspace),
        _fixed_stdin(request, found),
    )


def _options(config: Config, request: LintRequest) -> LintOptions:
    """Give the options of a run: what the request selects comes before the configuration.

    Where the header's date is not kept up to date on purpose, nobody is told that it is stale.
    """
    configured = config.lint or LintOptions()
    if not config.update_last_updated:
        configured = replace(configured, ignore=(*configured.ignore, _STALE_DATE))
    if request.select is not None:
        configured = replace(configured, select=request.select, extend_select=(), ignore=())
    return replace(
        configured,
        extend_select=(*configured.extend_select, *request.extend_select),
        ignore=(*configured.ignore, *request.ignore),
    )


def _read(workspace: Workspace, file: LintFile) -> bytes:
    if file.kind is PageKind.IGNORE and not file.path.exists():
        return b""
    inside = file.path.is_relative_to(workspace.root)
    root = workspace.root if inside else Path(file.path.anchor)
    return read_bytes(file.path, root=root, limit=None)


def _check(
    run: LintRun, file: LintFile, data: bytes, fixes: Safety | None, found: _Findings
) -> None:
    """Check one file, and work out its fixes where they are asked for."""
    page, rules = run.page_of(file, data), run.rules_for(file.name, file.kind)
    if fixes is None:
        found.add(page, check_page(page, rules, run.context))
        return
    from handoff_md.linter.fixer import fix_page  # noqa: PLC0415 - for fixes only

    fixed = fix_page(page, rules, run.context, unsafe=fixes is Safety.UNSAFE)
    found.add(fixed.page, fixed.remaining)
    found.fixed += fixed.fixed
    if fixed.fixed:
        from handoff_md.text.compare import compare  # noqa: PLC0415 - for what is fixed only

        found.changes.append(Change(file, compare(page.source, fixed.page.source)))


def _fixed_stdin(request: LintRequest, found: _Findings) -> bytes | None:
    if request.stdin is None or request.fixes is None:
        return None
    return found.changes[0].patch.apply().to_bytes() if found.changes else request.stdin


def _write(change: Change) -> None:
    """Write what fixes make of a file, unless somebody has changed it meanwhile."""
    before = change.patch.source.to_bytes()
    known = digest(before) if before or change.file.path.exists() else NO_FILE
    replace_bytes(change.file.path, change.patch.apply().to_bytes(), expected=known)


def _lock(workspace: Workspace, on_lock: Callable[[], None]) -> AbstractContextManager[None]:
    from handoff_md.store.lock import hold_lock  # noqa: PLC0415 - for fixes only

    return hold_lock(workspace.state, timeout=workspace.config.lock_timeout, on_wait=on_lock)


def _notes(workspace: Workspace) -> tuple[str, ...]:
    if workspace.repository:
        return ()
    return ("this is no git repository: rules that ask git are silent",)
