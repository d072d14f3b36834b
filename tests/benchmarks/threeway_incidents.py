"""Things that two branches do to one document, each with the outcome that is right.

An incident is what both sides do about one thing. A later incident never touches what an earlier
one does, so the outcome of all is that of each.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from threeway_document import (
    Change,
    Unit,
    append,
    insert_ranked,
    move,
    prepend,
    put_after,
    put_instead,
    remove,
    reword,
    swap,
)
from threeway_scene import FIRST_DAY, Scene, Session

_ENTRY = r"entry-\d+-\d+"
_STATUS_ROW = r"status-\d+"
_HISTORY_ROW = r"row-\d+-\d+"


class Verdict(Enum):
    """What a merge may do about an incident."""

    CLEAN = "clean"  # decides it by itself; a conflict would be avoidable
    EITHER = "either"  # may ask a person; clean only with the right outcome
    CONFLICT = "conflict"  # has to ask a person
    HEADER = "header"  # has to ask, unless the newer header is to win


@dataclass(frozen=True, slots=True)
class Incident:
    """What each side does, what is right, and the lines that a person has to see in a conflict.

    ``newest`` is the one of these that is right where the newer header is to win.
    """

    ours: tuple[Change, ...] = ()
    theirs: tuple[Change, ...] = ()
    outcome: tuple[Change, ...] = ()
    verdict: Verdict = Verdict.CLEAN
    contested: tuple[str, ...] = ()
    newest: str = ""
    reorders: bool = False

    def swapped(self) -> Incident:
        """Give the same with the sides exchanged."""
        return replace(self, ours=self.theirs, theirs=self.ours)


Maker = Callable[[Scene], Incident | None]
"""Makes an incident of a scene; None where the document has nothing left to do it with."""


def _one_side(*changes: Change, verdict: Verdict = Verdict.CLEAN) -> Incident:
    return Incident(ours=changes, outcome=changes, verdict=verdict)


def _both(ours: Change, theirs: Change, verdict: Verdict = Verdict.CLEAN) -> Incident:
    return Incident((ours,), (theirs,), (ours, theirs), verdict)


def _contest(ours: Change, theirs: Change, *lines: str) -> Incident:
    return Incident((ours,), (theirs,), (), Verdict.CONFLICT, lines)


def _add_entry(scene: Scene, entry: Unit) -> Change:
    return insert_ranked("sessions", entry, falling=scene.layout.newest_first)


def _add_row(scene: Scene, session: Session) -> tuple[Change, ...]:
    if not scene.has("rows"):
        return ()
    return (insert_ranked("rows", scene.history_row(session), falling=True),)


def _dated(day: dt.date) -> Change:
    return reword("header.updated", f"**Last Updated**: {day}")


# What branches do that only add entries.


def add_entries(scene: Scene) -> Incident | None:
    """Each side adds entries of its own, rows for them, and the date of its newest."""
    if scene.take("sessions") is None:
        return None
    ours = [scene.new_session(ahead=2 * i + 1) for i in range(scene.random.randint(0, 2))]
    theirs = [scene.new_session(ahead=2 * i + 2) for i in range(scene.random.randint(1, 2))]
    return _adding(scene, ours, theirs)


def add_entries_out_of_order(scene: Scene) -> Incident | None:
    """Each side adds entries at the newest end, in an order of its own that stays."""
    if scene.take("sessions") is None:
        return None
    falling = scene.layout.newest_first
    sides = [
        [scene.entry(scene.new_session(ahead=ahead)) for ahead in days]
        for days in scene.random.sample(((2, 5, 1), (4, 3), (6,)), 2)
    ]
    merged: list[Unit] = []
    waiting = [list(side) for side in sides]
    while any(waiting):
        pick = max if falling else min
        side = pick((it for it in waiting if it), key=lambda it: it[0].rank or ("", 0, ""))
        merged.append(side.pop(0))
    ours, theirs, outcome = (_at_newest_end(scene, entries) for entries in (*sides, merged))
    return Incident(ours, theirs, outcome)


def _at_newest_end(scene: Scene, entries: list[Unit]) -> tuple[Change, ...]:
    """Put entries at the newest end, in the order in which they are given."""
    if scene.layout.newest_first:
        return tuple(prepend("sessions", entry) for entry in reversed(entries))
    return tuple(append("sessions", entry) for entry in entries)


def edit_the_footer(scene: Scene) -> Incident | None:
    """One side rewords the footer."""
    name = scene.take(r"footer\.last")
    return _one_side(reword(name, f"*{scene.sentence()}*")) if name else None


def edit_the_footer_differently(scene: Scene) -> Incident | None:
    """Each side rewords the footer in its way."""
    name = scene.take(r"footer\.last")
    if name is None:
        return None
    mine, its = (f"*{scene.sentence()}*" for _ in range(2))
    return _contest(reword(name, mine), reword(name, its), mine, its)


def add_entries_of_one_number(scene: Scene) -> Incident | None:
    """Both sides take the same number for different sessions of one day."""
    if scene.take("sessions") is None:
        return None
    number = scene.random.randint(60, 90)
    one, other = (scene.new_session(number=number) for _ in range(2))
    incident = replace(_adding(scene, [one], [other]), reorders=True)
    layout = scene.layout
    tells_rows = layout.history_has_links or not scene.has("rows")
    if tells_rows and (layout.has_logs or "{number}" not in layout.heading):
        return incident
    if layout.has_logs or "{title}" in layout.heading:
        return replace(incident, verdict=Verdict.EITHER)
    return replace(incident, outcome=(), verdict=Verdict.CONFLICT)


def add_entries_of_one_branch(scene: Scene) -> Incident | None:
    """Both sides hold an entry of a branch that was squashed into one of them, and own ones."""
    if scene.take("sessions") is None:
        return None
    shared, ours, theirs = (scene.new_session(ahead=ahead) for ahead in (1, 2, 3))
    entry = scene.entry(shared)
    spaced = replace(entry, children=tuple(_spaced(part) for part in entry.children))
    copy = spaced if scene.random.random() < 0.3 else entry
    rows = _add_row(scene, shared)
    mine, its = _entries(scene, [ours]), _entries(scene, [theirs])
    shares = scene.random.random() < 0.5
    return Incident(
        (*rows, _add_entry(scene, entry), *(mine if shares else ())),
        (*rows, _add_entry(scene, copy), *its),
        (*rows, _add_entry(scene, entry), *(mine if shares else ()), *its),
    )


def _spaced(unit: Unit) -> Unit:
    """Give a unit with blanks behind its lines, where that means nothing."""
    if unit.name.endswith(".code"):
        return unit
    return replace(unit, head=tuple(f"{line} " if line else "" for line in unit.head))


def _adding(scene: Scene, ours: list[Session], theirs: list[Session]) -> Incident:
    mine, its = _entries(scene, ours), _entries(scene, theirs)
    if scene.random.random() < 0.6 or scene.take(r"header\.updated") is None:
        return Incident(mine, its, (*mine, *its))
    days = [max((it.date for it in side), default=None) for side in (ours, theirs)]
    dates = [(_dated(day),) if day else () for day in days]
    latest = _dated(max(day for day in days if day))
    return Incident((*mine, *dates[0]), (*its, *dates[1]), (*mine, *its, latest))


def _entries(scene: Scene, sessions: list[Session]) -> tuple[Change, ...]:
    changes: list[Change] = []
    for session in sessions:
        changes += [_add_entry(scene, scene.entry(session)), *_add_row(scene, session)]
    return tuple(changes)


def write_one_entry_twice(scene: Scene) -> Incident | None:
    """Both sides add one session's entry with different words."""
    if scene.take("sessions") is None:
        return None
    entry = scene.entry(scene.new_session(), sections=False)
    line = f"{entry.name}.text.1"
    words = scene.sentence(), scene.sentence()
    one, other = (reword(line, text)(Unit("", children=(entry,))).children[0] for text in words)
    return _contest(_add_entry(scene, one), _add_entry(scene, other), *words)


