"""The commands ``run …``: what an orchestrator runs before, during and after its agents work."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from handoff_md.answer import write_answer
from handoff_md.cli.command import CommandGroup
from handoff_md.cli.options import (
    BRANCHES,
    COUNT,
    DURATION,
    FETCH,
    Count,
    complete_sessions,
    now,
    split_ids,
    today,
)
from handoff_md.cli.run_history import list_, show
from handoff_md.cli.terminal import Terminal
from handoff_md.text.visible import visible

if TYPE_CHECKING:
    from handoff_md.app.run.finish import FinishedRun
    from handoff_md.app.run.status import RunStatus

_TAKE_OVER = click.option(
    "--take-over", is_flag=True, help="Act for a run whose own orchestrator is gone."
)
_LEADER = click.option(
    "--orchestrator",
    metavar="ID",
    envvar="HANDOFF_MD_SESSION",
    help="Your session (else HANDOFF_MD_SESSION).",
    shell_complete=complete_sessions,
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")


class _FinishOptions(TypedDict):
    """The options of ``run finish`` that are named as the fields of a merge's request."""

    orchestrator: str | None
    wait: float
    allow_partial: bool
    branches: tuple[str, ...]
    fetch: bool
    into: str | None
    create_section: bool
    replace: bool
    message: str | None
    dry_run: bool


@click.group("run", cls=CommandGroup)
def command() -> None:
    """Start, watch and finish a parallel run.

    While a run is active, agents leave HANDOFF.md alone: `session end` writes summaries only, and
    `guard` refuses other commits of it. `run finish` merges all summaries at once.

    \b
    Examples:
      handoff-md run start --orchestrator 22 --claim 3
      handoff-md run status
      handoff-md run finish --wait 3600
      handoff-md run list
    """


@command.command("start")
@_LEADER
@click.option(
    "--expect",
    metavar="ID,...",
    callback=split_ids,
    help="Sessions that must report.",
    shell_complete=complete_sessions,
)
@click.option("--expect-count", type=COUNT, metavar="N", help="How many must report.")
@click.option(
    "--claim",
    type=Count(1000),
    metavar="N",
    help="Start N sessions at once, and print their ids, logs and summaries.",
)
@_JSON
@click.pass_obj
def start(
    terminal: Terminal,
    *,
    orchestrator: str | None,
    expect: tuple[str, ...],
    expect_count: int | None,
    claim: int | None,
    as_json: bool,
) -> int:
    """Start a run: from now on agents leave HANDOFF.md alone.

    The run is a readable file, whose path is printed: agents and scripts may look for the file
    alone. Sessions that start while it is active are part of it. With `coordination =
    "refs"` it is the one run of all machines.

    \b
    Examples:
      handoff-md run start --orchestrator 22 --expect 19,20,21
      handoff-md run start --orchestrator 22 --claim 3 --json

    \b
    Exit codes: 0 started; 2 a run is active already; usage, configuration, file
    or git environment.
    """
    from handoff_md.app.run.start import RunRequest, begin_run
    from handoff_md.cli.session import tell_started
    from handoff_md.errors import HandoffError

    if expect and expect_count is not None:
        raise click.UsageError("--expect and --expect-count exclude each other")
    if not orchestrator:
        raise HandoffError(
            "who leads the run is not known",
            "Give your session with --orchestrator ID, or set HANDOFF_MD_SESSION. "
            "`handoff-md session start` begins one.",
        )
    begun = begin_run(
        RunRequest(
            directory=Path.cwd(),
            today=today(),
            now=now(),
            orchestrator=orchestrator,
            expect=expect,
            expect_count=expect_count,
            claim=claim or 0,
        )
    )
    if as_json:
        click.echo(write_answer(begun))
        return 0
    click.echo(f"A run of session {visible(begun.orchestrator)} is active: {begun.file}")
    for session in begun.sessions:
        tell_started(terminal, session, in_run=True)
    terminal.say_all("note", begun.notes)
    return 0


@command.command("status")
@click.option("--quiet", "-q", is_flag=True, help="Print nothing; exit with 1 while one is active.")
@BRANCHES
@FETCH
@_JSON
@click.pass_obj
def status(
    terminal: Terminal, *, quiet: bool, branches: tuple[str, ...], fetch: bool, as_json: bool
) -> int:
    """Show the active run: who is expected, at work, ended, unfinished or missing.

    A summary that `run finish` would refuse is named with what is wrong with it.

    \b
    Examples:
      handoff-md run status
      handoff-md run status --quiet || echo "leave HANDOFF.md alone"
      handoff-md run status --branches 'origin/claude/*' --fetch

    \b
    Exit codes: 0 shown (with --quiet: no run is active); 1 with --quiet: one is
    active; 2 configuration, file or git environment.
    """
    from handoff_md.app.run.status import is_run_active, run_status
    from handoff_md.cli.views import watch_merge

    if quiet:
        return int(is_run_active(Path.cwd()))
    with watch_merge(terminal) as watch:
        found = run_status(Path.cwd(), today(), now(), branches=branches, fetch=fetch, watch=watch)
    if as_json:
        click.echo(write_answer(found.to_json()))
    else:
        _tell_status(terminal, found)
    return 0


