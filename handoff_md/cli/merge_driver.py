"""The command ``merge-driver`` among the others, with its help; `handoff_md.cli.driver` runs."""

from __future__ import annotations

import click


@click.command("merge-driver", context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="%O %A %B [OPTION]...")
def command(*, arguments: tuple[str, ...]) -> int:
    """Merge two versions of HANDOFF.md by structure; git runs this.

    Takes what git gives a merge driver: the files of base (%O), ours (%A) and theirs (%B), and
    -L %L (size of markers), -P %P (path), -S %S -X %X -Y %Y (labels of base, ours, theirs). The
    result goes into the file of ours: merged and proven, or with markers around what a person has
    to decide. Each conflict is one line on stderr. Whatever fails, git's own line merge stands in.

    `handoff-md init` registers it; `handoff-md resolve` does the same for a file by hand.

    \b
    Exit codes:
      0  clean
      1  conflicts are left, or it has failed; nothing else
    """  # noqa: D301 - \b is click's mark for text that is not to be re-wrapped
    from handoff_md.cli.driver import run_driver  # noqa: PLC0415 - --help needs no merge

    return run_driver(arguments)