def extend_a_shared_entry(scene: Scene) -> Incident | None:
    """Both sides add one session's entry; one has gone on writing in it."""
    if scene.take("sessions") is None:
        return None
    entry = scene.entry(scene.new_session())
    more = append(f"{entry.name}.list", scene.item(f"{entry.name}.list.more"))
    longer = more(Unit("", children=(entry,))).children[0]
    change = _add_entry(scene, longer)
    return Incident((_add_entry(scene, entry),), (change,), (change,), Verdict.EITHER)


# What happens to an entry that both sides have.


def edit_a_line(scene: Scene) -> Incident | None:
    """One side rewords a line of an entry."""
    line = _take_a_line(scene)
    return _one_side(reword(line.name, line.mark + scene.sentence())) if line else None


def edit_a_line_alike(scene: Scene) -> Incident | None:
    """Both sides reword a line to the same."""
    entry = scene.take(_ENTRY)
    if entry is None:
        return None
    change = reword(f"{entry}.text.1", scene.sentence())
    return Incident((change,), (change,), (change,))


def edit_a_line_differently(scene: Scene) -> Incident | None:
    """Both sides reword one line, each in its way."""
    line = _take_a_line(scene)
    if line is None:
        return None
    one, other = (line.mark + scene.sentence() for _ in "ab")
    return _contest(reword(line.name, one), reword(line.name, other), one, other)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of an entry's text or list, and what an item begins with."""

    name: str
    mark: str


