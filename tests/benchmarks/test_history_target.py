from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from benchmark_folders import DOCUMENT_SIZE, Folder
from history_generator import write_history
from measure import Job, alternate

pytestmark = pytest.mark.benchmark


def measure_commits(room: Path, commits: int, size: int) -> float:
    """Give the CPU seconds of linting a history of a document that had ``size`` bytes at first."""
    write_history(room / "history", commits, size)
    command = [sys.executable, "-m", "handoff_md", "lint", "--commits", "HEAD"]
    job = Job("lint --commits", command, Folder(room / "history"))
    (room / "room").mkdir()
    (lint,) = alternate([job], Path(os.path.realpath(room / "room")), runs=3)
    return lint.cpu


def test_150_commits_of_a_document_of_120_kb_take_at_most_four_seconds(tmp_path: Path) -> None:
    assert measure_commits(tmp_path, 150, DOCUMENT_SIZE) <= 4


def test_1500_commits_of_a_document_that_grows_to_800_kb_take_at_most_twenty_seconds(
    tmp_path: Path,
) -> None:
    assert measure_commits(tmp_path, 1_500, 12_000) <= 20
