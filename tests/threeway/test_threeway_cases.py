"""Each folder of fixtures/threeway is a merge and what comes of it; threeway_known holds limits."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import cases, expect, settings

from handoff_md.threeway.document import merge_three_way
from handoff_md.threeway.result import ThreeWayMerge

_VERSIONS = ("base.md", "ours.md", "theirs.md")


def _merge(case: Path) -> ThreeWayMerge:
    base, ours, theirs = ((case / name).read_bytes() for name in _VERSIONS)
    wanted = settings(case)
    merged = merge_three_way(base, ours, theirs, **wanted)
    swapped = merge_three_way(base, theirs, ours, **wanted)
    assert merged.clean == swapped.clean
    assert not merged.clean or merged.content == swapped.content
    assert merged.notes == swapped.notes
    return merged


def _report(merged: ThreeWayMerge) -> bytes:
    lines = ["clean" if merged.clean else "conflicts"]
    lines += [f"conflict: {found.kind}: {found.place}" for found in merged.conflicts]
    lines += [f"note: {note}" for note in merged.notes]
    return ("\n".join(lines) + "\n").encode()


@pytest.mark.parametrize("case", cases("threeway"))
def test_a_merge_comes_to_what_its_case_expects(case: Path, update_golden: bool) -> None:  # noqa: FBT001 - a fixture
    merged = _merge(case)
    expect(case, "report.txt", _report(merged), update=update_golden)
    expect(case, "expected.md", merged.content, update=update_golden)


@pytest.mark.parametrize("case", cases("threeway_known"))
def test_a_known_limit_is_as_it_is_described(case: Path, update_golden: bool) -> None:  # noqa: FBT001 - a fixture
    merged = _merge(case)
    expect(case, "report.txt", _report(merged), update=update_golden)
    expect(case, "expected-now.md", merged.content, update=update_golden)
    ideal = (case / "expected-ideal.md").read_bytes()
    assert ideal
    assert ideal != merged.content
