"""Measures whole processes side by side; ``python tests/benchmarks`` prints the tables.

CPU time is user and system time of a process and its children, as the system reports it when they
end. Commands that are compared take turns, after a warm-up each; a ratio is the median of the
ratios of the runs that stood side by side.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median

from benchmark_folders import (
    Folder,
    environment,
    prepare_branches,
    prepare_claims,
    prepare_handoff,
    prepare_scriv,
    prepare_session,
    prepare_towncrier,
    prepare_versions,
)
from generator import FIRST_SUMMARY

RUNS = 7

_METER = Path(__file__).with_name("meter.py")
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Job:
    """A command, and where it runs.

    Each run gets a fresh copy of ``folder``; a command that only reads runs in ``place`` itself.
    ``codes`` are the exit codes that are no failure.
    """

    name: str
    command: Sequence[str]
    folder: Folder | None = None
    place: Path | None = None
    codes: frozenset[int] = frozenset({0})


@dataclass(frozen=True, slots=True)
class Usage:
    """What one run used: CPU in seconds; peak memory in bytes, of its largest process."""

    cpu: float
    peak: int


@dataclass(frozen=True, slots=True)
class Measured:
    """All runs of a job, in the order in which they were made."""

    job: Job
    usages: tuple[Usage, ...]

    @property
    def cpu(self) -> float:
        """Give the median of CPU seconds."""
        return median(usage.cpu for usage in self.usages)

    @property
    def peak(self) -> float:
        """Give the median of peak memory, in MB (millions of bytes)."""
        return median(usage.peak for usage in self.usages) / _MEGABYTE

    def ratio_to(self, other: Measured) -> float:
        """Give the median of the ratios of CPU to the other's, pair by pair."""
        pairs = zip(self.usages, other.usages, strict=True)
        return median(mine.cpu / its.cpu for mine, its in pairs)


class CommandFailedError(Exception):
    """A measured command ended with a code that is not 0."""


def merge_job(folder: Folder) -> Job:
    """Measure our merge: proof, bringing to disk, commit and archive included."""
    return Job("handoff-md merge", (script("handoff-md"), "merge", "--orchestrator", "9"), folder)


def scriv_job(folder: Folder) -> Job:
    """Measure scriv, which writes the document and removes the fragments."""
    return Job("scriv collect", (script("scriv"), "collect", "--version", "9.0"), folder)


def towncrier_job(folder: Folder) -> Job:
    """Measure towncrier, which writes the document, stages it and removes the fragments."""
    command = (script("towncrier"), "build", "--yes", "--version", "9.0", "--name", "example")
    return Job("towncrier build", command, folder)


def idle_job() -> Job:
    """Measure Python's own start."""
    return Job("python -c pass", (sys.executable, "-c", "pass"))


def version_job() -> Job:
    """Measure the start of the command."""
    return Job("handoff-md --version", (script("handoff-md"), "--version"))


def preview_job(folder: Folder) -> Job:
    """Measure a preview of the whole new document."""
    command = (script("handoff-md"), "preview", "--raw", "--orchestrator", "9")
    return Job("handoff-md preview --raw", command, folder)


def guard_job(folder: Folder) -> Job:
    """Measure the guard of a commit that leaves the document alone."""
    return Job("handoff-md guard", (script("handoff-md"), "guard"), folder)


def doctor_job(place: Path) -> Job:
    """Measure a check-up; what it finds is no failure."""
    command = (script("handoff-md"), "doctor")
    return Job("handoff-md doctor", command, place=place, codes=frozenset({0, 1}))


def start_job(folder: Folder) -> Job:
    """Measure the start of a session: its claim and its log."""
    command = (script("handoff-md"), "session", "start", "--title", "Measure it")
    return Job("handoff-md session start", command, folder)


def context_job(folder: Folder) -> Job:
    """Measure what a session is told as it begins, in a run."""
    command = (script("handoff-md"), "context", "--for", str(FIRST_SUMMARY))
    return Job("handoff-md context", command, folder)


