"""Checks that every branch can be read: what it holds is unknown otherwise, not nothing."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.app.checkup.finding import CheckupFinding, Urgency, quoted
from handoff_md.git.branches import BrokenRef, find_broken_refs
from handoff_md.git.repository import Repository


def check_branches(repository: Repository) -> Iterator[CheckupFinding]:
    """Check that no branch or tag names what is not there, as a crash may leave one."""
    for ref in find_broken_refs(repository):
        what = f"names {ref.names[:12]}, which is not there" if ref.names else "is damaged"
        message = f"{ref.name} {what}, so git can't tell what was merged or committed"
        yield CheckupFinding("branch-unreadable", Urgency.PROBLEM, message, _mend(repository, ref))


def _mend(repository: Repository, ref: BrokenRef) -> str:
    """Put a ref aside; a branch that is checked out needs a commit instead."""
    if ref.checked_out:
        return (
            f"fetch {ref.name} again from another clone, or set it to a commit that its reflog "
            f"names: {repository.common_dir / 'logs' / ref.name}"
        )
    if ref.file is None:
        return f"git -C {quoted(repository.root)} update-ref -d {quoted(ref.name)}"
    aside = repository.common_dir / f"damaged-{ref.name.replace('/', '-')}"
    return f"mv -- {quoted(ref.file, aside)}"