def _tell_status(terminal: Terminal, found: RunStatus) -> None:
    from handoff_md.app.belonging import tell_copied
    from handoff_md.cli.views import describe_age, show_table

    run = found.run
    if run is None:
        click.echo("No run is active.")
        if found.other:
            named = visible(found.other.document)
            whose = visible(found.other.orchestrator)
            click.echo(f"The run of session {whose} is for another document: {named}")
        terminal.say_all("note", found.notes)
        return
    age = describe_age(found.age)
    click.echo(f"Run of session {visible(run.orchestrator)}, active for {age}: {found.file}")
    counts = [f"{count} {state}" for state, count in found.counts.items() if count]
    if run.expect_count:
        counts.insert(0, f"{run.expect_count} expected")
    click.echo(", ".join(counts) if counts else "No session has started.")
    terminal.say_all("note", tell_copied("it", run))
    if found.sessions:
        show_table(terminal, found.sessions)
    for session in found.sessions:
        for problem in session.problems:
            terminal.say("problem", f"session {session.id} {problem}", "red")
    terminal.say_all("problem", found.problems, "red")
    terminal.say_all("note", (*found.notes, *found.overlaps.notes))


@command.command("finish")
@_LEADER
@click.option(
    "--wait",
    type=DURATION,
    default=0.0,
    metavar="TIME",
    help="How long to wait for sessions that have not ended: 90, 5m or 1h (default: 0).",
)
@click.option(
    "--allow-partial",
    is_flag=True,
    help="Merge the rest where a session is missing, invalid or not seen, and record which.",
)
@click.option(
    "--salvage",
    is_flag=True,
    help="Draft the summaries of sessions that have none, of what they have left.",
)
@_TAKE_OVER
@BRANCHES
@FETCH
@click.option("--into", metavar="HEADING", help="The section, or its line: LINE:79.")
@click.option("--create-section", is_flag=True, help="Add the section where the document has none.")
@click.option("--replace", is_flag=True, help="Put new content in the place of a session's old.")
@click.option("--message", metavar="TEXT", help="The commit message; its trailers are added.")
@click.option("--no-verify", is_flag=True, help="Skip the pre-commit and commit-msg hooks.")
@click.option("--push", is_flag=True, help="Push the branch, joined with what others pushed.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and write nothing.")
@_JSON
@click.pass_obj
def finish(
    terminal: Terminal,
    *,
    salvage: bool,
    take_over: bool,
    no_verify: bool,
    push: bool,
    as_json: bool,
    **options: Unpack[_FinishOptions],
) -> int:
    """Merge the sessions of the run into HANDOFF.md, in one commit, and end the run.

    All sessions that are expected, or have started in the run, have to have ended; `--wait` waits
    for them. If something is refused, nothing is changed and the run goes on. Running it again
    changes nothing.

    \b
    Examples:
      handoff-md run finish --wait 3600
      handoff-md run finish --allow-partial
      handoff-md run finish --salvage
      handoff-md run finish --branches 'origin/claude/*' --fetch
      handoff-md run finish --take-over --orchestrator 30

    \b
    Exit codes: 0 finished, now or before; 1 refused: a session or the document
    has a problem, or the run is another's; 2 no run was started; usage,
    configuration, file or git environment; the branch is not pushed.
    """
    from handoff_md.app.merge.request import MergeRequest
    from handoff_md.app.run.finish import FinishedRun, finish_run
    from handoff_md.cli.merge import refused_report
    from handoff_md.cli.views import watch_and_tell

    if push and options["dry_run"]:
        raise click.UsageError("--push and --dry-run exclude each other")
    if salvage and (options["wait"] or options["dry_run"]):
        raise click.UsageError("--salvage excludes --wait and --dry-run")
    request = MergeRequest(directory=Path.cwd(), today=today(), verify=not no_verify, **options)
    return watch_and_tell(
        terminal,
        partial(finish_run, request, take_over=take_over, clock=now, salvage=salvage, push=push),
        tell=partial(_tell_finished, terminal),
        refused=lambda error: FinishedRun(None, refused_report(request, error)),
        as_json=as_json,
    )


def _tell_finished(terminal: Terminal, finished: FinishedRun) -> None:
    from handoff_md.cli.merge import tell_merge

    tell_merge(terminal, finished.report)
    if finished.run and finished.closed:
        click.echo(f"The run of session {visible(finished.run.orchestrator)} is finished.")
    terminal.say_all("note", finished.overlaps.notes)
    pushed = finished.pushed
    if pushed and pushed.failed:
        terminal.say("error", pushed.note, "red")
    elif pushed:
        there = visible(f"{pushed.remote}/{pushed.branch}")
        click.echo(f"Pushed to {there}." if pushed.is_new else f"{there} has it already.")


@command.command("cancel")
@_LEADER
@_TAKE_OVER
@_JSON
@click.pass_obj
def cancel(terminal: Terminal, *, orchestrator: str | None, take_over: bool, as_json: bool) -> int:
    """Give the run up. Logs and summaries stay, and `merge` can still collect them.

    \b
    Exit codes: 0 cancelled; 1 the run is another's; 2 no run is active;
    usage, configuration, file or git environment.
    """
    from handoff_md.app.run.finish import cancel_run

    cancelled = cancel_run(Path.cwd(), orchestrator, take_over=take_over, now=now())
    if as_json:
        click.echo(write_answer(cancelled))
        return 0
    click.echo(f"The run of session {visible(cancelled.orchestrator)} is cancelled.")
    if cancelled.sessions:
        click.echo(f"Its sessions stay as they are: {visible(', '.join(cancelled.sessions))}")
    terminal.say_all("note", cancelled.notes)
    return 0


command.add_command(list_)
command.add_command(show)
