"""The command ``init``: sets a repository up, and shows what it does before it does it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from handoff_md.cli.command import Command
from handoff_md.cli.options import today
from handoff_md.cli.terminal import Terminal
from handoff_md.errors import HandoffError
from handoff_md.text.visible import break_words, count_columns, visible

if TYPE_CHECKING:
    from handoff_md.app.setup.change import Change, SetupPlan

_NOTHING_TO_DO = "Nothing to do: it is set up already."
_DRIVER = "the merge driver, in this clone's git configuration"
_LABEL = 10
_WIDEST = 80


class _Options(TypedDict):
    """What click reads of the command line."""

    dry_run: bool
    as_diff: bool
    check: bool
    yes: bool
    hook: bool
    handoff: Path | None
    entries_heading: str | None
    agents: tuple[str, ...]
    user: bool
    remove: bool


def _read_agents(
    _context: click.Context, _option: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    """Read the names of hosts, each once, in their usual order."""
    if not given:
        return ()
    from handoff_md.app.setup.agents.hosts import AGENT_HOSTS
    from handoff_md.errors import did_you_mean

    names = [name.strip().lower() for words in given for name in words.split(",")]
    for name in names:
        if name != "all" and name not in AGENT_HOSTS:
            known = did_you_mean(name, [*AGENT_HOSTS, "all"])
            raise HandoffError(
                f"--agent {name!r} is no host of coding agents that is known",
                known or f"There are {', '.join(AGENT_HOSTS)}, and all.",
            )
    return tuple(name for name in AGENT_HOSTS if name in names or "all" in names)


@click.command("init", cls=Command)
@click.option("--dry-run", is_flag=True, help="Say what would change, and make no change.")
@click.option("--diff", "as_diff", is_flag=True, help="Print the changes as a diff; make none.")
@click.option(
    "--check",
    is_flag=True,
    help="Exit with 1 if files are missing or outdated, and name them; write nothing.",
)
@click.option("--yes", "-y", is_flag=True, help="Do not ask, also on a terminal.")
@click.option(
    "--hook",
    is_flag=True,
    help="Install plain git hooks (before commits and merges) that run `guard`.",
)
@click.option(
    "--handoff",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The handoff document, where the project has its own (default: it is looked for).",
)
@click.option(
    "--entries-heading",
    metavar="HEADING",
    help='The heading that its entries stand under, "## Log" or LINE:9 (default: looked for).',
)
@click.option(
    "--agent",
    "agents",
    multiple=True,
    metavar="NAME",
    callback=_read_agents,
    help="Set up hooks, a skill and instructions for claude, codex, copilot, cursor, gemini or "
    "opencode, too; all of them: all. Several with commas.",
)
@click.option(
    "--user",
    is_flag=True,
    help="With --agent: for all projects, in your home folder; nothing of this repository.",
)
@click.option(
    "--remove",
    is_flag=True,
    help="Take out again what `init` wrote (with --agent: for that); what people wrote stays.",
)
@click.pass_obj
def command(terminal: Terminal, **options: Unpack[_Options]) -> int:
    """Set a repository up for parallel sessions.

    Creates HANDOFF.md, the session protocol and the orchestrator's guide, or adds one marked
    section to those that are there; has git ignore summaries, and merge HANDOFF.md by its
    structure (which each clone has to register: run it there too); adds the guard and the linter to
    pre-commit and CI where the project has them; and writes handoff-md.toml. With --agent the hosts
    of coding agents run its hooks, too. Every other byte stays. A document that the project has is
    found and taken as it is; you are asked for an option where it is not sure which one, or how it
    is read. On a terminal you are shown what was understood and what would change, and asked.
    Nothing is committed. Running it again changes nothing.

    \b
    Examples:
      handoff-md init --dry-run
      handoff-md init --diff | git apply
      handoff-md init --check
      handoff-md init --hook
      handoff-md init --handoff docs/PROGRESS.md --entries-heading "## Log"
      handoff-md init --agent claude
      handoff-md init --agent codex,gemini --user --check
      handoff-md init --remove --dry-run

    Exit codes: 0 done, or nothing to do; 1 a file that you have to mend first,
    or with --check something is missing; 2 usage, configuration, file or git
    environment.
    """
    _refuse_combined(options)
    planned = _plan(options)
    nothing = _say_nothing(options)
    if options["check"]:
        return _check(terminal, planned, user=options["user"])
    if options["as_diff"]:
        _show_diff(terminal, planned)
    elif options["dry_run"]:
        _show_plan(terminal, planned, nothing, removes=options["remove"])
    elif _asks(planned, yes=options["yes"]):
        _show_plan(terminal, planned, nothing, removes=options["remove"])
        if not _confirmed(terminal, planned):
            click.echo("Nothing was removed." if options["remove"] else "Nothing was written.")
            return 0
        planned.carry_out()
        _tell_changes(planned, nothing=nothing)
        return 0
    else:
        planned.carry_out()
        _tell_understood(planned, terminal.width)
        _tell_changes(planned, nothing=nothing)
    terminal.say_all("note", planned.notes)
    return 0


def _say_nothing(options: _Options) -> str:
    """Say that nothing is to be done, of what was asked for."""
    if not options["remove"]:
        return _NOTHING_TO_DO
    agents = ["--agent", ",".join(options["agents"])] if options["agents"] else []
    command = " ".join(["handoff-md init", *agents, *(["--user"] if options["user"] else [])])
    return f"Nothing to remove: `{command}` has left nothing here."


def _refuse_combined(options: _Options) -> None:
    if options["check"] and (options["dry_run"] or options["as_diff"] or options["remove"]):
        raise click.UsageError("--check excludes --dry-run, --diff and --remove")
    if options["remove"] and (options["hook"] or options["handoff"] or options["entries_heading"]):
        raise click.UsageError("--remove excludes --hook, --handoff and --entries-heading")
    if options["user"] and not options["agents"]:
        raise click.UsageError("--user says where --agent sets up: name an --agent, or all")
    if options["user"] and (options["hook"] or options["handoff"] or options["entries_heading"]):
        raise click.UsageError("--user excludes --hook, --handoff and --entries-heading")


def _plan(options: _Options) -> SetupPlan:
    if options["remove"]:
        return _plan_removal(options)
    if options["user"]:
        from handoff_md.app.setup.agents.install import plan_for_user

        return plan_for_user(options["agents"])
    from handoff_md.app.setup.plan import SetupRequest, plan_setup

    return plan_setup(
        SetupRequest(
            directory=Path.cwd(),
            today=today(),
            handoff=options["handoff"],
            entries_heading=options["entries_heading"],
            hook=options["hook"],
            agents=options["agents"],
        )
    )


def _plan_removal(options: _Options) -> SetupPlan:
    from handoff_md.app.setup.agents.install import plan_agent_removal, plan_user_removal

    if options["user"]:
        return plan_user_removal(options["agents"])
    if options["agents"]:
        from handoff_md.app.workspace import open_workspace

        return plan_agent_removal(open_workspace(Path.cwd()), options["agents"])
    from handoff_md.app.setup.removal import plan_removal

    return plan_removal(Path.cwd())


def _asks(planned: SetupPlan, *, yes: bool) -> bool:
    """Tell whether there is somebody to ask, and something to ask about."""
    return sys.stdin.isatty() and sys.stdout.isatty() and not (yes or planned.does_nothing)


def _confirmed(terminal: Terminal, planned: SetupPlan) -> bool:
    """Ask whether to make the changes; the diff is shown on demand."""
    terminal.say_all("note", planned.notes)
    choices = click.Choice(["y", "yes", "n", "no", "d", "diff"], case_sensitive=False)
    while True:
        # What click itself prompts with goes to stderr, which may lead elsewhere.
        click.echo("Make these changes? [Y]es, [n]o, [d]iff: ", nl=False)
        answer = click.prompt(
            "", default="y", type=choices, prompt_suffix="", show_default=False, show_choices=False
        )
        if not answer.startswith("d"):
            return bool(answer.startswith("y"))
        _show_diff(terminal, planned)


def _check(terminal: Terminal, planned: SetupPlan, *, user: bool) -> int:
    """Name what is missing of the files that all share; a clone's own settings don't count."""
    option = " --user" if user else ""
    for change in planned.changes:
        mend = f": handoff-md init --agent {','.join(change.agents)}{option}"
        told = f"{visible(change.name)}{mend if change.agents else ''}"
        click.echo(f"{'missing' if change.creates else 'outdated'}  {told}")
    terminal.say_all("note", planned.notes)
    if planned.changes or planned.unsettled:
        return 1
    click.echo("Nothing is missing.")
    return 0


def _show_diff(terminal: Terminal, planned: SetupPlan) -> None:
    """Print the diff: in a pager if it is longer than the screen, byte for byte for programs."""
    if not terminal.decorates:
        terminal.write(planned.diff)
        return
    from rich.console import Group  # loads rich

    from handoff_md.preview.markdown import render_diff

    terminal.show(Group(*(render_diff(change.diff) for change in planned.changes)), pager=True)


def _show_plan(terminal: Terminal, planned: SetupPlan, nothing: str, *, removes: bool) -> None:
    """Say on one screen what was understood, what would change, and what to do next."""
    _tell_understood(planned, terminal.width)
    if planned.does_nothing:
        click.echo(nothing)
        return
    for verb in ("create", "update", "delete"):
        files = [_counted(change) for change in planned.changes if _verb_of(change) == verb]
        if files:
            _tell(verb, ", ".join(files), terminal.width)
    if planned.driver:
        _tell(planned.driver, _DRIVER, terminal.width)
    if planned.changes and not (removes or planned.for_user):
        _tell(
            "then",
            "commit the changes; `handoff-md session start` begins a session",
            terminal.width,
        )


def _tell_understood(planned: SetupPlan, width: int) -> None:
    """Say what was understood of a document that is taken over; nothing for another one."""
    understood = planned.understood
    if understood is None:
        return
    click.echo(visible(understood.path))
    for label, words in (
        ("entries", understood.entries),
        ("headed", understood.headed),
        ("order", understood.order),
        ("newest", understood.newest),
        ("next id", understood.next_id),
    ):
        if words:
            click.echo(_cut(f"  {label:{_LABEL}}{visible(words)}", width))


def _tell(label: str, words: str, width: int) -> None:
    """Write words behind a label, broken so that they stand below each other."""
    lines = break_words(words, max(min(width, _WIDEST) - _LABEL - 2, 1))
    indent = " " * (_LABEL + 2)
    click.echo(f"{label:{_LABEL}}  " + f"\n{indent}".join(lines))


def _cut(text: str, width: int) -> str:
    """Give a text that fits so many columns."""
    if count_columns(text) <= width:
        return text
    text = text[: 2 * width]
    while text and count_columns(text) >= width:
        text = text[:-1]
    return f"{text}…"


def _counted(change: Change) -> str:
    added, removed = _count(change.diff, "+"), _count(change.diff, "-")
    counts = [f"+{added}"] if added or not removed else []
    counts += [f"-{removed}"] if removed else []
    told = "" if change.creates or change.deletes else f" ({' '.join(counts)})"
    return f"{visible(change.name)}{told}"


def _verb_of(change: Change) -> str:
    return "create" if change.creates else "delete" if change.deletes else "update"


def _count(diff: str, sign: str) -> int:
    """Count a diff's lines with a sign, without its header."""
    return sum(line.startswith(sign) for line in diff.split("\n")[2:])


def _tell_changes(planned: SetupPlan, *, nothing: str) -> None:
    for change in planned.changes:
        click.echo(f"{_verb_of(change)}d  {visible(change.name)}")
    if planned.driver:
        click.echo(f"{planned.driver}ed  {_DRIVER}")
    if planned.changes and not planned.for_user:
        click.echo("Look at the changes, then commit them.")
    elif planned.leaves_hook:
        click.echo("No hook was installed: it is left to you.")
    elif planned.does_nothing:
        click.echo(nothing)
