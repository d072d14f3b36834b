"""What a document is for, where that is no log: it is generated, or a template to be copied."""

from __future__ import annotations

import re

from handoff_md.syntax.nodes import Document, Heading, walk

_HEAD_LENGTH = 1000
# `re` compiles these when they are first used; few documents need them.
_GENERATED = (
    r"(?i)(?<!\w)@generated\b"
    r"|\b(?:auto-?)?generated\b[^\n]{0,80}\bdo not (?:edit|modify)\b"
    r"|\bdo not (?:edit|modify)\b[^\n]{0,80}\bgenerated\b"
    r"|<!--[^>]{0,40}\bdo not (?:edit|modify)\b"
)
_SLOT = r"\{\{[^{}\n]{1,60}\}\}|\[(?:[A-Za-z][\w ]{0,30})\](?!\()|<[a-z][a-z _-]{0,30}>"
_DATE_SLOT = r"\b(?:YYYY-MM-DD|DD\.MM\.YYYY|MM/DD/YYYY)\b|\{\{\s*date\s*\}\}|\[date\]|<date>"
_FEWEST = 2


def tell_generated(document: Document) -> int | None:
    """Give the line (from 0) that says that a document is generated, or not to be edited."""
    text = document.source.text[:_HEAD_LENGTH]
    match = (
        re.search(_GENERATED, text) if "generated" in text.casefold() or "edit" in text else None
    )
    return document.source.line_of(match.start()) if match else None


def is_template(document: Document) -> bool:
    """Tell whether a document is a page of placeholders: its headings have dates to be filled in.

    One that has entries with dates is none.
    """
    if any(entry.date for entry in document.entries):
        return False
    source = document.source
    heads = [source.slice(node.text) for node in walk(document) if isinstance(node, Heading)]
    if not any(re.search(_DATE_SLOT, words, re.IGNORECASE) for words in heads):
        return False
    return len(re.findall(f"{_SLOT}|{_DATE_SLOT}", source.text, re.IGNORECASE)) >= _FEWEST
