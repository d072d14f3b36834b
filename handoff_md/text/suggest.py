"""What may have been meant by a word that nothing is called."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give ``Did you mean x?`` for the known word that is closest, or an empty text."""
    from difflib import get_close_matches  # noqa: PLC0415 - for a mistake only

    folded = {other.casefold(): other for other in known}
    close = get_close_matches(word.casefold(), folded, n=1)
    return f"Did you mean {folded[close[0]]}?" if close else ""
