"""The generator and the two judges agree with each other, and see what is wrong."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from threeway_incidents import MAKERS, Verdict, edit_a_line_differently
from threeway_mutations import judge_mutated, make_mutated
from threeway_scoring import expect, judge
from threeway_triples import Triple, make_triple
from threeway_truth import judge_clean, judge_conflicted

_SEEDS = range(200)
_DECIDED = {Verdict.CLEAN, Verdict.EITHER}


def _right(triple: Triple) -> bytes:
    """Give the known outcome, with the line ending of the base."""
    ending = "\r\n" if b"\r\n" in triple.base else "\n"
    return triple.truth.replace("\n", ending).encode()


def _merge_lines(folder: Path, triple: Triple, *options: str) -> bytes:
    for name in ("base", "ours", "theirs"):
        (folder / name).write_bytes(getattr(triple, name))
    command = ["git", "merge-file", "--stdout", *options, "ours", "base", "theirs"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).stdout


def test_the_same_seed_gives_the_same_triple() -> None:
    one, other = make_triple(7), make_triple(7)
    assert (one.base, one.ours, one.theirs) == (other.base, other.ours, other.theirs)
    assert one.base != make_triple(8).base


def test_every_kind_of_incident_is_generated() -> None:
    seen = {name for seed in _SEEDS for name, _ in make_triple(seed).incidents}
    assert seen == {maker.__name__ for maker in MAKERS}


def test_the_known_outcome_has_no_defect_for_either_judge() -> None:
    for triple in map(make_triple, _SEEDS):
        if triple.verdicts() <= _DECIDED:
            right = _right(triple)
            assert not list(judge_clean(triple, right)), triple.name
            score = judge(triple.base, triple.ours, triple.theirs, right, conflicts=0)
            assert not score.defects, triple.name


def test_taking_one_side_is_seen_as_a_loss() -> None:
    for triple in map(make_triple, _SEEDS):
        if _words(triple.ours.decode()) != _words(triple.truth):
            assert list(judge_clean(triple, triple.ours)), triple.name


def _words(text: str) -> list[str]:
    return sorted(text.replace("**", "").split())


def test_a_line_merge_that_keeps_both_is_mostly_wrong(tmp_path: Path) -> None:
    wrong = [
        triple.name
        for triple in map(make_triple, _SEEDS)
        if list(judge_clean(triple, _merge_lines(tmp_path, triple, "--union")))
    ]
    assert len(wrong) > len(_SEEDS) / 2


def test_a_conflict_that_drops_a_side_is_seen(tmp_path: Path) -> None:
    triples = (make_triple(seed, [edit_a_line_differently]) for seed in _SEEDS)
    triple = next(it for it in triples if b"\r" not in it.base + it.ours)
    conflicted = _merge_lines(tmp_path, triple)
    assert not list(judge_conflicted(triple, conflicted))
    lines = conflicted.splitlines(keepends=True)
    middle = lines.index(b"=======\n")
    dropped = b"".join(lines[: middle + 1] + lines[middle + 2 :])
    assert list(judge_conflicted(triple, dropped))


def test_taking_one_side_of_a_mutated_document_is_seen() -> None:
    for mutated in map(make_mutated, range(100)):
        if mutated.ours != mutated.theirs:
            assert list(judge_mutated(mutated, mutated.base, conflicts=0))
            taken = [mutated.ours, mutated.theirs]
            assert any(list(judge_mutated(mutated, side, conflicts=0)) for side in taken)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((1, 1, 1), (1, 1)),
        ((0, 1, 0), (1, 1)),
        ((0, 1, 1), (1, 2)),
        ((1, 0, 1), (0, 0)),
        ((1, 0, 0), (0, 0)),
        ((2, 1, 1), (0, 1)),
        ((2, 3, 1), (2, 2)),
    ],
)
def test_what_is_expected_of_one_thing(
    counts: tuple[int, int, int], expected: tuple[int, int]
) -> None:
    assert expect(*counts) == expected
