"""Makes a summary's body safe to stand in a document: it can neither leak out nor be captured.

Every construct that could is repaired and noted, or refused; words are never changed.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from msgspec.structs import replace

from handoff_md.semantics.document.conflict_markers import find_conflict_markers
from handoff_md.semantics.document.links import LinkPlaces, rebase, write_destination, write_title
from handoff_md.semantics.summaries.headings import Shift, raise_setext, shift_headings
from handoff_md.semantics.summaries.hosting import find_leak, find_title_leak
from handoff_md.semantics.summaries.html_balance import is_balanced
from handoff_md.syntax.blocks import Blocks, Reference, parse_blocks
from handoff_md.syntax.hosted import hosted_code_lines
from handoff_md.syntax.inline import (
    ContentMap,
    InlineMark,
    MarkKind,
    is_footnote,
    locate_tokens,
    reference_label,
    scan_tokens,
)
from handoff_md.text.edit import Edit, make_patch
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.text.visible import find_hostile_character, name_character
from handoff_md.value import Value

_MAX_PASSES = 32
_MOST_BRACKETS = 2000  # in one paragraph; the parser's time for them grows with their square
_BLOCK_START = lazy_pattern(r"[-+*>#<`~]|[0-9]{1,9}[.)]")
_CODE = frozenset({"fence", "code_block"})
_INDENTING = " \t>*+-0123456789.)"
_TAG_START = lazy_pattern(r"(?<!\\)((?:\\\\)*)<(?=[A-Za-z/!?])")
_FOOTNOTE = lazy_pattern(r"(?<!\\)((?:\\\\)*)\[\^")
_LABEL = lazy_pattern(r"\[(?:[^\[\]\\]|\\.)*\]", re.DOTALL)
_NOTE = lazy_pattern(r"^\[\^[^\[\]\\\s]+\](?=:)", re.MULTILINE)
_BLANK_LINES = lazy_pattern(r"\A(?:[ \t]*\n)+")
_SELF_CLOSING_BLOCK = lazy_pattern(
    r"[ >]*</?(?!pre\b|script\b|style\b|textarea\b)[A-Za-z]", re.IGNORECASE
)


OPEN_FENCE = "an open code fence is closed"
TOO_DEEP = "nests too deep"


class Refusal(Value):
    """Why a text can't be made safe: a clause ("holds …"), and the line, where one is to blame.

    ``line`` counts from 1, without blank lines that the text starts with; it is None where it is
    known of the repaired text only.
    """

    reason: str
    line: int | None = None

    def __str__(self) -> str:
        """Give the clause with its line."""
        return f"{self.reason}, in line {self.line} of its text" if self.line else self.reason


class Contained(Value):
    """A text that is safe at its place: it ends with one newline, or is empty; lines end with LF.

    ``notes`` name each repair; ``refusal`` says why the text is refused, which is then empty.
    ``links`` are the destinations of its links and images, as they read at last.
    """

    text: str
    notes: tuple[str, ...] = ()
    refusal: Refusal | None = None
    links: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        """Give the refusal as whole clauses; none where the text is safe."""
        return (str(self.refusal),) if self.refusal else ()


class _View(Value):
    """A text as one pass sees it; ``marks`` run parallel to its tokens, ``places`` go by index."""

    source: Source
    blocks: Blocks
    marks: tuple[tuple[InlineMark, ...], ...]
    places: Mapping[int, ContentMap]

    def place(self, index: int, offset: int) -> int:
        """Map an offset in the content of token ``index`` to the source."""
        return self.places[index].to_source(offset)

    def all_marks(self) -> Iterator[tuple[int, InlineMark]]:
        """Give each mark with the index of its token."""
        for index, marks in enumerate(self.marks):
            for mark in marks:
                yield index, mark


def contain(
    body: str,
    *,
    level: int | None,
    captured: Mapping[str, Reference],
    places: LinkPlaces | None = None,
    hosted: bool = True,
) -> Contained:
    """Repair a body until nothing of it can reach beyond the heading it will stand below.

    Args:
        body: Markdown, any line endings.
        level: the level (1 to 6) of the heading that the body will stand below; None leaves
            headings where they are.
        captured: the document's link definitions, which must not capture the body's brackets.
        places: where relative links may lead; None leaves them alone.
        hosted: judge the repaired text as the hosting sites render it; False leaves that to a proof
            of the whole document.
    """
    text = _BLANK_LINES.sub("", re.sub(r"\r\n?", "\n", body)).rstrip(" \t\n")
    if not text:
        return Contained("")

    def repair(tried: str) -> tuple[Contained, str | None]:
        found = _refuse_or_repair(tried, level, captured, places)
        judged = hosted and not found.refusal
        return found, find_leak(found.text, level) if judged else None

    return _harden(f"{text}\n", repair)


def contain_title(
    title: str,
    *,
    captured: Mapping[str, Reference],
    places: LinkPlaces | None = None,
    hosted: bool = True,
) -> Contained:
    """Make a title one safe line of inline Markdown that can't end or leave its heading.

    The text of the result ends without a newline. The arguments are those of `contain`.
    """
    words = " ".join(title.split())
    if not words:
        return Contained("")
    closing = re.search(r"(?:^|(?<= ))#+$", words)
    if closing:
        words = f"{words[: closing.start()]}\\{words[closing.start() :]}"
    if "[" not in words and "<" not in words and find_hostile_character(words) is None:
        return Contained(words)

    def repair(tried: str) -> tuple[Contained, str | None]:
        found = _refuse_or_repair(tried, 0, captured, places)
        title = Contained(found.text[2:].strip(), found.notes, found.refusal, found.links)
        judged = hosted and not found.refusal
        return title, find_title_leak(title.text) if judged else None

    return _harden(f"# {words}\n", repair)


def _harden(text: str, repair: Callable[[str], tuple[Contained, str | None]]) -> Contained:
    """Repair a text; what then still leaks on the hosting sites is written ever more plainly.

    ``repair`` gives the repaired text, and the clause that says how it leaks.
    """
    found, leak = repair(text)
    if leak is None:
        return found
    plain = text
    for note, harden in _HARDENINGS:
        plain = harden(plain)
        again, still = repair(plain)
        if again.refusal is None and still is None:
            return replace(again, notes=(note, *again.notes))
    return Contained("", refusal=Refusal(leak, _blame(plain, repair)))


def _blame(text: str, repair: Callable[[str], tuple[Contained, str | None]]) -> int:
    """Give the line (from 1) of the block with which a text begins to leak."""
    starts = [token.map[0] for token in parse_blocks(text).tokens if token.map and not token.level]
    lines = text.split("\n")

    def leaks(count: int) -> bool:
        end = starts[count] if count < len(starts) else len(lines)
        found, leak = repair("\n".join([*lines[:end], ""]))
        return leak is not None or found.refusal is not None

    first = bisect_left(range(1, len(starts)), x=True, key=leaks)
    return starts[first] + 1


def _write_layout_plainly(text: str) -> str:
    """Empty the lines that hold white space only, and write tabs before the words as spaces.

    Code between fences stays as it is.
    """
    code = _code_lines(text, {"fence"})
    lines = text.split("\n")
    return "\n".join(
        line if number in code else _plain_line(line) for number, line in enumerate(lines)
    )


def _code_lines(text: str, kinds: Collection[str]) -> set[int]:
    """Give the lines (from 0) of code blocks of some kinds, an opening fence's but not its own."""
    return {
        line
        for token in parse_blocks(text).tokens
        if token.type in kinds and token.map
        for line in range(token.map[0] + (token.type == "fence"), token.map[1])
    }


