"""Gives a session's log another title: its first heading's, and the objective that repeats it."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.semantics.logs.objective import find_objective
from handoff_md.semantics.logs.words import is_blank
from handoff_md.syntax.nodes import Document, Heading, walk
from handoff_md.syntax.parse import parse
from handoff_md.syntax.title import read_title, replace_title
from handoff_md.text.edit import Edit, Patch, make_patch


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


def first_heading(document: Document) -> Heading | None:
    """Give the first heading of the first level, which names the log."""
    headings = (node for node in walk(document) if isinstance(node, Heading))
    return next((heading for heading in headings if heading.level == 1), None)


def _objective(document: Document, old: str, title: str) -> Iterator[Edit]:
    field = find_objective(document)
    if field:
        words = document.source.slice(field).strip()
        if is_blank(words) or words in (old, title):
            yield Edit(field, f" {title}")
