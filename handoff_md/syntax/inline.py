"""markdown-it's inline structure of a paragraph or cell, with positions in the source."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from handoff_md.syntax.blocks import Reference, Token, new_parser, normalize_label
from handoff_md.syntax.nodes import split_row
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline

_MARKUP = lazy_pattern(r"[\\`*_\[\]<>&!\n]")
_LONGEST_WORDS = 10_000
_WATCHED = ("link", "image", "autolink", "html_inline", "backticks")
_TICKS = lazy_pattern(r"`+")
_PLAIN_LINK = lazy_pattern(r"\[(?P<label>[^\[\]]*)\]\((?P<href>(?!//)[A-Za-z0-9./_#-]+)\)")
_PREFIXES = {
    "blockquote_open": lazy_pattern(r"[ \t]*>"),
    "list_item_open": lazy_pattern(r"[ \t]*(?:[-+*]|[0-9]{1,9}[.)])"),
}
_CONTAINER_ENDS = frozenset({"blockquote_close", "list_item_close"})
_CELLS = frozenset({"td_open", "th_open"})


class MarkKind(StrEnum):
    """The inline constructs whose positions matter, named as the parser names their rules."""

    LINK = "link"
    IMAGE = "image"
    AUTOLINK = "autolink"
    HTML = "html_inline"
    CODE = "backticks"
    FOOTNOTE = "footnote"


class InlineMark(Value):
    """An inline construct; spans count characters of the token's content from 0.

    ``destination`` is the span of an inline link's destination as written (angle brackets
    included), None for a reference; ``label_end`` is where the first bracket closes. ``href`` and
    ``title`` are as the parser understood them. A footnote's span is its opening ``[^``.
    """

    kind: MarkKind
    span: Span
    destination: Span | None = None
    label_end: int = 0
    href: str = ""
    title: str = ""

    @property
    def by_reference(self) -> bool:
        """Tell whether a definition elsewhere says where the link points."""
        return self.kind in (MarkKind.LINK, MarkKind.IMAGE) and self.destination is None


class _Recorder(Value):
    """What the wrapped rules share: the marks so far, and offsets of nested texts."""

    marks: list[InlineMark]
    bases: list[int]


@cache
def _inline_parser() -> MarkdownIt:
    parser = new_parser()
    rules = {rule.name: rule.fn for rule in parser.inline.ruler.__rules__ if rule.name in _WATCHED}
    for name, rule in rules.items():
        parser.inline.ruler.at(name, partial(_record, MarkKind(name), rule))
    return parser


@cache
def _html_parser() -> MarkdownIt:
    parser = new_parser().disable(["link", "image", "emphasis"])
    rules = {rule.name: rule.fn for rule in parser.inline.ruler.__rules__}
    parser.inline.ruler.at("html_inline", partial(_record, MarkKind.HTML, rules["html_inline"]))
    return parser


def _scan(content: str, references: Mapping[str, Mapping[str, str]]) -> tuple[InlineMark, ...]:
    if "[" not in content and "<" not in content:
        return ()
    plain = _scan_plain(content)
    if plain is not None:
        return plain
    return tuple(mark for mark in _run(content, references) if mark.kind is not MarkKind.CODE)


def has_plain_links_only(content: str) -> bool:
    """Tell whether a content without code has no brackets but plain links', in linear time."""
    return "`" not in content and _scan_plain(content) is not None


def _run(content: str, references: Mapping[str, Mapping[str, str]]) -> tuple[InlineMark, ...]:
    """Parse a text, and give all marks in the order in which they start."""
    recorder = _Recorder([], [0])
    env: dict[str, Any] = {"references": references, "recorder": recorder}
    parser = _inline_parser()
    parser.inline.parse(content, parser, env, [])
    return tuple(sorted(recorder.marks, key=lambda mark: (mark.span.start, -mark.span.end)))