def end_job(folder: Folder, where: str) -> Job:
    """Measure the end of a session: its log is checked and committed, its work handed over."""
    command = (script("handoff-md"), "session", "end", str(FIRST_SUMMARY))
    return Job(f"handoff-md session end, {where}", command, folder)


def driver_job(folder: Folder) -> Job:
    """Measure the merge driver as git starts it, by a shell."""
    arguments = "O A B -L 7 -P .agents/HANDOFF.md -S %S -X %X -Y %Y"
    line = f"{script('handoff-md')} merge-driver {arguments}"
    return Job("handoff-md merge-driver", ("sh", "-c", line), folder)


def script(name: str) -> str:
    """Give the command of this name that stands beside the running interpreter."""
    return str(Path(sys.executable).with_name(name))


def is_installed(package: str) -> bool:
    """Tell whether a tool of the comparison can be measured here."""
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return Path(script(package)).exists()


def alternate(jobs: Sequence[Job], room: Path, *, runs: int = RUNS) -> list[Measured]:
    """Run each job once to warm up, then all in turn, ``runs`` times.

    Args:
        jobs: what is compared.
        room: an existing folder for the copies that are worked on.
        runs: how many runs of each job count.

    Raises:
        CommandFailedError: a command ended with a code that is not 0.
    """
    rounds = [[_run(job, room) for job in jobs] for _ in range(runs + 1)][1:]
    return [
        Measured(job, tuple(usages[index] for usages in rounds)) for index, job in enumerate(jobs)
    ]


def _run(job: Job, room: Path) -> Usage:
    folder = room / "copy"
    if job.folder:
        job.folder.copy_to(folder)
    done = subprocess.run(
        [sys.executable, "-I", "-S", _METER, *job.command],
        cwd=folder if job.folder else job.place or room,
        env=environment(),
        capture_output=True,
        check=True,
    )
    used = json.loads(done.stdout)
    if used["code"] not in job.codes:
        raise CommandFailedError(f"{job.name}: {done.stderr.decode(errors='replace')}")
    return Usage(used["cpu"], used["peak"])


def compare_merges(room: Path, count: int, *, runs: int = RUNS) -> list[Measured]:
    """Measure our merge of ``count`` summaries beside the tools that are installed."""
    jobs = [merge_job(prepare_handoff(room / f"handoff-{count}", count))]
    if is_installed("scriv"):
        jobs.append(scriv_job(prepare_scriv(room / f"scriv-{count}", count)))
    if is_installed("towncrier"):
        jobs.append(towncrier_job(prepare_towncrier(room / f"towncrier-{count}", count)))
    return alternate(jobs, room, runs=runs)


def compare_branches(room: Path, count: int, branches: int, *, runs: int = RUNS) -> list[Measured]:
    """Measure our merge of summaries in the work tree, and of the same in so many branches."""
    files = merge_job(prepare_handoff(room / f"files-{count}", count))
    held = merge_job(prepare_branches(room / f"branches-{count}", count, branches))
    return alternate([files, held], room, runs=runs)


def measure_growth(room: Path, counts: Sequence[int], *, runs: int = RUNS) -> list[Measured]:
    """Measure our merge of growing numbers of summaries."""
    jobs = [merge_job(prepare_handoff(room / f"growing-{count}", count)) for count in counts]
    return alternate(jobs, room, runs=runs)


def measure_starts(room: Path, *, runs: int = 3 * RUNS) -> list[Measured]:
    """Measure Python's start, the command's, the guard's, a preview of three summaries, a check-up.

    They are short, so they are measured often.
    """
    folder = prepare_handoff(room / "preview", 3)
    checked = prepare_claims(room / "doctor", 3, ended=False)
    jobs = [
        idle_job(),
        version_job(),
        guard_job(folder),
        preview_job(folder),
        doctor_job(checked),
    ]
    return alternate(jobs, room, runs=runs)


