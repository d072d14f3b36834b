from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from measure import (
    compare_branches,
    compare_merges,
    is_installed,
    measure_driver,
    measure_growth,
    measure_sessions,
    measure_starts,
)
from measure_lint import SIZES, Compared, compare_linters, measure_history, measure_logs

pytestmark = pytest.mark.benchmark

MOST_MEMORY = 100


@pytest.fixture(autouse=True)
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let one test at a time measure, however many workers there are."""
    with FileLock(tmp_path_factory.getbasetemp().parent / "benchmark.lock"):
        yield


@pytest.mark.skipif(not is_installed("scriv"), reason="scriv is not installed: see the extra bench")
@pytest.mark.parametrize(("count", "most"), [(10, 1.3), (100, 1.8), (1_000, 5)])
def test_a_merge_takes_at_most_some_times_the_cpu_of_scriv(
    tmp_path: Path, count: int, most: float
) -> None:
    ours, scriv, *_ = compare_merges(tmp_path, count)
    assert ours.ratio_to(scriv) <= most
    assert ours.peak <= MOST_MEMORY


def test_a_thousand_sessions_on_200_branches_cost_at_most_half_a_second_more(
    tmp_path: Path,
) -> None:
    files, held = compare_branches(tmp_path, 1_000, 200)
    assert held.cpu - files.cpu <= 0.5


def test_cpu_and_memory_grow_with_the_number_of_summaries_and_no_faster(tmp_path: Path) -> None:
    small, middle, large = measure_growth(tmp_path, (1_000, 2_000, 4_000))
    assert large.cpu - middle.cpu <= 2.5 * (middle.cpu - small.cpu)
    assert large.peak - middle.peak <= 2.5 * (middle.peak - small.peak)


def test_the_command_starts_previews_and_checks_within_some_times_pythons_own_start(
    tmp_path: Path,
) -> None:
    idle, version, guard, preview, doctor, hook = measure_starts(tmp_path)
    assert version.ratio_to(idle) <= 5
    assert guard.ratio_to(idle) <= 5
    assert preview.ratio_to(idle) <= 20
    assert doctor.ratio_to(idle) <= 22
    assert hook.ratio_to(idle) <= 3.5


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lint")


@pytest.fixture(scope="module")
def small(room: Path) -> Compared:
    return compare_linters(room, SIZES[0])


@pytest.fixture(scope="module")
def large(room: Path) -> Compared:
    return compare_linters(room, SIZES[2])


def test_lint_takes_at_most_some_times_pythons_own_start(small: Compared) -> None:
    assert small.ours.ratio_to(small.idle) <= 18


def test_lint_takes_at_most_some_times_the_cpu_of_a_linter_in_native_code(small: Compared) -> None:
    if small.rumdl is None:
        pytest.skip("rumdl is not installed: see the extra bench")
    assert small.ours.ratio_to(small.rumdl) <= 6


def test_lint_takes_an_eighth_of_the_cpu_of_a_linter_in_javascript(small: Compared) -> None:
    if small.markdownlint is None:
        pytest.skip("markdownlint-cli2 is not installed")
    assert small.ours.ratio_to(small.markdownlint) <= 1 / 8


def test_a_large_document_is_linted_in_linear_time_and_memory(room: Path, large: Compared) -> None:
    middle = compare_linters(room, SIZES[1])
    assert large.ours.cpu <= 11 * middle.ours.cpu
    assert large.memory <= 65


def test_a_large_document_takes_at_most_some_times_the_cpu_of_native_code(large: Compared) -> None:
    if large.rumdl is None:
        pytest.skip("rumdl is not installed: see the extra bench")
    assert large.ours.ratio_to(large.rumdl) <= 2.5


def test_a_thousand_logs_are_linted_in_three_seconds(tmp_path: Path) -> None:
    assert measure_logs(tmp_path, 1_000).cpu <= 3


def test_a_history_of_150_commits_is_linted_in_four_seconds(tmp_path: Path) -> None:
    assert measure_history(tmp_path, 150).cpu <= 4


def test_a_session_starts_and_ends_within_some_times_pythons_own_start(tmp_path: Path) -> None:
    idle, start, context, end, entry, begins, leaves = measure_sessions(tmp_path)
    assert start.ratio_to(idle) <= 20
    assert context.ratio_to(idle) <= 20
    assert end.ratio_to(idle) <= 20
    assert entry.ratio_to(idle) <= 32
    assert begins.ratio_to(idle) <= 22
    assert leaves.ratio_to(idle) <= 16
    assert leaves.wall <= 1


def test_the_merge_driver_takes_at_most_some_times_pythons_own_start(tmp_path: Path) -> None:
    idle, driver = measure_driver(tmp_path, 120_000, runs=21)
    assert driver.ratio_to(idle) <= 22


def test_the_merge_driver_grows_with_the_document_and_no_faster(tmp_path: Path) -> None:
    sizes = (120_000, 1_200_000, 12_000_000)
    small, middle, large = (measure_driver(tmp_path, size, runs=3)[1] for size in sizes)
    assert large.cpu - middle.cpu <= 16 * (middle.cpu - small.cpu)