def _scan_plain(content: str) -> tuple[InlineMark, ...] | None:
    """Give the marks of a text whose brackets are all plain inline links; None for any other text.

    Most links are, and to find these needs no parser: in such a text no other construct but code
    can hold, end or take part of one, and the destination is as the parser would normalise it.
    """
    if "<" in content or "\\" in content or "![" in content:
        return None
    words = _blank_code(content) if "`" in content else content
    found = tuple(_PLAIN_LINK.finditer(words))
    if words.count("[") != len(found) or words.count("]") != len(found):
        return None
    return tuple(
        InlineMark(
            MarkKind.LINK,
            Span(*match.span()),
            Span(*match.span("href")),
            match.end("label"),
            match["href"],
        )
        for match in found
    )


def _blank_code(content: str) -> str:
    """Give a text without escapes with its code spans as spaces: same offsets, in linear time."""
    runs = [match.span() for match in _TICKS.finditer(content)]
    closing: dict[int, int] = {}  # by the number of backticks, where the next such run ends
    ends: list[int] = []
    for start, end in reversed(runs):
        ends.append(closing.get(end - start, end))
        closing[end - start] = end
    pieces: list[str] = []
    at = 0
    for (start, end), behind in zip(runs, reversed(ends), strict=True):
        if start >= at and behind > end:
            pieces += (content[at:start], " " * (behind - start))
            at = behind
    return "".join((*pieces, content[at:]))


def _record(
    kind: MarkKind,
    rule: Callable[[StateInline, bool], bool],
    state: StateInline,
    silent: bool,  # noqa: FBT001 - markdown-it calls it so
) -> bool:
    """Run a rule, and note where it matched; silent runs only look ahead."""
    recorder: _Recorder = state.env["recorder"]
    if silent:
        return rule(state, silent)
    start, first_token, base = state.pos, len(state.tokens), recorder.bases[-1]
    label_start = start + 2 if kind is MarkKind.IMAGE else start + 1
    recorder.bases.append(base + label_start if kind is MarkKind.IMAGE else base)
    matched = rule(state, silent)
    recorder.bases.pop()
    mark = None
    if matched and kind in (MarkKind.LINK, MarkKind.IMAGE):
        mark = _link_mark(kind, state, start, first_token)
    elif matched and (kind is not MarkKind.CODE or len(state.tokens) > first_token):
        mark = InlineMark(kind, Span(start, state.pos))
    if mark:
        recorder.marks.append(_moved(mark, base))
    elif kind is MarkKind.LINK:
        recorder.marks.extend(_moved(missed, base) for missed in _missed_reference(state, start))
    if kind is MarkKind.LINK and (mark is None or mark.by_reference):
        recorder.marks.extend(_footnote_mark(state.src, start, base))
    return matched


def _missed_reference(state: StateInline, start: int) -> Iterator[InlineMark]:
    """Give the shortcut reference that CommonMark sees here, and the parser does not.

    It gives up on ``[label](`` at a text's end, where only the parenthesis is no link.
    """
    references = state.env["references"]
    label_end = _label_end(state, start) if references else -1
    if label_end < 0 or not state.src.startswith("(", label_end + 1):
        return
    found = references.get(normalize_label(state.src[start + 1 : label_end]))
    if found:
        span = Span(start, label_end + 1)
        yield InlineMark(MarkKind.LINK, span, None, label_end, found["href"], found["title"])


def _footnote_mark(content: str, start: int, base: int) -> Iterator[InlineMark]:
    if content.startswith("[^", start):
        yield InlineMark(MarkKind.FOOTNOTE, Span(base + start, base + start + 2))


def _link_mark(kind: MarkKind, state: StateInline, start: int, first_token: int) -> InlineMark:
    """Describe the link that the rule has just pushed; ``state.pos`` is behind it."""
    wanted, attribute = ("image", "src") if kind is MarkKind.IMAGE else ("link_open", "href")
    pushed = next(token for token in state.tokens[first_token:] if token.type == wanted)
    bracket = start + 1 if kind is MarkKind.IMAGE else start
    label_end = _label_end(state, bracket)
    return InlineMark(
        kind,
        Span(start, state.pos),
        _destination(state, label_end),
        label_end,
        str(pushed.attrs.get(attribute, "")),
        str(pushed.attrs.get("title", "")),
    )


def _label_end(state: StateInline, bracket: int) -> int:
    end = state.pos
    state.pos = bracket
    label_end: int = state.md.helpers.parseLinkLabel(state, bracket, False)  # noqa: FBT003 - its API
    state.pos = end
    return label_end


