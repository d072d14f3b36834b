"""The entry of the command. Loads nothing before it knows what is asked."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from handoff_md import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

# A run keeps nearly all that it makes until it ends, and the collector's usual threshold, 700
# objects, has it searched again and again: a fifth of the time of a large merge.
_COLLECT_AFTER = 100_000
_INTERRUPTED = 130
_COMPLETING = "_HANDOFF_MD_COMPLETE"  # what a shell that completes sets: see `cli.reference`


def script() -> None:
    """Run the command as a process of its own, which ends at once where all is written.

    To take apart what a run holds would take longer than a guard's whole work. What can't be
    written is told as Python tells it, and a profiler has its say.
    """
    try:
        main()
    except SystemExit as ended:
        with suppress(AttributeError, OSError, ValueError):  # closed, or never open
            sys.stdout.flush()
            sys.stderr.flush()
            if isinstance(ended.code, int) and not (sys.getprofile() or sys.gettrace()):
                os._exit(ended.code)
        raise


def main() -> None:
    """Run the command and exit with its code; no traceback ever reaches the user."""
    try:
        sys.exit(_run(sys.argv[1:]))
    except KeyboardInterrupt:
        # Modules were being loaded, or the merge driver was at work: git tells of that itself.
        sys.exit(_INTERRUPTED)


def _run(arguments: Sequence[str]) -> int:
    if arguments in (["--version"], ["-V"]):
        # Hooks and installers ask this often: it does not wait for click's import.
        sys.stdout.write(f"handoff-md {__version__}\n")
        return 0
    if _COMPLETING in os.environ:
        from handoff_md.cli.reference import complete

        return complete()
    if arguments == ["guard"] and _passes_at_once():
        return 0
    if arguments[:1] == ["hook"] and not {"-h", "--help"} & set(arguments):
        # Agents run it with each of their turns: it does not wait for click's import, either, and
        # ends before a collection would pay off.
        gc.disable()
        from handoff_md.cli.hooks import run_hook

        return run_hook(arguments[1:])
    gc.set_threshold(_COLLECT_AFTER)
    if arguments[:1] == ["merge-driver"] and not {"-h", "--help"} & set(arguments):
        # git starts it for each merge: it does not wait for click's import, either. It ends before
        # a collection would pay off.
        gc.disable()
        from handoff_md.cli.driver import run_driver

        return run_driver(arguments[1:])
    from handoff_md.cli.commands import run

    return run(arguments)


def _passes_at_once() -> bool:
    """Tell whether the guard has nothing to do; what goes wrong here is told by the command.

    It runs with each commit, so it does not wait for click's import either.
    """
    from pathlib import Path

    from handoff_md.app.guard import concerned_workspaces
    from handoff_md.errors import HandoffError

    with suppress(HandoffError, OSError):
        return not concerned_workspaces(Path.cwd())
    return False
