"""What the words of one heading or lead count for, before it is known what its siblings are."""

from __future__ import annotations

import re
from functools import lru_cache

from handoff_md.syntax.form.moments import UNTOLD, Customs
from handoff_md.syntax.form.notation import Head, read_head
from handoff_md.syntax.session_id import SessionId
from handoff_md.value import Value

LONGEST = 1000
_DIGIT = re.compile(r"[0-9]")
_LINES = re.compile(r"^.*\w.*$", re.MULTILINE)
_WORD = re.compile(r"[^\W_]+")
_LABEL = re.compile(r"[^\w\[(]*(?P<label>[^\W\d_]+)\s*(?:[:#|—–-]|[0-9(\[])")
_SESSION = frozenset({"session", "sessions", "s", "sitzung", "sesión", "sesion", "séance"})
_ENTRY_LABELS = _SESSION | frozenset(
    [
        "parallel",
        "handoff",
        "handover",
        "iteration",
        "loop",
        "day",
        "tag",
        "run",
        "entry",
        "log",
        "update",
        "date",
        "timestamp",
        "time",
        "when",
        "started",
        "datum",
        "fecha",
        "jour",
        "story",
        "stand",
        "status",
    ]
)
_UNLABELLED = frozenset({"()", "[]", "code", "plain"})
_VERSION_LABELS = frozenset({"release", "version", "v"})
_MOST_LABEL_WORDS = 4


class Told(Value):
    """What words tell of an entry.

    ``dated`` and ``numbered`` tell that they hold a date, and a labelled id; ``leads`` that the
    date or the id stands first, or behind a label such as ``Session``; ``of_session`` that an id is
    labelled as a session's; ``versioned`` that they begin with a version, a date aside.
    """

    head: Head | None = None
    dated: bool = False
    numbered: bool = False
    leads: bool = False
    of_session: bool = False
    versioned: bool = False

    @property
    def marked(self) -> bool:
        """Tell whether they may be those of an entry at all."""
        return self.dated or self.numbered

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


@lru_cache(maxsize=4096)  # the versions of a document have most of their headings in common
def read_told(words: str, customs: Customs = UNTOLD) -> Told:
    """Read what a heading's words tell; linear, and nothing for more than 1,000 characters."""
    if len(words) > LONGEST or not _DIGIT.search(words):
        return NOTHING
    if "\n" in words and len(_LINES.findall(words)) > 1:
        return NOTHING  # a paragraph above a rule is a heading to the parser, and to nobody else
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
    return Told(
        head,
        dated=moment is not None,
        numbered=bool(labelled),
        leads=leads,
        of_session=of_session,
        versioned=_is_versioned(head),
    )


def _is_versioned(head: Head) -> bool:
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


def is_entry_label(label: str) -> bool:
    """Tell whether a label is usual for entries, ``Session: …`` or ``Handoff: …``."""
    return label in _ENTRY_LABELS
