"""What git's merge driver does: three files in, the merge into the second, whatever happens.

The contract with git (gitattributes(5), "Defining a custom merge driver"): the second file ends as
a clean result, or with markers; 0 is clean, 1 a conflict. A driver that failed in any other way
would leave plain ours, and ``git add`` would then lose theirs.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import field

from handoff_md.config import Config, find_config, override_config
from handoff_md.errors import FileError, HandoffError
from handoff_md.reading import read_regular
from handoff_md.store.files import file_error, replace_bytes
from handoff_md.threeway.result import DEFAULT_MARKER_SIZE, Labels, MarkerForm, conflict_whole
from handoff_md.value import Value

_MOST_CONFLICTS = 127
_MOST_SECONDS = 120


class DriverRequest(Value):
    """What git asks: the files of the three versions, the path in the repository, and the form."""

    base: Path
    ours: Path
    theirs: Path
    path: str = ""
    marker_size: int = DEFAULT_MARKER_SIZE
    labels: Labels = field(default_factory=Labels)


class DriverReport(Value):
    """How it ended: the places in conflict, and notes. ``fallback`` says why git's merge stands."""

    clean: bool
    conflicts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fallback: str = ""


class _Outcome(Value):
    content: bytes
    report: DriverReport


def drive(request: DriverRequest) -> DriverReport:
    """Merge three files into ``ours``.

    Raises:
        FileError: a file can't be read, or the result not written; then ``ours`` is as it was.
    """
    try:
        with _limited_time():
            outcome = _merge(request)
    except FileError:
        raise
    except Exception as error:  # noqa: BLE001 - the driver's boundary: git's own merge stands in
        reason = f"{type(error).__name__}: {error}".rstrip(": ")
        outcome = _fall_back(request, reason)
    if outcome.content != _read(request.ours):
        replace_bytes(request.ours, outcome.content)
    return outcome.report


def _read(path: Path) -> bytes:
    try:
        return read_regular(path)
    except OSError as error:
        raise file_error("read", path, error) from error


@contextmanager
def _limited_time() -> Iterator[None]:
    """Raise TimeoutError in what takes too long, where signals allow it."""

    def give_up(_number: int, _frame: object) -> None:
        raise TimeoutError(f"not done after {_MOST_SECONDS} seconds")

    try:
        before = signal.signal(signal.SIGALRM, give_up)
    except ValueError:
        # Only the main thread can be interrupted; elsewhere there is no limit.
        yield
        return
    signal.alarm(_MOST_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _merge(request: DriverRequest) -> _Outcome:
    from handoff_md.threeway.document import merge_three_way

    config, notes = _load_config()
    merged = merge_three_way(  # which alone holds the bytes, and lets go of them
        _read(request.base),
        _read(request.ours),
        _read(request.theirs),
        policy=config.merge_policy,
        marker_size=request.marker_size,
        labels=request.labels,
        hints=config.hints(name=request.path),
    )
    if merged.refused:
        return _fall_back(request, merged.refused)
    notes = (*notes, *merged.notes)
    if merged.clean:
        return _Outcome(merged.content, DriverReport(clean=True, notes=notes))
    styled = merged.render(_form(request))
    places = tuple(conflict.place for conflict in merged.conflicts)
    return _Outcome(styled, DriverReport(clean=False, conflicts=places, notes=notes))


def _load_config() -> tuple[Config, tuple[str, ...]]:
    """Give the configuration; git runs a driver at the top of the work tree."""
    folder = Path.cwd()
    try:
        return override_config(find_config(folder, folder), ()), ()
    except HandoffError as error:
        return Config(), (f"{error.message}; the defaults hold",)


def _form(request: DriverRequest) -> MarkerForm:
    """Give the form of markers, by ``merge.conflictStyle``, which only a conflict has to know."""
    from handoff_md.git.index import read_conflict_style

    with suppress(HandoffError, OSError):
        style = read_conflict_style(Path.cwd())
        return MarkerForm(style, request.marker_size, request.labels)
    return MarkerForm("merge", request.marker_size, request.labels)


def _fall_back(request: DriverRequest, reason: str) -> _Outcome:
    """Take git's line merge if it has conflicts; never one that it calls clean: nothing proves it.

    Without git, or where git has no conflict, both sides stand whole between markers.
    """
    report = DriverReport(clean=False, conflicts=("document",), fallback=reason)
    with suppress(HandoffError, OSError):
        content = _merge_lines(request)
        if content is not None:
            return _Outcome(content, report)
    base, ours, theirs = map(_read, (request.base, request.ours, request.theirs))
    return _Outcome(conflict_whole(base, ours, theirs, _form(request)), report)


def _merge_lines(request: DriverRequest) -> bytes | None:
    from handoff_md.git.process import run_git

    labels = (request.labels.ours, request.labels.base, request.labels.theirs)
    command = ["merge-file", "-p", f"--marker-size={request.marker_size}"]
    for label in labels:
        command += ("-L", label)
    files = (request.ours, request.base, request.theirs)
    done = run_git(
        [*command, "--", *(os.fspath(path.absolute()) for path in files)],
        cwd=Path.cwd(),
        check=False,
    )
    return done.stdout if 0 < done.code <= _MOST_CONFLICTS else None
