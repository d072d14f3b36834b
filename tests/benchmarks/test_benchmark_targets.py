from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from measure import compare_merges, is_installed, measure_driver, measure_growth, measure_starts

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
    idle, version, preview = measure_starts(tmp_path)
    assert version.ratio_to(idle) <= 5
    assert preview.ratio_to(idle) <= 20


def test_the_merge_driver_takes_at_most_some_times_pythons_own_start(tmp_path: Path) -> None:
    idle, driver = measure_driver(tmp_path, 120_000, runs=21)
    assert driver.ratio_to(idle) <= 22


def test_the_merge_driver_grows_with_the_document_and_no_faster(tmp_path: Path) -> None:
    sizes = (120_000, 1_200_000, 12_000_000)
    small, middle, large = (measure_driver(tmp_path, size, runs=3)[1] for size in sizes)
    assert large.cpu - middle.cpu <= 16 * (middle.cpu - small.cpu)