def _take_a_line(scene: Scene) -> _Line | None:
    entry = scene.take(_ENTRY)
    part = scene.random.choice(("text.0", "text.1", "text.2", "list.0", "list.1"))
    mark = "- " if part.startswith("list") else ""
    return _Line(f"{entry}.{part}", mark) if entry else None


def edit_two_parts(scene: Scene) -> Incident | None:
    """One side rewords the text of an entry, the other adds to its list."""
    entry = scene.take(_ENTRY)
    if entry is None:
        return None
    item = scene.item(f"{entry}.list.more")
    return _both(reword(f"{entry}.text.0", scene.sentence()), append(f"{entry}.list", item))


def edit_neighbouring_lines(scene: Scene) -> Incident | None:
    """Each side rewords one of two lines that stand together."""
    entry = scene.take(_ENTRY)
    if entry is None:
        return None
    ours = reword(f"{entry}.text.0", scene.sentence())
    return _both(ours, reword(f"{entry}.text.1", scene.sentence()), Verdict.EITHER)


def add_items_to_one_list(scene: Scene) -> Incident | None:
    """Both sides add an item at the end of an entry's list."""
    entry = scene.take(_ENTRY)
    if entry is None:
        return None
    one, other = (scene.item(f"{entry}.list.more{i}") for i in range(2))
    return _both(append(f"{entry}.list", one), append(f"{entry}.list", other))


def add_the_same_item(scene: Scene) -> Incident | None:
    """Both sides add one item to an entry's list."""
    entry = scene.take(_ENTRY)
    if entry is None:
        return None
    change = append(f"{entry}.list", scene.item(f"{entry}.list.more"))
    return Incident((change,), (change,), (change,))


def tick_a_box(scene: Scene) -> Incident | None:
    """One side ticks a box that every entry has."""
    entry = scene.take(_ENTRY)
    return _one_side(reword(f"{entry}.chores.0", "- [x] Tests pass")) if entry else None


def tick_boxes_of_one_list(scene: Scene) -> Incident | None:
    """Each side ticks another box of one entry."""
    entry = scene.take(_ENTRY)
    if entry is None:
        return None
    ours = reword(f"{entry}.chores.0", "- [x] Tests pass")
    theirs = reword(f"{entry}.chores.3", "- [x] Review answered")
    return _both(ours, theirs)


def edit_a_field(scene: Scene) -> Incident | None:
    """One side sets a field of an entry."""
    entry = scene.take(_ENTRY)
    if entry is None:
        return None
    name = f"{entry}.fields.status"
    state = scene.other_state(_value(scene, name))
    return _one_side(reword(name, f"**Status**: {state}"))


def edit_a_field_differently(scene: Scene) -> Incident | None:
    """Both sides set one field of an entry, each to another value."""
    entry = scene.take(_ENTRY)
    if entry is None:
        return None
    name = f"{entry}.fields.status"
    state = scene.other_state(_value(scene, name))
    one = f"**Status**: {state}"
    other = f"**Status**: {scene.other_state(state, _value(scene, name))}"
    return _contest(reword(name, one), reword(name, other), one, other)


def _value(scene: Scene, name: str) -> str:
    return scene.base.find(name).head[0].partition(": ")[2]


def add_a_part(scene: Scene) -> Incident | None:
    """One side adds a part with a heading to an entry whose text the other rewords."""
    entry = scene.take(_ENTRY)
    if entry is None:
        return None
    added = append(entry, _part(scene, f"{entry}.new", "Follow-up"))
    return _both(added, reword(f"{entry}.text.1", scene.sentence()))


def add_two_parts(scene: Scene) -> Incident | None:
    """Both sides add a part to one entry, of different headings."""
    entry = scene.take(_ENTRY)
    if entry is None:
        return None
    one, other = (_part(scene, f"{entry}.{word}", word) for word in ("Causes", "Effects"))
    return _both(append(entry, one), append(entry, other))


def _part(scene: Scene, name: str, words: str) -> Unit:
    level = "###" if scene.layout.is_flat else "####"
    items = (scene.item(f"{name}.0"), scene.item(f"{name}.1"))
    return Unit(name, (f"{level} {words}", ""), items, ("",))


def delete_an_entry(scene: Scene) -> Incident | None:
    """One side takes an entry out."""
    entry = scene.take(_ENTRY)
    return _one_side(remove(entry)) if entry else None


def delete_an_entry_alike(scene: Scene) -> Incident | None:
    """Both sides take one entry out."""
    entry = scene.take(_ENTRY)
    return Incident((remove(entry),), (remove(entry),), (remove(entry),)) if entry else None


def delete_an_edited_entry(scene: Scene) -> Incident | None:
    """One side takes out an entry of which the other rewords a line."""
    entry = scene.take(_ENTRY)
    if entry is None:
        return None
    line = scene.sentence()
    return _contest(remove(entry), reword(f"{entry}.text.1", line), line)


