"""No merge of a generated triple loses, doubles or revives anything, or decides too much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pytest
from threeway_incidents import ADDING, MAKERS, Maker, Verdict
from threeway_mutations import judge_mutated, make_mutated
from threeway_triples import Triple, make_triple
from threeway_truth import judge_clean, judge_conflicted

from handoff_md.threeway.document import merge_three_way

_FEW = 40
_MANY = 4_000
_CHUNK = 500


def _chunks(count: int, size: int) -> list[range]:
    return [range(first, first + size) for first in range(0, count, size)]


def _judge(triple: Triple, policy: Literal["strict", "newest"]) -> list[str]:
    merged = merge_three_way(triple.base, triple.ours, triple.theirs, policy=policy)
    judge = judge_conflicted if merged.conflicts else judge_clean
    return list(judge(triple, merged.content, newest=policy == "newest"))


def _check_laws(triple: Triple) -> None:
    base, ours, theirs = triple.base, triple.ours, triple.theirs
    assert merge_three_way(base, ours, base).content == ours, triple.name
    assert merge_three_way(base, base, theirs).content == theirs, triple.name
    assert merge_three_way(base, ours, ours).content == ours, triple.name
    one, other = merge_three_way(base, ours, theirs), merge_three_way(base, theirs, ours)
    assert bool(one.conflicts) == bool(other.conflicts), triple.name
    if not one.conflicts:
        assert one.content == other.content, triple.name


def _check(seeds: Sequence[int], makers: Sequence[Maker] = MAKERS) -> None:
    for triple in (make_triple(seed, makers) for seed in seeds):
        for policy in ("strict", "newest"):
            defects = _judge(triple, policy)
            assert not defects, "\n".join([f"{policy}: {triple.name}", *defects])
        _check_laws(triple)


@pytest.mark.parametrize("seeds", _chunks(2 * _FEW, _FEW), ids=str)
def test_a_few_generated_triples_have_no_defect(seeds: range) -> None:
    _check(seeds)


@pytest.mark.full
@pytest.mark.parametrize("seeds", _chunks(_MANY, _CHUNK), ids=str)
def test_thousands_of_generated_triples_have_no_defect(seeds: range) -> None:
    _check(seeds)


def _check_mutated(seeds: Sequence[int], most: int) -> None:
    for mutated in (make_mutated(seed, most) for seed in seeds):
        merged = merge_three_way(mutated.base, mutated.ours, mutated.theirs)
        defects = list(judge_mutated(mutated, merged.content, conflicts=len(merged.conflicts)))
        assert not defects, "\n".join([f"seed {mutated.seed}", *defects])


@pytest.mark.parametrize("most", [6, 30])
def test_a_few_mutated_documents_have_no_defect(most: int) -> None:
    _check_mutated(range(_FEW), most)


@pytest.mark.full
@pytest.mark.parametrize("most", [3, 6, 12, 40])
@pytest.mark.parametrize("seeds", _chunks(3 * _CHUNK, _CHUNK), ids=str)
def test_thousands_of_mutated_documents_have_no_defect(seeds: range, most: int) -> None:
    _check_mutated(seeds, most)


@pytest.mark.full
@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
def test_each_kind_of_incident_alone_has_no_defect(maker: Maker) -> None:
    _check(range(40), [maker])


@pytest.mark.parametrize("maker", ADDING, ids=lambda maker: maker.__name__)
def test_branches_that_only_add_entries_are_never_in_conflict(maker: Maker) -> None:
    for triple in (make_triple(seed, [maker]) for seed in range(30)):
        if triple.verdicts() <= {Verdict.CLEAN} and triple.has_one_ending:
            merged = merge_three_way(triple.base, triple.ours, triple.theirs)
            assert not merged.conflicts, triple.name