def _plain_line(line: str) -> str:
    words = line.lstrip(_INDENTING)
    indent = line[: len(line) - len(words)]
    return f"{indent.expandtabs(4)}{words}" if line.strip(" \t") else ""


def _escape_all(text: str) -> str:
    """Escape all that may start a tag or a footnote, but where all parsers then see a code block.

    The angle bracket becomes an entity: a bare address would take a backslash for its own.
    """
    escaped = _TAG_START.sub(r"\1&lt;", text)
    code = _code_lines(escaped, _CODE) & hosted_code_lines(escaped)
    lines = zip(text.split("\n"), escaped.split("\n"), strict=True)
    return "\n".join(
        as_it_was if number in code else _FOOTNOTE.sub(r"\1\\[^", without_tags)
        for number, (as_it_was, without_tags) in enumerate(lines)
    )


_HARDENINGS = (
    ("white space that is read in two ways is written plainly", _write_layout_plainly),
    ("HTML and footnotes that the hosting sites would read otherwise are escaped", _escape_all),
)


def _refuse_or_repair(
    text: str, level: int | None, captured: Mapping[str, Reference], places: LinkPlaces | None
) -> Contained:
    hostile = find_hostile_character(text)
    if hostile is not None:
        line = text.count("\n", 0, hostile) + 1
        return Contained("", refusal=Refusal(f"holds {name_character(text[hostile])}", line))
    view = _look(text, captured)
    if isinstance(view, Refusal):
        return Contained("", refusal=view)
    markers = find_conflict_markers(view.source, view.blocks.tokens)
    if markers:
        return Contained("", refusal=Refusal("holds a conflict marker", markers[0] + 1))
    return _repair(view, level, captured, places)


