"""The command ``guard``, for pre-commit hooks."""

from __future__ import annotations

import os
from pathlib import Path

import click

from handoff_md.cli.command import Command


@click.command("guard", cls=Command)
def command() -> int:
    """Refuse a commit of HANDOFF.md that would collide, as a pre-commit hook.

    Refused is a commit that changes HANDOFF.md while a parallel run is active (unless it is the
    orchestrator's own), and one that adds entries of several sessions outside of a parallel
    section. The message says what to do instead. It runs as pre-commit, and as pre-merge-commit,
    which git runs before a merge without conflicts. `handoff-md init --hook` installs both.

    \b
    Examples:
      handoff-md guard
      handoff-md init --hook

    \b
    Exit codes: 0 the commit may be made; 1 refused;
    2 configuration, file or git environment.
    """  # noqa: D301 - \b is click's mark for text that is not to be re-wrapped
    from handoff_md.app.guard import guard

    guard(Path.cwd(), os.environ.get("HANDOFF_MD_RUN"))
    return 0
