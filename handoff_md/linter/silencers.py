"""Which findings of a page are silenced, and which suppressions silence nothing."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence

from handoff_md.linter.selection import selectors_of
from handoff_md.linter.suppressions import Suppression
from handoff_md.text.source import Source
from handoff_md.text.span import Span

_Place = tuple[str, int | None]


class Silencers:
    """The suppressions of a page by what they silence; remembers which were of use."""

    def __init__(self, source: Source, suppressions: Sequence[Suppression]) -> None:
        self._source = source
        self._by_place: dict[_Place, list[Suppression]] = {}
        self._used: Counter[_Place] = Counter()  # how many of the first at a place were of use
        self._below: dict[int, int] = {}
        for found in suppressions:
            self._by_place.setdefault(_place(found), []).append(found)
            first, last = source.line_of(found.comment.start), source.line_of(found.comment.end - 1)
            if found.line is not None and found.line > last:
                self._below.update(dict.fromkeys(range(first, last + 1), found.line))

    def silence(self, code: str, span: Span) -> bool:
        """Tell whether a finding of a rule is silenced.

        Suppressions that stand above each other hold for the line below all of them, and an upper
        one for the lower ones too.
        """
        line = self._source.line_of(span.start)
        below = self._below.get(line, line)
        silenced = False
        for word in selectors_of(code):
            for place in ((word, None), (word, below)):
                found = self._by_place.get(place)
                if not found:
                    continue
                count = len(found)
                if below != line and place[1] is not None:
                    count = bisect_right(found, span.start, key=lambda above: above.comment.end)
                self._used[place] = max(self._used[place], count)
                silenced = silenced or count > 0
        return silenced

    def find_idle(self, code: str) -> Iterator[Suppression]:
        """Give the suppressions that have silenced nothing, but for those silenced themselves.

        ``code`` is that of the rule about them. A suppression of this rule is asked last, for it
        is of use where it silences what that finds.
        """
        about = selectors_of(code)
        for place in sorted(self._by_place, key=lambda place: place[0] in about):
            for number, found in enumerate(self._by_place[place]):
                if number >= self._used[place] and not self.silence(code, found.place):
                    yield found


def _place(suppression: Suppression) -> _Place:
    return suppression.word.casefold(), suppression.line
