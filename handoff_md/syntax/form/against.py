"""What speaks against headings that hold dates: what else those are of, and a series of things."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from enum import Enum

from handoff_md.syntax.form.moments import Moment
from handoff_md.syntax.form.words import word_before
from handoff_md.text.pattern import lazy_pattern

_WORD = lazy_pattern(r"[^\W\d_]+")
_NUMBERED = lazy_pattern(
    r"[^\w\[(]*(?:(?P<label>[^\W\d_]+)[\s#-]+(?:[0-9]{1,4}|[A-Z]|[IVX]{1,5})(?!\w)"
    r"|(?P<plain>[0-9]{1,3})[.)]\s)"
)
_WIDEST_BRACKETS = 60


def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


class Aside(Enum):
    """What a date in a heading is of, if not of a day's work."""

    PLAN = "what is planned, or has begun"
    STATE = "the state of something"


_PLANS = _words_of(
    """
    born by deadline due effective ends eta expected expires expiring from hired joined joins left
    planned renewal renews scheduled since starting starts target targeted till until upcoming valid
    ab bis fällig gültig geplant seit ziel
    """
)
_STATES = _words_of(
    """
    accepted approved asof audited checked closed completed confirmed created deployed deprecated
    done draft finalised finalized fixed issued last measured merged modified opened paid proposed
    published rejected released resolved reviewed revised sent shipped signed stand superseded
    tested updated verified aktualisiert erledigt geprüft
    """
)
_PREPOSITIONS = frozenset({"on", "am", "the", "date"})


def read_aside(words: str, moment: Moment) -> Aside | None:
    """Tell what a date is of by the word before it, and by those in brackets with it."""
    start, word, _ = word_before(words, moment.start)
    if word in _PREPOSITIONS:
        start, word, _ = word_before(words, start)
    if word == "of" and word_before(words, start)[1] == "as":
        word = "asof"
    near = {word, *_words_in_brackets(words, moment)}
    if near & _PLANS:
        return Aside.PLAN
    return Aside.STATE if near & _STATES else None


def _words_in_brackets(words: str, moment: Moment) -> Sequence[str]:
    """Give the words that stand in the brackets in which a date does; none without any."""
    before = words[max(0, moment.start - _WIDEST_BRACKETS) : moment.start]
    behind = words[moment.end : moment.end + _WIDEST_BRACKETS]
    opened = max(before.rfind("("), before.rfind("["))
    if opened < 0 or opened < max(before.rfind(")"), before.rfind("]")):
        return ()
    closed = re.search(r"[)\]]", behind)
    said = f"{before[opened:]} {behind[: closed.start()] if closed else ''}"
    return _WORD.findall(said.casefold())


def read_series(words: Sequence[str]) -> str:
    """Give the word that most headings number things by: ``milestone``; empty without one.

    It is ``.`` where they are numbered from 1 on without a word, as the parts of a text are.
    """
    found = [match for said in words if (match := _NUMBERED.match(said))]
    labels = Counter((match["label"] or ".").casefold() for match in found)
    label = max(labels, key=labels.__getitem__, default="")
    if not label or labels[label] * 2 <= len(words):
        return ""
    plain = [match["plain"] for match in found if match["plain"]]
    return "" if label == "." and plain[0] != "1" else label
