"""Measures the linter beside others; ``python tests/benchmarks`` prints the tables.

The others are looked for beside Python, on PATH, and where a variable such as
``MARKDOWNLINT_CLI2`` names them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark_folders import prepare_lint, prepare_logs
from history_generator import write_history
from measure import Job, Measured, alternate, idle_job, script, tabulate

RUNS = 9
SIZES = (120_000, 1_200_000, 12_000_000)
RUMDL, MARKDOWNLINT = "rumdl", "markdownlint-cli2"

_DOCUMENT = ".agents/HANDOFF.md"
_FINDS = frozenset({0, 1})
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Compared:
    """What was measured of one document; a tool that is not installed is None."""

    size: int
    ours: Measured
    idle: Measured
    rumdl: Measured | None
    markdownlint: Measured | None

    @property
    def memory(self) -> float:
        """Give our peak memory as a multiple of the document's size."""
        return self.ours.peak * _MEGABYTE / self.size


def find_tool(name: str) -> str | None:
    """Find a tool of the comparison."""
    beside = script(name)
    named = os.environ.get(name.upper().replace("-", "_"))
    return named or (beside if Path(beside).exists() else shutil.which(name))


def lint_job(place: Path, *arguments: str) -> Job:
    """Measure our linter; all rules run, and what they find is no failure."""
    command = (script("handoff-md"), "lint", "--exit-zero", *arguments)
    return Job(" ".join(("handoff-md lint", *arguments)), command, place=place)


def compare_linters(room: Path, size: int, *, runs: int = RUNS) -> Compared:
    """Measure all linters on one document, cold: none may use what an earlier run has stored."""
    place = prepare_lint(room / f"lint-{size}", size)
    jobs = {"ours": lint_job(place, _DOCUMENT), "idle": idle_job()}
    for name, options in ((RUMDL, ("check", "--no-cache")), (MARKDOWNLINT, ())):
        tool = find_tool(name)
        if tool and (name == RUMDL or size == SIZES[0]):
            jobs[name] = Job(name, (tool, *options, _DOCUMENT), place=place, codes=_FINDS)
    measured = dict(zip(jobs, alternate(list(jobs.values()), room, runs=runs), strict=True))
    return Compared(
        (place / _DOCUMENT).stat().st_size,
        measured["ours"],
        measured["idle"],
        measured.get(RUMDL),
        measured.get(MARKDOWNLINT),
    )


def measure_logs(room: Path, count: int, *, runs: int = RUNS) -> Measured:
    """Measure our linter on the logs of ``count`` sessions."""
    place = prepare_logs(room / f"logs-{count}", count)
    return alternate([lint_job(place, ".agents/sessions")], room, runs=runs)[0]


def measure_history(room: Path, commits: int, *, runs: int = RUNS) -> Measured:
    """Measure our linter on a history of a document that had 120 KB at first."""
    place = room / f"history-{commits}"
    write_history(place, commits, SIZES[0])
    return alternate([lint_job(place, "--commits", "main")], room, runs=runs)[0]


def tell_documents(room: Path) -> str:
    """Compare linters on documents of growing size."""
    aims = ("15 times Python, 6 times rumdl", "3.8 times rumdl", "1.8 times rumdl")
    rows = [
        [*_row(compare_linters(room, size)), f"at most {aim}"]
        for size, aim in zip(SIZES, aims, strict=True)
    ]
    head = ["document", "handoff-md lint", "against `python -c pass`"]
    head += [f"against {name}" for name in (RUMDL, MARKDOWNLINT)]
    return tabulate([*head, "peak memory", "aim"], rows)


def _row(found: Compared) -> Sequence[str]:
    others = (found.idle, found.rumdl, found.markdownlint)
    return [
        f"{found.size / _MEGABYTE:.2f} MB",
        f"{found.ours.cpu * 1000:,.0f} ms",
        *(_against(found.ours, other) for other in others),
        f"{found.ours.peak:,.0f} MB ({found.memory:.0f} times the file)",
    ]


def _against(ours: Measured, other: Measured | None) -> str:
    return "-" if other is None else f"{ours.ratio_to(other):,.2f} times"


def tell_rest(room: Path) -> str:
    """Tell how long a thousand logs and a history take."""
    measured = (
        ("1,000 session logs of 4.5 KB", measure_logs(room, 1_000), "at most 3 s"),
        ("150 commits of a document of 120 KB", measure_history(room, 150), "at most 4 s"),
    )
    rows = [
        [name, f"{found.cpu:.2f} s", f"{found.peak:.0f} MB", aim] for name, found, aim in measured
    ]
    return tabulate(["job", "CPU time", "peak memory", "aim"], rows)
