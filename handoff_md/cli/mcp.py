"""The command ``mcp``; `handoff_md.mcp` holds what it serves."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import click

from handoff_md.cli.command import Command
from handoff_md.cli.options import now
from handoff_md.cli.terminal import Terminal
from handoff_md.errors import HandoffError

_PACKAGES = frozenset({"anyio", "mcp", "mcp_types"})


@click.command("mcp", cls=Command)
@click.pass_obj
def command(terminal: Terminal) -> int:
    """Serve tools and the document to a coding agent, over the Model Context Protocol.

    An agent's host starts it, and speaks with it on stdin and stdout. Tools: context,
    session_start, session_end, run_status and lint. Resource: handoff://document. It works in the
    folder that it is started in, or that -C names, and nowhere else. It needs the extra `mcp`.

    \b
    Examples:
      claude mcp add handoff-md -- handoff-md mcp

    \b
    Exit codes: 0 the client has gone; 2 the extra is not installed.
    """
    try:
        from handoff_md.mcp.server import serve
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in _PACKAGES:
            raise
        install = shlex.join([sys.executable, "-m", "pip", "install", *_requirements()])
        raise HandoffError(
            "handoff-md mcp needs the package mcp, which is not installed",
            f"Install what the extra brings: `{install}`",
        ) from error
    from handoff_md.mcp.tools import Server

    if sys.stdin is not None:
        if sys.stdin.isatty():
            terminal.say("note", "an agent's host is to start this; Ctrl-C ends it")
        serve(Server(Path.cwd(), now, terminal.say))
    return 0  # there is no client


def _requirements() -> tuple[str, ...]:
    """Give what the extra brings: a checkout or a wheel that was installed has no index's name."""
    from importlib.metadata import requires

    listed = (line.partition(";") for line in requires("handoff-md") or ())
    marks = ("extra == 'mcp'", 'extra == "mcp"')
    return tuple(name.strip() for name, _, mark in listed if mark.strip() in marks)
