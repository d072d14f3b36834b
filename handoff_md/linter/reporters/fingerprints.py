"""What hosts know a finding by, from one run to the next, wherever its line has moved to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from hashlib import sha256

from handoff_md.linter.diagnostic import Diagnostic
from handoff_md.text.source import encode


def fingerprints(diagnostics: Sequence[Diagnostic]) -> Iterator[str]:
    """Give a text for each finding that holds no line number; equal findings are counted."""
    seen: Counter[tuple[str, ...]] = Counter()
    for found in diagnostics:
        seen[found.fingerprint] += 1
        parts = "\0".join((*found.fingerprint, str(seen[found.fingerprint])))
        yield sha256(encode(parts)).hexdigest()
