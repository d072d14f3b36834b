"""Says what was understood of a document that is there, and asks where that is in doubt."""

from __future__ import annotations

import json
import os
from difflib import get_close_matches
from pathlib import Path
from shlex import quote

from handoff_md.app.documents import parse_once
from handoff_md.app.setup.change import Understanding, read_source
from handoff_md.app.setup.discovery import count_entries, says_read_only
from handoff_md.config import Config, read_config
from handoff_md.errors import ConfigError, ContentError, HandoffError
from handoff_md.preview.why import describe_run, tell_order_of
from handoff_md.semantics.entries.order import NEWEST_FIRST, NEWEST_LAST, place_in_order
from handoff_md.semantics.entries.section import (
    DEFAULT_HEADING,
    MARKER_LINE,
    EntriesSection,
    NoSectionError,
    find_entries_section,
)
from handoff_md.syntax.form.form import Certainty, Series
from handoff_md.syntax.form.names import is_headed, read_line_name
from handoff_md.syntax.nodes import Document, Entry, Heading, walk
from handoff_md.syntax.parse import reread
from handoff_md.text.source import Source
from handoff_md.value import Value

_MOST_NAMED = 3


def understand_document(root: Path, config: Config, directory: Path) -> Understanding | None:
    """Say what was understood of the document; None where it is to be made, or is empty.

    Args:
        root: the repository's root.
        config: the configuration that is to be written.
        directory: where the user stands.

    Raises:
        ContentError: it is not sure where entries stand.
        FileError: the document can't be read.
    """
    source = read_source(root, config.handoff)
    if source is None:
        return None
    read_only = says_read_only(source)
    document = parse_once(source, config.hints())
    section = settle_section(root, document, config, directory, strict=True)
    if section is None:
        read = count_entries(len(document.entries)) if document.entries else "none"
        told = f"{read} read; it gets an empty section at its end, {_fresh_heading(config)!r}"
        return Understanding(config.handoff, told, says_read_only=read_only)
    if not section.entries:
        keys = _keys(document, config, section)
        return Understanding(config.handoff, "none yet", keys=keys, says_read_only=read_only)
    newest = _newest(section)
    words = " ".join(source.slice(newest.heading.text).split())
    place = document.form.place
    shape = describe_run(place) if place else count_entries(len(section.entries))
    template = document.form.template
    return Understanding(
        config.handoff,
        shape,
        template.key if template and place else "",
        tell_order_of(section.order),
        f"line {source.line_of(newest.span.start) + 1}: {words}",
        keys=_keys(document, config, section),
        says_read_only=read_only,
    )


def settle_section(
    root: Path, document: Document, config: Config, directory: Path, *, strict: bool
) -> EntriesSection | None:
    """Find where entries go; None where the document has no place for them yet.

    ``strict`` makes a new section for a configured heading that the document does not have.

    Raises:
        ContentError: there are several places, or it is not sure; the hint settles it.
    """
    return _Asking(root, config, directory, strict).settle(document)


def _fresh_heading(config: Config) -> str:
    return config.entries_heading or DEFAULT_HEADING


def _newest(section: EntriesSection) -> Entry:
    entries = section.entries
    if any(entry.date or entry.session_ids for entry in entries):
        ends = entries if not section.order.newest_first else entries[::-1]
        return max(ends, key=place_in_order)
    return entries[0] if section.order.newest_first else entries[-1]


def _keys(
    document: Document, config: Config, section: EntriesSection
) -> tuple[tuple[str, str], ...]:
    """Say in keys of the configuration what the document says by itself."""
    found: list[tuple[str, str]] = []
    heading = _heading_line(document, config, section)
    if heading:
        found.append(("entries-heading", heading))
    if section.entries:
        order = NEWEST_FIRST if section.order.newest_first else NEWEST_LAST
        found.append(("entries-order", order))
    template = document.form.template
    if section.entries and template and document.form.place:
        try:
            read_config({"entry-heading": template.key}, "the document")
        except ConfigError:
            return tuple(found)
        found.append(("entry-heading", template.key))
    return tuple(found)


