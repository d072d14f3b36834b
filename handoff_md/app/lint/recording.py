"""What a check finds is recorded as known: the project's baseline is written anew."""

from __future__ import annotations

import os
import shlex
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from msgspec.structs import replace

from handoff_md.app.lint.baseline import is_missing, load_baseline
from handoff_md.app.lint.check import check_files, find_files
from handoff_md.app.lint.files import LintFile, check_report_file
from handoff_md.app.lint.invocation import LintReport, LintRequest, LintRun, start_run
from handoff_md.errors import FileError
from handoff_md.linter.baseline import Baseline, is_baseline, record, tell_apart, write_baseline
from handoff_md.linter.diagnostic import Diagnostic
from handoff_md.linter.selection import is_excluded
from handoff_md.reading import read_if_there
from handoff_md.store.files import read_present, replace_bytes
from handoff_md.value import Value


class WrittenBaseline(Value):
    """A baseline that was written.

    ``name`` is its path relative to the root where it lies inside. It holds ``total`` findings;
    ``added`` of them it did not know before, and ``dropped`` ones it did know are gone. ``advice``
    are clauses on what is to be set up for it, and ``report`` is the check that it was made of.
    """

    name: str
    total: int
    added: int
    dropped: int
    advice: tuple[str, ...]
    report: LintReport


def write_known(
    request: LintRequest, file: Path | None, *, on_lock: Callable[[], None] = lambda: None
) -> WrittenBaseline:
    """Check files, make the fixes that are asked for, and record what remains as known.

    Of the baseline as it was, what was not looked for is kept: files that were not checked, and
    rules that were left out of this run alone.

    Args:
        request: what is to be checked.
        file: the baseline to write, relative to the request's folder; None for the configured one.
        on_lock: called where another handoff-md has to be waited for.

    Raises:
        HandoffError: usage, configuration, files or git stand in the way (exit 2).
    """
    run = start_run(request)
    files = find_files(run, request)
    root, configured = run.workspace.root, run.workspace.root / run.context.options.baseline
    path = configured if file is None else Path(os.path.normpath(request.directory / file))
    name = str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
    check_report_file(run.workspace, files, path, what="the baseline")
    old, damaged = _read_old(path, name)
    report = check_files(run, files, replace(request, baseline=False), on_lock=on_lock)
    kept = _not_looked_for(run, files, request, old)
    there = _still_there(root, report.diagnostics, old)
    known = Counter(record(report.diagnostics))
    known.update(kept)
    replace_bytes(path, write_baseline(known).encode())
    return WrittenBaseline(
        name,
        known.total(),
        len(report.diagnostics) - there,
        sum(old.values()) - there - sum(kept.values()),
        (*_advise_use(name, path, configured), *_advise_merge(run, name, path)),
        replace(report, notes=(*report.notes, damaged)) if damaged else report,
    )


def _read_old(path: Path, name: str) -> tuple[Baseline, str]:
    """Read the baseline that is written anew, and give a note where it was damaged.

    Raises:
        FileError: the file is something else, or can't be read.
    """
    data = read_present(path)
    if data and not is_baseline(data.decode("utf-8", "replace")):
        raise FileError(
            f"the baseline would replace {name}, which is none",
            "Name another file, or delete that one first.",
        )
    try:
        return load_baseline(path, name) or {}, ""
    except FileError as error:
        return {}, f"{error.message}, and is written anew" if data else ""


def _advise_use(name: str, path: Path, configured: Path) -> Iterator[str]:
    if path != configured:
        yield f'`lint` reads another file until `baseline = "{name}"` stands in the table [lint]'


def _advise_merge(run: LintRun, name: str, path: Path) -> Iterator[str]:
    """Say how git merges the file without a conflict, where it is no one's attribute yet."""
    root = run.workspace.root
    attributes = root / ".gitattributes"
    if run.workspace.repository is None or not path.is_relative_to(root):
        return
    try:
        known = read_if_there(attributes) or b""
    except OSError:
        return
    if name.encode() not in known:
        line = shlex.quote(f"/{name} merge=union")
        command = f"echo {line} >> {shlex.quote(str(attributes))}"
        yield f"so that two branches never conflict in it: `{command}`"


def _still_there(root: Path, found: Sequence[Diagnostic], old: Baseline) -> int:
    """Count the findings that a baseline knew of; an entry without findings counts as gone."""
    entries = {(diagnostic.path, diagnostic.entry) for diagnostic in found}
    told = tell_apart(
        found,
        old,
        lambda known: is_missing(root, known.path) or (known.path, known.entry) not in entries,
    )
    return len(found) - len(told.new)


def _not_looked_for(
    run: LintRun, files: Sequence[LintFile], request: LintRequest, old: Baseline
) -> Baseline:
    """Give what a baseline knew of files or rules that were left out of this run."""
    ran: Mapping[str, AbstractSet[str]] = {file.name: run.codes_for(file) for file in files}
    chosen = bool(request.select or request.ignore or request.extend_select)
    return {
        known: count
        for known, count in old.items()
        if not is_missing(run.workspace.root, known.path)
        and not is_excluded(known.path, run.excluded)
        and (known.path not in ran or (chosen and known.rule not in ran[known.path]))
    }