def _repair(
    view: _View, level: int | None, captured: Mapping[str, Reference], places: LinkPlaces | None
) -> Contained:
    notes: list[str] = []
    for _ in range(_MAX_PASSES):
        note, edits = _next_repair(view)
        if not edits:
            break
        notes.append(note)
        looked = _look(make_patch(view.source, edits).apply().text, captured)
        if isinstance(looked, Refusal):
            return Contained("", refusal=Refusal(f"{looked}, once it is repaired"))
        view = looked
    else:
        reason = "holds more broken HTML or references than can be made safe"
        return Contained("", refusal=Refusal(reason))
    headings = Shift((), ())
    if level is not None:
        headings = shift_headings(view.source, view.blocks.tokens, level)
    links = tuple(_rebased_links(view, places))
    edits = (*headings.edits, *(link.edit for link in links if link.edit))
    text = make_patch(view.source, edits).apply().text
    notes += (*headings.notes, *(link.note for link in links if link.note))
    return Contained(text, tuple(dict.fromkeys(notes)), links=tuple(link.href for link in links))


def _look(text: str, captured: Mapping[str, Reference]) -> _View | Refusal:
    """Parse a text as far as repairs need it; a refusal where that would take too long."""
    source, blocks = Source(text), parse_blocks(text)
    if blocks.too_deep is not None:
        return Refusal(TOO_DEEP, blocks.too_deep + 1)
    for token in blocks.tokens:
        if token.type == "inline" and _is_crowded(token.content):
            line = token.map[0] + 1 if token.map else 1
            return Refusal("holds too many brackets in one paragraph", line)
    marks = scan_tokens(blocks.tokens, {**captured, **blocks.references})
    places = locate_tokens(source, blocks.tokens) if any(marks) else {}
    return _View(source, blocks, marks, places)


def _is_crowded(content: str) -> bool:
    return content.count("[") + content.count("<") > _MOST_BRACKETS


def _next_repair(view: _View) -> tuple[str, tuple[Edit, ...]]:
    """Give the first repair that the text still needs; no edits where it needs none."""
    repairs = (
        ("table rows that start like a list, quote or heading get a leading pipe", _open_tables),
        (OPEN_FENCE, _close_fence),
        ("raw HTML that is not balanced is escaped", _escape_html),
        ("link references are inlined, and their definitions escaped", _inline_references),
        ("brackets that the document's definitions would turn into links are escaped",
         _escape_captured),
        ("footnotes are escaped", _escape_footnotes),
        ("setext headings are written as ATX headings",
         lambda seen: raise_setext(seen.source, seen.blocks.tokens)),
    )  # fmt: skip
    for note, repair in repairs:
        edits = tuple(repair(view))
        if edits:
            return note, edits
    return "", ()


def _open_tables(view: _View) -> Iterator[Edit]:
    """Start a table with a pipe where its first line might start another block instead.

    markdown-it looks for tables first, cmark-gfm (and so the hosting sites) last.
    """
    tokens, source = view.blocks.tokens, view.source
    doubtful = {
        index + 4  # the table, its head, row and first cell open before the cell's content
        for index, token in enumerate(tokens)
        if token.type == "table_open" and _BLOCK_START.match(tokens[index + 4].content)
    }
    places = locate_tokens(source, tokens, wanted=doubtful) if doubtful else {}
    for place in places.values():
        start = place.to_source(0)
        if "|" not in source.text[source.line_offset(source.line_of(start)) : start]:
            yield _insert(start, "| ")


def _close_fence(view: _View) -> Iterator[Edit]:
    """Close a top-level fence that the end of the text leaves open (CommonMark, section 4.5)."""
    last = view.blocks.tokens[-1] if view.blocks.tokens else None
    if last is None or last.type != "fence" or not last.map:
        return
    first, end = last.map
    if last.content.count("\n") == end - first - 1:
        yield _insert(len(view.source.text), f"{last.markup}\n")


def _insert(offset: int, text: str) -> Edit:
    return Edit(Span(offset, offset), text)


