"""What a host would cut off without a word: it is counted instead, rule by rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from handoff_md.linter.diagnostic import Diagnostic, Severity

_ORDER = tuple(Severity)


def worst_first(diagnostics: Iterable[Diagnostic]) -> Sequence[Diagnostic]:
    """Put errors before warnings before infos; otherwise the order stays."""
    return sorted(diagnostics, key=lambda found: _ORDER.index(found.severity))


def count_rules(diagnostics: Iterable[Diagnostic]) -> str:
    """Count findings rule by rule, the most frequent first: ``200 HL003, 12 HE001``."""
    counts = Counter(found.code for found in diagnostics)
    ordered = sorted(counts, key=lambda code: (-counts[code], code))
    return ", ".join(f"{counts[code]:,} {code}" for code in ordered)
