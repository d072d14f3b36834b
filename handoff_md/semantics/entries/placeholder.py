"""Entries that hold a session's place until somebody writes it: ``## Session 4: [Pending]``."""

from __future__ import annotations

import re

from handoff_md.semantics.entries.footer import end_before_footer
from handoff_md.syntax.nodes import Document, Entry, Lead
from handoff_md.text.pattern import lazy_pattern

_WORDS = (
    r"(?:pending|tbd|tba|to ?do|not (?:yet )?started|to be (?:done|filled(?: in)?|written)|"
    r"upcoming|placeholder|coming soon|ausstehend|offen|n/a)"
)
# `re` compiles these when they are first used; few documents need them.
_ALONE = rf"(?i)[\s\W_]*{_WORDS}[\s\W_]*"
_ASIDE = rf"(?i)[\[(<]\s*{_WORDS}\s*[\])>]|[—–:-]\s*{_WORDS}\s*$"
_KEY = lazy_pattern(r"[\s>*+_-]*[^:\n]{1,30}:[*_]*\s*")
_WORD = lazy_pattern(r"\w")


def is_placeholder(document: Document, entry: Entry) -> bool:
    """Tell whether an entry under a heading only says that it is to be written.

    Its title or its text says so, and its text says nothing else.
    """
    if isinstance(entry.heading, Lead) or entry.parts or entry.log:
        return False
    told = re.search(_ASIDE, entry.title) or re.fullmatch(_ALONE, entry.title)
    if entry.title and not told:
        return False
    body = document.source.text[entry.heading.span.end : end_before_footer(document, entry)]
    lines = [line for line in body.splitlines() if _WORD.search(line)]
    return bool(told or lines) and all(_says_nothing(line) for line in lines)


def _says_nothing(line: str) -> bool:
    key = _KEY.match(line)
    return any(re.fullmatch(_ALONE, said) for said in (line, line[key.end() :] if key else line))
