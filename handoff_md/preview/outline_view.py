"""An outline as a table that fits eighty columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Group, JustifyMethod, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from handoff_md.preview.outline import (
    EntryLine,
    Item,
    PartLine,
    Problem,
    SectionLine,
    ShownDocument,
    TableLine,
    Target,
)
from handoff_md.semantics.summaries.own_words import UNFINISHED
from handoff_md.syntax.session_id import SessionId
from handoff_md.text.visible import visible
from handoff_md.value import Value

_KILO = 1000
_MOST_IDS = 3
_MOST_LINES = 8
_NARROW = 8


class _Column(Value):
    name: str
    style: str = ""
    justify: JustifyMethod = "left"
    ratio: int | None = None


_COLUMNS = (
    _Column("line", "dim", "right"),
    _Column("date", "cyan"),
    _Column("session", "magenta"),
    _Column("status", "yellow"),
    _Column("title", ratio=5),
    _Column("log", "dim", ratio=2),
)


def render_outline(outline: ShownDocument, *, by: str = "merge") -> RenderableType:
    """Give an outline for people: the header, all sections and entries by line, the verdict.

    ``by`` names the command that adds entries.
    """
    pieces: list[RenderableType] = [_title(outline)]
    if outline.header:
        pieces += [Text(), _header(outline)]
    if outline.items:
        pieces += [Text(), _items(outline, by)]
    pieces.append(Text())
    if outline.target and not outline.problems:
        pieces.append(_verdict(outline.target, by))
    pieces += [line for problem in outline.problems for line in _problem(problem)]
    return Group(*pieces)


def _title(outline: ShownDocument) -> Text:
    facts = [_count(outline.lines, "line"), _size(outline.size), outline.endings or ""]
    facts += ["byte order mark"] if outline.bom else []
    facts.append(_count(len(outline.entries), "entry", "entries"))
    said = " · ".join(fact for fact in facts if fact)
    return Text.assemble((visible(outline.name), "bold"), "\n", (said, "dim"))


def _header(outline: ShownDocument) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="cyan", no_wrap=True, max_width=24, overflow="ellipsis")
    grid.add_column(overflow="ellipsis", no_wrap=True)
    for line in outline.header:
        grid.add_row(Text(visible(line.key)), Text(visible(line.value)))
    return Padding(grid, (0, 0, 0, 2))


def _items(outline: ShownDocument, by: str) -> Table:
    """Give the table; its columns are as wide as they need, title and log share what is left.

    A title or log that is narrow is one of the former.

    A column that nothing stands in is left out.
    """
    target = None if outline.problems else outline.target
    rows = [row for item in outline.items for row in _rows(item, target, by)]
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", expand=True)
    used = [index for index in range(len(_COLUMNS)) if any(row[index].plain for row in rows)]
    for index in used:
        column = _COLUMNS[index]
        widest = max(cell_len(row[index].plain) for row in rows)
        ratio = column.ratio if widest > _NARROW else None
        table.add_column(
            column.name,
            justify=column.justify,
            style=column.style,
            ratio=ratio,
            width=None if ratio else max(widest, len(column.name)),
            no_wrap=True,
            overflow="ellipsis",
        )
    for row in rows:
        table.add_row(*(row[index] for index in used))
    return table


def _rows(item: Item, target: Target | None, by: str) -> Iterator[Sequence[Text]]:
    if isinstance(item, SectionLine):
        yield _line(item), Text(), Text(), Text(), _section_title(item, target, by), Text()
    elif isinstance(item, TableLine):
        said = f"table of {_count(item.rows, 'session')}"
        yield _line(item), Text(), Text(), Text(), Text(said, style="dim italic"), Text()
    else:
        yield _row(item, item.session_ids, "")
        for part in item.parts:
            yield _row(part, (part.session_id,), "  ")


def _section_title(item: SectionLine, target: Target | None, by: str) -> Text:
    title = Text(f"{'#' * item.level} {visible(item.title)}", style="bold")
    if target is not None and target.line == item.lines.first:
        title.append(f"  ◀ {by} here", "green")
    return title


def _line(item: Item | PartLine) -> Text:
    return Text(str(item.lines.first))


def _row(item: EntryLine | PartLine, ids: Sequence[SessionId], indent: str) -> Sequence[Text]:
    return (
        _line(item),
        Text(item.date.isoformat() if item.date else "–"),
        Text(_ids(ids) or "–"),
        Text(item.status.value if item.status in UNFINISHED else ""),
        Text(indent + (visible(item.title) or "–")),
        Text(_log(item.log, ids, item.date)),
    )


def _ids(ids: Sequence[SessionId]) -> str:
    """Give ids as a list, three and more in a row as a range."""
    shown: list[str] = []
    index = 0
    while index < len(ids):
        last = index
        while last + 1 < len(ids) and _follows(ids[last], ids[last + 1]):
            last += 1
        if last - index > 1:
            shown.append(f"{ids[index]}–{ids[last]}")
        else:
            shown += [str(session_id) for session_id in ids[index : last + 1]]
        index = last + 1
    more = ["…"] if len(shown) > _MOST_IDS else []
    return visible(",".join(shown[:_MOST_IDS] + more))


def _follows(one: SessionId, other: SessionId) -> bool:
    if one.number is None or other.number is None or one.suffix or other.suffix:
        return False
    return other.number == one.number + 1


def _log(name: str, ids: Sequence[SessionId], date: dt.date | None) -> str:
    """Give a log's name without what the row says already; in full where they disagree."""
    shown = visible(name)
    if date is None or len(ids) != 1 or ids[0].number is None:
        return shown
    day, _, rest = shown.partition("-session-")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    if day != date.isoformat() or not digits or int(digits) != ids[0].number:
        return shown
    return "…" + rest[len(digits) :].removesuffix(".md")


def _verdict(target: Target, by: str) -> Text:
    if target.heading is None:
        place = "at the top level"
    else:
        place = f'to "{visible(target.heading)}"'
        place += f" (line {target.line})" if target.line else ""
    order = "newest first" if target.newest_first else "newest last"
    held = _count(target.entries, "entry", "entries")
    return Text.assemble(
        (f"{by} adds ", "green"),
        f"{place}, {order}, {held} there, new ones at heading level {target.level}",
    )


def _problem(problem: Problem) -> Iterator[Text]:
    where = ", ".join(str(line) for line in problem.lines[:_MOST_LINES])
    where += ", …" if len(problem.lines) > _MOST_LINES else ""
    line = "lines" if len(problem.lines) > 1 else "line"
    said = visible(problem.message) + (f", in {line} {where}" if where else "")
    yield Text.assemble(("problem: ", "bold red"), said)
    if problem.hint:
        yield Text.assemble(("   hint: ", "cyan"), visible(problem.hint))


def _size(count: int) -> str:
    return f"{count / 1000:,.1f} kB" if count >= _KILO else _count(count, "byte")


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