def _destination(state: StateInline, label_end: int) -> Span | None:
    """Give the span of an inline link's destination; None for a reference link.

    Only an inline link ends with a parenthesis.
    """
    if state.src[state.pos - 1] != ")":
        return None
    start = label_end + 2
    while start < state.pos and state.src[start] in " \t\n":
        start += 1
    found = state.md.helpers.parseLinkDestination(state.src, start, state.pos)
    return Span(start, found.pos if found.ok else start)


def _moved(mark: InlineMark, base: int) -> InlineMark:
    if not base:
        return mark
    destination = mark.destination
    if destination:
        destination = Span(destination.start + base, destination.end + base)
    span = Span(mark.span.start + base, mark.span.end + base)
    return InlineMark(mark.kind, span, destination, mark.label_end + base, mark.href, mark.title)


class ContentMap(Value):
    """Maps offsets in an inline token's content to offsets in the source.

    The parser strips each line's container prefix and indentation, and a table cell's padding and
    escaped pipes; what remains of a line stands in the source unchanged.
    """

    content_starts: tuple[int, ...]
    source_starts: tuple[int, ...]

    def to_source(self, offset: int) -> int:
        """Give the offset in the source of the character at ``offset`` of the content."""
        piece = max(bisect_right(self.content_starts, offset) - 1, 0)
        return self.source_starts[piece] + offset - self.content_starts[piece]


def scan_tokens(
    tokens: Sequence[Token], references: Mapping[str, Reference]
) -> tuple[tuple[InlineMark, ...], ...]:
    """Find the links, images, autolinks, HTML and footnote marks of all inline tokens.

    ``references`` are the definitions in force (as `parse_blocks` gives them). The result runs
    parallel to ``tokens``; a token's marks come in the order in which they start.
    """
    known = _known(references)
    return tuple(_scan(token.content, known) if token.type == "inline" else () for token in tokens)


def find_raw_html(content: str) -> tuple[int, ...]:
    """Give the offsets at which raw HTML starts in the content of an inline token.

    Links have no say in it, so that brackets cost nothing.
    """
    recorder = _Recorder([], [0])
    parser = _html_parser()
    parser.inline.parse(content, parser, {"recorder": recorder}, [])
    return tuple(mark.span.start for mark in recorder.marks)


def scan_content(content: str, references: Mapping[str, Reference]) -> tuple[InlineMark, ...]:
    """Find what `scan_tokens` finds, and code spans beside it, in one token's content."""
    return _run(content, _known(references))


def _known(references: Mapping[str, Reference]) -> Mapping[str, Mapping[str, str]]:
    """Give definitions as the parser keeps them."""
    return {
        label: {"href": reference.href, "title": reference.title}
        for label, reference in references.items()
    }


def reference_label(content: str, mark: InlineMark) -> str:
    """Give the normalised label that a reference in a content names (CommonMark, section 6.3)."""
    full = content[mark.label_end + 2 : mark.span.end - 1]
    if mark.span.end > mark.label_end + 1 and full:
        return normalize_label(full)
    opening = mark.span.start + (2 if mark.kind is MarkKind.IMAGE else 1)
    return normalize_label(content[opening : mark.label_end])


def is_footnote(label: str) -> bool:
    """Tell whether a label is that of a footnote, which CommonMark takes for a link's."""
    return label.startswith("^")


def plain_text(content: str, references: Mapping[str, Reference]) -> str:
    """Give the words of a heading or cell as a reader sees them, without any markup.

    A text of more than 10,000 characters is given as it stands.
    """
    if len(content) > _LONGEST_WORDS or not _MARKUP.search(content):
        return content
    known = _known(references)
    env: dict[str, Any] = {"references": known, "recorder": _Recorder([], [0])}
    parser, pushed = _inline_parser(), list[Token]()
    parser.inline.parse(content, parser, env, pushed)
    return "".join(
        " " if token.type in ("softbreak", "hardbreak") else token.content
        for token in pushed
        if token.type in ("text", "code_inline", "softbreak", "hardbreak", "text_special")
    )


