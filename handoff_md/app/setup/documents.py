"""The documents that sessions read: HANDOFF.md, the protocol, the guide, and what leads to them."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from msgspec.structs import replace

from handoff_md.app.setup.change import (
    Change,
    changed_file,
    new_file,
    put_section,
    read_document,
    read_source,
)
from handoff_md.app.setup.texts import (
    PROTOCOL_PAGE,
    as_section,
    explain_steps,
    installed_text,
    steps_that_update,
)
from handoff_md.app.setup.understanding import settle_section
from handoff_md.config import Config
from handoff_md.errors import ContentError, HandoffError
from handoff_md.semantics.document.conflict_markers import find_conflict_markers
from handoff_md.semantics.entries.section import appended_section, find_entries_section
from handoff_md.syntax.nodes import Block, BlockKind, Document, walk
from handoff_md.syntax.parse import parse
from handoff_md.text.edit import Edit, Patch, make_patch
from handoff_md.text.marked import MARKDOWN, find_marked, outside_marked, put_marked
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source
from handoff_md.text.span import Span

_MARKER: Final = "<!-- handoff-md:sessions -->"
_DATED: Final = lazy_pattern(
    r"^\*\*Last Updated\*\*: (?P<date>\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d))$", re.MULTILINE
)
POINTERS: Final = ("AGENTS.md", "CLAUDE.md")
IMPORTS: Final = {
    "CLAUDE.md": "@AGENTS.md",
    ".claude/CLAUDE.md": "@../AGENTS.md",
    "GEMINI.md": "@./AGENTS.md",
}
"""Files of hosts that do not read AGENTS.md, and the line by which each takes it in."""
NO_FILES: Final[Mapping[str, tuple[str, ...]]] = {}
_IMPORT: Final = lazy_pattern(r"(?:^|\s)@(?:\.{1,2}/)?AGENTS\.md\b")


def handoff_changes(
    root: Path, config: Config, today: dt.date, *, directory: Path, strict: bool
) -> tuple[tuple[Change, ...], tuple[str, ...]]:
    """Create the handoff document, or give the one that is there a place for entries.

    Args:
        root: the repository's root.
        config: the configuration.
        today: the date of a new document.
        directory: where the user stands.
        strict: nothing is set up yet: make a section for a heading that the document does not
            have, and let the user settle a doubt first.

    Returns:
        The changes, and notes where the user has to mend something.

    Raises:
        ContentError: it is not sure where entries stand, and ``strict``.
        FileError: the document can't be read.
    """
    document = read_document(root, config.handoff, config.hints())
    if document is None:
        return (new_file(root, config.handoff, _new_handoff(config, today)),), ()
    if _is_damaged(document):
        return (), (f"{config.handoff} holds conflict markers, or nests too deep: mend it first",)
    try:
        if settle_section(root, document, config, directory, strict=strict):
            return (), ()
    except ContentError as error:
        if strict:
            raise
        return (), (f"{error.message}. {error.hint}",)
    patch = _with_section(document, config)
    if patch is None:
        note = f"{config.handoff} ends in an open block: close it, then run `handoff-md init` again"
        return (), (note,)
    return changed_file(root, config.handoff, patch), ()


def _new_handoff(config: Config, today: dt.date) -> str:
    heading = config.entries_heading or "## Recent Sessions"
    line = heading if heading.startswith("#") else f"## {heading}"
    return (
        f"# Handoff\n\n**Last Updated**: {today.isoformat()}\n\n"
        "What the next session has to know. Entries below are added by `handoff-md`: see [the "
        f"session\nprotocol]({_lead(config.handoff, config.protocol)}). The rest is yours to "
        "write.\n\n## Current State\n\nNothing is recorded yet.\n\n"
        f"{line}\n\n{_MARKER}\n"
    )


def _lead(from_file: str, to_file: str) -> str:
    start = PurePosixPath(from_file).parent
    return PurePosixPath(os.path.relpath(to_file, start)).as_posix()


def _is_damaged(document: Document) -> bool:
    body = Source(document.source.text[document.source.line_offset(document.first_line) :])
    blocks = document.blocks
    return blocks.too_deep is not None or bool(find_conflict_markers(body, blocks.tokens))


def _with_section(document: Document, config: Config) -> Patch | None:
    """Add a section for entries at the document's end; None where an open block swallows it."""
    source = document.source
    section = appended_section(document, config.entries_heading or None)
    ends = source.text[-1:] in ("", "\r", "\n")
    gap = "" if not source.text else "\n" if ends else "\n\n"
    # A blank line at the end tells that the document's last line had no line break: see
    # `without_section`.
    last = "\n" if ends else "\n\n"
    text = f"{gap}{section.to_create[0]}\n\n{_MARKER}{last}".replace("\n", source.newline)
    end = Span(section.end, section.end)
    patch = make_patch(source, [Edit(end, text)])
    try:
        find_entries_section(
            parse(patch.apply().text, hints=config.hints()),
            configured=config.entries_heading or None,
        )
    except HandoffError:
        return None
    return patch


