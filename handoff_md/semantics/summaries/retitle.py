"""Gives a summary another title, in its front matter and in the heading that is its title."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from handoff_md.syntax.front_fields import read_front_matter
from handoff_md.syntax.front_matter import write_value
from handoff_md.syntax.nodes import Document, Heading, walk
from handoff_md.syntax.parse import parse
from handoff_md.syntax.summary import Summary, parse_summary
from handoff_md.syntax.title import read_title, replace_title
from handoff_md.text.edit import Edit, make_patch
from handoff_md.text.source import Source
from handoff_md.text.span import Span


def retitle_summary(summary: Summary, title: str) -> Source | None:
    """Give a summary's text with another title, and nothing else changed.

    One that has no title of its own stays as it is: it takes the log's. None where its text can't
    be changed so that it reads as that title, and else as before.
    """
    if not summary.title:
        return summary.source
    edits = list(_edits(parse(summary.source), summary.title, title))
    changed = make_patch(summary.source, edits).apply()
    read = parse_summary(changed, name=summary.path, origin=summary.origin)
    return changed if _essence(read) == _essence(replace(summary, title=title)) else None


def _essence(summary: Summary) -> tuple[Summary, str]:
    """Give what has to be alike: the fields, and the text of the body, wherever it stands."""
    unplaced = replace(summary, source=Source(""), body=(), status_line=None)
    return unplaced, summary.body_text


def _edits(document: Document, old: str, title: str) -> Iterator[Edit]:
    source = document.source
    field = read_front_matter(source).fields.get("title")
    if field and field.value.strip():
        line = source.line_text(field.line)
        start = source.line_offset(field.line)
        key = line.partition(":")[0]
        yield Edit(Span(start, start + len(line)), f"{key}: {write_value(title)}")
    headings = (node for node in walk(document) if isinstance(node, Heading))
    heading = next((one for one in headings if one.level == 1), None)
    if heading is None:
        return
    words = source.slice(heading.text)
    if read_title(words).title.casefold().split() == old.casefold().split():
        named = replace_title(words, title)
        if named is not None:
            yield Edit(heading.text, named)
