"""What the words of one heading or lead count for, before it is known what its siblings are."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

from handoff_md.syntax.form.against import Aside, read_aside
from handoff_md.syntax.form.moments import UNTOLD, Customs, Moment
from handoff_md.syntax.form.notation import HeadReading, read_head
from handoff_md.syntax.grammar import read_entry_heading
from handoff_md.syntax.session_id import SessionId
from handoff_md.text.pattern import lazy_pattern
from handoff_md.value import Value

LONGEST = 1000
_DIGIT = lazy_pattern(r"[0-9]")
_LINES = r"(?m)^.*\w.*$"
_WORD = lazy_pattern(r"[^\W_]+")
_LABEL = lazy_pattern(r"[^\w\[(]*(?P<label>[^\W\d_]+)\s*(?:[*_]{0,3}[:#|—–-]|[0-9(\[])")
_SESSION = frozenset({"session", "sessions", "s", "sitzung", "sesión", "sesion", "séance"})
_KEYS = frozenset(("date", "datum", "fecha", "time", "timestamp", "when", "started"))
_ENTRY_LABELS = _SESSION.union(
    ("parallel", "handoff", "handover", "iteration", "loop", "run", "entry", "log", "update"),
    ("day", "tag", "jour", "story", "stand", "status", "conversation", "chat"),
    _KEYS,
)
_OWN_LABELS = (["handoff"], ["handover"], ["session"])
_UNLABELLED = frozenset({"()", "[]", "code", "plain"})
_VERSION_LABELS = frozenset({"release", "version", "v"})
_MOST_LABEL_WORDS = 4


class Told(Value):
    """What words tell of an entry.

    ``numbered`` tells that they hold a labelled id; ``leads`` that the date or the id stands
    first, or behind a label such as ``Session``; ``of_session`` that an id is
    labelled as a session's; ``versioned`` that they begin with a version, a date aside. ``date`` is
    the first one, ``first`` tells that no words stand before it, and ``aside`` what it is of, if
    not of the entry. ``head`` is None where all that they tell is what is read of them anywhere.
    """

    head: HeadReading | None = None
    date: dt.date | None = None
    numbered: bool = False
    leads: bool = False
    of_session: bool = False
    versioned: bool = False
    first: bool = False
    aside: Aside | None = None

    @property
    def dated(self) -> bool:
        """Tell whether they hold a date."""
        return self.date is not None

    @property
    def moment(self) -> Moment | None:
        """Give the first date with its time and place."""
        return self.head.moments[0] if self.head and self.head.moments else None

    @property
    def marked(self) -> bool:
        """Tell whether they may be those of an entry at all."""
        return self.date is not None or self.numbered

    @property
    def ids(self) -> tuple[SessionId, ...]:
        """Give the ids that they mention."""
        mentions = self.head.ids if self.head else ()
        return tuple(one for mention in mentions for one in mention.session_ids)

    @property
    def session_ids(self) -> tuple[SessionId, ...]:
        """Give the ids that are labelled as sessions'."""
        mentions = self.head.ids if self.head else ()
        return tuple(
            one for mention in mentions if mention.is_session for one in mention.session_ids
        )


NOTHING = Told()


@lru_cache(maxsize=65_536)  # the versions of a document have most of their headings in common
def read_told(words: str, customs: Customs = UNTOLD) -> Told:
    """Read what a heading's words tell; linear, and nothing for more than 1,000 characters."""
    if len(words) > LONGEST or not (_DIGIT.search(words) or customs.days):
        return NOTHING
    if "\n" in words and len(re.findall(_LINES, words)) > 1:
        return NOTHING  # a paragraph above a rule is a heading to the parser, and to nobody else
    plain = _read_plain(words)
    if plain:
        return plain
    head = read_head(words, customs)
    moment = head.moments[0] if head.moments else None
    labelled = [mention for mention in head.ids if mention.label not in _UNLABELLED]
    if moment is None and not labelled:
        return NOTHING
    first = min(
        moment.start if moment else len(words),
        labelled[0].start if labelled else len(words),
    )
    before = _WORD.findall(words[:first].casefold())
    leads = not before or (len(before) <= _MOST_LABEL_WORDS and before[0] in _ENTRY_LABELS)
    of_session = any(mention.is_session for mention in labelled)
    is_first = moment is not None and not _WORD.search(words, 0, moment.start)
    is_own = is_first or of_session or before[:1] in _OWN_LABELS
    return Told(
        head,
        moment.date if moment else None,
        numbered=bool(labelled),
        leads=leads,
        of_session=of_session,
        versioned=_is_versioned(head),
        first=is_first,
        aside=None if moment is None or is_own else read_aside(words, moment),
    )


def _read_plain(words: str) -> Told | None:
    """Read a heading as a merge writes it, ``2025-12-18: Title (Session 19)``.

    It has neither a time nor a range, so there is no need to look for any notation there is.
    """
    if words[10:12] != ": " or not words[12:13].isalpha() or words[12] in "vV":
        return None
    usual = read_entry_heading(words)
    if usual is None or usual.date is None or words[:10] != usual.date.isoformat():
        return None
    if not usual.session_ids and "session" in words.casefold():
        return None
    is_numbered = bool(usual.session_ids)
    return Told(
        None, usual.date, numbered=is_numbered, leads=True, of_session=is_numbered, first=True
    )


def _is_versioned(head: HeadReading) -> bool:
    """Tell whether a version leads, a date aside: ``[1.2.0] - 2026-05-01``, ``v2.0 of May 1``."""
    if "." not in head.text or not head.versions:
        return False
    before = head.text[: head.text.find(head.versions[0])]
    for moment in reversed(head.moments):
        if moment.end <= len(before):
            before = before[: moment.start] + before[moment.end :]
    return set(_WORD.findall(before.casefold())) <= _VERSION_LABELS


def read_label(words: str) -> str:
    """Give the word that a heading is labelled with, in one case: ``handoff`` of ``Handoff: …``."""
    match = _LABEL.match(words[:LONGEST])
    return match["label"].casefold() if match else ""


def is_key_label(label: str) -> bool:
    """Tell whether a label is that of a date, ``Started: …``: an entry's if others have it."""
    return label in _KEYS


def is_entry_label(label: str) -> bool:
    """Tell whether a label is usual for entries, ``Session: …`` or ``Handoff: …``."""
    return label in _ENTRY_LABELS