def delete_an_edited_item(scene: Scene) -> Incident | None:
    """One side takes out an item that the other rewords."""
    entry = scene.take(_ENTRY)
    if entry is None:
        return None
    line = f"- {scene.sentence()}"
    return _contest(remove(f"{entry}.list.0"), reword(f"{entry}.list.0", line), line)


def delete_an_item(scene: Scene) -> Incident | None:
    """One side takes an item out, the other ticks a box of the same entry."""
    entry = scene.take(_ENTRY)
    if entry is None:
        return None
    return _both(remove(f"{entry}.list.1"), reword(f"{entry}.chores.0", "- [x] Tests pass"))


def reorder_items(scene: Scene) -> Incident | None:
    """One side lets two items change places; the other adds one."""
    entry = scene.take(_ENTRY)
    if entry is None:
        return None
    swapped = swap(f"{entry}.list.0", f"{entry}.list.1")
    added = append(f"{entry}.list", scene.item(f"{entry}.list.more"))
    return replace(_both(swapped, added, Verdict.EITHER), reorders=True)


def reorder_an_edited_item(scene: Scene) -> Incident | None:
    """One side lets two items change places, of which the other rewords one."""
    entry = scene.take(_ENTRY)
    if entry is None:
        return None
    swapped = swap(f"{entry}.list.0", f"{entry}.list.1")
    edited = reword(f"{entry}.list.0", f"- {scene.sentence()}")
    return replace(_both(edited, swapped, Verdict.EITHER), reorders=True)


def space_an_entry_out(scene: Scene) -> Incident | None:
    """One side puts blank lines into a list, as formatters do; the other rewords the text."""
    entry = scene.take(_ENTRY)
    if entry is None:
        return None
    spaced = [
        reword(item.name, *item.head, "") for item in scene.base.find(f"{entry}.list").children
    ]
    edited = reword(f"{entry}.text.2", scene.sentence())
    return Incident(tuple(spaced), (edited,), (*spaced, edited), Verdict.EITHER)


def edit_code(scene: Scene) -> Incident | None:
    """One side changes a line of code."""
    code = scene.take(rf"{_ENTRY}\.code")
    return _one_side(reword(f"{code}.1", "make all")) if code else None


def edit_code_differently(scene: Scene) -> Incident | None:
    """Both sides change one line of code."""
    code = scene.take(rf"{_ENTRY}\.code")
    if code is None:
        return None
    one, other = "make all --quick", "make all --slow"
    return _contest(reword(f"{code}.1", one), reword(f"{code}.1", other), one, other)


def rename_an_entry(scene: Scene) -> Incident | None:
    """One side gives an entry another title, the other rewords its text."""
    entry = scene.take(_ENTRY)
    if entry is None:
        return None
    heading = f"{scene.base.find(entry).head[0]} again"
    renamed = reword(entry, heading, "")
    return _both(renamed, reword(f"{entry}.text.2", scene.sentence()), Verdict.EITHER)


def rename_an_entry_differently(scene: Scene) -> Incident | None:
    """Both sides give an entry another title."""
    entry = scene.take(_ENTRY)
    if entry is None:
        return None
    heading = scene.base.find(entry).head[0]
    one, other = f"{heading} again", f"{heading} once more"
    return _contest(reword(entry, one, ""), reword(entry, other, ""), one, other)


def archive_an_entry(scene: Scene) -> Incident | None:
    """One side moves an entry below another heading; where nothing is edited, that is decided."""
    entry = scene.take(_ENTRY) if scene.has("archive") else None
    if entry is None or scene.base.find("archive").children[0].name == entry:
        return None
    change = move(entry, "archive")
    return replace(_one_side(change, verdict=Verdict.EITHER), reorders=True)


def archive_an_edited_entry(scene: Scene) -> Incident | None:
    """One side moves an entry below another heading, the other rewords its text."""
    entry = scene.take(_ENTRY) if scene.has("archive") else None
    if entry is None or scene.base.find("archive").children[0].name == entry:
        return None
    edited = reword(f"{entry}.text.1", scene.sentence())
    incident = _both(move(entry, "archive"), edited, Verdict.EITHER)
    return replace(incident, outcome=(edited, move(entry, "archive")), reorders=True)


def archive_an_entry_alike(scene: Scene) -> Incident | None:
    """Both sides move an entry below another heading; one rewords its text as well."""
    entry = scene.take(_ENTRY) if scene.has("archive") else None
    if entry is None or scene.base.find("archive").children[0].name == entry:
        return None
    edited, moved = reword(f"{entry}.text.1", scene.sentence()), move(entry, "archive")
    incident = Incident((edited, moved), (moved,), (edited, moved), Verdict.EITHER)
    return replace(incident, reorders=True)


