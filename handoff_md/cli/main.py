"""The entry of the command. Loads nothing before it knows what is asked."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from handoff_md import __version__
from handoff_md.cli.ending import BROKEN_PIPE, INTERRUPTED, USAGE, give_up_broken_output

if TYPE_CHECKING:
    from collections.abc import Sequence

# A run keeps nearly all that it makes until it ends, and the collector's usual threshold, 700
# objects, has it searched again and again: a fifth of the time of a large merge.
_COLLECT_AFTER = 1_000_000
_COMPLETING = "_HANDOFF_MD_COMPLETE"  # what a shell that completes sets: see `cli.reference`


def script() -> None:
    """Run the command as a process of its own, which ends at once: all is written.

    To take apart what a run holds would take longer than a guard's whole work. A profiler has its
    say.
    """
    try:
        main()
    except SystemExit as ended:
        if not isinstance(ended.code, int) or sys.getprofile() or sys.gettrace():
            raise
        with suppress(AttributeError, OSError, ValueError):  # closed, full, or never open
            sys.stderr.flush()
        os._exit(ended.code)


def main() -> None:
    """Run the command and exit with its code; no traceback ever reaches the user."""
    try:
        code = _run(sys.argv[1:])
        if sys.stdout:
            sys.stdout.flush()
    except KeyboardInterrupt:
        # Modules were being loaded, or the merge driver was at work: git tells of that itself.
        code = INTERRUPTED
    except BrokenPipeError:
        code = BROKEN_PIPE  # whoever read has enough
    except Exception as error:  # noqa: BLE001 - what no command has told, as the output being full
        code = _tell(error)
    give_up_broken_output()
    sys.exit(code)


def _tell(error: Exception) -> int:
    """Tell an error as the commands do, and give the exit code that it means."""
    from handoff_md.errors import HandoffError, explain

    message, hint = explain(error)
    with suppress(AttributeError, OSError, ValueError):  # nobody is left to be told
        if os.environ.get("HANDOFF_MD_DEBUG") == "1":
            import traceback

            traceback.print_exception(error)
        sys.stderr.write(f"error: {message}\n" + (f"hint: {hint}\n" if hint else ""))
    return error.exit_code if isinstance(error, HandoffError) else USAGE


def _run(arguments: Sequence[str]) -> int:
    if arguments in (["--version"], ["-V"]):
        # Hooks and installers ask this often: it does not wait for click's import.
        if sys.stdout:  # it may be closed
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
