"""Reads what a session log says of itself: the title that a summary without one takes."""

from __future__ import annotations

import re

from handoff_md.syntax.nodes import Heading, walk
from handoff_md.syntax.parse import parse
from handoff_md.syntax.title import read_title
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.source import Source

_OBJECTIVE = lazy_pattern(
    r"(?:[-*+]\s+)?(?:\*\*|__)Objective:?(?:\*\*|__):?\s*(?P<words>\S.*)", re.IGNORECASE
)


def read_log_title(source: bytes | str | Source) -> str:
    """Give the title of a log: its first-level heading's words, else its Objective; else empty."""
    document = parse(source)
    for node in walk(document):
        if isinstance(node, Heading) and node.level == 1:
            words = read_title(document.source.slice(node.text)).title
            if words:
                return words
            break
    for number in range(document.source.line_count):
        match = _OBJECTIVE.fullmatch(document.source.line_text(number).strip())
        if match:
            return match["words"].strip()
    return ""