def archive_a_deleted_entry(scene: Scene) -> Incident | None:
    """One side moves an entry below another heading, the other takes it out."""
    entry = scene.take(_ENTRY) if scene.has("archive") else None
    if entry is None or scene.base.find("archive").children[0].name == entry:
        return None
    heading = scene.base.find(entry).head[0]
    return replace(_contest(move(entry, "archive"), remove(entry), heading), reorders=True)


def reorder_entries(scene: Scene) -> Incident | None:
    """One side lets two entries change places."""
    names = [unit.name for unit in scene.base.find("sessions").children][:2]
    if len(names) < 2 or not scene.take_all(names):
        return None
    return replace(_one_side(swap(names[0], names[1])), reorders=True)


# Tables.


def edit_a_cell(scene: Scene) -> Incident | None:
    """One side sets a cell."""
    row = scene.take(_STATUS_ROW)
    return _one_side(_cells(scene, row, {2: scene.title()})) if row else None


def edit_two_cells(scene: Scene) -> Incident | None:
    """Each side sets another cell of one row."""
    row = scene.take(_STATUS_ROW)
    if row is None:
        return None
    one, other = scene.title(), scene.title()
    ours, theirs = _cells(scene, row, {2: one}), _cells(scene, row, {4: other})
    return Incident((ours,), (theirs,), (_cells(scene, row, {2: one, 4: other}),))


def edit_a_cell_differently(scene: Scene) -> Incident | None:
    """Both sides set one cell."""
    row = scene.take(_STATUS_ROW)
    if row is None:
        return None
    one, other = scene.title(), scene.title()
    ours, theirs = _cells(scene, row, {3: one}), _cells(scene, row, {3: other})
    return _contest(ours, theirs, one, other)


def emphasise_a_row(scene: Scene) -> Incident | None:
    """One side makes a row's cells strong, the other sets one of them."""
    row = scene.take(_STATUS_ROW)
    if row is None:
        return None
    name, *cells = _split(scene.base.find(row).head[0])
    strong = reword(row, f"| {' | '.join([name, *(f'**{cell}**' for cell in cells)])} |")
    edited = _cells(scene, row, {2: scene.title()})
    return Incident((strong,), (edited,), (edited,))


def add_rows(scene: Scene) -> Incident | None:
    """Both sides add a row to a table, each its own."""
    if not scene.has("status") or scene.take("status") is None:
        return None
    one, other = (scene.status_row(number) for number in scene.random.sample(range(300, 400), 2))
    return _both(append("status", one), append("status", other))


def delete_a_row(scene: Scene) -> Incident | None:
    """One side takes a row out."""
    row = scene.take(_STATUS_ROW)
    return _one_side(remove(row)) if row else None


def delete_an_edited_row(scene: Scene) -> Incident | None:
    """One side takes out a row of which the other sets a cell."""
    row = scene.take(_STATUS_ROW)
    words = scene.title()
    return _contest(remove(row), _cells(scene, row, {3: words}), words) if row else None


def reorder_rows(scene: Scene) -> Incident | None:
    """One side lets two rows change places, the other sets a cell of a third."""
    rows = [unit.name for unit in scene.base.walk() if re.fullmatch(_STATUS_ROW, unit.name)]
    if not scene.take_all(rows[:3]) or len(rows) < 3:
        return None
    edited = _cells(scene, rows[2], {3: scene.title()})
    return replace(_both(swap(rows[0], rows[1]), edited, Verdict.EITHER), reorders=True)


def rename_an_edited_row(scene: Scene) -> Incident | None:
    """One side sets the first cell of a row, the other another one."""
    row = scene.take(_STATUS_ROW)
    if row is None:
        return None
    name, words = scene.title(), scene.title()
    ours, theirs = _cells(scene, row, {1: name}), _cells(scene, row, {3: words})
    both = _cells(scene, row, {1: name, 3: words})
    return Incident((ours,), (theirs,), (both,), Verdict.EITHER)


def pad_a_table(scene: Scene) -> Incident | None:
    """One side aligns the cells of a table, as formatters do; the other adds a row."""
    rows = [unit.name for unit in scene.base.walk() if re.fullmatch(_STATUS_ROW, unit.name)]
    if not rows or not scene.take_all(["status", *rows]):
        return None
    padded = [
        reword(row, f"| {' | '.join(cell.ljust(50) for cell in _split(line))} |")
        for row in rows
        for line in scene.base.find(row).head
    ]
    added = append("status", scene.status_row(398))
    return Incident(tuple(padded), (added,), (added,), Verdict.EITHER)


