"""A document's header: the fields above its first section."""

from __future__ import annotations

import datetime as dt
import re

from handoff_md.syntax.nodes import Document, Entry, Field, Section, Tree, walk

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def header_fields(document: Document | Tree) -> tuple[Field, ...]:
    """Give the fields of a document's header: those above its first section but the title's."""
    fields: list[Field] = []
    sections = 0
    for node in walk(document):
        if isinstance(node, Section | Entry):
            sections += 1
            if sections > 1 or isinstance(node, Entry) or node.heading.level > 1:
                break
        elif isinstance(node, Field):
            fields.append(node)
    return tuple(fields)


def last_updated(document: Document) -> tuple[Field, dt.date] | None:
    """Give the header's ``**Last Updated**: YYYY-MM-DD`` and its date.

    None where the header has no such field, or its value says anything else or more.
    """
    source = document.source
    for field in header_fields(document):
        if source.slice(field.key).casefold() == "last updated":
            value = source.slice(field.value)
            if not _DATE.fullmatch(value):
                return None
            try:
                return field, dt.date.fromisoformat(value)
            except ValueError:
                return None
    return None
