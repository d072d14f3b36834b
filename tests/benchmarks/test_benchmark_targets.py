from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from measure import compare_merges, is_installed, measure_growth, measure_sessions, measure_starts

pytestmark = pytest.mark.benchmark

MOST_MEMORY = 100


@pytest.fixture(autouse=True)
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let one test at a time measure, however many workers there are."""
    with FileLock(tmp_path_factory.getbasetemp().parent / "benchmark.lock"):
        yield


@pytest.mark.skipif(not is_installed("scriv"), reason="scriv is not installed: see the extra bench")
@pytest.mark.parametrize(("count", "most"), [(10, 1.3), (100, 2), (1_000, 6)])
def test_a_merge_takes_at_most_some_times_the_cpu_of_scriv(
    tmp_path: Path, count: int, most: float
) -> None:
    ours, scriv, *_ = compare_merges(tmp_path, count)
    assert ours.ratio_to(scriv) <= most
    assert ours.peak <= MOST_MEMORY


def test_cpu_and_memory_grow_with_the_number_of_summaries_and_no_faster(tmp_path: Path) -> None:
    small, middle, large = measure_growth(tmp_path, (1_000, 2_000, 4_000))
    assert large.cpu - middle.cpu <= 2.5 * (middle.cpu - small.cpu)
    assert large.peak - middle.peak <= 2.5 * (middle.peak - small.peak)


def test_the_command_starts_and_previews_within_some_times_pythons_own_start(
    tmp_path: Path,
) -> None:
    idle, version, guard, preview = measure_starts(tmp_path)
    assert version.ratio_to(idle) <= 5
    assert guard.ratio_to(idle) <= 8
    assert preview.ratio_to(idle) <= 20


def test_a_session_starts_and_ends_within_some_times_pythons_own_start(tmp_path: Path) -> None:
    idle, start, end, entry = measure_sessions(tmp_path)
    assert start.ratio_to(idle) <= 20
    assert end.ratio_to(idle) <= 20
    assert entry.ratio_to(idle) <= 32
