"""Which files a run of the linter checks, and what each is to the protocol."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from handoff_md.app.workspace import Workspace
from handoff_md.config import Config
from handoff_md.errors import FileError
from handoff_md.linter.page import PageKind
from handoff_md.linter.selection import is_excluded
from handoff_md.semantics.summaries.committed import is_committed_path
from handoff_md.store.files import file_error
from handoff_md.syntax.grammar import SUMMARY_NAME, is_nearly_summary, read_log_name
from handoff_md.text.pattern import lazy_pattern
from handoff_md.value import Value

_PROTOCOL = "SESSION-PROTOCOL.md"
_HANDOFF = "HANDOFF.md"
_IGNORE = ".gitignore"
_SOME_LOG = lazy_pattern(
    r"session.*[0-9]|[0-9].*session|[0-9]{4}-?[0-9]{2}-?[0-9]{2}", re.IGNORECASE
)


class LintFile(Value):
    """A file to check: where it is, what it is called, and what it is.

    ``name`` is its path relative to the root, with ``/``; the absolute path where it lies outside.
    """

    path: Path
    name: str
    kind: PageKind


def list_files(
    workspace: Workspace,
    directory: Path,
    paths: Sequence[Path],
    *,
    skip_others: bool = False,
    exclude: Sequence[str] = (),
    force_exclude: bool = False,
) -> tuple[LintFile, ...]:
    """List the files to check, each once.

    Without paths these are the handoff document, the protocol, all summaries and session logs, and
    the ignore rules. A folder stands for the files of these kinds below it; a file of another name
    is taken for a handoff document, or with ``skip_others`` passed over; there may be nothing then.
    What the patterns ``exclude`` match is passed over; with ``force_exclude`` a file that is named,
    too.

    Raises:
        FileError: a path does not exist, there is nothing to check, or the handoff document is
            configured (or a symbolic link) and does not exist.
    """
    if not paths:
        _check_handoff(workspace)
        found = tuple(_leave_out(_default_files(workspace), exclude))
        if all(file.kind is PageKind.IGNORE for file in found):
            _refuse_missing(workspace)
            raise FileError(
                f"there is nothing to check in {workspace.root}: no {workspace.config.handoff}, "
                "no summary and no session log",
                _say_where(workspace),
            )
        return found
    files: dict[Path, LintFile] = {}
    for path in paths:
        full = Path(os.path.normpath(directory / path))
        patterns = exclude if force_exclude or full.is_dir() else ()
        for file in _leave_out(_named_files(workspace, full), patterns):
            if not skip_others or _is_known(workspace, file):
                files.setdefault(file.path, file)
    if not files and not skip_others and not force_exclude:
        raise FileError(
            f"there is nothing to check in {', '.join(map(str, paths))}: "
            "no handoff document, no protocol, no summary and no session log",
            "Name a file: whatever it is called, it is taken for a handoff document.",
        )
    return tuple(files.values())


def _leave_out(files: Iterable[LintFile], exclude: Sequence[str]) -> Iterator[LintFile]:
    return (file for file in files if not exclude or not is_excluded(file.name, exclude))


def _say_where(workspace: Workspace) -> str:
    """Say what to do where nothing is to be checked: the documents may be configured elsewhere."""
    from handoff_md.app.documents import say_where

    return say_where(workspace, "lint") or "Name a file, or set `handoff` in handoff-md.toml."


def check_report_file(
    workspace: Workspace, files: Sequence[LintFile], report: Path, *, what: str = "the report"
) -> None:
    """Raise a FileError where a report would replace a file that the linter is for.

    Args:
        workspace: where the command works.
        files: the files to check.
        report: the absolute path that the report goes to.
        what: names it in the message.
    """
    real = os.path.realpath(report)
    checked = any(os.path.realpath(file.path) == real for file in files)
    if checked or _describe(workspace, report) or _describe(workspace, Path(real)):
        raise FileError(
            f"{what} would replace {report}, which is a file to check",
            "Name another file.",
        )


def describe_file(workspace: Workspace, path: Path) -> LintFile:
    """Say what a file is, by its absolute path; it need not exist."""
    return _describe(workspace, path) or _make(workspace, path, PageKind.HANDOFF)


def _check_handoff(workspace: Workspace) -> None:
    if workspace.handoff.exists():
        return
    configured = workspace.config.handoff != Config().handoff
    if configured or workspace.handoff.is_symlink():
        _refuse_missing(workspace)
        what = "is configured" if configured else "is a symbolic link"
        raise FileError(
            f"there is no handoff document: {workspace.config.handoff} {what} and leads to no file",
            "Check the path, or create the document with `handoff-md init`.",
        )


def _refuse_missing(workspace: Workspace) -> None:
    """Say how to get the document where git has it, and the work tree does not (GitError)."""
    from handoff_md.app.documents import explain_kept

    if kept := explain_kept(workspace):
        raise kept


def _default_files(workspace: Workspace) -> Iterator[LintFile]:
    if workspace.handoff.exists():
        yield _make(workspace, workspace.handoff, PageKind.HANDOFF)
    protocol = workspace.handoff.parent / _PROTOCOL
    if protocol.exists():
        yield _make(workspace, protocol, PageKind.PROTOCOL)
    for folder in dict.fromkeys((workspace.root / workspace.config.sessions, workspace.summaries)):
        yield from _files_below(workspace, folder)
    if workspace.repository:
        yield _make(workspace, workspace.root / _IGNORE, PageKind.IGNORE)


def _named_files(workspace: Workspace, path: Path) -> Iterator[LintFile]:
    if path.is_dir():
        yield from _files_below(workspace, path)
    elif path.exists():
        yield describe_file(workspace, path)
    else:
        if _name(workspace, path) == workspace.config.handoff:
            _refuse_missing(workspace)
        raise FileError(f"there is no file {path}", "Check the path; folders may be named too.")


def _is_known(workspace: Workspace, file: LintFile) -> bool:
    """Tell whether a file's name says what it is, or the configuration does."""
    base = file.name.rpartition("/")[2]
    return base == _HANDOFF or _kind(workspace, file.name) not in (None, PageKind.IGNORE)


