"""The command ``preview``: a merge worked out in full, shown, and not made."""

from __future__ import annotations

from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click

from handoff_md.cli.command import Command
from handoff_md.cli.options import CollectionOptions, collection_options, today
from handoff_md.cli.terminal import Terminal
from handoff_md.text.diff import unified_diff
from handoff_md.text.edit import Patch, section_text

if TYPE_CHECKING:
    from rich.console import RenderableType


class _View(Enum):
    """How the result is shown."""

    RENDERED = auto()
    DIFF = auto()
    RAW = auto()


@click.command("preview", cls=Command)
@collection_options
@click.option("--diff", "view", flag_value=_View.DIFF, type=_View, help="Show a unified diff.")
@click.option(
    "--raw", "view", flag_value=_View.RAW, type=_View, help="Print the new document's bytes."
)
@click.option("--merge", "branch", metavar="BRANCH", help="Show what merging a branch would give.")
@click.option("--section-only", is_flag=True, help="Show the new section without the document.")
@click.option("--pager/--no-pager", default=True, help="Page what is longer than the screen.")
@click.pass_obj
def command(
    terminal: Terminal,
    *,
    view: _View | None,
    branch: str | None,
    section_only: bool,
    pager: bool,
    **collected: Unpack[CollectionOptions],
) -> int:
    """Show what a merge would do, without writing anything.

    Collects, checks, inserts and proves just as merge does, without waiting for anyone. By default
    the new section is rendered in its place, marked by a bar, with a few lines around it as they
    are written. Notes and problems go to stderr.

    \b
    Examples:
      handoff-md preview --orchestrator 22
      handoff-md preview --orchestrator 22 19 20 --section-only
      handoff-md preview --orchestrator 22 --diff | git apply
      handoff-md preview --orchestrator 22 --raw > NEW.md
      handoff-md preview --merge feature --diff

    \b
    Exit codes: 0 shown, or nothing to merge; 1 the merge would be refused, or
    would leave conflicts; 2 usage, configuration, file or git environment.
    """
    chosen = view or _View.RENDERED
    if section_only and chosen is _View.DIFF:
        raise click.UsageError("--section-only and --diff exclude each other: a diff shows no more")
    if branch is not None:
        return _show_merge(terminal, branch, chosen, section_only=section_only, pager=pager)
    from handoff_md.app.merge.request import MergeRequest
    from handoff_md.app.preview import plan_preview
    from handoff_md.cli.merge import tell_notes, tell_verdict
    from handoff_md.cli.views import watch_merge

    request = MergeRequest(directory=Path.cwd(), today=today(), **collected)
    with watch_merge(terminal) as watch:
        planned = plan_preview(request, watch, compares=True)
    tell_notes(terminal, planned.report)
    tell_verdict(terminal, planned.report)
    if not planned.merge.refused:
        _show(
            terminal,
            planned.merge.patch,
            planned.report.handoff,
            chosen,
            section_only=section_only,
            pager=pager,
        )
    return planned.report.exit_code


def _show_merge(
    terminal: Terminal, branch: str, view: _View, *, section_only: bool, pager: bool
) -> int:
    """Show what merging a branch would give; conflicts stand in it between markers."""
    from handoff_md.app.preview import plan_merge

    planned = plan_merge(Path.cwd(), branch)
    terminal.say_all("note", planned.notes)
    for conflict in planned.merged.conflicts:
        terminal.say("conflict", conflict.place, "red")
    if not planned.patch.edits:
        terminal.say("note", f"merging {branch} would change nothing")
    _show(terminal, planned.patch, planned.path, view, section_only=section_only, pager=pager)
    return int(not planned.merged.clean)


def _show(
    terminal: Terminal, patch: Patch, name: str, view: _View, *, section_only: bool, pager: bool
) -> None:
    if view is _View.RAW:
        terminal.write(section_text(patch) if section_only else _new_text(patch))
    elif view is _View.DIFF and not terminal.decorates:
        terminal.write(unified_diff(patch, name))
    elif patch.edits:
        terminal.show(_rendered(patch, name, view, section_only=section_only), pager=pager)


def _new_text(patch: Patch) -> str:
    new = patch.apply()
    return "\ufeff" + new.text if new.bom else new.text


def _rendered(patch: Patch, name: str, view: _View, *, section_only: bool) -> RenderableType:
    from handoff_md.preview import markdown  # loads rich

    if view is _View.DIFF:
        return markdown.render_diff(unified_diff(patch, name))
    return markdown.render_section(patch) if section_only else markdown.render_in_place(patch)
