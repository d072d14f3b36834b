"""Merges what stands between a heading and the sections below: diff3, with units among lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from handoff_md.text.alignment import align
from handoff_md.text.pattern import lazy_pattern
from handoff_md.threeway.conflict import ConflictKind, MergeContext, Merged, join, settle
from handoff_md.threeway.item import BodyItem, join_items, merge_field, read_items, unite_fields
from handoff_md.threeway.table import merge_table
from handoff_md.threeway.unit import Unit
from handoff_md.value import Value

_TELLING = lazy_pattern(r"\w(?:\W*\w){7}")

_BULLET = lazy_pattern(r"(?P<indent>[ \t]*)(?P<mark>[-+*])(?P<gap>[ \t]+)\S")


class _Region(Value):
    """What three versions have at one place; the base's index there."""

    base: Sequence[BodyItem]
    ours: Sequence[BodyItem]
    theirs: Sequence[BodyItem]
    start: int

    @property
    def aligned(self) -> bool:
        """Tell whether each has one item, with one key."""
        return (
            len(self.base) == len(self.ours) == len(self.theirs) == 1
            and self.base[0].key == self.ours[0].key == self.theirs[0].key
        )


def merge_body(base: Unit, ours: Unit, theirs: Unit, context: MergeContext) -> Merged:
    """Merge the bodies of three versions of a section."""
    texts = base.own_text, ours.own_text, theirs.own_text
    if settled := settle(*texts):
        return settled
    versions = read_items(base), read_items(ours), read_items(theirs)
    merged = merge_items(*versions, context)
    if merged.clean and _doubles(*versions, merged):
        return context.conflict(ConflictKind.BODY, *texts)
    return merged


def merge_items(
    base: Sequence[BodyItem],
    ours: Sequence[BodyItem],
    theirs: Sequence[BodyItem],
    context: MergeContext,
) -> Merged:
    """Merge three sequences of items by diff3."""
    if not base:
        return join(_merge_additions(ours, theirs, context))
    regions = list(_regions(base, ours, theirs))
    return join(_merge_region(region, base, context) for region in regions)


def _regions(
    base: Sequence[BodyItem], ours: Sequence[BodyItem], theirs: Sequence[BodyItem]
) -> Iterator[_Region]:
    """Give, in order, the places that all versions have in common, and what differs between."""
    keys = [item.key for item in base]
    mine = dict(align(keys, [item.key for item in ours]))
    yours = dict(align(keys, [item.key for item in theirs]))
    start = first = second = 0
    for index in range(len(base)):
        if index not in mine or index not in yours:
            continue
        here, there = mine[index], yours[index]
        if (start, first, second) != (index, here, there):
            yield _Region(base[start:index], ours[first:here], theirs[second:there], start)
        yield _Region(
            base[index : index + 1], ours[here : here + 1], theirs[there : there + 1], index
        )
        start, first, second = index + 1, here + 1, there + 1
    if start < len(base) or first < len(ours) or second < len(theirs):
        yield _Region(base[start:], ours[first:], theirs[second:], start)


def _merge_region(region: _Region, base: Sequence[BodyItem], context: MergeContext) -> Merged:
    texts = join_items(region.base), join_items(region.ours), join_items(region.theirs)
    by_record = region.aligned and region.base[0].name and context.in_header and context.newer
    if not by_record and (settled := settle(*texts)):
        return settled
    if region.aligned:
        return _merge_aligned(region.base[0], region.ours[0], region.theirs[0], context)
    if not region.base:
        around = (
            base[region.start - 1].text if region.start else "",
            base[region.start].text if region.start < len(base) else "",
        )
        united = unite_fields(region.ours, region.theirs, context) or unite_list_items(
            region.ours, region.theirs, around
        )
        if united:
            return united
    return context.conflict(ConflictKind.BODY, *texts)


def _merge_aligned(
    base: BodyItem, ours: BodyItem, theirs: BodyItem, context: MergeContext
) -> Merged:
    if base.table:
        return merge_table(base, ours, theirs, context)
    return merge_field(base, ours, theirs, context)


def _merge_additions(
    ours: Sequence[BodyItem], theirs: Sequence[BodyItem], context: MergeContext
) -> Iterator[Merged]:
    """Merge two bodies that have no base: what is alike once, the rest is a conflict.

    Where one side has all that the other has, and more, it is the same text gone on: the longer
    one holds, and a note says so.
    """
    pairs = _align_sides(ours, theirs)
    runs = list(_runs(ours, theirs, pairs))
    goes_on = bool(pairs) and _goes_on(runs, context)
    if goes_on:
        yield Merged(notes=(context.note("both sides added it; the longer text holds"),))
    for (mine, yours), pair in zip(runs, (*pairs, None), strict=True):
        if goes_on and bool(mine.strip()) != bool(yours.strip()):
            yield Merged((mine if mine.strip() else yours,))
        else:
            yield _settle_additions(mine, yours) or context.conflict(
                ConflictKind.BODY, "", mine, yours
            )
        if pair:
            yield _merge_added(ours[pair[0]], theirs[pair[1]], context)


