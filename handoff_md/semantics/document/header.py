"""A document's header: the fields above its first section."""

from __future__ import annotations

import datetime as dt

from handoff_md.semantics.document.fields import fields_of, read_words
from handoff_md.syntax.form.moments import Notation, find_moments
from handoff_md.syntax.form.spelling import agree, write_moment
from handoff_md.syntax.nodes import Block, Document, Entry, Field, Section, Tree, walk
from handoff_md.text.edit import Edit
from handoff_md.text.span import Span
from handoff_md.value import Value


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