def locate_tokens(
    source: Source, tokens: Sequence[Token], *, wanted: Collection[int] | None = None
) -> Mapping[int, ContentMap]:
    """Map the contents of inline tokens to the source that was parsed, by the tokens' indexes.

    ``wanted`` are the indexes of those that are asked for, None for all. The cells that the parser
    adds to a short row stand nowhere in the source.
    """
    containers: list[Token] = []
    row = _Row(source, Span(0, 0))
    places: dict[int, ContentMap] = {}
    for index, token in enumerate(tokens):
        kind = token.type
        if kind == "inline":
            if wanted is None or index in wanted:
                place = _locate(source, tokens[index - 1], token, row)
                if place:
                    places[index] = place
        elif kind in _PREFIXES:
            containers.append(token)
        elif kind in _CONTAINER_ENDS:
            containers.pop()
        elif kind in _CELLS:
            row.cell += 1
        elif kind == "tr_open" and token.map:
            row = _Row(source, _row(source, token.map[0], containers))
    return places


class _Row(Struct):
    """The row that the tokens at hand belong to, and the number of its cell; cut when asked."""

    source: Source
    span: Span
    cell: int = -1
    cells: Sequence[Span] | None = None

    def own_cell(self) -> Span | None:
        if self.cells is None:
            self.cells = split_row(self.source, self.span)
        return self.cells[self.cell] if self.cell < len(self.cells) else None


def _row(source: Source, number: int, containers: Sequence[Token]) -> Span:
    """Give a table's line behind the prefixes of the quotes and list items that it stands in."""
    line = source.lines_span(number, number + 1)
    start = line.start
    for container in containers:
        if container.type == "list_item_open" and container.map and container.map[0] != number:
            continue
        prefix = _PREFIXES[container.type].match(source.text, start, line.end)
        start = prefix.end() if prefix else start
    return Span(start, line.end)


def _locate(source: Source, opener: Token, token: Token, row: _Row) -> ContentMap | None:
    if opener.type in _CELLS:
        cell = row.own_cell()
        return _map_cell(source, cell) if cell else None
    if opener.type == "heading_open" and opener.markup.startswith("#"):
        return _map_atx_heading(source, token, len(opener.markup))
    return _map_lines(source, token)


def _map_atx_heading(source: Source, token: Token, level: int) -> ContentMap:
    assert token.map is not None  # noqa: S101 - inline tokens have a map
    start = source.text.index("#", source.line_offset(token.map[0])) + level
    line = source.text[start : source.line_offset(token.map[0] + 1)]
    return ContentMap((0,), (start + len(line) - len(line.lstrip()),))


def _map_lines(source: Source, token: Token) -> ContentMap:
    """Map a paragraph or setext heading: each line of the content ends as its source line does."""
    lines = token.content.split("\n")
    content_starts: list[int] = []
    source_starts: list[int] = []
    offset = 0
    for number, line in enumerate(lines, _first_line(source, token, lines)):
        words = line.lstrip(" \t")
        start = len(source.line_text(number).rstrip()) - len(words.rstrip())
        content_starts.append(offset + len(line) - len(words))
        source_starts.append(source.line_offset(number) + start)
        offset += len(line) + 1
    return ContentMap(tuple(content_starts), tuple(source_starts))


def _first_line(source: Source, token: Token, lines: Sequence[str]) -> int:
    """Give the number (from 0) of the source line that a paragraph's content begins in.

    The parser strips what Python takes for white space. A line that holds nothing else is no blank
    line where it holds more than spaces and tabs (a no-break space), so it belongs to the
    paragraph; at its start it is not in the content.
    """
    assert token.map is not None  # noqa: S101 - inline tokens have a map
    first, end = token.map
    while first + len(lines) < end and not _ends_with(source.line_text(first), lines[0]):
        first += 1
    return first


def _ends_with(line: str, words: str) -> bool:
    return line.rstrip().endswith(words.strip())


def _map_cell(source: Source, cell: Span) -> ContentMap:
    """Map a table cell; each escaped pipe, one character shorter in the content, starts a piece."""
    content_starts, source_starts = [0], [cell.start]
    for removed, pipe in enumerate(re.finditer(r"\|", source.slice(cell)), 1):
        content_starts.append(pipe.start() - removed)
        source_starts.append(cell.start + pipe.start())
    return ContentMap(tuple(content_starts), tuple(source_starts))
