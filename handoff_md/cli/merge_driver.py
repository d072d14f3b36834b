"""The command ``merge-driver`` among the others, with its help; `handoff_md.cli.driver` runs."""

from __future__ import annotations

import click

from handoff_md.cli.command import Command


@click.command("merge-driver", cls=Command)
@click.argument("base", metavar="%O")
@click.argument("ours", metavar="%A")
@click.argument("theirs", metavar="%B")
@click.option("-L", "size", metavar="%L", help="The size of markers.")
@click.option("-P", "path", metavar="%P", help="The path in the repository, for messages.")
@click.option("-S", "base_label", metavar="%S", help="The label of the base.")
@click.option("-X", "our_label", metavar="%X", help="The label of ours.")
@click.option("-Y", "their_label", metavar="%Y", help="The label of theirs.")
def command(*, base: str, ours: str, theirs: str, **given: str | None) -> int:
    """Merge two versions of HANDOFF.md by structure; git runs this.

    Takes what git gives a merge driver (gitattributes(5)): the files of base (%O), ours (%A) and
    theirs (%B). The result goes into the file of ours: merged and proved, or with markers around
    what a person has to decide. Each conflict is one line on stderr. Whatever fails, git's own line
    merge stands in.

    `handoff-md resolve` does the same for a file that is in conflict already.

    \b
    Exit codes:
      0  clean
      1  conflicts are left, or it has failed; never another
    """  # noqa: D301 - \b is click's mark for text that is not to be re-wrapped
    from handoff_md.cli.driver import run_driver

    names = {"size": "-L", "path": "-P", "base_label": "-S", "our_label": "-X", "their_label": "-Y"}
    options = [word for key, value in given.items() if value for word in (names[key], value)]
    return run_driver([base, ours, theirs, *options])
