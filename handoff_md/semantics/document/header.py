"""The head of a document: its ``**Key**: value`` fields, and whether it is a log at all."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from itertools import chain

from handoff_md.syntax.form.moments import Notation, find_moments
from handoff_md.syntax.form.spelling import agree, write_moment
from handoff_md.syntax.nodes import (
    Block,
    Document,
    Entry,
    Field,
    Heading,
    Node,
    Section,
    Tree,
    walk,
)
from handoff_md.text.edit import Edit
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_KEY = lazy_pattern(
    r"(?<!\S)(?:\*\*|__)(?P<key>[^*_:]{1,80}?)(?::(?:\*\*|__)|(?:\*\*|__)[ \t]*:)(?!\S)\s*"
)

_HEAD_LENGTH = 1000
# `re` compiles these when they are first used; few documents need them.
_GENERATED = (
    r"(?i)(?<!\w)@generated\b"
    r"|\b(?:auto-?)?generated\b[^\n]{0,80}\bdo not (?:edit|modify)\b"
    r"|\bdo not (?:edit|modify)\b[^\n]{0,80}\bgenerated\b"
    r"|<!--[^>]{0,40}\bdo not (?:edit|modify)\b"
)
_SLOT = r"\{\{[^{}\n]{1,60}\}\}|\[(?:[A-Za-z][\w ]{0,30})\](?!\()|<[a-z][a-z _-]{0,30}>"
_DATE_SLOT = r"\b(?:YYYY-MM-DD|DD\.MM\.YYYY|MM/DD/YYYY)\b|\{\{\s*date\s*\}\}|\[date\]|<date>"
_FEWEST = 2


def fields_of(source: Source, nodes: Iterable[Node]) -> tuple[Field, ...]:
    """Give the fields of all paragraphs among the nodes, in order.

    A formatter that fills lines makes one line of several fields, and breaks it anywhere: then a
    value goes on to the next field, or to the paragraph's end, and key and value may hold line
    endings. Otherwise it ends with its line.
    """
    blocks = (node for node in nodes if isinstance(node, Block) and node.children)
    return tuple(chain.from_iterable(_fields(source, block) for block in blocks))


def read_words(source: Source, span: Span) -> str:
    """Give the text of a key or value on one line."""
    return " ".join(source.slice(span).split())


def _fields(source: Source, block: Block) -> Sequence[Field]:
    written = [line for line in block.children if isinstance(line, Field)]
    keys = list(_KEY.finditer(source.text, block.span.start, block.span.end))
    if {key.start("key") for key in keys} <= {field.key.start for field in written}:
        return written
    ends = [*(key.start() for key in keys[1:]), block.span.end]
    return [_field(source, key, end) for key, end in zip(keys, ends, strict=True)]


def _field(source: Source, key: re.Match[str], end: int) -> Field:
    value = source.text[key.end() : end].rstrip()
    stop = key.end() + len(value)
    return Field(Span(key.start(), stop), Span(*key.span("key")), Span(key.end(), stop))


def header_fields(document: Document | Tree) -> tuple[Field, ...]:
    """Give the fields of a document's header: those above its first section but the title's."""
    fields: list[Field] = []
    sections = 0
    for node in walk(document):
        if isinstance(node, Section | Entry):
            sections += 1
            if sections > 1 or isinstance(node, Entry) or node.heading.level > 1:
                break
        elif isinstance(node, Block):
            fields += fields_of(document.source, (node,))
    return tuple(fields)


class LastUpdated(Value):
    """The header's ``**Last Updated**``: its key, where its date stands, and what that is."""

    key: Span
    place: Span
    date: dt.date
    notation: Notation

    def update(self, date: dt.date) -> Edit | None:
        """Make the edit that writes another date as this one; None where it would not be read."""
        written = write_moment(self.notation, date)
        reads_back = [moment.date for moment in find_moments(written)] == [date]
        return Edit(self.place, written) if reads_back else None


def last_updated(document: Document) -> LastUpdated | None:
    """Give the header's ``**Last Updated**: YYYY-MM-DD``, in whatever notation of a date.

    None where the header has no such field, or its line says anything else or more.
    """
    source = document.source
    for field in header_fields(document):
        if read_words(source, field.key).casefold() == "last updated":
            value = source.slice(field.value)
            moments = find_moments(value)
            if len(moments) != 1 or moments[0].time or moments[0].last:
                return None
            moment = moments[0]
            if value[: moment.start].strip() or value[moment.end :].strip():
                return None
            start = field.value.start
            place = Span(start + moment.start, start + moment.end)
            return LastUpdated(field.key, place, moment.date, agree([moment.notation]))
    return None


def tell_generated(document: Document) -> int | None:
    """Give the line (from 0) that says that a document is generated, or not to be edited."""
    text = document.source.text[:_HEAD_LENGTH]
    match = (
        re.search(_GENERATED, text) if "generated" in text.casefold() or "edit" in text else None
    )
    return document.source.line_of(match.start()) if match else None


def is_template(document: Document) -> bool:
    """Tell whether a document is a page of placeholders: its headings have dates to be filled in.

    One that has entries with dates is none.
    """
    if any(entry.date for entry in document.entries):
        return False
    source = document.source
    heads = [source.slice(node.text) for node in walk(document) if isinstance(node, Heading)]
    if not any(re.search(_DATE_SLOT, words, re.IGNORECASE) for words in heads):
        return False
    return len(re.findall(f"{_SLOT}|{_DATE_SLOT}", source.text, re.IGNORECASE)) >= _FEWEST
