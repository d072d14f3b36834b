"""What ``lint`` can be told, what of it not together, and where its findings are to go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict

import click

from handoff_md.linter.reporters import Format
from handoff_md.value import Value

STDIN = Path("-")


class Options(TypedDict):
    """The values of the options, named as they are in the command's signature."""

    paths: tuple[Path, ...]
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    extend_select: tuple[str, ...]
    fix: bool
    unsafe_fixes: bool
    diff: bool
    show_fixes: bool
    output_format: str | None
    output_file: Path | None
    outputs: tuple[str, ...]
    quiet: bool
    statistics: bool
    fail_on: str
    exit_zero: bool
    since: str | None
    commits: str | None
    require_session: str | None
    write_baseline: str | None
    no_baseline: bool
    add_ignore: bool
    reason: str | None
    stdin_filename: Path | None
    settings: tuple[str, ...]
    isolated: bool
    skip_others: bool
    force_exclude: bool
    show_settings: bool
    show_files: bool


# Each option, those that can't be given with it, and how that is told.
_EXCLUDED: Mapping[str, tuple[tuple[str, ...], str]] = {
    "commits": (
        ("fix", "unsafe_fixes", "diff", "paths", "since"),
        "--commits excludes paths, fixes and --since",
    ),
    "require_session": (
        ("fix", "unsafe_fixes", "diff", "paths", "since", "commits"),
        "--require-session excludes paths, fixes, --since and --commits",
    ),
    "show_settings": (("show_files",), "--show-settings and --show-files exclude each other"),
    "write_baseline": (
        ("since", "commits", "require_session", "diff", "add_ignore"),
        (
            "--write-baseline records what all files have: it excludes --since, --commits, "
            "--require-session, --diff and --add-ignore"
        ),
    ),
    "add_ignore": (
        ("fix", "unsafe_fixes", "commits", "require_session"),
        "--add-ignore excludes fixes, --commits and --require-session",
    ),
}


def check_usage(options: Options) -> None:
    """Raise a UsageError for options that exclude each other, or need another one."""
    given = {name for name, value in options.items() if value not in (None, False, ())}
    for name, (excluded, message) in _EXCLUDED.items():
        if name in given and not given.isdisjoint(excluded):
            raise click.UsageError(message)
    _check_stdin(options, given)
    _check_output(options, given)
    _check_reason(options)


def _check_stdin(options: Options, given: set[str]) -> None:
    if STDIN not in options["paths"]:
        if "stdin_filename" in given:
            raise click.UsageError("--stdin-filename needs the path `-`")
        return
    if len(options["paths"]) > 1:
        raise click.UsageError("`-` excludes other paths")
    if "since" in given:
        raise click.UsageError("--since compares files, not the text on stdin")
    if "write_baseline" in given:
        raise click.UsageError("--write-baseline records what files have, not the text on stdin")


def _check_output(options: Options, given: set[str]) -> None:
    others = given & {"outputs", "output_file", "statistics", "show_fixes"}
    for_people = Format(options["output_format"] or Format.FULL).is_for_people
    if "diff" in given and (others or not for_people):
        raise click.UsageError(
            "--diff prints a patch and no findings: it excludes --output, --output-file, "
            f"--statistics, --show-fixes and the formats {name_formats(for_people=False)}"
        )
    if "write_baseline" in given and (others or "output_format" in given):
        raise click.UsageError(
            "--write-baseline prints no findings: it excludes --output, --output-file, "
            "--output-format, --statistics and --show-fixes"
        )


def _check_reason(options: Options) -> None:
    reason = options["reason"]
    if options["add_ignore"] != (reason is not None):
        raise click.UsageError("--add-ignore and --reason go together: say why with --reason TEXT")
    if reason is not None and (not reason.strip() or "-->" in reason or not reason.isprintable()):
        raise click.UsageError("--reason takes some words in one line, without -->")


def name_formats(*, for_people: bool) -> str:
    """Name the formats that are for people, or for programs: ``full and concise``."""
    *others, last = [chosen for chosen in Format if chosen.is_for_people is for_people]
    return f"{', '.join(others)} and {last}"


class Output(Value):
    """A format, and the file that it goes to; None for stdout."""

    format: Format
    file: Path | None = None


class ReportOutput(Value):
    """What is to be written, and how much of it."""

    outputs: tuple[Output, ...]
    statistics: bool = False
    show_fixes: bool = False
    quiet: bool = False
    unit: str = "file"

    @property
    def files(self) -> tuple[Path, ...]:
        """Give the absolute paths of the files that are written."""
        return tuple(output.file.absolute() for output in self.outputs if output.file)

    @property
    def is_for_people(self) -> bool:
        """Tell whether a line that sums up may follow on stdout."""
        printed = [output for output in self.outputs if output.file is None]
        return any(output.format.is_for_people for output in printed or self.outputs)


def read_outputs(
    given: Sequence[str], output_format: str | None, output_file: Path | None
) -> tuple[Output, ...]:
    """Read ``FORMAT`` and ``FORMAT:FILE``, and the two options for a single output.

    These two add an output unless neither was given and another one goes to stdout.

    Raises:
        click.UsageError: an unknown format, or two outputs for one place.
    """
    outputs = [_read_output(words) for words in given]
    if output_format or output_file or all(output.file for output in outputs):
        outputs.append(Output(Format(output_format or Format.FULL), output_file))
    places = [output.file and output.file.absolute() for output in outputs]
    twice = next((place for place in places if places.count(place) > 1), places)
    if twice is not places:
        raise click.UsageError(
            f"two formats can't both go to {twice or 'stdout'}: write --output FORMAT:FILE"
        )
    return tuple(outputs)


def _read_output(words: str) -> Output:
    name, _, file = words.partition(":")
    if name not in set(Format):
        known = ", ".join(Format)
        raise click.UsageError(f"--output: there is no format {name!r}; there are {known}")
    return Output(Format(name), Path(file) if file else None)
