"""Reads the documentation: its pages, their fenced blocks, their links, code and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))

_PARSER = MarkdownIt("commonmark").enable("table")
_COMMENT = re.compile(r"<!--\s*(?P<words>.*?)\s*-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block: its language, its text, its line, and the comments right before it."""

    page: str
    line: int
    language: str
    text: str
    comments: tuple[str, ...]

    @property
    def not_run(self) -> str | None:
        """Give why the block is not run; None where it is."""
        return self._said("not run:")

    @property
    def starts_afresh(self) -> bool:
        """Tell whether the block is to run in a new repository."""
        return self._said("fresh repository") is not None

    @property
    def where(self) -> str:
        """Name the block for a message."""
        return f"{self.page}:{self.line}"

    def _said(self, start: str) -> str | None:
        found = (words for words in self.comments if words.startswith(start))
        words = next(found, None)
        return None if words is None else words.removeprefix(start).strip()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading's words, and the tables that stand below it, as rows of cells."""

    heading: str
    tables: tuple[tuple[tuple[str, ...], ...], ...] = ()

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """Give the rows of all tables, without their headers."""
        return tuple(row for table in self.tables for row in table[1:])


def name_of(page: Path) -> str:
    """Give a page's path from the root of the project."""
    return page.relative_to(ROOT).as_posix()


def tokens_of(page: Path) -> list[Token]:
    """Parse a page."""
    return _PARSER.parse(page.read_text("utf-8"))


def fences_of(page: Path) -> tuple[Fence, ...]:
    """Give the fenced blocks of a page, in order."""
    return tuple(_fences(name_of(page), tokens_of(page)))


def _fences(page: str, tokens: Sequence[Token]) -> Iterator[Fence]:
    comments: list[str] = []
    for token in tokens:
        if token.type == "html_block":
            comments += (found["words"] for found in _COMMENT.finditer(token.content))
            continue
        if token.type == "fence" and token.map:
            language = token.info.strip()
            yield Fence(page, token.map[0] + 1, language, token.content, tuple(comments))
        comments = []


def inline_of(page: Path) -> Iterator[tuple[int, Token]]:
    """Give each inline token of a page (text, code, links) with its line."""
    for token in tokens_of(page):
        for child in token.children or ():
            yield (token.map[0] + 1 if token.map else 0), child


def sections_of(page: Path) -> tuple[Section, ...]:
    """Give the headings of a page with the tables below them, cells as written."""
    sections: list[Section] = []
    rows: list[tuple[str, ...]] = []
    cells: list[str] = []
    tokens = tokens_of(page)
    for token, following in pairwise(tokens):
        if token.type == "heading_open":
            sections.append(Section(following.content))
        elif token.type in ("td_open", "th_open"):
            cells.append(following.content)
        elif token.type == "tr_close":
            rows.append(tuple(cells))
            cells = []
        if following.type == "table_close":
            last = sections.pop()
            sections.append(Section(last.heading, (*last.tables, tuple(rows))))
            rows = []
    return tuple(sections)


def rows_below(page: str, heading: str, *, table: int = 0) -> dict[str, tuple[str, ...]]:
    """Give the rows of one of the tables below a heading, by their first cells."""
    found = next(s for s in sections_of(ROOT / page) if s.heading == heading)
    return {row[0]: row[1:] for row in found.tables[table][1:]}
