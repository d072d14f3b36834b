"""Merges tables row by row and cell by cell, emphasis apart from text."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence

from handoff_md.syntax.form.moments import read_date
from handoff_md.syntax.nodes import split_row
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.threeway.conflict import (
    ConflictKind,
    MergeContext,
    Merged,
    agree_on,
    disagree,
    join,
    settle,
    take_changed,
    text_of,
)
from handoff_md.threeway.item import BodyItem
from handoff_md.threeway.sequence import Ranking, merge_order
from handoff_md.value import Value

_EMPHASIS = lazy_pattern(
    r"(?P<mark>\*{1,3}|_{1,3})(?P<text>[^*_\s](?:.*[^*_\s])?)(?P=mark)", re.DOTALL
)
_LINK = lazy_pattern(r"\[(?P<label>[^\[\]]*)\]\([ \t]*<?(?P<target>[^()<>\s]+)[^()]*\)")
_ID = lazy_pattern(
    r"(?:Session\s*#?\s*)?(?P<id>[0-9]{1,18}(?:-[A-Za-z][A-Za-z0-9]*)?)\b", re.IGNORECASE
)
_HEADER_ROWS = 2


class _Cell(Value):
    """A cell's text without the emphasis around all of it, and that."""

    text: str
    mark: str

    def __str__(self) -> str:
        return f"{self.mark}{self.text}{self.mark}"


class _Row(Value):
    """A row: its text, and its cells. ``target`` is where the first cell links to, if it does."""

    text: str
    cells: tuple[_Cell, ...]
    target: str

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(cell.text for cell in self.cells)

    @property
    def words(self) -> str:
        """Give the cells' texts, each on a line."""
        return "\n".join(self.texts)

    @property
    def label(self) -> str:
        """Give the first cell's words."""
        return _LINK.sub(lambda link: link["label"], self.cells[0].text) if self.cells else ""

    @property
    def date(self) -> dt.date | None:
        """Give the first date of the cells but the last, which tells what was done."""
        return next((date for cell in self.cells if (date := read_date(cell.text))), None)

    @property
    def session_ids(self) -> tuple[SessionId, ...]:
        """Give the session that the first cell names."""
        match = _ID.search(self.label)
        found = read_session_id(match["id"]) if match else None
        return (found,) if found else ()


def merge_table(
    base: BodyItem | None, ours: BodyItem, theirs: BodyItem, context: MergeContext
) -> Merged:
    """Merge tables with one header; without a base, two that both sides have added."""
    texts = (base.text if base else "", ours.text, theirs.text)
    tables = [_read_rows(item) for item in (base, ours, theirs)]
    keyed = _key_rows([rows[_HEADER_ROWS:] for rows in tables])
    if keyed is None or min(len(rows) for rows in tables[1:]) < _HEADER_ROWS:
        return context.conflict(ConflictKind.TABLE, *texts)
    head = [_choose_line(lines) for lines in _header_lines(tables)]
    by_session = bool(ours.table and ours.table.by_session)
    before, mine, yours = keyed
    merge = _RowMerge(before, mine, yours, context, by_session or context.in_history)
    return join((text_of(*head), *merge.rows()))


def _header_lines(tables: Sequence[Sequence[_Row]]) -> Iterator[tuple[str, str, str]]:
    before, mine, yours = tables
    for number in range(_HEADER_ROWS):
        old = before[number].text if before else ""
        yield old, mine[number].text, yours[number].text


def _choose_line(lines: tuple[str, str, str]) -> str:
    if disagree(*lines):
        return min(lines[1:])
    return take_changed(*lines) or ""


def _read_rows(item: BodyItem | None) -> list[_Row]:
    if item is None or item.table is None or item.source is None:
        return []
    return [_read_row(item.source, row.span) for row in item.table.children]


def _read_row(source: Source, span: Span) -> _Row:
    cells = tuple(_read_cell(source.slice(cell)) for cell in split_row(source, span))
    link = _LINK.search(cells[0].text) if cells else None
    target = link["target"].rpartition("/")[2] if link else ""
    return _Row(source.slice(span), cells, target)


def _read_cell(text: str) -> _Cell:
    match = _EMPHASIS.fullmatch(text)
    return _Cell(match["text"], match["mark"]) if match else _Cell(text, "")


def _key_rows(tables: Sequence[Sequence[_Row]]) -> list[dict[Hashable, _Row]] | None:
    """Key the rows of all versions alike: by link, else by as many first cells as it takes."""
    width = max((len(row.cells) for rows in tables for row in rows), default=1)
    for taken in range(1, max(width, 1) + 1):
        keyed = [{_key(row, taken): row for row in rows} for rows in tables]
        if all(len(keys) == len(rows) for keys, rows in zip(keyed, tables, strict=True)):
            return _with_renamed(keyed)
    return None


def _key(row: _Row, width: int) -> Hashable:
    if row.target:
        return ("link", row.target, row.texts[1:width])
    return ("text", row.texts[:width])


def _with_renamed(keyed: list[dict[Hashable, _Row]]) -> list[dict[Hashable, _Row]]:
    """Give a row whose first cell became a link, or another, the key that the base has for it."""
    base, *sides = keyed
    return [base, *(_rekeyed(base, side) for side in sides)]


