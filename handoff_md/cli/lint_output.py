"""Where the findings of ``lint`` go: to stdout, to files, or to several of them at once."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from handoff_md.linter.reporters import Format
from handoff_md.linter.reporters import report as write_report
from handoff_md.linter.reporters.totals import (
    count,
    tell_hidden,
    write_fixes,
    write_statistics,
    write_summary,
)
from handoff_md.text.source import encode
from handoff_md.value import Value

if TYPE_CHECKING:
    from handoff_md.app.lint.report import LintReport
    from handoff_md.cli.terminal import Terminal


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


def write_outputs(terminal: Terminal, report: LintReport, wanted: ReportOutput) -> None:
    """Write the findings and, for people, what they come to.

    Where the fixed text of stdin goes back on stdout, all else goes to stderr.
    """
    stream = sys.stdout
    if report.stdin_fixed is not None:
        terminal.write(report.stdin_fixed.decode("utf-8", "surrogateescape"))
        stream = sys.stderr
    for output in wanted.outputs:
        color = terminal.colors(stream) and output.file is None
        text = _write(terminal, report, output, wanted, color=color)
        if output.file:
            _write_file(output.file, text)
        else:
            stream.write(text)
    if wanted.quiet:
        return
    if wanted.is_for_people:
        stream.write(_sum_up(report, wanted, color=terminal.colors(stream)))
    elif report.known:
        terminal.say("note", tell_hidden(report.known))


def _write(
    terminal: Terminal, report: LintReport, output: Output, wanted: ReportOutput, *, color: bool
) -> str:
    if wanted.statistics and output.format.is_for_people:
        return write_statistics(report.diagnostics, color=color)
    text = write_report(
        output.format,
        report.diagnostics,
        report.sources,
        color=color,
        width=terminal.width,
        root=str(report.root),
    )
    if output.format is Format.MARKDOWN and report.known:
        text += f"\n{tell_hidden(report.known)}.\n"
    return text


def _sum_up(report: LintReport, wanted: ReportOutput, *, color: bool) -> str:
    fixes = write_fixes(report.fixed, color=color) if wanted.show_fixes else ""
    silenced = f"Silenced {count(report.silenced, 'finding')}.\n" if report.silenced else ""
    summary = write_summary(
        report.diagnostics,
        report.fixed,
        checked=report.checked,
        unit=wanted.unit,
        known=report.known,
        color=color,
    )
    return fixes + silenced + summary


def _write_file(path: Path, text: str) -> None:
    from handoff_md.store.files import replace_bytes

    replace_bytes(path, encode(text))