def _escape_html(view: _View) -> Iterator[Edit]:
    """Escape all raw HTML of a text in which some of it is not balanced.

    Of a block that only its own end condition ends (CommonMark, section 4.6, conditions 1 to 5),
    the first line is escaped, and the next pass sees what it hid; of others, each line's first tag.
    """
    if is_balanced(view.blocks.tokens, view.marks):
        return
    for token in view.blocks.tokens:
        if token.type == "html_block" and token.map:
            first, end = token.map
            many = _SELF_CLOSING_BLOCK.match(view.source.line_text(first))
            for number in range(first, end if many else first + 1):
                line = view.source.line_text(number)
                if number == first or line.lstrip(" >").startswith("<"):
                    yield _insert(view.source.line_offset(number) + line.index("<"), "\\")
    for index, mark in view.all_marks():
        if mark.kind is MarkKind.HTML:
            yield _insert(view.place(index, mark.span.start), "\\")


def _inline_references(view: _View) -> Iterator[Edit]:
    """Write each reference to a definition of the text itself as an inline link."""
    own = view.blocks.references
    if not own:
        return
    for index, mark in view.all_marks():
        if not mark.by_reference:
            continue
        label = _label(view, index, mark)
        if label in own and not is_footnote(label):
            target = write_destination(mark.href) + write_title(mark.title)
            start = view.place(index, mark.label_end) + 1
            end = view.place(index, mark.span.end - 1) + 1
            yield Edit(Span(start, end), f"({target})")
    for defined in _definitions(view):
        if not view.source.text.startswith("[^", defined.start):
            yield from _escape_brackets(defined)


def _label(view: _View, index: int, mark: InlineMark) -> str:
    return reference_label(view.blocks.tokens[index].content, mark)


def _definitions(view: _View) -> Iterator[Span]:
    """Give the spans of the definitions' labels, with their brackets."""
    for token in view.blocks.tokens:
        if token.type == "definition" and token.map:
            label = _LABEL.search(view.source.text, view.source.line_offset(token.map[0]))
            assert label is not None  # noqa: S101 - a definition starts with its label
            yield Span(*label.span())


def _escape_brackets(label: Span) -> Iterator[Edit]:
    """Escape both brackets, as formatters do: they would not leave one alone as it is."""
    yield _insert(label.start, "\\")
    yield _insert(label.end - 1, "\\")


def _escape_captured(view: _View) -> Iterator[Edit]:
    """Escape the references to definitions of the document: all that are not to the text's own."""
    own = view.blocks.references
    for index, mark in view.all_marks():
        if mark.by_reference and _label(view, index, mark) not in own:
            image = mark.kind is MarkKind.IMAGE
            yield _insert(view.place(index, mark.span.start + image), "\\")


def _escape_footnotes(view: _View) -> Iterator[Edit]:
    """Escape what hosting sites read as a footnote, and CommonMark does not know.

    A note of one word is a definition to CommonMark, and that word an address.
    """
    for index, mark in view.all_marks():
        if mark.kind is MarkKind.FOOTNOTE:
            yield _insert(view.place(index, mark.span.start), "\\")
            note = _NOTE.match(view.blocks.tokens[index].content, mark.span.start)
            if note:
                yield _insert(view.place(index, note.end() - 1), "\\")
    for defined in _definitions(view):
        if view.source.text.startswith("[^", defined.start):
            yield from _escape_brackets(defined)


class _Link(Value):
    """A link's destination as it reads at last, with the edit and the note that led there."""

    href: str
    edit: Edit | None = None
    note: str = ""


def _rebased_links(view: _View, places: LinkPlaces | None) -> Iterator[_Link]:
    for index, mark in view.all_marks():
        if mark.destination is None or mark.kind not in (MarkKind.LINK, MarkKind.IMAGE):
            continue
        moved = rebase(mark.href, places) if places else None
        if moved is None:
            yield _Link(mark.href)
        elif not moved.found:
            yield _Link(mark.href, note=f"the link {mark.href} points to nothing that exists")
        elif moved.href == mark.href:
            yield _Link(mark.href)
        else:
            start = view.place(index, mark.destination.start)
            end = view.place(index, mark.destination.end - 1) + 1
            yield _Link(
                moved.href,
                Edit(Span(start, end), write_destination(moved.href)),
                f"the link {mark.href} now reads {moved.href}",
            )


def links_to(links: Sequence[str], name: str) -> bool:
    """Tell whether any of the destinations ends in the file called ``name``."""
    return any(link.split("#", 1)[0].rpartition("/")[2] == name for link in links)
