"""Merges ``**Key**: value`` lines: each by its key, the later of two dates, the newer header."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from handoff_md.semantics.document.fields import read_words
from handoff_md.semantics.document.header import header_fields
from handoff_md.syntax.form.moments import read_date
from handoff_md.syntax.grammar import read_field
from handoff_md.syntax.nodes import Tree
from handoff_md.threeway.conflict import (
    Conflict,
    ConflictKind,
    Merged,
    Piece,
    join,
    settle,
    text_of,
)
from handoff_md.threeway.context import MergeContext, Policy, Side
from handoff_md.threeway.item import BodyItem, read_stamp

_LAST_UPDATED = "last updated"
_SESSION = re.compile(r"\bSession\s+#?(?P<number>[0-9]{1,18})", re.IGNORECASE)

Record = tuple[dt.date, int]
"""What orders headers: the date of the last update, and the highest session named."""


def find_newer(ours: Tree, theirs: Tree, policy: Policy) -> Side | None:
    """Give the side whose header is strictly newer by date and session; None by strict policy.

    Both sides have to carry both; on a tie neither is newer.
    """
    if policy == "strict":
        return None
    mine, yours = _read_record(ours), _read_record(theirs)
    if mine is None or yours is None or mine == yours:
        return None
    return "ours" if mine > yours else "theirs"


def _read_record(document: Tree) -> Record | None:
    source = document.source
    dates: list[dt.date] = []
    numbers: list[int] = []
    for field in header_fields(document):
        value = source.slice(field.value)
        if read_words(source, field.key).casefold() == _LAST_UPDATED:
            date = read_date(value)
            dates += [date] if date else []
        numbers += [int(match["number"]) for match in _SESSION.finditer(value)]
    return (max(dates), max(numbers)) if dates and numbers else None


def merge_field(
    base: BodyItem | None, ours: BodyItem, theirs: BodyItem, context: MergeContext
) -> Merged:
    """Merge a line that all versions have (or both sides, without a base)."""
    before = base.text if base else ""
    if context.in_header and context.newer and ours.text != theirs.text:
        winner, loser = (ours, theirs) if context.newer == "ours" else (theirs, ours)
        return _merge_by_record(base, winner, loser, context)
    if settled := settle(before, ours.text, theirs.text):
        return settled
    if later := _later(ours, theirs):
        return Merged((later.text,), dropped=(ours.text, theirs.text))
    return context.conflict(ConflictKind.FIELD, before, ours.text, theirs.text, ours.name)


def _merge_by_record(
    base: BodyItem | None, winner: BodyItem, loser: BodyItem, context: MergeContext
) -> Merged:
    if base and loser.text == base.text:
        return text_of(winner.text)
    if later := _later(winner, loser):
        return Merged((later.text,), dropped=(winner.text, loser.text))
    note = context.note(f"{winner.name} is the newer header's; dropped {_value(loser)!r}")
    return Merged((winner.text,), (note,), made=(winner.text,), dropped=(loser.text,))


def unite_fields(
    ours: Sequence[BodyItem], theirs: Sequence[BodyItem], context: MergeContext
) -> Merged | None:
    """Merge fields that both sides have added at one place: other keys all stay, equal ones merge.

    None where there are other lines as well, or some keys are equal and others are not.
    """
    both = (*ours, *theirs)
    if not all(item.name for item in both):
        return None
    if [item.key for item in ours] == [item.key for item in theirs]:
        pairs = zip(ours, theirs, strict=True)
        return join(merge_field(None, mine, yours, context) for mine, yours in pairs)
    if len({item.key for item in both}) < len(both):
        return None
    return text_of(*(item.text for item in sorted(both, key=lambda item: str(item.key))))


def unite_fields_in_conflict(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Give the pieces with adjacent fields of one record as one conflict: they belong together."""
    last: Conflict | None = None
    for piece in pieces:
        if not piece:
            continue
        if isinstance(piece, Conflict) and last and _belong_together(last, piece):
            last = replace(
                last,
                path=(*last.path[:-1], f"{last.path[-1]}, {piece.path[-1]}"),
                base=last.base + piece.base,
                ours=last.ours + piece.ours,
                theirs=last.theirs + piece.theirs,
            )
            continue
        if last:
            yield last
        last = piece if isinstance(piece, Conflict) else None
        if isinstance(piece, str):
            yield piece
    if last:
        yield last


def _belong_together(one: Conflict, other: Conflict) -> bool:
    return (
        one.kind is other.kind is ConflictKind.FIELD
        and one.path[:-1] == other.path[:-1]
        and not (one.tail or other.head)
    )


def _later(ours: BodyItem, theirs: BodyItem) -> BodyItem | None:
    """Give the later ``Last Updated`` where both values are dates and nothing else."""
    if ours.name.casefold() != _LAST_UPDATED:
        return None
    mine, yours = (_pure_date(item) for item in (ours, theirs))
    if mine is None or yours is None or mine == yours:
        return None
    return ours if mine > yours else theirs


def _pure_date(item: BodyItem) -> dt.date | None:
    value = _value(item)
    try:
        return dt.date.fromisoformat(value) if len(value) == len("2025-12-18") else None
    except ValueError:
        return None


def _value(item: BodyItem) -> str:
    if field := read_field(item.text.rstrip("\r\n")):
        return field.value
    stamp = read_stamp(item.text)
    return stamp["value"] if stamp else item.text.strip()
