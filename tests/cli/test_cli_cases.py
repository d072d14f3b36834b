"""Whole commands, one directory each: ``tests/fixtures/cli/<sentence>/``.

``tree/`` is where ``command.txt`` runs; ``stdout.txt``, ``stderr.txt`` (where it says anything)
and ``exit_code`` are what must come of it.
"""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

import pytest
from command_process import run_command

CASES = Path(__file__).parent.parent / "fixtures" / "cli"
_LONG_AGO = 1_766_000_000


@pytest.mark.parametrize("name", sorted(case.name for case in CASES.iterdir()))
def test_a_command_says_what_its_case_expects(
    tmp_path: Path,
    name: str,
    update_golden: bool,  # noqa: FBT001 - a fixture
) -> None:
    case = CASES / name
    folder = tmp_path / "tree"
    shutil.copytree(case / "tree", folder)
    for path in folder.rglob("*"):
        os.utime(path, (_LONG_AGO, _LONG_AGO))
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    arguments = shlex.split((case / "command.txt").read_text())
    assert arguments.pop(0) == "handoff-md"
    done = run_command(folder, *arguments)
    got = {
        "stdout.txt": done.stdout,
        "stderr.txt": done.stderr,
        "exit_code": f"{done.returncode}\n".encode(),
    }
    for file, content in got.items():
        if update_golden and content:
            (case / file).write_bytes(content)
        expected = (case / file).read_bytes() if (case / file).exists() else b""
        assert content == expected, file
    assert {path: path.read_bytes() for path in before} == before, "these commands only look"
