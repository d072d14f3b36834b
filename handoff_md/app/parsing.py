"""Parses a document once, whichever parts of a command ask for it."""

from __future__ import annotations

from functools import lru_cache

from handoff_md.syntax.form.form import FormHints
from handoff_md.syntax.nodes import Document
from handoff_md.syntax.parse import parse
from handoff_md.text.source import Source


@lru_cache(maxsize=4)
def parse_once(source: Source, hints: FormHints) -> Document:
    """Parse a text unless it was of late: each part of a command asks for the same documents."""
    return parse(source, hints=hints)