def rotate_the_history(scene: Scene) -> Incident | None:
    """Each side adds rows and takes the oldest ones out, not always as many."""
    if not scene.has("rows") or scene.take("rows") is None:
        return None
    rows = [unit.name for unit in scene.base.find("rows").children]
    sides: list[tuple[Change, ...]] = []
    for ahead in (1, 3):
        news = [scene.new_session(ahead=ahead + i) for i in range(scene.random.randint(1, 2))]
        gone = rows[-scene.random.randint(1, len(rows) - 1) :]
        added = [insert_ranked("rows", scene.history_row(it), falling=True) for it in news]
        sides.append((*map(remove, gone), *added))
    return Incident(sides[0], sides[1], (*sides[0], *sides[1]))


def lengthen_the_history(scene: Scene) -> Incident | None:
    """One side lets the table hold more rows, the other adds one."""
    if not scene.layout.history_is_lastn or not scene.has("rows") or not scene.take("history"):
        return None
    ours = reword("history", "### Session History (Last 20)", "")
    row = scene.history_row(scene.new_session())
    return _both(ours, insert_ranked("rows", row, falling=True))


def evict_an_edited_row(scene: Scene) -> Incident | None:
    """One side takes the oldest row out to make room, the other sets a cell of it."""
    if not scene.has("rows") or scene.take("rows") is None:
        return None
    row = scene.base.find("rows").children[-1].name
    words = scene.title()
    edited = _cells(scene, row, {4: words})
    added = insert_ranked("rows", scene.history_row(scene.new_session()), falling=True)
    return Incident((remove(row), added), (edited,), (edited, added), Verdict.EITHER)


def add_a_column(scene: Scene) -> Incident | None:
    """One side adds a column, the other a row."""
    rows = [unit.name for unit in scene.base.walk() if unit.name.startswith("status")]
    if not rows or not scene.take_all(rows):
        return None
    table = scene.base.find("status")
    wider = (f"{table.head[0]} Owner |", f"{table.head[1]}---|")
    owned = [reword(row.name, f"{row.head[0]} Ada |") for row in table.children]
    new = scene.status_row(399)
    ours = (reword("status", *wider), *owned)
    return Incident(ours, (append("status", new),), (), Verdict.CONFLICT, new.head)


def _cells(scene: Scene, row: str, values: dict[int, str]) -> Change:
    """Set cells of a row of the base, which count from 1."""
    cells = _split(scene.base.find(row).head[0])
    texts = [values.get(number, cell) for number, cell in enumerate(cells, 1)]
    return reword(row, f"| {' | '.join(texts)} |")


