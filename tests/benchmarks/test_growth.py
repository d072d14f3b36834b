from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from benchmark_folders import (
    Folder,
    git,
    prepare_claims,
    prepare_handoff,
    prepare_logs,
    prepare_pieces,
    prepare_sides,
    prepare_text,
    prepare_worktrees,
)
from filelock import FileLock
from growing import BODIES, CONSTRUCTS, make_body, make_growing, make_sides
from measure import Job, alternate, driver_job, merge_job, script
from measure_lint import lint_job

pytestmark = pytest.mark.benchmark

DECADES = (100, 1_000, 10_000)
MOST = 25
"""What grows with the size is 11 times between these steps, what grows with its square 110."""

SPLIT = ("entries", "entries that are list items", "entries that are paragraphs")
_DOCUMENT = ".agents/HANDOFF.md"
_NOISE = 0.15
_LOOKS = (("doctor",), ("session", "list"), ("run", "status"))


@pytest.fixture(autouse=True)
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let one test at a time measure, however many workers there are."""
    with FileLock(tmp_path_factory.getbasetemp().parent / "benchmark.lock"):
        yield


def check_growth(
    room: Path, make_job: Callable[[int], Job], counts: Sequence[int] = DECADES
) -> None:
    """Measure a command at three sizes, and compare what the two steps between them cost."""
    measured = alternate([make_job(count) for count in counts], room, runs=3)
    small, middle, large = (found.cpu for found in measured)
    step = max(middle - small, _NOISE)
    assert large - middle <= MOST * step, (small, middle, large)


def reading_job(place: Path, *arguments: str) -> Job:
    """Measure a command that only reads, whatever it finds."""
    command = (script("handoff-md"), *arguments)
    return Job(" ".join(arguments), command, place=place, codes=frozenset({0, 1}))


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_lint_costs_what_the_document_is_long(tmp_path: Path, construct: str) -> None:
    def make_job(count: int) -> Job:
        place = prepare_text(tmp_path / str(count), make_growing(construct, count))
        return lint_job(place, "--output-format", "json", _DOCUMENT)

    check_growth(tmp_path, make_job)


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_fixes_cost_what_the_document_is_long(tmp_path: Path, construct: str) -> None:
    def make_job(count: int) -> Job:
        place = prepare_text(tmp_path / str(count), make_growing(construct, count))
        return reading_job(place, "lint", "--diff", "--unsafe-fixes", _DOCUMENT)

    check_growth(tmp_path, make_job)


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_a_preview_costs_what_the_document_is_long(tmp_path: Path, construct: str) -> None:
    def make_job(count: int) -> Job:
        place = prepare_text(tmp_path / str(count), make_growing(construct, count))
        summary = place / ".agents" / "temp" / "handoff-session-900001-summary.md"
        summary.parent.mkdir()
        summary.write_text("---\ndate: 2026-01-02\n---\n# Work\n\nIt is done.\n", "utf-8")
        return reading_job(place, "preview", "--raw", "--orchestrator", "900002")

    check_growth(tmp_path, make_job)


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_show_costs_what_the_document_is_long(tmp_path: Path, construct: str) -> None:
    def make_job(count: int) -> Job:
        place = prepare_text(tmp_path / str(count), make_growing(construct, count))
        return reading_job(place, "show", "--json", _DOCUMENT)

    check_growth(tmp_path, make_job)


@pytest.mark.parametrize("construct", CONSTRUCTS)
def test_the_merge_driver_costs_what_the_document_is_long(tmp_path: Path, construct: str) -> None:
    def make_job(count: int) -> Job:
        return driver_job(prepare_sides(tmp_path / str(count), make_sides(construct, count)))

    check_growth(tmp_path, make_job)


@pytest.mark.parametrize("construct", SPLIT)
def test_a_split_costs_what_the_document_is_long(tmp_path: Path, construct: str) -> None:
    def make_job(count: int) -> Job:
        place = prepare_text(tmp_path / str(count), make_growing(construct, count))
        return Job("split", (script("handoff-md"), "split"), Folder(place))

    check_growth(tmp_path, make_job)


@pytest.mark.parametrize("construct", SPLIT)
def test_a_build_costs_what_the_document_is_long(tmp_path: Path, construct: str) -> None:
    def make_job(count: int) -> Job:
        place = prepare_text(tmp_path / str(count), make_growing(construct, count))
        return reading_job(prepare_pieces(place, 20), "build", "--check")

    check_growth(tmp_path, make_job)


@pytest.mark.parametrize("construct", SPLIT)
def test_a_build_costs_what_the_sessions_are_many(tmp_path: Path, construct: str) -> None:
    def make_job(count: int) -> Job:
        place = prepare_text(tmp_path / str(count), make_growing(construct, 30))
        return reading_job(prepare_pieces(place, count), "build", "--check")

    check_growth(tmp_path, make_job, (30, 300, 3_000))


@pytest.mark.parametrize("construct", SPLIT)
def test_a_build_costs_what_the_runs_are_many(tmp_path: Path, construct: str) -> None:
    def make_job(count: int) -> Job:
        place = prepare_text(tmp_path / str(count), make_growing(construct, 30))
        return reading_job(prepare_pieces(place, count, in_runs=True), "build", "--check")

    check_growth(tmp_path, make_job, (20, 200, 2_000))


def test_lint_costs_what_the_logs_are_many(tmp_path: Path) -> None:
    check_growth(
        tmp_path,
        lambda count: lint_job(prepare_logs(tmp_path / str(count), count), ".agents/sessions"),
        (30, 300, 3_000),
    )


@pytest.mark.parametrize("construct", BODIES)
def test_a_merge_costs_what_a_summary_is_long(tmp_path: Path, construct: str) -> None:
    def make_job(count: int) -> Job:
        folder = prepare_handoff(tmp_path / str(count), 1)
        (summary,) = (folder.path / ".agents" / "temp").iterdir()
        text = f"{summary.read_text('utf-8')}\n{make_body(construct, count)}"
        summary.write_text(text, "utf-8")
        return replace(merge_job(folder), codes=frozenset({0, 1}))

    check_growth(tmp_path, make_job, (100, 1_000, 5_000))


def test_a_merge_costs_what_the_summaries_are_many(tmp_path: Path) -> None:
    check_growth(
        tmp_path,
        lambda count: merge_job(prepare_handoff(tmp_path / str(count), count)),
        (30, 300, 3_000),
    )


@pytest.mark.parametrize("command", _LOOKS)
def test_a_look_at_a_repository_costs_what_its_branches_are_many(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    def make_job(count: int) -> Job:
        place = prepare_text(tmp_path / str(count), make_growing("entries", 20))
        refs = "".join(f"create refs/heads/topic-{number} HEAD\n" for number in range(count))
        git(place, "update-ref", "--stdin", text=refs)
        return reading_job(place, *command)

    check_growth(tmp_path, make_job)


@pytest.mark.parametrize("command", _LOOKS)
def test_a_look_at_a_repository_costs_what_its_work_trees_are_many(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    def make_job(count: int) -> Job:
        return reading_job(prepare_worktrees(tmp_path / str(count), count), *command)

    check_growth(tmp_path, make_job, (3, 30, 300))


@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize("command", [*_LOOKS, ("session", "show", "10001")])
def test_a_look_at_a_repository_costs_what_its_sessions_are_many(
    tmp_path: Path, command: tuple[str, ...], *, ended: bool
) -> None:
    def make_job(count: int) -> Job:
        return reading_job(prepare_claims(tmp_path / str(count), count, ended=ended), *command)

    check_growth(tmp_path, make_job, (30, 300, 3_000))


def test_a_start_costs_what_the_sessions_are_many(tmp_path: Path) -> None:
    def make_job(count: int) -> Job:
        place = prepare_claims(tmp_path / str(count), count, ended=False)
        command = (script("handoff-md"), "session", "start", "--title", "Measure it")
        return Job("session start", command, Folder(place))

    check_growth(tmp_path, make_job, (30, 300, 3_000))
