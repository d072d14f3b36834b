"""Gives a log or a summary another title, and changes nothing else of it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from handoff_md.semantics.logs.words import find_objective, is_blank
from handoff_md.syntax.front_fields import read_front_matter
from handoff_md.syntax.front_matter import write_value
from handoff_md.syntax.nodes import Document
from handoff_md.syntax.parse import parse
from handoff_md.syntax.summary import Summary, parse_summary
from handoff_md.syntax.title import first_heading, read_title, replace_title
from handoff_md.text.edit import Edit, Patch, make_patch
from handoff_md.text.source import Source
from handoff_md.text.span import Span


def retitle_log(document: Document, old: str, title: str) -> Patch | None:
    """Make the patch that gives a log another title; None where it can't be told by it.

    The first heading's title is replaced. An objective changes with it that is ``old``, the title
    that the log was made with, or still blank; what its agent has written there stays. Where the
    objective alone holds the title, as some templates have it, the heading stays as it is.
    """
    objective = tuple(_objective(document, old, title))
    heading = first_heading(document)
    if heading is None:
        return make_patch(document.source, objective) if objective else None
    words = document.source.slice(heading.text)
    if not read_title(words).title and objective:
        return make_patch(document.source, objective)
    named = replace_title(words, title)
    if named is None:
        return None
    patch = make_patch(document.source, [Edit(heading.text, named), *objective])
    return patch if _names_itself(parse(patch.apply())) == title else None


def fill_objective(document: Document, objective: str) -> Patch | None:
    """Make the patch that fills a log's blank objective in; None where it has no place for it."""
    edits = tuple(_objective(document, "", objective))
    return make_patch(document.source, edits) if edits else None


def _names_itself(document: Document) -> str:
    heading = first_heading(document)
    return read_title(document.source.slice(heading.text)).title if heading else ""


def _objective(document: Document, old: str, title: str) -> Iterator[Edit]:
    field = find_objective(document)
    if field:
        words = document.source.slice(field).strip()
        if is_blank(words) or words in (old, title):
            yield Edit(field, f" {title}")


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
    heading = first_heading(document)
    if heading is None:
        return
    words = source.slice(heading.text)
    if read_title(words).title.casefold().split() == old.casefold().split():
        named = replace_title(words, title)
        if named is not None:
            yield Edit(heading.text, named)
