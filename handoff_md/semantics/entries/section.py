"""Finds the section that entries are added to. Never a guess: none or several is an error."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from handoff_md.errors import ContentError, HandoffError
from handoff_md.syntax.nodes import (
    Block,
    BlockKind,
    Document,
    Entry,
    Heading,
    Node,
    Section,
    children_of,
    walk,
)
from handoff_md.value import Value

DEFAULT_HEADING = "## Recent Sessions"
_MARKER = re.compile(r"<!--\s*handoff-md:sessions\s*-->")
_HASHES = re.compile(r"(?P<hashes>#{1,6})\s+(?P<words>.*)", re.DOTALL)
_DECORATION = re.compile(r"^[^\w]+(?=\w)")
_ASIDE = re.compile(r"\s*\([^()]*\)$")
_MOST_NAMED = 12


class EntriesSection(Value):
    """Where entries stand.

    ``heading`` is the section's words, None at the top level; ``nodes`` are the siblings among
    which entries stand (without the section's heading, and what comes before a marker); ``level``
    is that of a new entry's heading. ``end`` is the offset where the section ends. ``to_create``
    is the heading's line where the section does not exist yet.
    """

    heading: str | None
    nodes: tuple[Node, ...]
    level: int
    end: int
    to_create: str = ""

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Give the section's entries, in the order of the document."""
        return tuple(node for node in self.nodes if isinstance(node, Entry))


class NoSectionError(ContentError):
    """A document has no section for entries, and no entries: one may be added."""


def find_entries_section(
    document: Document, *, configured: str | None = None, into: str | None = None
) -> EntriesSection:
    """Find the section that entries are added to.

    It is ``into``, the configured heading, ``## Recent Sessions``, what follows a marker line, else
    the one run of entries that stands under one parent.

    Args:
        document: the document.
        configured: the configuration's heading, with or without its hashes.
        into: the heading that the user has named for this time.

    Raises:
        HandoffError: ``into`` names no section, or several.
        ContentError: nothing or more than one thing answers; the message names what was found.
    """
    if into:
        return _chosen(document, into)
    for wanted in (configured, DEFAULT_HEADING):
        found = _headed(document, wanted) if wanted else []
        if len(found) == 1:
            return _of_section(document, found[0])
        if found:
            raise _ambiguous(document, found)
    marked = _behind_marker(document)
    if marked:
        return marked
    runs = list(_runs(document))
    if len(runs) == 1:
        return runs[0]
    raise _not_found(document, runs)


def families_of_entries(document: Document) -> Iterator[tuple[Node, ...]]:
    """Give each parent's nodes among which entries stand, in the order of the document."""
    for _, siblings in _families(document):
        if any(isinstance(node, Entry) for node in siblings):
            yield siblings


def appended_section(document: Document, configured: str | None) -> EntriesSection:
    """Describe a new section at the document's end, at the level of its other sections."""
    match = _HASHES.fullmatch((configured or DEFAULT_HEADING).strip())
    words = match["words"] if match else configured or ""
    tops = sum(1 for node in walk(document) if isinstance(node, Heading) and node.level == 1)
    level = len(match["hashes"]) if match and configured else 1 if tops > 1 else 2
    end = len(document.source.text)
    return EntriesSection(words, (), level + 1, end, to_create=f"{'#' * level} {words}")


def _chosen(document: Document, into: str) -> EntriesSection:
    found = _headed(document, into)
    if len(found) == 1:
        return _of_section(document, found[0])
    if found:
        raise _ambiguous(document, found)
    message = (
        f"no section is headed {into!r} outside the entries; the document has "
        f"{_name_headings(document)}"
    )
    raise HandoffError(message, "Name one of these with --into, or use --create-section.")


def _headed(document: Document, wanted: str) -> list[Section]:
    match = _HASHES.fullmatch(wanted.strip())
    words = _plain(match["words"] if match else wanted)
    level = len(match["hashes"]) if match and wanted != DEFAULT_HEADING else None
    return [
        section
        for section in _open_sections(document)
        if words in _readings(document.source.slice(section.heading.text), wanted)
        and level in (None, section.heading.level)
    ]


def _open_sections(node: Document | Section) -> Iterator[Section]:
    """Give all sections but those inside entries: what an entry holds is that session's own."""
    for child in node.children:
        if isinstance(child, Section):
            yield child
            yield from _open_sections(child)


def _readings(heading: str, wanted: str) -> tuple[str, ...]:
    """Give what a heading may be called; the default one may say more, as in ``(Last 10)``."""
    plain = _plain(heading)
    return (plain, _ASIDE.sub("", plain)) if wanted == DEFAULT_HEADING else (plain,)


def _plain(words: str) -> str:
    """Give a heading's words in one case, without emphasis and what decorates its start."""
    return " ".join(_DECORATION.sub("", words.strip(" *_:")).casefold().split())


def _of_section(document: Document, section: Section) -> EntriesSection:
    nodes = section.children[1:]
    heading = document.source.slice(section.heading.text)
    return EntriesSection(
        heading, nodes, _entry_level(nodes, section.heading.level + 1), section.span.end
    )


def _entry_level(nodes: Sequence[Node], default: int) -> int:
    levels = [node.heading.level for node in nodes if isinstance(node, Entry)]
    return max(set(levels), key=levels.count) if levels else default


def _behind_marker(document: Document) -> EntriesSection | None:
    """Find the siblings behind a ``<!-- handoff-md:sessions -->`` line."""
    source = document.source
    for parent, siblings in _families(document):
        for index, node in enumerate(siblings):
            if not (isinstance(node, Block) and node.kind is BlockKind.HTML):
                continue
            if _MARKER.fullmatch(source.slice(node.span).strip()):
                heading = parent.heading if parent else None
                level = heading.level + 1 if heading else 2
                nodes = siblings[index + 1 :]
                end = parent.span.end if parent else len(source.text)
                words = source.slice(heading.text) if heading else None
                return EntriesSection(words, nodes, _entry_level(nodes, level), end)
    return None


def _families(document: Document) -> Iterator[tuple[Section | None, tuple[Node, ...]]]:
    """Give each parent that may hold entries, None for the top level, with its children."""
    yield None, document.children
    for section in _open_sections(document):
        yield section, section.children


def _runs(document: Document) -> Iterator[EntriesSection]:
    for parent, siblings in _families(document):
        if any(isinstance(node, Entry) for node in siblings):
            if parent:
                yield _of_section(document, parent)
            else:
                yield EntriesSection(
                    None, siblings, _entry_level(siblings, 2), len(document.source.text)
                )


def _not_found(document: Document, runs: Sequence[EntriesSection]) -> ContentError:
    hint = (
        "Name the section with --into HEADING (or entries-heading in handoff-md.toml), "
        f'or add "{DEFAULT_HEADING}" with --create-section.'
    )
    if not runs:
        return NoSectionError(
            f"the document has no section for entries: found {_name_headings(document)}", hint
        )
    places = ", ".join(
        f"{len(run.entries)} under {run.heading!r}" if run.heading else f"{len(run.entries)} on top"
        for run in runs
    )
    return ContentError(f"entries stand in several places: {places}", hint)


def _ambiguous(document: Document, found: Sequence[Section]) -> ContentError:
    source = document.source
    lines = ", ".join(str(source.position(section.span.start).line) for section in found)
    words = source.slice(found[0].heading.text)
    return ContentError(
        f"several sections are headed {words!r}: lines {lines}",
        "Rename all but one, or name another section with --into HEADING.",
    )


def _name_headings(document: Document) -> str:
    source = document.source
    lines = [
        f"{'#' * section.heading.level} {source.slice(section.heading.text)}"
        for section in _open_sections(document)
    ]
    if not lines:
        return "no heading at all" if not document.entries else "no other heading"
    more = f" and {len(lines) - _MOST_NAMED} more" if len(lines) > _MOST_NAMED else ""
    return "; ".join(f'"{line}"' for line in lines[:_MOST_NAMED]) + more


def ends_with_rule(node: Node, *, before: int | None = None) -> Block | None:
    """Give the thematic break that a section's last lines are, blank ones aside; None without.

    What starts at the offset ``before`` or behind it does not count.
    """
    end = node.span.end if before is None else before
    last = node
    while children := children_of(last):
        solid = [child for child in children if child.span.start < end and not _is_blank(child)]
        if not solid:
            return None
        last = solid[-1]
    return last if isinstance(last, Block) and last.kind is BlockKind.RULE else None


def _is_blank(node: Node) -> bool:
    return isinstance(node, Block) and node.kind is BlockKind.BLANK
