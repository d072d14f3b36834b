"""The command ``init``: sets a repository up, and shows what it does before it does it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from handoff_md.cli.command import Command
from handoff_md.cli.options import today
from handoff_md.cli.terminal import Terminal
from handoff_md.text.visible import visible

if TYPE_CHECKING:
    from handoff_md.app.setup.change import Change, SetupPlan

_NOTHING_TO_DO = "Nothing to do: it is set up already."
_NOTHING_LEFT = "Nothing to remove: `handoff-md init` has left nothing here."


@click.command("init", cls=Command)
@click.option("--dry-run", is_flag=True, help="Print the changes as a diff, and make none.")
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
    help='The heading that its entries stand under, as in "## Log" (default: it is looked for).',
)
@click.option(
    "--remove",
    is_flag=True,
    help="Take out again what `init` wrote; what people wrote stays.",
)
@click.pass_obj
def command(
    terminal: Terminal,
    *,
    dry_run: bool,
    yes: bool,
    hook: bool,
    handoff: Path | None,
    entries_heading: str | None,
    remove: bool,
) -> int:
    """Set a repository up for parallel sessions.

    Creates HANDOFF.md, the session protocol and the orchestrator's guide, or adds one marked
    section to those that are there; has git ignore summaries, and merge HANDOFF.md by its
    structure (which each clone has to register: run it there too); adds the guard and the linter to
    pre-commit and CI where the project has them; and writes handoff-md.toml. Every byte outside of
    the marked sections stays. On a terminal the changes are shown first, and you are asked.
    Nothing is committed. Running it again changes nothing.

    \b
    Examples:
      handoff-md init --dry-run
      handoff-md init --hook
      handoff-md init --handoff docs/PROGRESS.md --entries-heading "## Log"
      handoff-md init --remove --dry-run

    \b
    Exit codes: 0 done, or nothing to do; 1 a file that you have to mend first;
    2 usage, configuration, file or git environment.
    """  # noqa: D301 - \b is click's mark for text that is not to be re-wrapped
    if remove:
        if hook or handoff or entries_heading:
            raise click.UsageError("--remove excludes --hook, --handoff and --entries-heading")
        from handoff_md.app.setup.removal import plan_removal

        planned = plan_removal(Path.cwd())
    else:
        from handoff_md.app.setup.plan import SetupRequest, plan_setup

        request = SetupRequest(
            directory=Path.cwd(),
            today=today(),
            handoff=handoff,
            entries_heading=entries_heading,
            hook=hook,
        )
        planned = plan_setup(request)
    asks = sys.stdin.isatty() and sys.stdout.isatty() and not yes
    if dry_run or (asks and planned.changes):
        _show_plan(terminal, planned)
    if not dry_run:
        if asks and not planned.does_nothing and not _confirmed():
            click.echo("Nothing was removed." if remove else "Nothing was written.")
            return 0
        planned.carry_out()
        _tell_changes(planned, nothing=_NOTHING_LEFT if remove else _NOTHING_TO_DO)
    for note in planned.notes:
        terminal.say("note", note)
    return 0


def _confirmed() -> bool:
    # What click itself prompts with goes to stderr, which may lead elsewhere.
    click.echo("Make these changes? [Y/n] ", nl=False)
    return click.confirm("", default=True, prompt_suffix="", show_default=False)


def _show_plan(terminal: Terminal, planned: SetupPlan) -> None:
    """Show what would be done on one screen, and the diff: behind it if it fits, else in a pager.

    Where stdout is for programs it gets the diff alone.
    """
    summary = _summary(planned)
    if not terminal.decorates:
        click.echo(summary, err=True, nl=False)
        terminal.write(planned.diff)
        return
    from rich.console import Group  # loads rich
    from rich.text import Text

    from handoff_md.preview.in_place import render_diff

    diffs = (render_diff(change.diff) for change in planned.changes)
    if terminal.show(Group(Text(summary), *diffs), pager=True):
        click.echo(summary, nl=False)


def _summary(planned: SetupPlan) -> str:
    """Give a line for each change, with the lines that it adds and removes."""
    lines = [
        f"{_verb_of(change)}  {visible(change.path)}  "
        f"(+{_count(change.diff, '+')} -{_count(change.diff, '-')})"
        for change in planned.changes
    ]
    if planned.driver:
        lines.append(f"{planned.driver}  the merge driver, in this clone's git configuration")
    return "".join(f"{line}\n" for line in lines)


def _verb_of(change: Change) -> str:
    return "create" if change.creates else "delete" if change.deletes else "update"


def _count(diff: str, sign: str) -> int:
    """Count a diff's lines with a sign, without its header."""
    return sum(line.startswith(sign) for line in diff.split("\n")[2:])


def _tell_changes(planned: SetupPlan, *, nothing: str) -> None:
    for change in planned.changes:
        click.echo(f"{_verb_of(change)}d  {visible(change.path)}")
    if planned.driver:
        click.echo(f"{planned.driver}ed  the merge driver, in this clone's git configuration")
    if planned.changes:
        click.echo("Look at the changes, then commit them.")
    elif planned.leaves_hook:
        click.echo("No hook was installed: it is left to you.")
    elif planned.does_nothing:
        click.echo(nothing)
