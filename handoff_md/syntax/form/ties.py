"""What counts the entries of one day beside their sessions: ``part 3``, ``(#3)``, ``b``, ``3pm``.

Looked at only where neighbours have one date and no time. A count is what most of them have at one
place, and it has to run one way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise

from msgspec.structs import replace

from handoff_md.syntax.form.moments import UNTOLD, Customs, find_moments
from handoff_md.syntax.grammar import EntryHeading, EntryKind

_LONGEST = 200
_FEW = 2
_SEVERAL = 3
_NOON = 12
_HOURS = 24
_CLOCK = (
    r"(?i)(?<![\w.:])(?P<h>[0-9]{1,2})(?:(?:[:h]|(?<=[0-9]{2})\.)(?P<m>[0-5][0-9])"
    r"(?:\s?(?P<p>[ap])\.?m\b)?|\s?(?P<q>[ap])\.?m\b|\s?(?:h|Uhr)\b)(?![\w:]|\.[0-9])"
)
_DIGITS = r"(?<![\w.:])(?P<h>[0-2][0-9])(?P<m>[0-5][0-9])\s?(?:Z|UTC|GMT|h|hrs|Uhr)(?!\w)"
_NEXT = r"(?:_|\s?[^\w\s]{0,3}\s?[^\w\s]?)(?P<n>[0-9]{1,6})(?![\w.,:]*[0-9%])"
_LETTER = (
    r"(?:(?:[./_#-]|\s?[(\[])?(?P<n>[A-Za-z])(?!\w)"
    r"|\s?[^\w\s]?\s(?:(?P<a>[A-Za-z])(?=[)\].:]|\s+[—–|-])|(?P<b>[A-Z])$))"
)
_LABELLED = (
    r"(?<![^\W_])(?P<label>[^\W\d_]{1,14})[\s.:#№°º-]{0,4}(?P<n>[0-9]{1,6})(?!\w|[.,:][0-9])"
)
_LABELLED_LETTER = r"(?<![^\W_])(?P<label>[^\W\d_]{2,14})\s+(?P<n>[A-Za-z])(?!\w)"
_SHARE = r"(?<![\w./-])(?P<n>[0-9]{1,4})\s?(?:/|\b(?:of|von|de|sur|di)\b)\s?[0-9]{1,4}(?![\w/-])"
_LAST = r"[#(\[—–|][\s#]{0,2}(?P<n>[0-9]{1,6})[)\]]?\s*$"
_LEADING = r"\W{0,4}(?P<n>[0-9]{1,6})(?![\w:]|\.[0-9])"
_ROMAN = r"(?<!\w)(?P<n>[IVX]{1,6})(?!\w)"
_ROMAN_NUMBER = r"X{0,3}(?:IX|IV|V?I{0,3})"
_DIGIT_VALUES = {"I": 1, "V": 5, "X": 10}
_LABELS = (
    "part pt parts no nr num number n nº take s p t r e v session sess run round teil folge nummer"
    " partie parte parti entry eintrag step item iteration iter loop try attempt versuch update"
    " checkpoint handoff block batch shift leg chunk slot seq log note half slice segment tranche"
    " pass stint set act chapter phase stage"
)
_TIMES_OF_DAY = (
    "morning am morgens morgen vormittag vormittags matin mañana manhã mattina",
    "noon midday mittag mittags midi mediodía",
    "afternoon pm nachmittag nachmittags après tarde pomeriggio",
    "evening abend abends soir noche sera",
    "night nacht nachts nuit noite notte",
)
_WORD = r"[^\W\d_]{2,12}"


def count_days(
    heads: Sequence[tuple[str, EntryHeading]], customs: Customs = UNTOLD
) -> Sequence[EntryHeading]:
    """Give what entries' words mean, with what counts them where neighbours are of one day.

    ``heads`` are in the order of the document.
    """
    counted: list[EntryHeading] = []
    for date, days in groupby(heads, lambda head: head[1].date):
        some = list(days)
        shapes = [shape for _, shape in some]
        if date and len(some) >= _FEW and not any(shape.time for shape in shapes):
            own = [(words, shape) for words, shape in some if shape.kind is not EntryKind.PARALLEL]
            if _are_numbered([shape for _, shape in own]):
                counted += shapes
                continue
            numbers = iter(_choose([_read(words, customs) for words, _ in own]))
            shapes = [
                shape if shape.kind is EntryKind.PARALLEL else replace(shape, nth=next(numbers))
                for shape in shapes
            ]
        counted += shapes
    return counted


def _are_numbered(shapes: Sequence[EntryHeading]) -> bool:
    """Tell whether the sessions' numbers run one way: they come before what counts entries."""
    serials = [shape.session_ids[0].serial for shape in shapes if shape.session_ids]
    numbers = [serial for serial in serials if serial is not None]
    return bool(numbers) and len(numbers) == len(shapes) and _run_one_way(numbers)


