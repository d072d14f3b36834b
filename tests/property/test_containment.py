"""Whatever a summary holds, a merge proves sound on two parsers, or is refused with a reason."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hostile import document, summary
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import attack

_SEED = 20251218
_SHARDS = 50
_IN_ALL = 100_000


def _attack(rng: Random) -> str:
    numbers = range(19, 19 + rng.randint(1, 3))
    summaries = [(f"handoff-session-{number}-summary.md", number) for number in numbers]
    return attack(document(rng), [(name, summary(rng, n)) for name, n in summaries], "22")


@settings(max_examples=300, deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_hostile_summary_is_contained_or_refused(rng: Random) -> None:
    _attack(rng)


def test_most_hostile_merges_are_made_and_not_refused() -> None:
    results = Counter(_attack(Random(seed)).partition(":")[0] for seed in range(100))  # noqa: S311 - no secret
    assert results["merged"] > 60


@pytest.mark.full
@pytest.mark.parametrize("shard", range(_SHARDS))
def test_a_hundred_thousand_hostile_merges_are_contained_or_refused(shard: int) -> None:
    count = _IN_ALL // _SHARDS
    first = _SEED + shard * count
    for seed in range(first, first + count):
        try:
            _attack(Random(seed))  # noqa: S311 - no secret
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise
