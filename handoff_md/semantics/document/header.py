"""A document's header: the fields above its first section."""

from __future__ import annotations

import datetime as dt
import re

from msgspec.structs import replace

from handoff_md.semantics.document.fields import fields_of, read_words
from handoff_md.syntax.nodes import Block, Document, Entry, Field, Section, Tree, walk
from handoff_md.text.span import Span

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?=[ \t]*(?:[\r\n]|\Z))")


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


def last_updated(document: Document) -> tuple[Field, dt.date] | None:
    """Give the header's ``**Last Updated**: YYYY-MM-DD`` and its date.

    None where the header has no such field, or its line says anything else or more.
    """
    source = document.source
    for field in header_fields(document):
        if read_words(source, field.key).casefold() == "last updated":
            value = _DATE.match(source.slice(field.value))
            if value is None:
                return None
            place = Span(field.value.start, field.value.start + value.end())
            try:
                return replace(field, value=place), dt.date.fromisoformat(value.group())
            except ValueError:
                return None
    return None