def _goes_on(runs: Sequence[tuple[str, str]], context: MergeContext) -> bool:
    """Tell whether only one side has more than the other, and nothing that the other took out."""
    longer = [index for run in runs for index, text in enumerate(run) if text.strip()]
    uneven = [run for run in runs if bool(run[0].strip()) != bool(run[1].strip())]
    if len(set(longer)) != 1 or not uneven:
        return False
    side = longer[0]
    lines = {line.strip() for run in uneven for line in run[side].split("\n")}
    return not lines & (context.find_taken_out()[1 - side] - {""})


def _runs(
    ours: Sequence[BodyItem], theirs: Sequence[BodyItem], pairs: Sequence[tuple[int, int]]
) -> Iterator[tuple[str, str]]:
    """Give the texts before each pair, and behind the last."""
    first = second = 0
    for here, there in (*pairs, (len(ours), len(theirs))):
        yield join_items(ours[first:here]), join_items(theirs[second:there])
        first, second = here + 1, there + 1


def _align_sides(ours: Sequence[BodyItem], theirs: Sequence[BodyItem]) -> Sequence[tuple[int, int]]:
    """Pair what both sides have; of several ways to, the same whichever side is called ours."""
    if join_items(ours) <= join_items(theirs):
        return align([item.key for item in ours], [item.key for item in theirs])
    swapped = align([item.key for item in theirs], [item.key for item in ours])
    return [(mine, yours) for yours, mine in swapped]


def _merge_added(ours: BodyItem, theirs: BodyItem, context: MergeContext) -> Merged:
    if settled := _settle_additions(ours.text, theirs.text):
        return settled
    if ours.table:
        return merge_table(None, ours, theirs, context)
    return merge_field(None, ours, theirs, context)


def _settle_additions(ours: str, theirs: str) -> Merged | None:
    """Give what both sides have added, white space aside; None if it differs."""
    return settle("", ours, theirs) if bool(ours) == bool(theirs) else None


def _doubles(
    base: Sequence[BodyItem], ours: Sequence[BodyItem], theirs: Sequence[BodyItem], merged: Merged
) -> bool:
    """Tell whether a line that both sides have added alike stands there more often than in one."""
    counts = [Counter(_telling_lines(join_items(side))) for side in (base, ours, theirs)]
    before, mine, yours = counts
    found = Counter(_telling_lines(merged.text))
    return any(
        count > max(mine[line], yours[line]) and mine[line] > before[line] < yours[line]
        for line, count in found.items()
    )


def _telling_lines(text: str) -> Iterator[str]:
    """Give the lines that have enough words to be more than punctuation of their place."""
    return (line.strip() for line in text.split("\n") if _TELLING.search(line))


def unite_list_items(
    ours: Sequence[BodyItem], theirs: Sequence[BodyItem], around: tuple[str, str]
) -> Merged | None:
    """Keep the items that both sides have put between the lines ``around``; None if they are none.

    What both have alike stands once. Each side's items keep their order: sorted together where
    both sides' are sorted, else one side's behind the other's, by their first item.
    """
    mine, yours = _read_group(ours), _read_group(theirs)
    if not mine or not yours or _form(mine[0]) != _form(yours[0]):
        return None
    if len(set(mine)) < len(mine) or len(set(yours)) < len(yours):
        return None  # one that a side has twice may be meant twice
    if not any(_belongs(line, mine[0]) for line in around):
        return None
    if {item.endswith("\n\n") for item in (*mine, *yours)} == {True, False}:
        return None
    same = tuple(("", item) for item in mine if item in yours)
    return Merged(tuple(dict.fromkeys(_in_order(mine, yours))), alike=same)


def _in_order(mine: Sequence[str], yours: Sequence[str]) -> Sequence[str]:
    if list(mine) == sorted(mine) and list(yours) == sorted(yours):
        return sorted((*mine, *yours))
    first, second = sorted((list(mine), list(yours)))
    return (*first, *second)


def _read_group(items: Sequence[BodyItem]) -> list[str]:
    """Give the texts of whole list items of one form, or nothing if the lines are anything else."""
    found: list[str] = []
    form: tuple[str, str] | None = None
    for item in items:
        if item.table or item.name:
            return []
        match = _BULLET.match(item.text)
        if match and (form is None or form == (match["indent"], match["mark"])):
            form = (match["indent"], match["mark"])
            found.append(item.text)
        elif form and found and _continues(item.text, form[0]):
            found[-1] += item.text
        else:
            return []
    return found


def _continues(line: str, indent: str) -> bool:
    if not line.strip():
        return True
    return line.startswith((indent + " ", indent + "\t"))


def _form(item: str) -> tuple[str, str]:
    match = _BULLET.match(item)
    return (match["indent"], match["mark"]) if match else ("", "")


def _belongs(line: str, item: str) -> bool:
    """Tell whether a neighbouring line is of the same list."""
    indent, mark = _form(item)
    match = _BULLET.match(line)
    if match:
        return (match["indent"], match["mark"]) == (indent, mark) or len(match["indent"]) > len(
            indent
        )
    return bool(line.strip()) and _continues(line, indent) and len(line) > len(line.lstrip())
