"""The command ``lint``; `handoff_md.linter.reporters` documents its formats."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

import click

from handoff_md.cli.command import Command
from handoff_md.cli.lint_usage import (
    STDIN,
    Options,
    Output,
    ReportOutput,
    check_usage,
    name_formats,
    read_outputs,
)
from handoff_md.cli.options import complete_rules, today
from handoff_md.cli.terminal import Terminal
from handoff_md.linter.diagnostic import Safety, Severity
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

if TYPE_CHECKING:
    from handoff_md.app.lint.invocation import LintReport, LintRequest

_Command = TypeVar("_Command", bound=Callable[..., Any])

_NEVER = "never"


def _split(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())


def _split_some(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Do as `_split`, but refuse a value without a word: an empty one would stand for all rules."""
    if any(not value.strip(" ,") for value in values):
        raise click.BadParameter("it names no rule. Leave it out, or write ALL for every rule.")
    return _split(context, parameter, values)


def _codes(
    name: str, told: str, read: Callable[..., tuple[str, ...]] = _split
) -> Callable[[_Command], _Command]:
    """Make an option of rules, which may be repeated, and name several with commas between."""
    return click.option(
        name,
        multiple=True,
        metavar="CODE,...",
        callback=read,
        help=told,
        shell_complete=complete_rules,
    )


@click.command("lint", cls=Command)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@_codes("--select", "Run these rules: codes, their beginnings, or names.", _split_some)
@_codes("--ignore", "Leave these rules out.")
@_codes("--extend-select", "Run these rules as well.")
@click.option("--fix", is_flag=True, help="Make the safe fixes.")
@click.option("--unsafe-fixes", is_flag=True, help="Make unsafe fixes too; look at them first.")
@click.option("--diff", is_flag=True, help="Show what fixes would change, and write nothing.")
@click.option("--show-fixes", is_flag=True, help="List the fixes that were made.")
@click.option(
    "--output-format",
    type=click.Choice([chosen.value for chosen in Format]),
    help="How findings are written (default: full).",
)
@click.option(
    "--output-file", type=click.Path(path_type=Path), metavar="FILE", help="Write them to FILE."
)
@click.option(
    "--output",
    "outputs",
    multiple=True,
    metavar="FORMAT[:FILE]",
    help="Write them in this format too, to FILE or stdout. May be repeated.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print the findings, and nothing else.")
@click.option("--statistics", is_flag=True, help="Count the findings of each rule instead.")
@click.option(
    "--fail-on",
    type=click.Choice([Severity.ERROR.value, Severity.WARNING.value, _NEVER]),
    default=Severity.ERROR.value,
    help="The least severe finding that makes the exit code 1 (default: error).",
)
@click.option("--exit-zero", is_flag=True, help="End with 0 whatever is found.")
@click.option("--since", metavar="REV", help="Report and fix only what is new since REV.")
@click.option("--commits", metavar="A..B", help="Check these commits, and no files.")
@click.option(
    "--require-session",
    metavar="A..B",
    help="Check that this branch brings a session for the files it changes.",
)
@click.option(
    "--write-baseline",
    is_flag=False,
    flag_value="",
    metavar="[FILE]",
    help="Record what is found as known: later runs report what is new.",
)
@click.option("--no-baseline", is_flag=True, help="Report known findings as well.")
@click.option("--add-ignore", is_flag=True, help="Silence what is found, with a comment for each.")
@click.option("--reason", metavar="TEXT", help="What these comments give as the reason.")
@click.option(
    "--stdin-filename",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="What the text on stdin is (PATH `-`) called.",
)
@click.option(
    "--config",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="A setting that comes before the configuration file's. May be repeated.",
)
@click.option("--isolated", is_flag=True, help="Use no configuration file.")
@click.option(
    "--skip-others", is_flag=True, help="Pass over PATHs that are nothing of the protocol."
)
@click.option(
    "--force-exclude", is_flag=True, help="Pass over PATHs that the configuration excludes."
)
@click.option("--show-settings", is_flag=True, help="Print the settings and rules in force.")
@click.option("--show-files", is_flag=True, help="Print the files that would be checked.")
@click.pass_obj
def command(terminal: Terminal, **options: Unpack[Options]) -> int:
    """Check HANDOFF.md, summaries, session logs and git history.

    Without PATH all of them are checked that the project has. A folder stands for those below it;
    any other file is taken for a handoff document; `-` is the text on stdin.

    A comment silences a rule in the next line, or in the whole file:

    \b
      <!-- handoff-md: ignore[HE003] why it is right here -->
      <!-- handoff-md: ignore-file[HL003] why -->

    \b
    Examples:
      handoff-md lint                        all files of the project
      handoff-md lint --fix                  mend what can be mended safely
      handoff-md lint --since origin/main    only what this branch has brought
      handoff-md lint --commits HEAD~1..     the last commit
      handoff-md lint --write-baseline       from now on, report what is new
      handoff-md lint --select HE,HP --output-format github
      handoff-md rule HE003                  explain a rule

    \b
    Exit codes: 0 nothing found; 1 errors; 2 usage, configuration, files or git.
    """
    check_usage(options)
    wanted = _wanted(options)
    request = _request(options, wanted)
    if options["show_settings"] or options["show_files"]:
        return _show(request, settings=options["show_settings"])
    if options["write_baseline"] is not None:
        return _write_baseline(terminal, request, options["write_baseline"], wanted)
    report = _check(request, options["require_session"], terminal)
    terminal.say_all("note", report.notes if not wanted.quiet else ())
    code = _exit_code(report, options["fail_on"])
    if options["diff"]:
        _write_diffs(terminal, report, quiet=wanted.quiet)
        code = 1 if report.changes else code
    else:
        _write_outputs(terminal, report, wanted)
    return 0 if options["exit_zero"] else code


