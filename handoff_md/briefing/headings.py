"""Which headings and labels tell of what is blocked, open, decided or next, in any dress."""

from __future__ import annotations

import re
from typing import Final

from handoff_md.briefing.chapter import Topic
from handoff_md.text.pattern import lazy_pattern

_MOST_WORDS: Final = 80
# What stands behind the words: an aside, or a status.
_BEHIND: Final = lazy_pattern(r"[(\[:|].*|\s[-–—]\s.*", re.DOTALL)
_THINGS: Final = (
    r"(?: (?:items?|questions?|issues?|points?|tasks?|work|threads?|ends?|problems?|risks?|"
    r"backlog|list))?"
)
_OPEN: Final = (
    r"(?:\w+ )?(?:left )?open|to ?dos?|left over|left undone|loose|follow ups?"
    r"|(?:\w+ )?(?:remaining|pending|outstanding|unfinished|unresolved)"
)
_TOPICS: Final = (
    (Topic.BLOCKED, rf"(?:\w+ ){{0,2}}block(?:ed|ers?|ing)(?: (?:on|by|until|context))?{_THINGS}"),
    (Topic.OPEN, rf"(?:{_OPEN}){_THINGS}"),
    (Topic.DECISIONS, r"(?:(?:\w+ ){0,2}decisions|decision)(?: (?:made|taken|log|so far))?"),
    (
        Topic.ENTRIES,
        r"(?:\w+ ){0,3}next(?: (?:steps?|actions?|up|sessions?|tasks?|items?|work|priorities))?",
    ),
)
_NOTHING: Final = lazy_pattern(r"[\W_]*(?:none|no|nothing|0|n/?a)[\W_]*|[-–—]+", re.IGNORECASE)


def read_topic(words: str) -> Topic | None:
    """Tell which topic a heading or a label announces; `Topic.ENTRIES` for next steps."""
    if len(words) > _MOST_WORDS:
        return None
    bare = " ".join(re.sub(r"[\W_]+|\b\d+\b", " ", _BEHIND.sub("", words.casefold())).split())
    for topic, pattern in _TOPICS:
        if re.fullmatch(pattern, bare):
            return topic
    return None


def says_nothing(words: str) -> bool:
    """Tell whether words say that there is nothing to tell: ``None``, ``n/a``."""
    return _NOTHING.fullmatch(words) is not None
