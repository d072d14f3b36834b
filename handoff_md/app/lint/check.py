"""Checks files, and makes fixes on request: find the files, read, check, fix, write."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from handoff_md.app.lint.files import LintFile, check_report_file, describe_file, list_files
from handoff_md.app.lint.invocation import LintRequest, LintRun, start_run
from handoff_md.app.lint.report import FixedFile, LintReport
from handoff_md.app.workspace import Workspace
from handoff_md.linter.diagnostic import Diagnostic, Safety
from handoff_md.linter.engine import check_page
from handoff_md.linter.page import Page, PageKind
from handoff_md.store.files import NO_FILE, digest, read_bytes, replace_bytes
from handoff_md.text.source import Source

if TYPE_CHECKING:
    from handoff_md.app.lint.since import FindNew


class _Findings(Struct):
    """What has been found so far."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    fixed: list[Diagnostic] = field(default_factory=list)
    changes: list[FixedFile] = field(default_factory=list)

    def add(self, page: Page, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics += diagnostics
        if diagnostics:
            self.sources[page.path] = page.source


def find_files(run: LintRun, request: LintRequest) -> tuple[LintFile, ...]:
    """List the files that a request is about.

    Raises:
        FileError: a path does not exist, or there is nothing to check.
    """
    if request.stdin is None:
        return list_files(
            run.workspace, request.directory, request.paths, skip_others=request.skip_others
        )
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
    files = find_files(run, request) if request.commits is None else ()
    if request.report_to:
        check_report_file(run.workspace, files, request.report_to)
    if request.commits is not None:
        from handoff_md.app.lint.history import lint_commits

        return lint_commits(run, request.commits)
    writes = request.fixes is not None and request.write and request.stdin is None
    with (
        _since(run, request.since) as find_new,
        _lock(run.workspace, on_lock) if writes else nullcontext(),
    ):
        found = _Findings()
        for file in files:
            data = _read(run.workspace, file) if request.stdin is None else request.stdin
            _check(run, file, data, request.fixes, find_new, found)
        for change in found.changes if writes else ():
            _write(change)
        if writes:
            _sweep(run.workspace, found.changes)
    return LintReport(
        run.workspace.root,
        tuple(found.diagnostics),
        found.sources,
        len(files),
        tuple(found.fixed),
        tuple(found.changes),
        _notes(run.workspace, request),
        _fixed_stdin(request, found),
    )


def _read(workspace: Workspace, file: LintFile) -> bytes:
    if file.kind is PageKind.IGNORE and not file.path.exists():
        return b""
    inside = file.path.is_relative_to(workspace.root)
    root = workspace.root if inside else Path(file.path.anchor)
    return read_bytes(file.path, root=root, limit=None)


def _since(run: LintRun, revision: str | None) -> AbstractContextManager[FindNew]:
    if revision is None:
        return nullcontext(_keep_all)
    from handoff_md.app.lint.since import open_since

    return open_since(run, revision)


def _keep_all(_file: LintFile, found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(found)


def _check(
    run: LintRun,
    file: LintFile,
    data: bytes,
    fixes: Safety | None,
    find_new: FindNew,
    found: _Findings,
) -> None:
    """Check one file, and work out its fixes where they are asked for; only of what is new."""
    page, rules = run.page_of(file, data), run.rules_for(file.name, file.kind)
    if fixes is None:
        found.add(page, find_new(file, check_page(page, rules, run.context)))
        return
    from handoff_md.linter.fixer import fix_page

    fixed = fix_page(
        page,
        rules,
        run.context,
        unsafe=fixes is Safety.UNSAFE,
        choose=lambda diagnostics: find_new(file, diagnostics),
    )
    found.add(fixed.page, fixed.remaining)
    found.fixed += fixed.fixed
    if fixed.fixed:
        found.changes.append(FixedFile(file, fixed.patch))


def _fixed_stdin(request: LintRequest, found: _Findings) -> bytes | None:
    if request.stdin is None or request.fixes is None:
        return None
    return found.changes[0].patch.apply().to_bytes() if found.changes else request.stdin


def _write(change: FixedFile) -> None:
    """Write what fixes make of a file, unless somebody has changed it meanwhile."""
    before = change.patch.source.to_bytes()
    known = digest(before) if before or change.file.path.exists() else NO_FILE
    replace_bytes(change.file.path, change.patch.apply().to_bytes(), expected=known)


def _sweep(workspace: Workspace, changes: Sequence[FixedFile]) -> None:
    from handoff_md.app.sweep import sweep

    sweep(workspace, *{change.file.path.parent for change in changes})


def _lock(workspace: Workspace, on_lock: Callable[[], None]) -> AbstractContextManager[None]:
    from handoff_md.store.lock import hold_lock

    return hold_lock(workspace.state, timeout=workspace.config.lock_timeout, on_wait=on_lock)


def _notes(workspace: Workspace, request: LintRequest) -> tuple[str, ...]:
    notes: list[str] = []
    if not workspace.repository:
        why = "git is not installed" if workspace.lacks_git else "this is no git repository"
        notes.append(f"{why}: rules that ask git are silent")
    if not request.paths and request.stdin is None and not workspace.handoff.exists():
        from handoff_md.app.missing import explain_kept

        kept = explain_kept(workspace)
        message = kept.message if kept else f"there is no {workspace.config.handoff}"
        notes.append(f"{message}: only other files are checked")
        notes += [kept.hint] if kept else []
    return tuple(notes)
