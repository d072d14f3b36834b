"""Finds the section that entries are added to. Never a guess: none or several is an error."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from handoff_md.errors import ContentError, HandoffError
from handoff_md.semantics.entries.groups import Group, find_base, find_groups, nodes_of
from handoff_md.semantics.entries.order import Order, tell_order
from handoff_md.syntax.form.form import Certainty, Series
from handoff_md.syntax.form.names import RECENT, names_empty_log, plain_words, read_line_name
from handoff_md.syntax.nodes import (
    Block,
    BlockKind,
    Document,
    Entry,
    Heading,
    Node,
    Section,
    Table,
    children_of,
    walk,
)
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.value import Value

DEFAULT_HEADING = f"## {RECENT}"
_MARKER = lazy_pattern(r"<!--\s*handoff-md:sessions\s*-->")
_HASHES = lazy_pattern(r"(?P<hashes>#{1,6})\s+(?P<words>.*)", re.DOTALL)
_ASIDE = lazy_pattern(r"\s*\([^()]*\)$")
_TASK = r"(?m)^[ \t]*[-*+][ \t]+\[[ xX]\][ \t]"
_ROW = lazy_pattern(r"={3,}|[─━═]{3,}|~{3,}")
_MOST_NAMED = 12
_ABOUT_LINE = lazy_pattern(r"^.{0,100}\bthis line\b.{0,20}$", re.IGNORECASE | re.MULTILINE)
_FOOTER = 300  # characters
_MOST_PLACEHOLDERS = 8  # lines of lists that a section without entries may hold
_LONGEST_REMARK = 300
MARKER_LINE = "<!-- handoff-md:sessions -->"
_PROSE = frozenset({BlockKind.PARAGRAPH, BlockKind.QUOTE, BlockKind.LIST, BlockKind.HTML})


class EntriesSection(Value):
    """Where entries stand.

    ``heading`` is the section's words, None at the top level; ``nodes`` are the siblings among
    which entries stand (without the section's heading, and what comes before a marker); ``level``
    is that of a new entry's heading. ``end`` is the offset where the section ends. ``to_create``
    is the heading's line where the section does not exist yet. ``order`` is which way they run.
    """

    heading: str | None
    nodes: Sequence[Node]
    level: int
    end: int
    to_create: tuple[str, ...] = ()
    rules: tuple[str, str] = ("", "")
    order: Order = Order()
    groups: tuple[Group, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Give the section's entries, in the order of the document."""
        return tuple(node for node in self.nodes if isinstance(node, Entry))


class NoSectionError(ContentError):
    """A document has no section for entries, and no entries: one may be added."""


def find_entries_section(
    document: Document,
    *,
    configured: str | None = None,
    into: str | None = None,
) -> EntriesSection:
    """Find the section that entries are added to.

    It is ``into``, the configured heading, ``## Recent Sessions``, what follows a marker line, else
    the place that the document's form has for entries, else an empty section with a known name.

    Args:
        document: the document.
        configured: the configuration's heading, with or without its hashes, or ``LINE:79``: the
            line (from 1) of that heading, or of an entry on top.
        into: the heading that the user has named for this time, in the same ways.

    Raises:
        HandoffError: ``into`` names no section, or several.
        ContentError: nothing or more than one thing answers; the message names what was found.
    """
    found = _find_section(document, configured, into)
    words = _words_above(document, found)
    return replace(
        found,
        order=tell_order(
            found.entries,
            words=words,
            closing=_words_below(document, found),
            configured=document.form.order,
        ),
    )


def _find_section(document: Document, configured: str | None, into: str | None) -> EntriesSection:
    if into:
        return _chosen(document, into, "--into")
    if configured and read_line_name(configured) is not None:
        return _chosen(document, configured, "entries-heading")
    for wanted in (configured, DEFAULT_HEADING):
        found = _headed(document, wanted) if wanted else []
        if len(found) == 1:
            return section_of(document, found[0])
        if found:
            marked = _behind_marker(document)
            if marked is None:
                raise _ambiguous(
                    document, found, other=f"put the line {MARKER_LINE} above the entries, "
                )
            return marked
    return _behind_marker(document) or _by_form(document)


def _by_form(document: Document) -> EntriesSection:
    """Give the place that the form has for entries, else the empty section with a known name."""
    place = document.form.place
    if place and (placed := _find_at_line(document, place.first, is_base=True)):
        return placed
    runs = list(_runs(document))
    if len(runs) == 1:
        return runs[0]
    is_unsure = document.form.certainty is Certainty.UNSURE
    empty = [] if runs or is_unsure else _find_empty(document)
    if len(empty) == 1:
        return section_of(document, empty[0])
    raise _not_found(document, runs)


def families_of_entries(document: Document) -> Iterator[Sequence[Node]]:
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
    return EntriesSection(words, (), level + 1, end, to_create=(f"{'#' * level} {words}",))


def _chosen(document: Document, into: str, option: str) -> EntriesSection:
    line = read_line_name(into)
    if line is not None:
        return _named_by_line(document, line, option)
    found = _headed(document, into)
    if len(found) == 1:
        return section_of(document, found[0])
    if found:
        raise _ambiguous(document, found)
    message = (
        f"no section is headed {into!r} outside the entries; the document has "
        f"{_name_headings(document)}"
    )
    raise HandoffError(message, f"Name one of these with {option}, or use --create-section.")


def _named_by_line(document: Document, line: int, option: str) -> EntriesSection:
    """Give the section whose heading stands in a line (from 0), or the entries among which it is.

    Raises:
        HandoffError: there is neither.
    """
    source = document.source
    for section in _open_sections(document):
        if source.line_of(section.span.start) == line:
            return section_of(document, section)
    if 0 <= line < source.line_count and (found := _find_at_line(document, line)):
        return found
    sections = {
        source.line_of(section.span.start) + 1: source.slice(section.heading.text)
        for section in _open_sections(document)
    }
    places = [f"{number} ({words})" for number, words in sections.items()]
    listed = f"; headings stand in {', '.join(places[:_MOST_NAMED])}" if places else ""
    runs = (*document.form.runs, *document.form.close)
    near = [_line_to_name(run) + 1 for run in runs]
    works = next(iter(near or sections), None)
    raise HandoffError(
        f"no section's heading and no entry stands in line {line + 1}{listed}",
        f"Name such a line, as in {option} LINE:{works}."
        if works
        else f'Add "{DEFAULT_HEADING}" with --create-section.',
    )


def _find_at_line(document: Document, line: int, *, is_base: bool = False) -> EntriesSection | None:
    """Give the entries among which stands one that holds a line (from 0).

    ``is_base`` asks for what its month, week or year stands under, where it stands below one.
    """
    offset = document.source.line_offset(line)
    for parent, siblings in _families(document):
        for node in siblings:
            if isinstance(node, Entry) and node.span.start <= offset < node.span.end:
                base = find_base(document, parent) if is_base and parent else None
                return _of_family(document, *(base or (parent, siblings)))
    return None


def _of_family(
    document: Document, parent: Section | None, siblings: Sequence[Node]
) -> EntriesSection:
    if parent:
        return section_of(document, parent)
    groups = find_groups(document.source, siblings)
    nodes = nodes_of(groups) or siblings
    end = len(document.source.text)
    return EntriesSection(None, nodes, _entry_level(nodes, 2), end, groups=groups)


def _find_empty(document: Document) -> list[Section]:
    """Find the sections with a known name that hold nothing but words and short lists yet."""
    return [
        section
        for section in _open_sections(document)
        if names_empty_log(document.source.slice(section.heading.text))
        and not any(isinstance(node, Section | Table) for node in section.children)
        and _count_list_lines(document, section) <= _MOST_PLACEHOLDERS
        and not re.search(_TASK, document.source.slice(section.span))
    ]


def _count_list_lines(document: Document, section: Section) -> int:
    return sum(
        document.source.slice(node.span).count("\n")
        for node in section.children
        if isinstance(node, Block) and node.kind is BlockKind.LIST
    )


def _words_above(document: Document, section: EntriesSection) -> str:
    """Give what the document says around its entries: the headings that they stand under, and text.

    Code says nothing, and neither does a section that they do not stand in. Behind them counts what
    speaks of "this line".
    """
    source, entries = document.source, section.entries
    first = entries[0].span.start if entries else section.end
    said: list[str] = []
    nodes: Sequence[Node] = document.children
    while nodes:
        below: Sequence[Node] = ()
        for node in nodes:
            if node.span.start >= first:
                break
            if isinstance(node, Section) and first <= node.span.end == max(node.span.end, first):
                said.append(source.slice(node.heading.text))
                below = node.children[1:]
            elif isinstance(node, Block) and node.kind in _PROSE:
                said.append(source.slice(node.span))
        nodes = below
    if entries:
        last = entries[-1].span
        said += _ABOUT_LINE.findall(source.text[max(last.start, last.end - _FOOTER) : last.end])
    return "\n".join(said)


def _words_below(document: Document, section: EntriesSection) -> str:
    """Give what closes a section: a last remark behind a rule, or one in marks of its own."""
    last = section.entries[-1:]
    nodes = last[0].children if last and last[0] is section.nodes[-1] else section.nodes
    while nodes and isinstance(nodes[-1], Section):
        nodes = nodes[-1].children
    blocks = [
        node for node in nodes if isinstance(node, Block) and node.kind is not BlockKind.BLANK
    ]
    if not blocks or blocks[-1].kind not in _PROSE:
        return ""
    words = document.source.slice(blocks[-1].span)
    ruled = len(blocks) > 1 and blocks[-2].kind is BlockKind.RULE
    is_short = len(words) <= _LONGEST_REMARK
    return words if is_short and (ruled or words.lstrip()[:1] in "*_<>") else ""


def _headed(document: Document, wanted: str) -> list[Section]:
    match = _HASHES.fullmatch(wanted.strip())
    words = plain_words(match["words"] if match else wanted)
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
    plain = plain_words(heading)
    return (plain, _ASIDE.sub("", plain)) if wanted == DEFAULT_HEADING else (plain,)


def section_of(document: Document, section: Section) -> EntriesSection:
    """Give a section as one for entries, whatever it holds; its order is not told yet."""
    groups = find_groups(document.source, section.children)
    nodes = nodes_of(groups) or section.children[1:]
    heading = document.source.slice(section.heading.text)
    level = _entry_level(nodes, section.heading.level + 1)
    return EntriesSection(heading, nodes, level, section.span.end, groups=groups)


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
                groups = find_groups(source, siblings[index + 1 :])
                nodes = nodes_of(groups) or siblings[index + 1 :]
                end = parent.span.end if parent else len(source.text)
                words = source.slice(heading.text) if heading else None
                return EntriesSection(words, nodes, _entry_level(nodes, level), end, groups=groups)
    return None


def _families(document: Document) -> Iterator[tuple[Section | None, Sequence[Node]]]:
    """Give each parent that may hold entries, None for the top level, with its children."""
    yield None, document.children
    for section in _open_sections(document):
        yield section, section.children


def _runs(document: Document) -> Iterator[EntriesSection]:
    for parent, siblings in _families(document):
        if any(isinstance(node, Entry) for node in siblings):
            yield _of_family(document, parent, siblings)


def _not_found(document: Document, runs: Sequence[EntriesSection]) -> ContentError:
    source = document.source
    unsure = [run for run in document.form.close if run.certainty is Certainty.UNSURE]
    if not runs and not unsure:
        return NoSectionError(
            f"the document has no section for entries: found {_name_headings(document)}",
            "Name the section with --into HEADING (or entries-heading in handoff-md.toml), "
            f'or add "{DEFAULT_HEADING}" with --create-section.',
        )
    if not runs:
        near = unsure[0]
        verb = "is an entry" if near.count == 1 else "are entries"
        return ContentError(
            f"it is not sure that the {near.place}, {verb}: {'; '.join(near.why)}",
            _options(_line_to_name(near)),
        )
    places = ", ".join(
        f"{len(run.entries)} "
        + (f"under {run.heading!r}" if run.heading else "on top")
        + f" (from line {source.line_of(run.entries[0].span.start) + 1} on)"
        for run in runs
    )
    return ContentError(
        f"entries stand in several places: {places}",
        _options(source.line_of(runs[0].entries[0].span.start)),
    )


def _line_to_name(run: Series) -> int:
    """Give the line (from 0) by which a run can be named."""
    return run.first if run.line is None else run.line


def _options(line: int) -> str:
    """Say how a section can be named, by a line (from 0) for instance."""
    return (
        f"Name the section with --into HEADING or --into LINE:{line + 1} (or entries-heading in "
        f"handoff-md.toml), put the line {MARKER_LINE} above the entries, or add "
        f'"{DEFAULT_HEADING}" with --create-section.'
    )


def _ambiguous(document: Document, found: Sequence[Section], *, other: str = "") -> ContentError:
    """Say that several sections are headed alike; ``other`` helps beside naming one of them."""
    source = document.source
    lines = [source.position(section.span.start).line for section in found]
    words = source.slice(found[0].heading.text)
    return ContentError(
        f"several sections are headed {words!r}: lines {', '.join(map(str, lines))}",
        f"Name one by its line with --into LINE:{lines[0]} (or entries-heading in handoff-md.toml)"
        f", {other}or rename all but one.",
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


def ends_with_rule(source: Source, node: Node, *, before: int | None = None) -> Block | None:
    """Give the rule that a section's last lines are, blank ones aside; None without.

    It is a thematic break, or a row of ``=``. What starts at the offset ``before`` or behind it
    does not count.
    """
    end = node.span.end if before is None else before
    last = node
    while children := children_of(last):
        solid = [child for child in children if child.span.start < end and not _is_blank(child)]
        if not solid:
            return None
        last = solid[-1]
    if not isinstance(last, Block):
        return None
    is_row = last.kind is BlockKind.PARAGRAPH and is_row_of_signs(source.slice(last.span))
    return last if is_row or last.kind is BlockKind.RULE else None


def is_row_of_signs(text: str) -> bool:
    """Tell whether a text is a row such as ``=====``, which people draw as a rule."""
    return _ROW.fullmatch(text.strip()) is not None


def _is_blank(node: Node) -> bool:
    return isinstance(node, Block) and node.kind is BlockKind.BLANK
