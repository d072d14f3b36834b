"""The merge driver's own command line: it is started for each merge, and loads as little as it can.

`handoff_md.cli.plumbing` shows it among the other commands.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from handoff_md.app.merge_driver import DriverReport, DriverRequest, drive
from handoff_md.errors import HandoffError
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.visible import visible
from handoff_md.threeway.result import DEFAULT_MARKER_SIZE, Labels

_CLEAN, _CONFLICT = 0, 1
_FILES = 3
_SIZE = lazy_pattern("[0-9]{1,4}")


def run_driver(arguments: Sequence[str]) -> int:
    """Run the driver on ``%O %A %B -L %L -P %P -S %S -X %X -Y %Y`` and give 0 or 1."""
    try:
        request = read_arguments(arguments)
        report = drive(request)
    except HandoffError as error:
        _say("error", f"{error.message} {error.hint}".strip())
        return _CONFLICT
    except Exception as error:  # noqa: BLE001 - git gets 0 or 1, whatever happens
        _say("error", f"the merge driver has failed ({type(error).__name__}: {error})")
        return _CONFLICT
    _tell(request, report)
    return _CLEAN if report.clean else _CONFLICT


def read_arguments(arguments: Sequence[str]) -> DriverRequest:
    """Read what git gives; a placeholder that an older git left as it was (``%S``) counts as none.

    Raises:
        HandoffError: fewer or more than three files.
    """
    files: list[str] = []
    options: dict[str, str] = {}
    rest = iter(arguments)
    for argument in rest:
        if argument in ("-L", "-P", "-S", "-X", "-Y"):
            options[argument] = next(rest, "")
        elif argument != "--":
            files.append(argument)
    if len(files) != _FILES:
        raise HandoffError(
            f"merge-driver needs the files of base, ours and theirs, and got {len(files)}",
            "git gives them: see `handoff-md merge-driver --help`.",
        )
    base, ours, theirs = map(Path, files)
    size = options.get("-L", "")
    return DriverRequest(
        base,
        ours,
        theirs,
        path=_given(options, "-P", str(ours)),
        marker_size=max(int(size), 1) if _SIZE.fullmatch(size) else DEFAULT_MARKER_SIZE,
        labels=Labels(
            _given(options, "-X", "ours"),
            _given(options, "-S", "base"),
            _given(options, "-Y", "theirs"),
        ),
    )


def _given(options: dict[str, str], name: str, default: str) -> str:
    value = options.get(name, "")
    return default if value in ("", f"%{name[1]}") else value


def _tell(request: DriverRequest, report: DriverReport) -> None:
    """Tell of each conflict and note in one line of stderr."""
    if report.fallback:
        _say("note", f"{request.path}: merged by lines, not by structure: {report.fallback}")
    for note in report.notes:
        _say("note", f"{request.path}: {note}")
    for place in report.conflicts:
        _say("conflict", f"{request.path}: {place}")


def _say(label: str, text: str) -> None:
    line = f"handoff-md: {label}: {visible(' '.join(text.split()))}\n"
    with suppress(OSError, ValueError, AttributeError):
        os.write(sys.stderr.fileno(), line.encode("utf-8", "backslashreplace"))
