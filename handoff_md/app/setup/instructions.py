"""Finds the lines of agents' instructions that ask for what the session protocol does otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from handoff_md.app.setup.change import read_source
from handoff_md.app.setup.discovery import names_in
from handoff_md.config import Config
from handoff_md.errors import HandoffError
from handoff_md.text.marked import find_marked
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source

_FILES: Final = (
    "AGENTS.md",
    "AGENT.md",
    "CLAUDE.md",
    ".claude/CLAUDE.md",
    "CLAUDE.local.md",
    "GEMINI.md",
    ".github/copilot-instructions.md",
    ".cursorrules",
    ".windsurfrules",
    ".clinerules",
    "CONVENTIONS.md",
)
_FOLDERS: Final = (
    ".cursor/rules",
    ".github/instructions",
    ".claude/commands",
    ".claude/rules",
    ".clinerules",
    ".windsurf/rules",
)
_MOST_TOLD: Final = 8
_LONGEST: Final = 50
_WRITES: Final = (
    r"(?:updat|edit|writ|add|append|prepend|record|amend|refresh|modif|rewrit|overwrit|maintain|"
    r"log|document|summari[sz]|note|put|insert|aktualisier|ergänz|schreib|trag|actualiz)\w*"
)
_KEPT: Final = r"(?:keep|leave)\b[^.\n]{0,60}\b(?:up[ -]to[ -]date|current|updated)"
_IS_WRITTEN: Final = (
    r"(?:must|should|has to|needs to|shall|is to|to)\s+be\s+"
    r"(?:updated|written|edited|appended|amended|rewritten|kept)"
)
_NOT: Final = lazy_pattern(
    r"\b(?:do not|don't|never|must not|mustn't|should not|shouldn't|no longer|not to|without|"
    r"instead of|nobody|nicht|nie)\b",
    re.IGNORECASE,
)
_SENTENCE_END: Final = lazy_pattern(r"(?<=[.!?;])\s+(?=[A-Z`*])|\|")
_LIST_MARK: Final = lazy_pattern(r"^[ \t]*(?:[-*+>]|[0-9]+[.)]|#+|\|)[ \t]*")
_INSTEAD: Final = "End your session with `handoff-md session end NN`; it hands the work over."


def tell_contradictions(root: Path, config: Config) -> tuple[str, ...]:
    """Name the lines that have an agent write to the document itself, and what to write instead.

    Our own sections do not count, and neither does what says not to.
    """
    found = [line for path in _list_files(root) for line in _contradicting(root, path, config)]
    if not found:
        return ()
    (first, words), *others = found[:_MOST_TOLD]
    named = ", ".join([f'{first} ("{words}")', *(place for place, _ in others)])
    more = f", and {len(found) - _MOST_TOLD} more" if len(found) > _MOST_TOLD else ""
    name = PurePosixPath(config.handoff).name
    against = f"against the session protocol, which has `handoff-md session end NN` write {name}"
    return (f"{against}: {named}{more}. Write there instead: {_INSTEAD}",)


def _list_files(root: Path) -> Iterator[str]:
    real: set[Path] = set()
    paths = [
        *_FILES,
        *(f"{folder}/{name}" for folder in _FOLDERS for name in names_in(root / folder)),
    ]
    for path in paths:
        file = (root / path).resolve()
        if file.is_file() and file not in real:
            real.add(file)
            yield path


def _contradicting(root: Path, path: str, config: Config) -> Iterator[tuple[str, str]]:
    """Give the lines of a file, as ``AGENTS.md:12``, with their words."""
    try:
        source = read_source(root, path)
        own = find_marked(source, path) if source else None
    except HandoffError:
        return
    if source is None:
        return
    asks = _asking(config)
    for start, text in _sentences(source):
        inside = own is not None and own.start <= start < own.end
        asked = None if inside or _NOT.search(text) else asks.search(text)
        if asked:
            line = source.line_of(start + asked.start()) + 1
            yield f"{path}:{line}", _quoted(text)


def _quoted(text: str) -> str:
    words = _LIST_MARK.sub("", " ".join(text.split()))
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST].rstrip()}…"


def _asking(config: Config) -> re.Pattern[str]:
    """Match what asks to write to the document: by its path, or as the handoff document."""
    name = re.escape(PurePosixPath(config.handoff).name)
    called = r"\bhand-?(?:off|over)[ -](?:document|file|doc|log|notes)\b"
    document = rf"(?:{name}|\bHANDOFF\.md|{called})"
    return re.compile(
        rf"\b{_WRITES}\b[^|]{{0,120}}{document}|{document}[^|]{{0,60}}\b{_IS_WRITTEN}"
        rf"|\b{_KEPT}[^|]{{0,60}}{document}|\bkeep\b[^|]{{0,40}}{document}[^|]{{0,40}}"
        rf"\b(?:up[ -]to[ -]date|current|updated)|>>?\s*[\"']?\S*{name}",
        re.IGNORECASE,
    )


def _sentences(source: Source) -> Iterator[tuple[int, str]]:
    """Give the sentences of a text with where they begin; they may go over a paragraph's lines."""
    pieces: list[str] = []
    start = 0
    offset = 0
    for line in [*source.text.splitlines(keepends=True), ""]:
        ends = not line.strip() or _LIST_MARK.match(line) or "".join(pieces[-1:]).startswith("#")
        if pieces and ends:
            yield from _split(start, "".join(pieces))
            pieces = []
        if line.strip():
            start = offset if not pieces else start
            pieces.append(line)
        offset += len(line)


def _split(start: int, text: str) -> Iterator[tuple[int, str]]:
    begin = 0
    for match in [*_SENTENCE_END.finditer(text), None]:
        piece = text[begin : match.start() if match else len(text)]
        if piece.strip():
            yield start + begin, piece
        begin = match.end() if match else len(text)
