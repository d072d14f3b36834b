"""The command ``lint``; `handoff_md.linter.reporters` documents its formats."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, Unpack

import click

from handoff_md.cli.candidates import complete_rules
from handoff_md.cli.command import Command
from handoff_md.cli.terminal import Terminal
from handoff_md.linter.diagnostic import Safety, Severity
from handoff_md.linter.reporters import Format
from handoff_md.linter.reporters import report as write_report
from handoff_md.linter.reporters.totals import count, write_fixes, write_statistics, write_summary
from handoff_md.text.source import encode

if TYPE_CHECKING:
    from handoff_md.app.lint.invocation import LintRequest
    from handoff_md.app.lint.report import LintReport

_Command = TypeVar("_Command", bound=Callable[..., Any])

_STDIN = Path("-")
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


class _Options(TypedDict):
    """The values of the options, named as they are in the command's signature."""

    paths: tuple[Path, ...]
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    extend_select: tuple[str, ...]
    fix: bool
    unsafe_fixes: bool
    diff: bool
    show_fixes: bool
    output_format: str
    output_file: Path | None
    statistics: bool
    fail_on: str
    exit_zero: bool
    since: str | None
    commits: str | None
    stdin_filename: Path | None
    settings: tuple[str, ...]
    isolated: bool
    skip_others: bool
    show_settings: bool
    show_files: bool


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
    default=Format.FULL.value,
    help="How findings are written (default: full).",
)
@click.option(
    "--output-file", type=click.Path(path_type=Path), metavar="FILE", help="Write them to FILE."
)
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
@click.option("--show-settings", is_flag=True, help="Print the settings and rules in force.")
@click.option("--show-files", is_flag=True, help="Print the files that would be checked.")
@click.pass_obj
def command(terminal: Terminal, **options: Unpack[_Options]) -> int:
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
      handoff-md lint --select HE,HP --output-format github
      handoff-md rule HE003                  explain a rule

    \b
    Exit codes: 0 nothing found; 1 errors; 2 usage, configuration, files or git.
    """  # noqa: D301 - \b is click's mark for text that is not to be re-wrapped
    from handoff_md.app.lint.check import lint_files

    request = _request(options)
    if options["show_settings"] or options["show_files"]:
        return _show(request, settings=options["show_settings"])
    report = lint_files(request, on_lock=lambda: terminal.say("waiting", "for another handoff-md"))
    for note in report.notes:
        terminal.say("note", note)
    code = _exit_code(report, options["fail_on"])
    if options["diff"]:
        _write_diffs(terminal, report)
        code = 1 if report.changes else code
    else:
        _write_report(terminal, report, options)
    return 0 if options["exit_zero"] else code


def _request(options: _Options) -> LintRequest:
    from handoff_md.app.lint.invocation import LintRequest

    reads_stdin = _STDIN in options["paths"]
    if reads_stdin and len(options["paths"]) > 1:
        raise click.UsageError("`-` excludes other paths")
    if options["stdin_filename"] and not reads_stdin:
        raise click.UsageError("--stdin-filename needs the path `-`")
    fixes = options["fix"] or options["unsafe_fixes"] or options["diff"]
    if options["commits"] is not None and (fixes or options["paths"] or options["since"]):
        raise click.UsageError("--commits excludes paths, fixes and --since")
    if reads_stdin and options["since"]:
        raise click.UsageError("--since compares files, not the text on stdin")
    if options["statistics"] and not Format(options["output_format"]).is_for_people:
        raise click.UsageError(
            f"--statistics goes with the formats {_name_formats(for_people=True)}"
        )
    if options["show_settings"] and options["show_files"]:
        raise click.UsageError("--show-settings and --show-files exclude each other")
    if options["diff"] and not _is_only_diff(options):
        raise click.UsageError(
            "--diff prints a patch and no findings: it excludes --output-file, --statistics, "
            f"--show-fixes and the formats {_name_formats(for_people=False)}"
        )
    safety = Safety.UNSAFE if options["unsafe_fixes"] else Safety.SAFE
    return LintRequest(
        directory=Path.cwd(),
        paths=() if reads_stdin else options["paths"],
        skip_others=options["skip_others"],
        select=options["select"] or None,
        extend_select=options["extend_select"],
        ignore=options["ignore"],
        settings=options["settings"],
        isolated=options["isolated"],
        fixes=safety if fixes else None,
        write=not options["diff"],
        since=options["since"],
        commits=options["commits"],
        report_to=options["output_file"] and options["output_file"].absolute(),
        stdin=sys.stdin.buffer.read() if reads_stdin else None,
        stdin_name=options["stdin_filename"],
    )


def _name_formats(*, for_people: bool) -> str:
    *others, last = [chosen for chosen in Format if chosen.is_for_people is for_people]
    return f"{', '.join(others)} and {last}"


def _is_only_diff(options: _Options) -> bool:
    """Tell whether nothing but the patch is to be written."""
    others = options["output_file"] or options["statistics"] or options["show_fixes"]
    return not others and Format(options["output_format"]).is_for_people


def _show(request: LintRequest, *, settings: bool) -> int:
    from handoff_md.app.lint.check import find_files
    from handoff_md.app.lint.invocation import start_run

    run = start_run(request)
    if settings:
        from handoff_md.app.lint.settings import write_settings

        click.echo(write_settings(run), nl=False)
    else:
        for file in find_files(run, request):
            click.echo(f"{file.name} ({file.kind})")
    return 0


def _write_diffs(terminal: Terminal, report: LintReport) -> None:
    """Show the patches, and say what would remain."""
    from handoff_md.semantics.document.credentials import mask_secrets
    from handoff_md.text.diff import unified_diff

    for change in report.changes:
        terminal.write(mask_secrets(unified_diff(change.patch, change.file.name)))
    fixes = count(len(report.fixed), "fix", "fixes")
    remaining = count(len(report.diagnostics), "finding")
    terminal.say("diff", f"{fixes} would be made, and {remaining} would remain")


def _write_report(terminal: Terminal, report: LintReport, options: _Options) -> None:
    """Write the findings and, for people, what they come to.

    Where the fixed text of stdin goes back on stdout, all else goes to stderr.
    """
    chosen, file = Format(options["output_format"]), options["output_file"]
    stream = sys.stdout
    if report.stdin_fixed is not None:
        terminal.write(report.stdin_fixed.decode("utf-8", "surrogateescape"))
        stream = sys.stderr
    color = terminal.colors(stream)
    if options["statistics"]:
        text = write_statistics(report.diagnostics, color=color and file is None)
    else:
        text = write_report(
            chosen,
            report.diagnostics,
            report.sources,
            color=color and file is None,
            width=terminal.width,
            root=str(report.root),
        )
    if file:
        _write_file(file, text)
    else:
        stream.write(text)
    if chosen.is_for_people:
        if options["show_fixes"]:
            stream.write(write_fixes(report.fixed, color=color))
        stream.write(
            write_summary(
                report.diagnostics,
                report.fixed,
                checked=report.checked,
                unit="file" if options["commits"] is None else "commit",
                color=color,
            )
        )


def _write_file(path: Path, text: str) -> None:
    from handoff_md.store.files import replace_bytes

    replace_bytes(path, encode(text))


def _exit_code(report: LintReport, fail_on: str) -> int:
    if fail_on == _NEVER:
        return 0
    failing = {Severity.ERROR, Severity(fail_on)}
    return 1 if any(found.severity in failing for found in report.diagnostics) else 0