def _split(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


# The header, sections, lists and paragraphs.


def date_the_header(scene: Scene) -> Incident | None:
    """Both sides set the date; the later one is right."""
    if scene.take(r"header\.updated") is None:
        return None
    ours, theirs = (FIRST_DAY + dt.timedelta(days=40 + scene.random.randint(0, 9)) for _ in "ab")
    return Incident((_dated(ours),), (_dated(theirs),), (_dated(max(ours, theirs)),))


def edit_the_header(scene: Scene) -> Incident | None:
    """One side sets a field of the header."""
    if scene.take(r"header\.status") is None:
        return None
    return _one_side(reword("header.status", f"**Status**: {scene.sentence()}"))


def edit_the_header_differently(scene: Scene) -> Incident | None:
    """Both sides set one field of the header."""
    if scene.take(r"header\.phase") is None:
        return None
    one, other = (f"**Current Phase**: {scene.title()}" for _ in "ab")
    incident = _contest(reword("header.phase", one), reword("header.phase", other), one, other)
    return replace(incident, verdict=Verdict.HEADER)


def edit_the_header_on_different_days(scene: Scene) -> Incident | None:
    """Both sides set a field of the header and the date, each naming its session."""
    if not scene.take_all(["header.phase", "header.updated"]):
        return None
    days = [FIRST_DAY + dt.timedelta(days=30 + number) for number in (1, 2)]
    one, other = (
        f"**Current Phase**: {scene.title()} (Session {70 + number})" for number in (1, 2)
    )
    ours, theirs = (
        (_dated(day), reword("header.phase", line))
        for day, line in zip(days, (one, other), strict=True)
    )
    return Incident(
        ours, theirs, (_dated(days[1]),), Verdict.HEADER, contested=(one, other), newest=other
    )


def delete_an_edited_header_field(scene: Scene) -> Incident | None:
    """One side takes out a field of the header that the other sets."""
    if scene.take(r"header\.phase") is None:
        return None
    line = f"**Current Phase**: {scene.title()}"
    incident = _contest(remove("header.phase"), reword("header.phase", line), line)
    return replace(incident, verdict=Verdict.HEADER)


def rename_a_section(scene: Scene) -> Incident | None:
    """One side renames a section in which the other rewords a line."""
    if not scene.has("notes") or scene.take("notes") is None:
        return None
    renamed = reword("notes", "## Notes and lessons", "")
    return _both(renamed, reword("notes.0.0", scene.sentence()), Verdict.EITHER)


def swap_sections(scene: Scene) -> Incident | None:
    """One side lets two sections change places; the other rewords a line in one."""
    if not (scene.has("phases") and scene.has("notes")):
        return None
    if scene.take("phases") is None or scene.take("notes") is None:
        return None
    edited = reword("notes.1.0", scene.sentence())
    incident = _both(swap("phases", "notes"), edited, Verdict.EITHER)
    return replace(incident, reorders=True)


def delete_a_section(scene: Scene) -> Incident | None:
    """One side takes a section out."""
    if not scene.has("notes") or scene.take("notes") is None:
        return None
    return _one_side(remove("notes"))


def add_below_a_deleted_section(scene: Scene) -> Incident | None:
    """One side takes a section out to which the other adds."""
    if not scene.has("notes") or scene.take("notes") is None:
        return None
    line = scene.sentence()
    return _contest(remove("notes"), append("notes", Unit("notes.new", (line, ""))), line)


def add_sections(scene: Scene) -> Incident | None:
    """Both sides add a section at the end of the document, each its own."""
    if scene.layout.is_flat:
        return None
    ours, theirs = (
        Unit(f"section-{word}", (f"## {word}", ""), (scene.item(f"section-{word}.0"),), ("",))
        for word in ("Risks", "Open questions")
    )
    return _both(append("document", ours), append("document", theirs))


def add_one_section_twice(scene: Scene) -> Incident | None:
    """Both sides add a section of one heading with different text."""
    if not scene.has("notes") or scene.take("notes") is None:
        return None
    one, other = scene.sentence(), scene.sentence()
    ours, theirs = (
        put_after("notes", Unit("section-next", ("## Next steps", "", line, "")))
        for line in (one, other)
    )
    return _contest(ours, theirs, one, other)


def add_to_the_phase_log(scene: Scene) -> Incident | None:
    """Both sides add an item to a list, at its start or its end."""
    if not scene.has("phases") or scene.take("phases") is None:
        return None
    place = scene.random.choice((append, prepend))
    ours, theirs = (
        place("phases", Unit(f"phases.{day}", (f"- 2025-12-{day}: {scene.sentence()}",)))
        for day in (20, 21)
    )
    return _both(ours, theirs)


def add_to_and_tick_one_list(scene: Scene) -> Incident | None:
    """One side adds an item behind the one that the other rewords."""
    if not scene.has("phases") or scene.take("phases") is None:
        return None
    added = append("phases", Unit("phases.new", (f"- 2025-12-20: {scene.sentence()}",)))
    edited = reword("phases.3", f"- 2025-11-23: {scene.sentence()}")
    return _both(added, edited, Verdict.EITHER)


def edit_paragraphs(scene: Scene) -> Incident | None:
    """Each side rewords another paragraph of a section."""
    if not scene.has("notes") or scene.take("notes") is None:
        return None
    ours = reword("notes.0.0", scene.sentence())
    return _both(ours, reword("notes.2.0", scene.sentence()))


def add_paragraphs(scene: Scene) -> Incident | None:
    """Both sides add a paragraph at one place."""
    if not scene.has("notes") or scene.take("notes") is None:
        return None
    one, other = (Unit(f"notes.new{i}", (scene.sentence(), "")) for i in range(2))
    return _both(append("notes", one), append("notes", other), Verdict.EITHER)


def edit_a_definition(scene: Scene) -> Incident | None:
    """One side lets a reference point elsewhere."""
    if not scene.has("references") or scene.take("references") is None:
        return None
    return _one_side(reword("references.1", "[guide]: https://example.org/new-guide"))


def complete_a_phase(scene: Scene) -> Incident | None:
    """One side marks a section's heading as done, the other rewords an item below it."""
    if not scene.has("progress") or scene.take("progress") is None:
        return None
    done = reword("progress", "## ✅ Phase 2 - COMPLETE", "")
    return _both(done, reword("progress.1", f"- {scene.sentence()}"))


def drop_a_heading_line(scene: Scene) -> Incident | None:
    """One side takes out a heading's line alone; the other renames it, and rewords what follows."""
    if not scene.has("progress") or scene.take("progress") is None:
        return None
    name, line = "## Phase 3", f"- {scene.sentence()}"
    incident = _contest(reword("progress"), reword("progress", name, ""), name)
    theirs = (*incident.theirs, reword("progress.0", line))
    return replace(incident, theirs=theirs, contested=(name, line))


def drop_a_heading_line_alike(scene: Scene) -> Incident | None:
    """Both sides take out a heading's line alone; one takes out an item below it, too."""
    if not scene.has("progress") or scene.take("progress") is None:
        return None
    dropped, gone = reword("progress"), remove("progress.1")
    return Incident((dropped, gone), (dropped,), (dropped, gone), Verdict.EITHER)


def rename_a_section_alike(scene: Scene) -> Incident | None:
    """Both sides give a section the same new name; one takes out an item below it, too."""
    if not scene.has("progress") or scene.take("progress") is None:
        return None
    renamed, gone = reword("progress", "## Phase three", ""), remove("progress.1")
    return Incident((renamed, gone), (renamed,), (renamed, gone), Verdict.EITHER)


def rename_a_stub_differently(scene: Scene) -> Incident | None:
    """Both sides rename a heading that nothing stands below."""
    if not scene.has("stub") or scene.take("stub") is None:
        return None
    heading = scene.base.find("stub").head[0]
    one, other = f"{heading} of one", f"{heading} of the other"
    return _contest(reword("stub", one, ""), reword("stub", other, ""), one, other)


def edit_a_ruled_paragraph(scene: Scene) -> Incident | None:
    """Each side rewords another line of a paragraph right above a rule."""
    if not scene.has("ruled") or scene.take("ruled") is None:
        return None
    ours = reword("ruled.0", scene.sentence())
    return _both(ours, reword("ruled.2", scene.sentence()), Verdict.EITHER)


def edit_a_ruled_paragraph_differently(scene: Scene) -> Incident | None:
    """Both sides reword one line of a paragraph right above a rule."""
    if not scene.has("ruled") or scene.take("ruled") is None:
        return None
    one, other = scene.sentence(), scene.sentence()
    return _contest(reword("ruled.1", one), reword("ruled.1", other), one, other)


def rewrite_an_edited_entry(scene: Scene) -> Incident | None:
    """One side writes an entry anew, of which the other rewords a line."""
    entry = scene.take(_ENTRY)
    if entry is None:
        return None
    old, line = scene.base.find(entry), scene.sentence()
    body = tuple(scene.item(f"{entry}.new.{i}") for i in range(4))
    new = replace(old, children=(Unit(f"{entry}.new", (), body, ("",)),))
    return _contest(put_instead(entry, new), reword(f"{entry}.text.1", line), line, body[0].head[0])


def cut_the_document_down(scene: Scene) -> Incident | None:
    """One side puts a short notice in the place of the document, to which the other adds."""
    if scene.is_touched or not scene.take_all(["document"]):
        return None
    notice = Unit("document", ("# Moved", "", scene.sentence()))
    entry = scene.entry(scene.new_session())
    return Incident((lambda _: notice,), (_add_entry(scene, entry),), (), Verdict.CONFLICT,
                    (entry.head[0],))  # fmt: skip


ADDING: tuple[Maker, ...] = (
    add_entries,
    add_entries_of_one_branch,
    add_entries_of_one_number,
    add_entries_out_of_order,
)
"""Incidents in which branches only add entries: never a conflict."""

MAKERS: tuple[Maker, ...] = (
    *ADDING,
    add_a_column,
    add_a_part,
    add_below_a_deleted_section,
    add_items_to_one_list,
    add_one_section_twice,
    add_paragraphs,
    add_rows,
    add_sections,
    add_the_same_item,
    add_to_and_tick_one_list,
    add_to_the_phase_log,
    add_two_parts,
    archive_a_deleted_entry,
    archive_an_edited_entry,
    archive_an_entry,
    archive_an_entry_alike,
    complete_a_phase,
    cut_the_document_down,
    date_the_header,
    delete_a_row,
    delete_a_section,
    delete_an_edited_entry,
    delete_an_edited_header_field,
    delete_an_edited_item,
    delete_an_edited_row,
    delete_an_entry,
    delete_an_entry_alike,
    delete_an_item,
    drop_a_heading_line,
    drop_a_heading_line_alike,
    edit_a_cell,
    edit_a_cell_differently,
    edit_a_definition,
    edit_a_field,
    edit_a_field_differently,
    edit_a_line,
    edit_a_line_alike,
    edit_a_line_differently,
    edit_a_ruled_paragraph,
    edit_a_ruled_paragraph_differently,
    edit_code,
    edit_code_differently,
    edit_neighbouring_lines,
    edit_paragraphs,
    edit_the_footer,
    edit_the_footer_differently,
    edit_the_header,
    edit_the_header_differently,
    edit_the_header_on_different_days,
    edit_two_cells,
    edit_two_parts,
    emphasise_a_row,
    evict_an_edited_row,
    extend_a_shared_entry,
    lengthen_the_history,
    pad_a_table,
    rename_a_section,
    rename_a_section_alike,
    rename_an_edited_row,
    rename_an_entry,
    rename_a_stub_differently,
    rename_an_entry_differently,
    reorder_an_edited_item,
    reorder_entries,
    reorder_items,
    reorder_rows,
    rewrite_an_edited_entry,
    rotate_the_history,
    space_an_entry_out,
    swap_sections,
    tick_a_box,
    tick_boxes_of_one_list,
    write_one_entry_twice,
)
