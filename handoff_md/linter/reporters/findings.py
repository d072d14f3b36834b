"""Findings as hosts are told of them: the words of each, its fingerprint, and their counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from handoff_md.linter.diagnostic import Diagnostic, Severity
from handoff_md.text.source import encode

_COMMIT_LENGTH = 12
_RULES = "https://github.com/handoff-md/handoff-md/blob/main/docs/rules"

_ORDER = tuple(Severity)


def sentence(found: Diagnostic) -> str:
    """Give the message; the commit comes first where the finding is about one."""
    commit = f"Commit {found.commit[:_COMMIT_LENGTH]}: " if found.commit else ""
    return commit + found.message


def page_of(code: str) -> str:
    """Give the address of a rule's documentation."""
    return f"{_RULES}/{code}.md"


def fingerprints(diagnostics: Sequence[Diagnostic]) -> Iterator[str]:
    """Give a text for each finding that holds no line number; equal findings are counted."""
    seen: Counter[tuple[str, ...]] = Counter()
    for found in diagnostics:
        seen[found.fingerprint] += 1
        parts = "\0".join((*found.fingerprint, str(seen[found.fingerprint])))
        yield sha256(encode(parts)).hexdigest()


def worst_first(diagnostics: Iterable[Diagnostic]) -> Sequence[Diagnostic]:
    """Put errors before warnings before infos; otherwise the order stays."""
    return sorted(diagnostics, key=lambda found: _ORDER.index(found.severity))


def count_rules(diagnostics: Iterable[Diagnostic]) -> str:
    """Count findings rule by rule, the most frequent first: ``200 HL003, 12 HE001``."""
    counts = Counter(found.code for found in diagnostics)
    ordered = sorted(counts, key=lambda code: (-counts[code], code))
    return ", ".join(f"{counts[code]:,} {code}" for code in ordered)