def measure_sessions(room: Path, *, runs: int = 2 * RUNS) -> list[Measured]:
    """Measure Python's start, a session's, its context, its end within a run and without one."""
    jobs = [
        idle_job(),
        start_job(prepare_handoff(room / "start", 3)),
        context_job(prepare_session(room, "told", running=True)),
        end_job(prepare_session(room, "running", running=True), "during a run"),
        end_job(prepare_session(room, "alone", running=False), "with the entry"),
    ]
    return alternate(jobs, room, runs=runs)


def measure_driver(room: Path, size: int, *, runs: int = RUNS) -> tuple[Measured, Measured]:
    """Measure Python's start, and the merge driver on versions of about ``size`` bytes."""
    folder = prepare_versions(room / f"versions-{size}", size)
    idle, driver = alternate([idle_job(), driver_job(folder)], room, runs=runs)
    return idle, driver


def tabulate(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Give a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def tell_merges(room: Path) -> str:
    """Compare merges of 10, 100 and 1,000 summaries."""
    rows: list[list[str]] = []
    head = ["summaries"]
    for count, aim in ((10, 0.95), (100, 1.5), (1_000, 4.3)):
        ours, *peers = compare_merges(room, count)
        names = [peer.job.name.split()[0] for peer in peers]
        head = [
            "summaries",
            *(found.job.name for found in (ours, *peers)),
            *(f"against {name}" for name in names),
            "aim against scriv",
            "peak memory",
        ]
        ratios = [f"{ours.ratio_to(peer):.2f} times" for peer in peers]
        columns = [*map(_ms, (ours, *peers)), *ratios, f"at most {aim} times", _megabytes(ours)]
        rows.append([f"{count:,}", *columns])
    return tabulate(head, rows)


def tell_growth(room: Path) -> str:
    """Tell how our merge grows beyond 1,000 summaries."""
    counts = (1_000, 2_000, 4_000)
    rows = [
        [f"{count:,}", _ms(found), f"{found.cpu / count * 1000:.2f} ms", _megabytes(found)]
        for count, found in zip(counts, measure_growth(room, counts), strict=True)
    ]
    return tabulate(["summaries", "handoff-md merge", "for each", "peak memory"], rows)


def tell_starts(room: Path) -> str:
    """Tell how long the command takes to start, to preview, and to check a repository."""
    return _tell_ratios(measure_starts(room), ("5", "4.2", "15", "22"))


def tell_sessions(room: Path) -> str:
    """Tell how long a session's start and end take."""
    return _tell_ratios(measure_sessions(room), ("20", "15.5", "32"))


def _tell_ratios(measured: Sequence[Measured], aims: Sequence[str]) -> str:
    idle, *others = measured
    rows = [[f"`{idle.job.name}`", _ms(idle), "1", ""]]
    rows += [
        [f"`{it.job.name}`", _ms(it), f"{it.ratio_to(idle):.1f} times", f"at most {aim} times"]
        for it, aim in zip(others, aims, strict=True)
    ]
    return tabulate(["command", "CPU time", "ratio", "aim"], rows)


def tell_driver(room: Path) -> str:
    """Tell how the merge driver grows with the document."""
    rows: list[list[str]] = []
    for size, name, aim in (
        (120_000, "120 KB", "at most 18 times"),
        (1_200_000, "1.2 MB", ""),
        (12_000_000, "12 MB", "at most 400 MB"),
    ):
        idle, driver = measure_driver(room, size)
        ratio = f"{driver.ratio_to(idle):,.1f} times"
        rows.append([name, _ms(driver), ratio, _megabytes(driver), aim])
    head = ["document", "CPU time", "ratio to `python -c pass`", "peak memory", "aim"]
    return tabulate(head, rows)


def _ms(measured: Measured) -> str:
    return f"{measured.cpu * 1000:,.0f} ms"


def _megabytes(measured: Measured) -> str:
    return f"{measured.peak:,.0f} MB"
