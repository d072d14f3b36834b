"""Checks files, and makes fixes on request: find the files, read, check, fix, write."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from handoff_md.app.lint.files import LintFile, check_report_file, describe_file, list_files
from handoff_md.app.lint.invocation import FixedFile, LintReport, LintRequest, LintRun, start_run
from handoff_md.app.workspace import Workspace
from handoff_md.linter.diagnostic import Diagnostic, Safety
from handoff_md.linter.engine import check_page
from handoff_md.linter.options import BASELINE
from handoff_md.linter.page import Page, PageKind
from handoff_md.store.files import NO_FILE, digest, read_bytes, replace_bytes
from handoff_md.text.source import Source

if TYPE_CHECKING:
    from handoff_md.app.lint.baseline import KnownFindings
    from handoff_md.app.lint.since import FindNew

Choose = Callable[[LintFile, Page, Sequence[Diagnostic]], Sequence[Diagnostic]]


class _Findings(Struct):
    """What has been found so far."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    fixed: list[Diagnostic] = field(default_factory=list)
    changes: list[FixedFile] = field(default_factory=list)
    silenced: int = 0

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
            run.workspace,
            request.directory,
            request.paths,
            skip_others=request.skip_others,
            exclude=run.excluded,
            force_exclude=request.force_exclude,
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
    for path in request.report_to:
        check_report_file(run.workspace, files, path)
    if request.commits is not None:
        from handoff_md.app.lint.history import lint_commits

        return lint_commits(run, request.commits)
    return check_files(run, files, request, on_lock=on_lock)


def check_files(
    run: LintRun,
    files: Sequence[LintFile],
    request: LintRequest,
    *,
    on_lock: Callable[[], None] = lambda: None,
) -> LintReport:
    """Check files that were found; see `lint_files`."""
    known = _open_known(run) if request.baseline else None
    changes = request.fixes is not None or request.reason is not None
    writes = changes and request.write and request.stdin is None
    with (
        _since(run, request.since) as find_new,
        run.workspace.locked(on_lock) if writes else nullcontext(),
    ):
        found = _Findings()
        for file in files:
            data = _read(run.workspace, file) if request.stdin is None else request.stdin
            _check(run, file, data, request, _choose(find_new, known), found)
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
        (*_notes(run.workspace, request), *_note_gone(run, files, request, known)),
        _fixed_stdin(request, found),
        known.hidden if known else 0,
        found.silenced,
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


def _open_known(run: LintRun) -> KnownFindings | None:
    """Give what the baseline knows of; most projects have none, and load nothing for it."""
    name = run.context.options.baseline
    if name == BASELINE and not os.path.lexists(run.workspace.root / name):
        return None
    from handoff_md.app.lint.baseline import read_known

    return read_known(run)


def _choose(find_new: FindNew, known: KnownFindings | None) -> Choose:
    """Give what chooses the findings of a page that are neither old nor known."""
    if known is None:
        return lambda file, _page, found: find_new(file, found)

    def choose(file: LintFile, page: Page, found: Sequence[Diagnostic]) -> Sequence[Diagnostic]:
        new = frozenset(find_new(file, found))
        return [diagnostic for diagnostic in known.find_new(page, found) if diagnostic in new]

    return choose


def _note_gone(
    run: LintRun, files: Sequence[LintFile], request: LintRequest, known: KnownFindings | None
) -> tuple[str, ...]:
    """Count what the baseline knows of and is no more; only where all findings were looked for."""
    if known is None or request.since is not None or request.stdin is not None:
        return ()
    gone = known.count_gone({file.name: run.codes_for(file) for file in files})
    if not gone:
        return ()
    what = "1 known finding is" if gone == 1 else f"{gone:,} known findings are"
    return (f"{what} gone: `handoff-md lint --write-baseline` drops what is no more",)


def _keep_all(_file: LintFile, found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(found)


def _check(
    run: LintRun,
    file: LintFile,
    data: bytes,
    request: LintRequest,
    choose: Choose,
    found: _Findings,
) -> None:
    """Check one file, and work out its fixes where they are asked for; only of what is new."""
    page, rules = run.page_of(file, data), run.rules_for(file.name, file.kind)
    if request.reason is not None:
        _silence(run, file, page, request.reason, choose, found)
        return
    if request.fixes is None:
        found.add(page, choose(file, page, check_page(page, rules, run.context)))
        return
    from handoff_md.linter.fixer import fix_page

    fixed = fix_page(
        page,
        rules,
        run.context,
        unsafe=request.fixes is Safety.UNSAFE,
        choose=lambda diagnostics: choose(file, page, diagnostics),
    )
    found.add(fixed.page, fixed.remaining)
    found.fixed += fixed.fixed
    if fixed.fixed:
        found.changes.append(FixedFile(file, fixed.patch))


def _silence(
    run: LintRun, file: LintFile, page: Page, reason: str, choose: Choose, found: _Findings
) -> None:
    """Silence what is found in a file, with a comment for each line."""
    from handoff_md.linter.silencing import silence_page

    done = silence_page(
        page,
        run.rules_for(file.name, file.kind),
        run.context,
        reason,
        lambda diagnostics: choose(file, page, diagnostics),
    )
    found.add(done.page, done.remaining)
    found.silenced += done.silenced
    if done.silenced:
        found.changes.append(FixedFile(file, done.patch))


def _fixed_stdin(request: LintRequest, found: _Findings) -> bytes | None:
    if request.stdin is None or (request.fixes is None and request.reason is None):
        return None
    return found.changes[0].patch.apply().to_bytes() if found.changes else request.stdin


def _write(change: FixedFile) -> None:
    """Write what fixes make of a file, unless somebody has changed it meanwhile."""
    before = change.patch.source.to_bytes()
    known = digest(before) if before or change.file.path.exists() else NO_FILE
    replace_bytes(change.file.path, change.patch.apply().to_bytes(), expected=known)


def _sweep(workspace: Workspace, changes: Sequence[FixedFile]) -> None:
    from handoff_md.app.workspace import sweep

    sweep(workspace, *{change.file.path.parent for change in changes})


def _notes(workspace: Workspace, request: LintRequest) -> tuple[str, ...]:
    notes: list[str] = []
    if not workspace.repository:
        why = "git is not installed" if workspace.lacks_git else "this is no git repository"
        notes.append(f"{why}: rules that ask git are silent")
    if not request.paths and request.stdin is None and not workspace.handoff.exists():
        from handoff_md.app.documents import explain_kept

        kept = explain_kept(workspace)
        message = kept.message if kept else f"there is no {workspace.config.handoff}"
        notes.append(f"{message}: only other files are checked")
        notes += [kept.hint] if kept else []
    return tuple(notes)