def _run_one_way(numbers: Sequence[int]) -> bool:
    steps = [after - before for before, after in pairwise(numbers)]
    return all(step > 0 for step in steps) or all(step < 0 for step in steps)


def _choose(counts: Sequence[Mapping[str, int]]) -> Sequence[int | None]:
    """Give the count that most have and that runs one way; all None without one."""
    voting = [of_one for of_one in counts if of_one]
    for key in dict.fromkeys(key for of_one in counts for key in of_one):
        numbers = [of_one[key] for of_one in voting if key in of_one]
        is_known = not key.startswith("word ")
        if len(numbers) < (_FEW if is_known else _SEVERAL) or len(numbers) * 4 < len(counts) * 3:
            continue
        if _run_one_way(numbers):
            return [of_one.get(key) for of_one in counts]
    return [None] * len(counts)


def _read(words: str, customs: Customs) -> Mapping[str, int]:
    """Give what may count an entry, by its kind; the likelier first."""
    seen = words[:_LONGEST]
    moments = find_moments(seen, customs)
    start, end = (moments[0].start, moments[0].end) if moments else (0, 0)
    before, behind = seen[:start], seen[end:]
    found: dict[str, int] = {}
    for key, number in _find(before, behind, f"{before}\0{behind}"):
        found.setdefault(key, number)
    return found


def _find(before: str, behind: str, text: str) -> Iterator[tuple[str, int]]:
    yield from _find_times(text)
    if match := re.match(_NEXT, behind):
        yield "next", int(match["n"])
    if match := re.match(_LETTER, behind):
        yield "letter", _place_of(match["n"] or match["a"] or match["b"])
    yield from _find_labelled(text)
    for key, expression in (("share", _SHARE), ("last", _LAST)):
        if match := re.search(expression, text):
            yield key, int(match["n"])
    if match := re.match(_LEADING, before):
        yield "leading", int(match["n"])
    if (match := re.search(_ROMAN, text)) and re.fullmatch(_ROMAN_NUMBER, match["n"]):
        yield "roman", _roman(match["n"])


def _find_times(text: str) -> Iterator[tuple[str, int]]:
    for expression in (_CLOCK, _DIGITS):
        if (match := re.search(expression, text)) and (minutes := _minutes(match)) is not None:
            yield "clock", minutes
    words = {word.casefold() for word in re.findall(_WORD, text)}
    for number, names in enumerate(_TIMES_OF_DAY):
        if not words.isdisjoint(names.split()):
            yield "time of day", number


def _find_labelled(text: str) -> Iterator[tuple[str, int]]:
    known = frozenset(_LABELS.split())
    for match in re.finditer(_LABELLED, text):
        label = match["label"].casefold()
        yield (label if label in known else f"word {label}"), int(match["n"])
    for match in re.finditer(_LABELLED_LETTER, text):
        if match["label"].casefold() in known:
            yield f"{match['label'].casefold()} letter", _place_of(match["n"])


def _place_of(letter: str) -> int:
    return ord(letter.casefold())


def _minutes(match: re.Match[str]) -> int | None:
    named = match.groupdict()
    hour, half = int(named["h"]), (named.get("p") or named.get("q") or "").casefold()
    if half:
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    return hour * 60 + int(named["m"] or 0) if hour < _HOURS else None


def _roman(text: str) -> int:
    digits = [_DIGIT_VALUES[digit] for digit in text]
    return sum(
        -digit if digit < following else digit
        for digit, following in zip(digits, (*digits[1:], 0), strict=True)
    )