def _files_below(workspace: Workspace, folder: Path) -> Iterator[LintFile]:
    """Give the files below a folder that are of a kind, sorted; git's own and links are left out.

    A folder with a ``.git`` of its own is another work tree (a linked one, a copy of one, another
    repository, a submodule): what lies below is checked there, or by its name.

    Raises:
        FileError: a folder can't be read.
    """
    try:
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise file_error("read", folder, error) from error
    for entry in listed:
        if entry.is_dir(follow_symlinks=False):
            if entry.name != ".git" and not os.path.lexists(f"{entry.path}/.git"):
                yield from _files_below(workspace, Path(entry.path))
        elif entry.is_file(follow_symlinks=False):
            file = _describe(workspace, Path(entry.path))
            if file and file.kind is not PageKind.IGNORE:
                yield file


def _describe(workspace: Workspace, path: Path) -> LintFile | None:
    name = _name(workspace, path)
    kind = _kind(workspace, name)
    return LintFile(path, name, kind) if kind else None


def _kind(workspace: Workspace, name: str) -> PageKind | None:
    config = workspace.config
    folder, _, base = name.rpartition("/")
    if name == config.handoff:
        return PageKind.HANDOFF
    if base == _PROTOCOL:
        return PageKind.PROTOCOL
    if name == _IGNORE:
        return PageKind.IGNORE
    if SUMMARY_NAME.fullmatch(base) or (folder == config.summaries and is_nearly_summary(base)):
        return PageKind.SUMMARY
    if folder == config.committed or is_committed_path(name):
        return None  # named as logs are, and none: what is wrong there the document's rules say
    in_sessions = f"{folder}/".startswith(f"{config.sessions}/")
    is_some = in_sessions and base.endswith(".md") and _SOME_LOG.search(base)
    return PageKind.LOG if read_log_name(base) or is_some else None


def _make(workspace: Workspace, path: Path, kind: PageKind) -> LintFile:
    return LintFile(path, _name(workspace, path), kind)


def _name(workspace: Workspace, path: Path) -> str:
    real = Path(os.path.realpath(path.parent)) / path.name
    if real.is_relative_to(workspace.root):
        return real.relative_to(workspace.root).as_posix()
    return real.as_posix()
