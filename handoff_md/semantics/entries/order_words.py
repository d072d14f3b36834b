"""Which way entries run by what a document says about it: "newest first", "append below"."""

from __future__ import annotations

import re

_NEAR = r"[^.;:\n]{0,40}"
_NEWEST = (
    rf"\b(?:newest|latest|most[ -]recent|neu(?:e|ere|este)[nrs]?|aktuellste[nrs]?|jüngste[nrs]?"
    r"|plus[ -]récent(?:e|s|es)?|derni(?:er|ère)s?|nouve(?:au|aux|lle|lles)|más[ -]recientes?"
    rf"|últim[oa]s?|nuev[oa]s?|più[ -]recent[ei]|mais[ -]recentes?)\b{_NEAR}"
)
_OLDEST = (
    r"\b(?:oldest|älteste[nrs]?|plus[ -]ancien(?:ne|s|nes)?|más[ -]antigu[oa]s?"
    rf"|più[ -]vecchi[eo]?|mais[ -]antig[oa]s?)\b{_NEAR}"
)
_TOP = (
    r"\b(?:first|top|above|zuerst|oben|voran|(?:am|an den) anfang|en (?:premier|haut|tête)"
    r"|d['’]abord|au début|primer[oa]s?|arriba|al (?:principio|inicio)|in (?:alto|cima)|prima"
    r"|primeiro|(?:no|em) (?:topo|cima))\b"
)
_BOTTOM = (
    r"\b(?:last|bottom|end|below|zuletzt|unten|(?:am|ans) ende|en (?:dernier|bas)"
    r"|à la (?:fin|suite)|abajo|al final|in fondo|alla fine|no (?:final|fim)|embaixo)\b"
)
_ADD = (
    r"\b(?:add|put|insert|write|new|next|append|place|goes?|eintr[aä]ge?n?|ajout\w{1,5}"
    rf"|añad\w{{1,5}}|agreg\w{{1,5}}|inser\w{{1,5}})\b{_NEAR}"
)
_ENTRIES = (
    rf"\b(?:new|next)\b{_NEAR}\b(?:entry|entries|sessions?|ones?|notes?|logs?)\b[^.;\n]{{0,20}}"
)
_TO_TOP = (
    r"\b(?:(?:at|to|on|in)\s+(?:the\s+)?(?:very\s+)?(?:top|beginning|start|front)"
    r"|above\s+(?:the\s+)?(?:others?|old\w*|previous|existing|last)|oben"
    r"|(?:am|an den) anfang|en (?:haut|tête)|au début|arriba|al (?:principio|inicio))\b"
)
_TO_BOTTOM = (
    r"\b(?:(?:at|to|on)\s+(?:the\s+)?(?:very\s+)?(?:bottom|end|foot)"
    r"|below\s+(?:the\s+)?(?:others?|old\w*|previous|existing|last)|unten|(?:am|ans) ende"
    r"|en bas|à la (?:fin|suite)|abajo|al final)\b"
)
_REVERSE = (
    r"\b(?:(?:reverse|inverse|anti)[ -]?chronological|umgekehrt\w* chronologisch"
    r"|antéchronologique|chronologique inverse|cronológico inverso|descending|grows? upwards?)"
)
_APPEND = r"\b(?:append|angehängt|anhängen|chronologi|cronológico|ascending|grows? downwards?)"
_BEHIND = r"\b(?:ein|an|hinzu)(?:zu)?fügen\b"
_ENDS = r"(?=\s*(?:[,.;:!)]|$))"
_ORDER_WORDS = (  # what says more comes first: an append-only log may have its newest entry first
    (True, rf"{_NEWEST}{_TOP}"),
    (False, rf"{_NEWEST}{_BOTTOM}"),
    (False, rf"{_OLDEST}{_TOP}"),
    (True, rf"{_OLDEST}{_BOTTOM}"),
    (
        True,
        _REVERSE,
    ),
    (True, rf"{_ADD}{_TO_TOP}"),
    (True, rf"\b(?:oben|am anfang){_NEAR}{_BEHIND}"),
    (False, rf"\b(?:unten|a[mn]s? ende){_NEAR}{_BEHIND}"),
    (False, rf"{_ADD}{_TO_BOTTOM}"),
    (True, rf"{_ENTRIES}\bfirst{_ENDS}"),
    (False, rf"{_ENTRIES}\blast{_ENDS}"),
    (True, rf"{_ADD}\b(?:(?:below|beneath|under|after)\s+(?:this|here)|here)\b"),
    (True, r"\b(?:prepend|vorangestellt|voranstellen)"),
    (
        False,
        _APPEND,
    ),
)
_BELOW_WORDS = (
    (False, rf"{_ADD}\b(?:above|before|below|beneath|under|after|here|hier|ici|aquí)\b"),
)
_NEGATED = (
    r"\b(?:not|no|never|don['’]?t|doesn['’]?t|avoid|instead of|rather than|nicht|nie|niemals"
    r"|statt|ne|pas|jamais|nunca)\b"
)
_MARKS = r"(?<!\w)_+|_+(?!\w)|[*`~]"


def read_order_words(text: str) -> tuple[bool, str] | None:
    """Read which way entries run of what stands above them: newest first or not, and the words.

    What is negated says the contrary, where nothing else says anything.
    """
    return _read(text, _ORDER_WORDS)


def read_closing_words(text: str) -> tuple[bool, str] | None:
    """Read the same of what stands below the last entry: ``Add the next one above this line``."""
    return _read(text, (*_BELOW_WORDS, *_ORDER_WORDS))


def _read(text: str, patterns: tuple[tuple[bool, str], ...]) -> tuple[bool, str] | None:
    plain = re.sub(_MARKS, "", text)
    contrary: tuple[bool, str] | None = None
    for newest_first, pattern in patterns:
        for match in re.finditer(pattern, plain, re.IGNORECASE):
            before = rf"(?i){_NEGATED}[^.,;:!\n]{{0,25}}$"
            words = " ".join(match.group().split())
            line = plain[max(0, match.start() - 60) : match.start()]
            if not (re.search(before, line) or re.search(rf"(?i){_NEGATED}", words)):
                return newest_first, words
            contrary = contrary or (not newest_first, words)
    return contrary
