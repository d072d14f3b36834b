"""Each finding with the lines that it is about, and with what a fix would do: for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from handoff_md.linter.diagnostic import Diagnostic, Fix, Safety
from handoff_md.linter.reporters.concise_report import place
from handoff_md.linter.reporters.totals import Paint
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.text.visible import break_words, count_columns, visible
from handoff_md.value import Value

_INDENT = "  "
_OPTIONS = {Safety.SAFE: "--fix", Safety.UNSAFE: "--unsafe-fixes"}

_CONTEXT_LINES = 2
_FIRST_LINES = 3
_TAB = " " * 4
_CUT = "…"
_LEAST_ROOM = 20
_LOOKED_AT = 4  # characters of a line for each column: most take one at least

Brush = Callable[[str], str]


def write(
    diagnostics: Sequence[Diagnostic],
    sources: Mapping[str, Source],
    *,
    color: bool,
    width: int,
    root: str,  # noqa: ARG001 - paths are relative
) -> str:
    """Write the findings one below the other, with a blank line behind each."""
    paint = Paint(color)
    return "".join(
        f"{line}\n"
        for found in diagnostics
        for line in (*_lines(found, sources.get(found.path), width, paint), "")
    )


def _lines(found: Diagnostic, source: Source | None, width: int, paint: Paint) -> Iterator[str]:
    mark = partial(paint.severity, found.severity)
    yield f"{paint.bold(place(found))}: {mark(f'{found.severity}[{found.code}]')} {found.name}"
    yield from _wrapped(visible(found.message), width)
    if source and found.commit is None:
        yield from excerpt(source, found.span, width=width, paint=paint, mark=mark)
    if found.fix:
        first, *others = _wrapped(_advice(found.fix), width)
        yield first.replace("fix:", paint.good("fix:"), 1)
        yield from others


def _advice(fix: Fix) -> str:
    option = _OPTIONS[fix.safety]
    return f"fix: {option} would {visible(fix.description)}"


def _wrapped(text: str, width: int) -> list[str]:
    """Wrap a text; what is one word, such as a path, stays whole so that it can be copied."""
    return break_words(_INDENT + text, width)


class _Line(Value):
    """A line as it is shown: its text, and where its carets begin and how many there are."""

    text: str
    start: int = 0
    carets: int = 0


def excerpt(source: Source, span: Span, *, width: int, paint: Paint, mark: Brush) -> Iterator[str]:
    """Give the lines (without ends) that show a span in its surroundings.

    Blank lines at the edges are left out. Of a span of many lines the first ones and the last are
    shown, of a long line the part around the span, so that all fits into ``width`` columns.
    ``mark`` colours the carets.
    """
    first, last = source.line_of(span.start), source.line_of(max(span.start, span.end - 1))
    start, end = _with_context(source, first, last)
    digits = len(str(end))
    room = max(width - digits - 3, _LEAST_ROOM)
    bar = paint.dim(f"{'':{digits}} |")
    yield bar
    for number in range(start, end):
        if first + _FIRST_LINES <= number < last:
            if number == first + _FIRST_LINES:
                yield paint.dim(f"{'':.>{digits}} |")
            continue
        line = _show(source, number, span, room)
        margin = paint.dim(f"{number + 1:>{digits}} |")
        yield f"{margin} {line.text}".rstrip()
        if line.carets:
            yield f"{bar} {' ' * line.start}{mark('^' * line.carets)}"
    yield bar


def _with_context(source: Source, first: int, last: int) -> tuple[int, int]:
    start = max(first - _CONTEXT_LINES, 0)
    end = max(min(last + 1 + _CONTEXT_LINES, source.line_count), first + 1)
    while start < first and _is_blank(source, start):
        start += 1
    while end > last + 1 and _is_blank(source, end - 1):
        end -= 1
    return start, end


def _is_blank(source: Source, number: int) -> bool:
    line = _extent(source, number)
    return not source.text[line.start : min(line.end, line.start + 200)].strip()


def _extent(source: Source, number: int) -> Span:
    """Give the span of a line without its ending; the line may be too long to be copied often."""
    start, end = source.line_offset(number), source.line_offset(number + 1)
    while end > start and source.text[end - 1] in "\r\n":
        end -= 1
    return Span(start, end)


def _show(source: Source, number: int, span: Span, room: int) -> _Line:
    line = _extent(source, number)
    start = min(max(span.start, line.start), line.end)
    end = max(min(span.end, line.end), start)
    if start == end and not line.start <= span.start <= line.end:
        return _Line(_cut_end(source.text, line, room))
    if number > source.line_of(span.start):
        start += _indent(source.text[start : min(end, start + room)])
    most = _LOOKED_AT * room
    before = source.text[max(line.start, start - most) : start]
    marked = source.text[start : min(end, start + most)]
    after = source.text[end : min(line.end, end + most)]
    return _fit(before, marked, after, room)


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _cut_end(text: str, line: Span, room: int) -> str:
    return _fit("", "", text[line.start : min(line.end, line.start + _LOOKED_AT * room)], room).text


def _fit(before: str, marked: str, after: str, room: int) -> _Line:
    """Cut what is around the marked text, and then its end, so that all fits."""
    left, middle, right = map(_plain, (before, marked, after))
    if count_columns(left + middle + right) > room:
        free = max(room - count_columns(middle) - count_columns(right), room // 2)
        left = _tail(left, free)
    shown = _head(middle + right, room - count_columns(left))
    carets = max(min(count_columns(middle), count_columns(shown)), 1)
    return _Line(left + shown, count_columns(left), carets)


def _plain(text: str) -> str:
    return _TAB.join(map(visible, text.split("\t")))


def _head(text: str, room: int) -> str:
    """Give the beginning of a text that fits, with a mark where more would follow."""
    if count_columns(text) <= room:
        return text
    used = 0
    for index, character in enumerate(text):
        used += count_columns(character)
        if used > room - len(_CUT):
            return text[:index] + _CUT
    return text


def _tail(text: str, room: int) -> str:
    """Give the end of a text that fits, with a mark where more would stand before it."""
    if count_columns(text) <= room:
        return text
    used = 0
    for index, character in enumerate(reversed(text)):
        used += count_columns(character)
        if used > room - len(_CUT):
            return _CUT + text[len(text) - index :]
    return text
