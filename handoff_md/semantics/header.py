"""A document's header: the fields above its first section."""

from __future__ import annotations

from handoff_md.syntax.nodes import Document, Entry, Field, Section, Tree, walk


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
