"""How a session's own entry is written in a document: as heading, list item, or paragraph."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from msgspec.structs import replace

from handoff_md.semantics.entries.section import EntriesSection
from handoff_md.syntax.blocks import parse_blocks
from handoff_md.syntax.form.form import Shape
from handoff_md.syntax.form.keys import is_key, read_key, write_keys
from handoff_md.syntax.form.periods import read_period
from handoff_md.syntax.form.spelling import turn
from handoff_md.syntax.form.template import Template
from handoff_md.syntax.grammar import EntryKind
from handoff_md.syntax.nodes import Document, Entry, Lead
from handoff_md.syntax.session_id import SessionId
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.value import Value

_TICK = lazy_pattern(r"\[[xX]\][ \t]+")
_ITEM = lazy_pattern(
    r"(?P<indent> {0,3})(?P<marker>[-+*]|(?P<number>[0-9]{1,9})(?P<sign>[.)]))[ \t]"
)
_DEEPEST = 6


class Manner(Value):
    """How an entry is written.

    ``template`` heads it; None heads it as documented, ``2025-12-18: Title (Session 19)``. A list
    item begins with its ``marker``, and a ``tick`` where the others have one; in a ``tight`` list,
    and where ``bulleted`` is asked for, each block of what follows is an item below. ``words`` are
    those that it has to be headed with, and ``keys`` the lines ``Date: …`` of an entry that is made
    of such.
    """

    shape: Shape = Shape.HEADINGS
    template: Template | None = None
    marker: str = ""
    tick: str = ""
    tight: bool = False
    bulleted: bool = False
    words: str = ""
    keys: tuple[str, ...] = ()

    @property
    def is_led(self) -> bool:
        """Tell whether the entry has no heading."""
        return self.shape is not Shape.HEADINGS

    def body_level(self, level: int) -> int:
        """Give the level that no heading of an entry may have; all of one without are deeper."""
        return _DEEPEST if self.is_led else level

    def head(self, date: dt.date, time: dt.time | None, session_id: SessionId, title: str) -> str:
        """Give the words that the entry begins with."""
        if self.words:
            return self.words
        if self.keys:
            return write_keys(self.keys, date, time, session_id, title)
        documented = f"{date.isoformat()}: {title} (Session {session_id})"
        if self.template is None:
            return documented
        words = self.template.write(date=date, time=time, session_id=session_id, title=title)
        is_whole = "\n" not in words and words.count("**") % 2 == title.count("**") % 2
        return words if is_whole else documented

    def day(self, date: dt.date, time: dt.time | None) -> dt.date:
        """Give the day that the words are of: an aware time is written in the others' zone."""
        notation = self.template.date if self.template and not self.keys else None
        return turn(notation, date, time)[0] if notation else date

    def here(self, session_id: SessionId) -> SessionId:
        """Give an id as the document reads it."""
        return self.template.here(session_id) if self.template else session_id

    def lay_out(self, words: str, text: str, level: int) -> str:
        """Put the words, and the text (LF) that follows them, together as an entry."""
        if self.shape is Shape.HEADINGS:
            return f"{'#' * level} {words}\n\n{text}"
        below = "\n".join(_bullets(text)) + "\n" if self.tight or self.bulleted else f"\n{text}"
        if self.shape is Shape.PARAGRAPHS:
            return f"{words}\n{below}"
        lines = f"{words}\n{below}".rstrip("\n").split("\n")
        margin = " " * len(self.marker)
        first, *others = lines
        return "\n".join(
            [f"{self.marker}{self.tick}{first}", *(_indent(line, margin) for line in others), ""]
        )


DOCUMENTED = Manner()


def _indent(line: str, margin: str) -> str:
    return f"{margin}{line}" if line.strip() else ""


def _bullets(text: str) -> Iterator[str]:
    """Give the lines of a list with an item for each block of a text.

    A list goes on as it is, below the paragraph that it follows. No blank line stands between
    items, nor in one whose blocks have none inside.
    """
    lines = text.split("\n")
    opened = ""
    for token in parse_blocks(text).tokens:
        if token.level or token.nesting < 0 or not token.map:
            continue
        block = "\n".join(lines[slice(*token.map)]).rstrip().split("\n")
        if token.type == "hr":
            block = ["***"]
        if token.type == "bullet_list_open" and block[0].strip() not in ("-", "*", "+"):
            margin = "  " if opened == "paragraph_open" else ""
            yield from (_indent(line, margin) for line in block)
        else:
            yield f"- {block[0]}"
            yield from (_indent(line, "  ") for line in block[1:])
        opened = token.type


def manner_of(document: Document, entry: Entry) -> Manner:
    """Give how an entry is written that the document has."""
    source = document.source
    words = source.slice(entry.heading.text)
    if not isinstance(entry.heading, Lead):
        return Manner(words=words)
    first = source.line_of(entry.span.start)
    item = _ITEM.match(source.line_text(first))
    if item is None:
        return Manner(Shape.PARAGRAPHS, words=words, keys=tuple(_keys_of(source, first)))
    tick = _TICK.match(source.line_text(first), item.end())
    return Manner(
        Shape.ITEMS,
        marker=item.group().replace("\t", " "),
        tick=tick.group() if tick else "",
        tight=_is_tight(document, entry),
        words=words,
    )


def _keys_of(source: Source, first: int) -> Iterator[str]:
    """Give the lines with keys that an entry begins with; none where it is of other words."""
    number = first
    while read_key(line := source.line_text(number)) or (number > first and is_key(line)):
        yield line
        number += 1


def _is_tight(document: Document, entry: Entry) -> bool:
    """Tell whether the list whose item an entry is has no blank lines between its blocks."""
    line = document.source.line_of(entry.span.start) - document.first_line
    return any(
        token.hidden
        for token in document.blocks.tokens
        if token.type == "paragraph_open" and token.map and token.map[0] == line
    )


def find_manners(document: Document, section: EntriesSection, index: int) -> tuple[Manner, ...]:
    """Give how a new entry before one of a section's entries may be written, the best first.

    The last is the documented one, which is read in any document.
    """
    template = _learn(document, section)
    led = [entry for entry in section.entries if isinstance(entry.heading, Lead)]
    if not led:
        return (Manner(template=template), DOCUMENTED) if template else (DOCUMENTED,)
    behind, before = section.entries[index : index + 1], section.entries[:index][-1:]
    if behind and isinstance(behind[0].heading, Lead):
        manner = manner_of(document, behind[0])
    elif before and isinstance(before[0].heading, Lead):
        manner = manner_of(document, before[0])
        manner = replace(manner, marker=_count_on(manner.marker))
    else:
        manner = manner_of(document, led[0])
    manner = replace(manner, template=template, words="")
    if manner.shape is Shape.PARAGRAPHS:
        return manner, replace(manner, bulleted=True), DOCUMENTED
    return manner, DOCUMENTED


def _count_on(marker: str) -> str:
    number = re.search("[0-9]+", marker)
    return marker.replace(number.group(), str(int(number.group()) + 1), 1) if number else marker


def _learn(document: Document, section: EntriesSection) -> Template | None:
    """Learn how the entries of a section are headed; None where there are none of one session."""
    words = tuple(
        document.source.slice(entry.heading.text)
        for entry in section.entries
        if entry.kind is not EntryKind.PARALLEL
        and not read_period(document.source.slice(entry.heading.text))
    )
    form = document.form
    sample = form.sample if form.sample and set(form.sample) <= set(words) else words
    template = replace(form, sample=sample).template if sample else None
    return None if template and template.is_documented else template
