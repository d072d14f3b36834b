from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from benchmark_folders import DOCUMENT_SIZE, Folder
from history_generator import write_history
from measure import Job, alternate

pytestmark = pytest.mark.benchmark


def test_150_commits_of_a_document_of_120_kb_take_at_most_four_seconds(tmp_path: Path) -> None:
    write_history(tmp_path / "history", 150, DOCUMENT_SIZE)
    command = [sys.executable, "-m", "handoff_md", "lint", "--commits", "HEAD"]
    job = Job("lint --commits", command, Folder(tmp_path / "history"))
    room = tmp_path / "room"
    room.mkdir()
    (lint,) = alternate([job], Path(os.path.realpath(room)), runs=3)
    assert lint.cpu <= 4