def _check(request: LintRequest, branch: str | None, terminal: Terminal) -> LintReport:
    if branch is not None:
        from handoff_md.app.lint.history import require_session

        return require_session(request, branch)
    from handoff_md.app.lint.check import lint_files

    return lint_files(request, on_lock=lambda: _say_waiting(terminal))


def _say_waiting(terminal: Terminal) -> None:
    terminal.say("waiting", "for another handoff-md")


def _wanted(options: Options) -> ReportOutput:
    wanted = ReportOutput(
        read_outputs(options["outputs"], options["output_format"], options["output_file"]),
        statistics=options["statistics"],
        show_fixes=options["show_fixes"],
        quiet=options["quiet"],
        unit="file" if _range_of(options) is None else "commit",
    )
    if options["statistics"] and not wanted.is_for_people:
        formats = name_formats(for_people=True)
        raise click.UsageError(f"--statistics goes with the formats {formats}")
    return wanted


def _range_of(options: Options) -> str | None:
    branch = options["require_session"]
    return options["commits"] if branch is None else branch


def _fixes(options: Options) -> bool:
    return options["fix"] or options["unsafe_fixes"]


def _request(options: Options, wanted: ReportOutput) -> LintRequest:
    from handoff_md.app.lint.invocation import LintRequest

    reads_stdin = STDIN in options["paths"]
    safety = Safety.UNSAFE if options["unsafe_fixes"] else Safety.SAFE
    fixes = _fixes(options) or (options["diff"] and not options["add_ignore"])
    return LintRequest(
        directory=Path.cwd(),
        paths=() if reads_stdin else options["paths"],
        skip_others=options["skip_others"],
        force_exclude=options["force_exclude"],
        baseline=not options["no_baseline"],
        select=options["select"] or None,
        extend_select=options["extend_select"],
        ignore=options["ignore"],
        settings=options["settings"],
        isolated=options["isolated"],
        fixes=safety if fixes else None,
        write=not options["diff"],
        since=options["since"],
        commits=options["commits"],
        report_to=wanted.files,
        reason=options["reason"],
        today=today(),
        stdin=sys.stdin.buffer.read() if reads_stdin else None,
        stdin_name=options["stdin_filename"],
    )


def _write_baseline(
    terminal: Terminal, request: LintRequest, file: str, wanted: ReportOutput
) -> int:
    """Write the baseline, and tell what has become of it."""
    from handoff_md.app.lint.recording import write_known

    done = write_known(
        request, Path(file) if file else None, on_lock=lambda: _say_waiting(terminal)
    )
    notes = [*done.report.notes, *done.advice]
    terminal.say_all("note", notes if not wanted.quiet else ())
    changes = f"{done.added:,} new, {done.dropped:,} gone"
    click.echo(f"Recorded {count(done.total, 'known finding')} in {done.name}: {changes}.")
    return 0


def _show(request: LintRequest, *, settings: bool) -> int:
    from handoff_md.app.lint.check import find_files
    from handoff_md.app.lint.invocation import start_run

    run = start_run(request)
    if settings:
        from handoff_md.app.lint.invocation import write_settings

        click.echo(write_settings(run), nl=False)
    else:
        for file in find_files(run, request):
            click.echo(f"{file.name} ({file.kind})")
    return 0


def _write_diffs(terminal: Terminal, report: LintReport, *, quiet: bool) -> None:
    """Show the patches, and say what would remain."""
    from handoff_md.semantics.document.credentials import mask_secrets
    from handoff_md.text.diff import unified_diff

    for change in report.changes:
        terminal.write(mask_secrets(unified_diff(change.patch, change.file.name)))
    made = f"{count(len(report.fixed), 'fix', 'fixes')} would be made"
    if report.silenced:
        made = f"{count(report.silenced, 'finding')} would be silenced"
    remaining = count(len(report.diagnostics), "finding")
    if not quiet:
        terminal.say("diff", f"{made}, and {remaining} would remain")


def _exit_code(report: LintReport, fail_on: str) -> int:
    if fail_on == _NEVER:
        return 0
    failing = {Severity.ERROR, Severity(fail_on)}
    return 1 if any(found.severity in failing for found in report.diagnostics) else 0


def _write_outputs(terminal: Terminal, report: LintReport, wanted: ReportOutput) -> None:
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