def without_section(document: Document, config: Config) -> Patch | None:
    """Take out the empty section that `handoff_changes` has added; None where there is none.

    Only what adding it again would put there, byte for byte, is taken out.
    """
    source, newline = document.source, document.source.newline
    section = appended_section(document, config.entries_heading or None)
    tail = f"{section.to_create[0]}\n\n{_MARKER}\n"
    for gap, last in (("", ""), ("\n", ""), ("\n\n", "\n")):
        added = f"{gap}{tail}{last}".replace("\n", newline)
        if not source.text.endswith(added):
            continue
        patch = make_patch(
            source, [Edit(Span(len(source.text) - len(added), len(source.text)), "")]
        )
        again = _with_section(parse(patch.apply().to_bytes()), config)
        if again is not None and again.apply().text == source.text:
            return patch
    return None


def is_new_handoff(text: str, config: Config) -> bool:
    """Tell whether a document is as `handoff_changes` has created it, whatever its date."""
    dated = _DATED.search(text)
    try:
        made = dt.date.fromisoformat(dated["date"] if dated else "")
    except ValueError:
        return False
    return text.replace("\r\n", "\n") == _new_handoff(config, made)


def page_changes(
    root: Path, config: Config, page: str, *, either: bool = False
) -> tuple[Change, ...]:
    """Install a page, the protocol or the orchestrator's guide, or add it to the file there is.

    The protocol that a project has gets what it needs for parallel sessions. With ``either`` a text
    that was installed as a document of its own, and that somebody has added to since, is left as it
    is.

    Raises:
        ContentError: the file's markers are damaged, or its end is an open block.
        FileError: it can't be read.
    """
    is_protocol, text = page == PROTOCOL_PAGE, installed_text(page, config)
    path = config.protocol if is_protocol else config.guide
    source = read_source(root, path)
    if source is None:
        return put_section(root, path, None, text, MARKDOWN)
    outside = outside_marked(source, path)
    if either and not put_marked(source, path, text, MARKDOWN).edits:
        return ()
    if outside.strip():
        steps = steps_that_update(outside, config.handoff) if is_protocol else ()
        text = as_section(text).rstrip() + "\n" + explain_steps(steps, config.handoff)
    patch = put_marked(source, path, text, MARKDOWN)
    refuse_swallowed(patch, path)
    return changed_file(root, path, patch)


def pointer_changes(
    root: Path, config: Config, wanted: Mapping[str, tuple[str, ...]] = NO_FILES
) -> Iterator[Change]:
    """Lead agents to the protocol from the files that they read by themselves.

    A file that names the protocol, or one of the others that does, stays as it is. Of those that
    are ``wanted``, each by hosts, AGENTS.md is created, and the others are to take it in: they are
    read by hosts that do not read AGENTS.md. A section that does so already stays such a one.

    Raises:
        ContentError: a file's markers are damaged, or its end is an open block.
        FileError: a file can't be read.
    """
    protocol = PurePosixPath(config.protocol).name
    body = pointer_body(config)
    may_import = "AGENTS.md" in wanted or (root / "AGENTS.md").exists()
    led: set[str] = set()
    for path in (*POINTERS, *(other for other in IMPORTS if other not in POINTERS)):
        source = read_source(root, path)
        real = os.path.realpath(root / path)
        if real in led or (source is None and path not in wanted):
            continue
        outside = "" if source is None else outside_marked(source, path)
        imports = path in IMPORTS and may_import and (path in wanted or has_import(source, path))
        if imports:
            leads = protocol in outside or _IMPORT.search(outside) is not None
        else:
            leads = protocol in outside or any(name in outside for name in map(_name_of, led))
        if leads or not (imports or path in POINTERS):
            continue
        led.add(real)
        patch = put_marked(source, path, IMPORTS[path] if imports else body, MARKDOWN)
        refuse_swallowed(patch, path)
        made = changed_file(root, path, patch) if source else ()
        if source is None:
            made = (Change(root, path, patch, creates=True),)
        yield from (replace(change, agents=wanted.get(path, ())) for change in made)


def pointer_body(config: Config) -> str:
    """Give the words that lead an agent to the protocol."""
    return (
        "## Sessions\n\n"
        f"Before you begin, read `{config.protocol}` and follow it. It says how a session starts "
        "and\nends, and who writes "
        f"`{config.handoff}`.\n"
    )


def has_import(source: Source | None, path: str) -> bool:
    """Tell whether a file's section takes AGENTS.md in.

    Raises:
        ContentError: the file's markers are damaged.
    """
    span = find_marked(source, path) if source else None
    return source is not None and span is not None and IMPORTS[path] in source.slice(span)


def _name_of(path: str) -> str:
    return PurePosixPath(path).name


def refuse_swallowed(patch: Patch, path: str) -> None:
    """Make sure that a Markdown file's managed section stands on its own.

    Raises:
        ContentError: a block that is open at the file's end would swallow it.
    """
    new = patch.apply()
    span = find_marked(new, path)
    document = parse(new.text)
    stands = span is not None and any(
        isinstance(node, Block) and node.kind is BlockKind.HTML and node.span.start == span.start
        for node in walk(document)
    )
    if not stands:
        raise ContentError(
            f"{path} ends in a block that is still open, such as a code block or a comment",
            "Close it, then run `handoff-md init` again.",
        )
