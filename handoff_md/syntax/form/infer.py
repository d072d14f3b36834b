"""Infers the form of a document from its flat nodes, before a single heading is judged. Linear."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from handoff_md.syntax.form.counts import FEW
from handoff_md.syntax.form.form import Certainty, Form, Series, Shape
from handoff_md.syntax.form.headed import HeadedRun, HeadedRuns
from handoff_md.syntax.form.led import LedEntry, LedRun, LedRuns
from handoff_md.syntax.form.moments import Customs
from handoff_md.syntax.form.names import names_archive, names_empty_log, names_log
from handoff_md.syntax.form.outline import Outline
from handoff_md.syntax.form.shapes import ShapeReader, date_by, make_reader, time_below
from handoff_md.syntax.form.ties import count_days
from handoff_md.syntax.grammar import EntryHeading, EntryKind
from handoff_md.value import Value

_MOST_LEARNT = 48


class Recognised(Value):
    """The form of a document, and which of its flat nodes are entries, by index.

    ``headings`` are those that head entries, with what they mean; ``leads`` are the lists and
    paragraphs in which entries without headings begin. ``ends`` are those of sections, by their
    headings' indexes.
    """

    form: Form
    headings: Mapping[int, EntryHeading]
    leads: Mapping[int, tuple[LedEntry, ...]]
    ends: Mapping[int, int]


def recognise(outline: Outline) -> Recognised:
    """Find the entries of a document: headings first, and others only where none are."""
    headed = HeadedRuns(outline)
    if _need_years(outline, headed) and outline.learn_years([one.parent for one in headed.runs]):
        headed = HeadedRuns(outline)
    if outline.learn_days():
        headed = HeadedRuns(outline)
    led = LedRuns(outline)
    every = _find_led(outline, headed, led)
    if _may_be_of_weeks(outline, headed, every) and outline.learn_weeks():
        headed = HeadedRuns(outline)
    found = [one for one in every if one.run.certainty is Certainty.SURE]
    close = [one.run for one in every if one.run.certainty is not Certainty.SURE]
    replaced = {one.parent for one in found}
    runs = [one for one in headed.runs if one.parent not in replaced]
    form = _make_form(outline, runs, found, [*headed.close, *close], led)
    members = [member for one in headed.runs for member in one.members]
    members += sorted(outline.parallel)
    if found or outline.others(members):
        members += headed.stray  # but not for what a merge has put there alone
    voters = outline.others(members) or members
    told = [outline.read(member) for member in voters]
    readers = {
        customs: make_reader(replace(form, customs=replace(customs, is_day_first=None)), told)
        for customs in dict.fromkeys(map(outline.customs_of, members))
    }
    headings = _read_headings(outline, headed, readers, sorted(set(members)))
    reader = ShapeReader(form, in_template=True)
    leads = dict(lead for one in found for lead in led.read(one, reader))
    if any(one.has_learned for one in (reader, *readers.values())):
        form = replace(form, by_template=True)
    return Recognised(form, headings, leads, _find_ends(outline, runs, found))


def _need_years(outline: Outline, headed: HeadedRuns) -> bool:
    """Tell whether dates may lack a year: some headings among entries have none, or all of these.

    So may those that stand below weeks. What merges have put there does not count.
    """
    among = [at for one in headed.runs for at in outline.members(one.parent)]
    may_lack = any(not outline.read(at).dated or outline.is_over(at) for at in among)
    return not among or may_lack or not outline.others(among)


def _may_be_of_weeks(outline: Outline, headed: HeadedRuns, found: Sequence[LedRun]) -> bool:
    """Tell whether nothing in a document may be entries, but for what merges have put there."""
    members = [member for one in headed.runs for member in one.members]
    return not (found or headed.close or outline.others(members))


def _find_led(outline: Outline, headed: HeadedRuns, led: LedRuns) -> list[LedRun]:
    """Find entries without headings where there are no others, or only some beside them."""
    if not headed.runs:
        return list(led.find_all())
    beside = [
        found
        for one in headed.runs
        if led.stand_beside(one.parent, one.members)
        and (found := led.find(one.parent))
        and found.run.count >= _fewest_beside(outline, found, led)
        and found.run.count >= len(one.members) // 2
    ]
    return [*beside, *_find_grouped_led(outline, headed, led)]


def _fewest_beside(outline: Outline, found: LedRun, led: LedRuns) -> int:
    """Give how many entries without headings there have to be beside others.

    A single dated paragraph behind a rule may as well close what was written above the rule.
    """
    parent = found.parent
    if found.cuts and found.run.shape is Shape.PARAGRAPHS:
        return 1 if _stands_in_others(outline, found, led) else FEW
    return 1 if names_empty_log(outline.words(parent)) or outline.is_period(parent) else FEW


def _stands_in_others(outline: Outline, found: LedRun, led: LedRuns) -> bool:
    """Tell whether what stands below a month or week stands below others as well."""
    if found.parent is None or not outline.is_period(found.parent):
        return False
    beside = outline.families[outline.parents[found.parent]]
    runs = (led.find(other) for other in beside if other != found.parent)
    return any(run is not None and run.run.shape is found.run.shape for run in runs)


def _find_grouped_led(outline: Outline, headed: HeadedRuns, led: LedRuns) -> Iterator[LedRun]:
    """Find entries without headings below months, weeks or years where merges wrote all others."""
    parents = {one.parent for one in headed.runs}
    members = (member for one in headed.runs for member in one.members)
    is_grouped = any(map(outline.is_period, parents))
    if not is_grouped or not all(map(outline.is_documented, members)):
        return
    for parent in range(len(outline.heads)):
        if parent not in parents and outline.is_period(parent) and (found := led.find(parent)):
            yield found


def _read_headings(
    outline: Outline,
    headed: HeadedRuns,
    readers: Mapping[Customs, ShapeReader],
    members: Sequence[int],
) -> Mapping[int, EntryHeading]:
    """Read what headings mean, by their indexes; those of one day with what counts them.

    ``readers`` are those for dates that say less, by what these are of.
    """
    shapes = [
        _read_heading(outline, headed, readers[outline.customs_of(member)], member)
        for member in members
    ]
    days = Counter(shape.date for shape in shapes)
    indexes = [outline.heads[member].index for member in members]
    shapes = [
        time_below(outline.source, outline.flat, index, outline.lead_of(member), shape)
        if shape.date and not shape.time and days[shape.date] > 1
        else shape
        for member, index, shape in zip(members, indexes, shapes, strict=True)
    ]
    heads = [(outline.words(member), shape) for member, shape in zip(members, shapes, strict=True)]
    return dict(zip(indexes, count_days(heads, outline.customs), strict=True))


def _read_heading(
    outline: Outline, headed: HeadedRuns, reader: ShapeReader, member: int
) -> EntryHeading:
    if outline.read(member).dated and outline.period(member):
        week = EntryHeading(EntryKind.DATED, (), None, outline.words(member))
        return date_by(week, outline.read(member))
    shape = reader.read(outline.words(member), outline.read(member))
    if shape.date is None and outline.lacks(member):
        shape = date_by(shape, outline.read(member))
    below = headed.field_below(member, is_usual=True) if shape.date is None else None
    return date_by(shape, below) if below else shape


def _make_form(
    outline: Outline,
    headed: Sequence[HeadedRun],
    found: Sequence[LedRun],
    close: Sequence[Series],
    led: LedRuns,
) -> Form:
    every = [(one.parent, one.run) for one in headed] + [(one.parent, one.run) for one in found]
    runs = sorted((run for _, run in every), key=lambda run: run.first)
    hinted = [run for parent, run in every if outline.is_hinted(parent)]
    grouped = [] if hinted else _find_grouped(outline, every)
    place = _unite(outline, grouped) if grouped else choose_place(hinted or runs)
    together = [run for _, run in grouped] or ([place] if place else [])
    said = [
        outline.words(member)
        for one in headed
        if one.run in together
        for member in one.members
        if not outline.is_parallel(member) and not outline.period(member)
    ]
    said += (w for one in found if not place or one.run in together for w in led.words(one))
    like, hints = outline.hints.like, outline.hints
    doubted = runs or any(run.certainty is Certainty.UNSURE for run in close)
    uncertain = Certainty.UNSURE if doubted else Certainty.NONE
    return Form(
        Certainty.SURE if place else uncertain,
        tuple(runs),
        place,
        tuple(close),
        (like.sample if like else ()) or _sample(said),
        hints.order,
        hints.entry_heading,
        outline.newest_customs,
    )


def choose_place(runs: Sequence[Series]) -> Series | None:
    """Choose the run that new entries belong to: the only one, or the only one that is named."""
    in_use = [run for run in runs if not names_archive(run.words)] or list(runs)
    if len(in_use) == 1:
        return in_use[0]
    named = [run for run in in_use if run.words and names_log(run.words)]
    return named[0] if len(named) == 1 else None


def _find_grouped(
    outline: Outline, every: Sequence[tuple[int | None, Series]]
) -> list[tuple[int | None, Series]]:
    """Give the runs below the months, weeks or years of one log; none where others are in use."""
    in_use = [one for one in every if not names_archive(one[1].words)]
    bases = {outline.base(parent) for parent, _ in in_use}
    are_below = all(parent not in bases for parent, _ in in_use)
    return in_use if len(in_use) > 1 and len(bases) == 1 and are_below else []


def _unite(outline: Outline, grouped: Sequence[tuple[int | None, Series]]) -> Series:
    """Give what runs below months, weeks or years are together."""
    first = min((run for _, run in grouped), key=lambda run: run.first)
    base = outline.base(grouped[0][0])
    return replace(
        first,
        line=None if base is None else outline.line(base),
        words=outline.words(base),
        above=outline.level(base),
        count=sum(run.count for _, run in grouped),
        why=(f"they stand below {len(grouped)} headings of months, weeks or years",),
    )


def _find_ends(
    outline: Outline, headed: Sequence[HeadedRun], found: Sequence[LedRun]
) -> Mapping[int, int]:
    """Give where sections end: before an entry that stands beside them, and not below."""
    cuts = [cut for one in found for cut in one.cuts]
    for one in headed:
        first: dict[int, int] = {}
        for member, below in one.sunken:
            first.setdefault(member, below)
        for member, below in first.items():
            index = outline.heads[below].index
            cuts += ((place, index) for place in range(member, below))
    ends = dict(outline.ends) if cuts else outline.ends
    closer = {
        outline.heads[place].index: index
        for place, index in cuts
        if index < ends[outline.heads[place].index]
    }
    return {**ends, **closer}


def _sample(words: Sequence[str]) -> tuple[str, ...]:
    """Give at most so many of the words, from both ends."""
    if len(words) <= _MOST_LEARNT:
        return tuple(words)
    half = _MOST_LEARNT // 2
    return (*words[:half], *words[-half:])
