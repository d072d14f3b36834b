"""The command ``demo``: the whole flow, for somebody who has never seen it."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import click

from handoff_md.cli.command import Command
from handoff_md.cli.terminal import Terminal

if TYPE_CHECKING:
    from rich.console import RenderableType

    from handoff_md.app.demo import Demonstration, DemoStep


@click.command("demo", cls=Command)
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Make the repository in DIR (new or empty) and leave it there.",
)
@click.pass_obj
def command(terminal: Terminal, *, keep: Path | None) -> int:
    """Show the whole flow in a throw-away repository.

    Three agents work at the same time, each in a worktree of its own. Each writes a session log
    and a summary; one summary is hostile. Then the orchestrator merges all of them. Nothing
    outside a temporary folder is touched, and your git settings are not used.

    \b
    Examples:
      handoff-md demo
      handoff-md demo --keep /tmp/handoff-demo

    \b
    Exit codes: 0 it worked; 1 it did not do what it promises;
    2 git or the folder can't be used.
    """
    from handoff_md.app.demo import demonstrate
    from handoff_md.cli.views import watch_merge

    telling = Lock()

    def tell(step: DemoStep) -> None:
        with telling:
            terminal.show(_step(step))

    with watch_merge(terminal) as watch:
        shown = demonstrate(keep, tell, watch)
    terminal.show(_result(shown))
    return 0


def _step(step: DemoStep) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    from handoff_md.text.visible import visible

    line = Table.grid(padding=(0, 1))
    line.add_column(width=12, style="magenta")
    line.add_column(overflow="fold")
    actor = f"  session {step.actor}" if step.actor else "  git"
    line.add_row(Text(actor), Text(visible(step.words)))
    return line


def _result(shown: Demonstration) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    from handoff_md.preview.markdown import Barred, render_markdown
    from handoff_md.text.visible import visible, visible_lines

    report = shown.report
    first, last = report.section or (0, 0)
    notes = [
        Text(visible(f"  session {found.outcome.session_id}: {note}"))
        for found in report.sessions
        for note in found.outcome.notes
    ]
    return Group(
        _headline(f"The commit {(report.commit or '')[:12]}"),
        Text(visible_lines(shown.message.strip())),
        Text(),
        *(Text(visible(line.replace("\t", "  ")), style="green") for line in shown.files),
        _headline(f"The section, {report.handoff} lines {first}-{last}"),
        Barred(render_markdown(shown.section)),
        _headline("What was repaired, so that no summary can break the others"),
        *notes,
        _headline("The work tree"),
        Text("clean: `git status` has nothing to report", style="green"),
        _headline("What to try next"),
        *_next_steps(shown),
    )


def _headline(words: str) -> RenderableType:
    from rich.console import Group
    from rich.rule import Rule
    from rich.text import Text

    from handoff_md.text.visible import visible

    return Group(Text(), Rule(Text(visible(words), style="bold"), align="left", style="dim"))


def _next_steps(shown: Demonstration) -> list[RenderableType]:
    from rich.text import Text

    from handoff_md.text.visible import visible

    if shown.kept:
        steps = [
            (f"cd {shown.root}", "the repository is yours to play with"),
            ("git log --graph --oneline", "every session, and one merge of HANDOFF.md"),
            (f"handoff-md merge --orchestrator {shown.report.orchestrator}", "changes nothing"),
        ]
    else:
        steps = [
            ("handoff-md demo --keep DIR", "the same, and the repository stays"),
            ("handoff-md show PATH", "how your own HANDOFF.md is understood"),
            ("handoff-md preview --help", "see what a merge would do, before it does"),
        ]
    width = min(max(len(line) for line, _ in steps), 40)
    return [
        Text.assemble("  ", (visible(line).ljust(width), "bold"), "  ", (words, "dim"))
        for line, words in steps
    ]
