"""A file as rules see it: its text, what it is, and what is worked out of it once for all rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from handoff_md.errors import HandoffError
from handoff_md.linter.suppressions import Suppression, find_suppressions
from handoff_md.semantics.document.conflict_markers import find_conflict_markers
from handoff_md.semantics.entries.identity import Recorded, recorded_sessions
from handoff_md.semantics.entries.section import (
    EntriesSection,
    families_of_entries,
    find_entries_section,
)
from handoff_md.semantics.parallel import ParallelSection, parallel_sections
from handoff_md.syntax.form.form import NO_HINTS, FormHints
from handoff_md.syntax.nodes import Document, Entry, Heading, Node, walk
from handoff_md.syntax.parse import parse
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

if TYPE_CHECKING:
    from handoff_md.semantics.logs.compliance import LogCompliance
    from handoff_md.semantics.summaries.containment import Contained
    from handoff_md.syntax.links import Link
    from handoff_md.syntax.session_id import SessionId
    from handoff_md.syntax.summary import Summary


class PageKind(StrEnum):
    """What a file is to the protocol, which says which rules hold for it."""

    HANDOFF = "handoff"
    SUMMARY = "summary"
    LOG = "log"
    PROTOCOL = "protocol"
    IGNORE = "ignore"


EVERY_TEXT = (PageKind.HANDOFF, PageKind.SUMMARY, PageKind.LOG, PageKind.PROTOCOL)


class Page(Value, dict=True, gc=True):
    """A file that is checked. ``path`` is relative to the repository's root, with ``/``.

    Conflict markers change what the lines around them mean (``=======`` makes a heading of the
    line above). So all but `raw` sees the text with its markers as blanks: same offsets, and the
    structure that both sides had. Findings inside such a region are dropped by the engine.
    """

    kind: PageKind
    path: str
    raw: Document
    entries_heading: str = ""

    @property
    def source(self) -> Source:
        """Give the text as it is on disk."""
        return self.raw.source

    @cached_property
    def markers(self) -> tuple[int, ...]:
        """Give the lines (from 0) that are conflict markers."""
        return find_conflict_markers(self.source, self.raw.blocks.tokens, self.raw.first_line)

    @cached_property
    def conflicts(self) -> tuple[Span, ...]:
        """Give the regions between conflict markers, markers included."""
        regions: list[Span] = []
        start: int | None = None
        for number in self.markers:
            line = self.source.line_text(number)
            span = self.source.lines_span(number, number + 1)
            start = span.start if start is None else start
            if line.startswith(">"):
                regions.append(Span(start, span.end))
                start = None
        if start is not None:
            regions.append(Span(start, len(self.source.text)))
        return tuple(regions)

    @cached_property
    def document(self) -> Document:
        """Give the tree of the text, its conflict markers blanked out."""
        if not self.markers:
            return self.raw
        return parse(_blank_lines(self.source, self.markers), hints=self.raw.hints)

    @cached_property
    def code_lines(self) -> frozenset[int]:
        """Give the lines (from 0) of fences and code blocks, at any depth."""
        document = self.document
        return frozenset(
            line + document.first_line
            for token in document.blocks.tokens
            if token.type in ("fence", "code_block") and token.map
            for line in range(*token.map)
        )

    @cached_property
    def suppressions(self) -> tuple[Suppression, ...]:
        """Give the comments that silence rules."""
        return find_suppressions(self.document)

    @property
    def folder(self) -> str:
        """Give the path of the folder that the file lies in; empty for the root."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        """Give the file's name."""
        return self.path.rpartition("/")[2]

    @property
    def is_outside(self) -> bool:
        """Tell whether the file lies outside the repository; its path is absolute then."""
        return self.path.startswith("/")

    @cached_property
    def title(self) -> Span:
        """Give the words that stand for the whole file: the first heading's, else the first line's.

        What is about a file as a whole is shown there.
        """
        for node in walk(self.document):
            if isinstance(node, Heading):
                return node.text
        line = self.source.line_text(0) if self.source.line_count else ""
        return Span(0, len(line))

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Give all links and images, in the order of the document."""
        from handoff_md.syntax.links import find_links  # noqa: PLC0415 - few rules ask for links

        return find_links(self.document)

    @cached_property
    def anchors(self) -> frozenset[str]:
        """Give the anchors that links into the document may name."""
        from handoff_md.semantics.document.anchors import find_anchors  # noqa: PLC0415 - few pages need it

        return find_anchors(self.document)

    @cached_property
    def contained(self) -> Contained:
        """Give a summary's body as a merge would make it safe, its headings where they are."""
        from handoff_md.semantics.summaries.containment import contain  # noqa: PLC0415 - for summaries

        return contain(self.summary.body_text, level=None, captured={})

    @cached_property
    def log(self) -> LogCompliance:
        """Give the text read as a session log."""
        from handoff_md.semantics.logs.compliance import read_session_log  # noqa: PLC0415 - for logs

        return read_session_log(self.document)

    @cached_property
    def labelled_logs(self) -> Mapping[str, SessionId]:
        """Give the session logs that are linked to, with the ids that they are called by."""
        from handoff_md.semantics.logs.own_log import labelled_logs  # noqa: PLC0415 - for logs

        return labelled_logs(self.document)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Give all entries, in the order of the document."""
        return self.document.entries

    @cached_property
    def recorded(self) -> tuple[Recorded, ...]:
        """Give the sessions that the entries tell of, in the order of the document."""
        return tuple(recorded_sessions(self.document))

    @cached_property
    def entered_logs(self) -> frozenset[str]:
        """Give the file names of the logs that are the entries' own."""
        return frozenset(found.key.log for found in self.recorded if found.key.log)

    @cached_property
    def entries_section(self) -> EntriesSection | None:
        """Give the section that entries are added to; None where a merge would find none."""
        try:
            return find_entries_section(self.document, configured=self.entries_heading or None)
        except HandoffError:
            return None

    @cached_property
    def families(self) -> tuple[Sequence[Node], ...]:
        """Give the nodes among which entries stand, parent by parent; the section's own if known.

        A heading elsewhere may speak of a session, and head no entry.
        """
        if self.entries_section and not self.entries_section.groups:
            return (self.entries_section.nodes,)
        return tuple(families_of_entries(self.document))

    @cached_property
    def parallel_sections(self) -> tuple[ParallelSection, ...]:
        """Give the parallel sections, in the order of the document."""
        return parallel_sections(self.document)

    @cached_property
    def summary(self) -> Summary:
        """Give the text read as a session's summary."""
        from handoff_md.syntax.summary import parse_summary  # noqa: PLC0415 - most pages are none

        return parse_summary(self.document.source, name=self.path)

    def with_text(self, source: Source) -> Page:
        """Give the page as it is with another text."""
        raw = parse(source, hints=self.raw.hints)
        return Page(self.kind, self.path, raw, self.entries_heading)


def make_page(
    kind: PageKind,
    path: str,
    source: bytes | str | Source,
    *,
    entries_heading: str = "",
    hints: FormHints = NO_HINTS,
) -> Page:
    """Make a page of a file's content; total, as `handoff_md.parse` is.

    ``hints`` are of a handoff document's form.
    """
    known = hints if kind is PageKind.HANDOFF else NO_HINTS
    return Page(kind, path, parse(source, hints=known), entries_heading)


def _blank_lines(source: Source, lines: Sequence[int]) -> Source:
    """Put blanks in the place of whole lines, so that every offset stays."""
    pieces: list[str] = []
    done = 0
    for number in lines:
        start, length = source.line_offset(number), len(source.line_text(number))
        pieces += (source.text[done:start], " " * length)
        done = start + length
    return Source("".join([*pieces, source.text[done:]]), bom=source.bom)