def _heading_line(document: Document, config: Config, section: EntriesSection) -> str:
    """Give the line of the heading that entries stand under, if it leads there; empty otherwise."""
    levels = {
        node.level
        for node in walk(document)
        if isinstance(node, Heading) and document.source.slice(node.text) == section.heading
    }
    for level in sorted(levels):
        line = f"{'#' * level} {section.heading}"
        found = _find_as(document, config, line)
        if found and (found.heading, found.end) == (section.heading, section.end):
            return line
    return ""


def _find_as(document: Document, config: Config, heading: str) -> EntriesSection | None:
    """Give the section that a document has where its heading is configured; None without one."""
    named = config._replace(entries_heading=heading)
    try:
        return find_entries_section(reread(document, named.hints()), configured=heading)
    except HandoffError:
        return None


class _Asking(Value):
    """Where the user is asked, and about what."""

    root: Path
    config: Config
    directory: Path
    strict: bool

    def settle(self, document: Document) -> EntriesSection | None:
        wanted, strict = self.config.entries_heading, self.strict
        try:
            found = find_entries_section(document, configured=wanted or None)
        except NoSectionError:
            found = None
        except HandoffError as error:
            if not (strict and wanted and read_line_name(wanted) is None) or _has(document, wanted):
                raise self._doubt(document, error) from error
            found = None
        if strict and wanted and read_line_name(wanted) is None and not _has(document, wanted):
            self._refuse_misspelt(document, wanted)
            return None
        return found

    def _refuse_misspelt(self, document: Document, wanted: str) -> None:
        lines = {
            f"{'#' * node.level} {document.source.slice(node.text)}"
            for node in walk(document)
            if isinstance(node, Heading)
        }
        if meant := get_close_matches(wanted, sorted(lines), n=1):
            raise ContentError(
                f"{self.config.handoff} has no heading {wanted!r}",
                f"Did you mean {meant[0]}? `{self._command(meant[0])}` takes it.",
            )

    def _doubt(self, document: Document, error: HandoffError) -> ContentError:
        form, handoff = document.form, self.config.handoff
        unsure = (run for run in form.close if run.certainty is Certainty.UNSURE)
        runs = (*form.runs, *unsure)[:_MOST_NAMED]
        ways = list(dict.fromkeys(way for run in runs if (way := self._name(document, run))))
        if not ways:
            hint = error.hint.replace("--into", "--entries-heading")
            return ContentError(f"{handoff}: {error.message}", hint)
        options = " or ".join(f"`{self._command(way)}`" for way in ways)
        fresh = ""
        if not _has(document, DEFAULT_HEADING):
            fresh = f"; a new section at the end: `{self._command(DEFAULT_HEADING)}`"
        marks = f"; or put the line {MARKER_LINE} above the entries"
        asks = "Name their heading" if self.strict else "Name their heading in the configuration"
        return ContentError(f"{handoff}: {error.message}", f"{asks}: {options}{fresh}{marks}.")

    def _name(self, document: Document, run: Series) -> str:
        """Give a heading, or a line, by which a run of entries is found; empty without one."""
        ways = [f"LINE:{(run.line if run.line is not None else run.first) + 1}"]
        if run.words and run.above:
            ways.insert(0, f"{'#' * run.above} {run.words}")
        for way in ways:
            found = _find_as(document, self.config, way)
            if found and any(_starts_in(document.source, one, run) for one in found.entries):
                return way
        return ""

    def _command(self, heading: str) -> str:
        if not self.strict:
            return f"entries-heading = {json.dumps(heading, ensure_ascii=False)}"
        path = quote(os.path.relpath(self.root / self.config.handoff, self.directory))
        return f"handoff-md init --handoff {path} --entries-heading {quote(heading)}"


def _starts_in(source: Source, entry: Entry, run: Series) -> bool:
    return source.line_of(entry.span.start) == run.first


def _has(document: Document, wanted: str) -> bool:
    return any(
        isinstance(node, Heading) and is_headed(document.source.slice(node.text), wanted)
        for node in walk(document)
    )
