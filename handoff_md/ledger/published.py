"""What a clone has to do about a ref that it keeps on the remote; pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from handoff_md.ledger.announced import CLAIMS, is_mark
from handoff_md.value import Value


class PublishedRef(Value):
    """A ref that this clone keeps on the remote.

    ``wanted`` is the commit that it is to be, empty for no ref; ``held`` what it was there when
    that was known last. Where they differ it is not published yet. ``copied_from`` is not written:
    it is the repository that the record came from when this one was copied, else empty.
    """

    name: str
    wanted: str
    held: str = ""
    copied_from: str = ""

    @property
    def is_settled(self) -> bool:
        """Tell whether the remote has it as it is wanted, as far as is known."""
        return self.wanted == self.held


class TellingStep(StrEnum):
    """What is to be done about a ref."""

    KEEP = "keep"
    """The remote has it: that is to be recorded."""
    DROP = "drop"
    """There is nothing more to keep."""
    PUSH = "push"
    """It is to be pushed, if it still is what was seen."""
    WAIT = "wait"
    """It is to go, but not yet: it tells which numbers were given out."""
    LOST = "lost"
    """It is another one's."""
    ASK = "ask"
    """It is gone: it is to be found out whether somebody was done with it."""


def decide(
    kept: PublishedRef, seen: str, others: Iterable[str], *, swept: bool = False
) -> TellingStep:
    """Say what is to be done about a ref.

    Args:
        kept: what this clone wants of it.
        seen: what the remote was just read to have; empty for none.
        others: the names of all refs that the remote has.
        swept: somebody has deleted it there without being done with it, as ``git push --mirror``
            does.
    """
    if not kept.wanted and not seen:  # it may be there, and not be shown
        return TellingStep.PUSH if kept.held else TellingStep.DROP
    if not kept.wanted:
        if seen != kept.held:
            return TellingStep.DROP
        return TellingStep.WAIT if is_mark(kept.name, others) else TellingStep.PUSH
    if seen == kept.wanted:
        return TellingStep.KEEP
    if seen:
        return TellingStep.PUSH if seen == kept.held else TellingStep.LOST
    # A claim that is gone is made again; a run or a summary may have been done with elsewhere.
    is_missed = swept or not kept.held or kept.name.startswith(CLAIMS)
    return TellingStep.PUSH if is_missed else TellingStep.ASK