def _rekeyed(base: Mapping[Hashable, _Row], side: dict[Hashable, _Row]) -> dict[Hashable, _Row]:
    lost = {key: row for key, row in base.items() if key not in side}
    new = {key: row for key, row in side.items() if key not in base}
    lost_labels = Counter(_label_key(row) for row in lost.values())
    new_labels = Counter(_label_key(row) for row in new.values())
    old_keys = {_label_key(row): key for key, row in lost.items()}
    renamed = {
        key: old_keys[label]
        for key, row in new.items()
        if lost_labels[label := _label_key(row)] == 1 and new_labels[label] == 1
    }
    return {renamed.get(key, key): row for key, row in side.items()}


def _label_key(row: _Row) -> Hashable:
    return (row.label, row.texts[1:2])


class _RowMerge(Value):
    """The rows of three versions by key; ``rotates`` tells that rows leave as time goes by."""

    base: Mapping[Hashable, _Row]
    ours: Mapping[Hashable, _Row]
    theirs: Mapping[Hashable, _Row]
    context: MergeContext
    rotates: bool

    def rows(self) -> Iterator[Merged]:
        """Give the merge of each row that stays, in the merged order."""
        gone = frozenset(key for key in self.base if self._is_gone(key))
        order = merge_order(
            tuple(self.base),
            tuple(self.ours),
            tuple(self.theirs),
            gone=gone,
            rank_gap=Ranking(self.base, self.ours, self.theirs),
        )
        if order.reordered_twice:
            yield Merged(
                notes=(self.context.note("both sides reordered rows; the base's order stays"),)
            )
        yield from self._note_twins()
        yield from (self._remove(key) for key in self.base if key in gone)
        for key in order.keys:
            yield self._merge_row(key)

    def _is_gone(self, key: Hashable) -> bool:
        mine, yours = self.ours.get(key), self.theirs.get(key)
        if mine and yours:
            return False
        left = mine or yours
        return left is None or self._is_unchanged(self.base[key], left)

    def _remove(self, key: Hashable) -> Merged:
        left = self.ours.get(key) or self.theirs.get(key)
        if left is None:
            return agree_on(self.base[key].text, "")
        return Merged(dropped=(left.text,))

    def _is_unchanged(self, base: _Row, row: _Row) -> bool:
        if self.rotates:
            return base.texts == row.texts
        return base.cells == row.cells

    def _merge_row(self, key: Hashable) -> Merged:
        before, mine, yours = self.base.get(key), self.ours.get(key), self.theirs.get(key)
        if mine and yours:
            return self._merge_cells(before, mine, yours)
        left = mine or yours
        assert left is not None  # noqa: S101 - an order's keys come from its versions
        if before is None:
            return text_of(left.text)
        if self.rotates:
            note = self.context.note(
                f"{left.label} left the table on one side and was edited on the other; it stays"
            )
            return Merged((left.text,), (note,), made=(left.text,))
        lines = [row.text if row else "" for row in (before, mine, yours)]
        return self.context.conflict(ConflictKind.ROW, lines[0], lines[1], lines[2], left.label)

    def _merge_cells(self, before: _Row | None, mine: _Row, yours: _Row) -> Merged:
        old = before.text if before else ""
        if settled := settle(old, mine.text, yours.text):
            return settled
        cells = _merge_cells(before.cells if before else None, mine.cells, yours.cells)
        if cells is None:
            return self.context.conflict(ConflictKind.ROW, old, mine.text, yours.text, mine.label)
        line = _write(min(mine.text, yours.text), cells)
        return Merged((line,), made=(line,), dropped=(mine.text, yours.text))

    def _note_twins(self) -> Iterator[Merged]:
        """Note sessions that got several rows: one number, but another log or title."""
        mine, yours = (
            {
                str(row.session_ids[0]): row
                for key, row in side.items()
                if key not in self.base and row.session_ids
            }
            for side in (self.ours, self.theirs)
        )
        keys = {row.text for row in yours.values()}
        for number, row in sorted(mine.items()):
            if number in yours and row.text not in keys and yours[number].target != row.target:
                yield Merged(
                    notes=(
                        self.context.note(
                            f"session {number} stands in two rows: they differ in log or title"
                        ),
                    )
                )


def _merge_cells(
    base: Sequence[_Cell] | None, ours: Sequence[_Cell], theirs: Sequence[_Cell]
) -> list[_Cell] | None:
    """Merge cell by cell; None where both sides changed one, or the number of cells differs."""
    if len(ours) != len(theirs) or (base is not None and len(base) != len(ours)):
        return None
    merged: list[_Cell] = []
    for number, (mine, yours) in enumerate(zip(ours, theirs, strict=True)):
        old = base[number] if base is not None else None
        before = old.text if old else None
        if disagree(before, mine.text, yours.text):
            return None
        text = take_changed(before, mine.text, yours.text)
        mark = _merge_marks(old.mark if old else None, mine.mark, yours.mark)
        merged.append(_Cell(text or "", mark))
    return merged


def _merge_marks(base: str | None, ours: str, theirs: str) -> str:
    """Merge emphasis; where both sides put another one, the weaker."""
    if disagree(base, ours, theirs):
        return min(ours, theirs)
    return take_changed(base, ours, theirs) or ""


def _write(template: str, cells: Sequence[_Cell]) -> str:
    """Write cells in the places that they have in a row's line."""
    source = Source(template)
    pieces: list[str] = []
    place = 0
    for span, cell in zip(split_row(source, Span(0, len(template))), cells, strict=True):
        pieces += (template[place : span.start], str(cell))
        place = span.end
    return "".join((*pieces, template[place:]))
