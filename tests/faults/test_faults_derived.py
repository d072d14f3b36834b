"""Splitting and building are killed at each of their steps."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from checkouts import HANDOFF, commit_all, document_of, finish, make_checkout, run, start, write

_DYING = (sys.executable, str(Path(__file__).with_name("dying.py")))
_MOST_STEPS = 200
_FOLDER = ".agents/handoff.d"


def _make(root: Path, *, is_split: bool, edited: bool = False) -> Path:
    make_checkout(root)
    if is_split:
        assert run(root, "split").code == 0
        commit_all(root, "split")
        session = "---\ntitle: Later\n---\nWords.\n"
        write(root / _FOLDER / "2025-12-19-session-19.md", session)
    if edited:
        write(root / HANDOFF, document_of(root).replace("Kept.", "Kept by hand."))
    return root


@pytest.mark.full
@pytest.mark.parametrize(
    "command", [("split",), ("build",), ("split", "--update"), ("build", "--overwrite")]
)
def test_a_command_that_is_killed_is_finished_by_the_next(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    made = _make(tmp_path / "made", is_split=command != ("split",), edited=len(command) > 1)
    whole = shutil.copytree(made, tmp_path / "whole")
    assert run(whole, *command).code == 0
    killed = 0
    for step in range(1, _MOST_STEPS):
        root = shutil.copytree(made, tmp_path / f"at{step}")
        done = finish(start(root, str(step), *command, command=_DYING))
        before = document_of(root)
        assert before in (document_of(made), document_of(whole))
        if done.code == 0:
            break
        killed += 1
        assert run(root, *command).code == 0
        assert document_of(root) == document_of(whole)
        assert _folder(root) == _folder(whole)
        assert run(root, "build", "--check").code == 0
    assert killed > 9


def _folder(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (root / _FOLDER).iterdir()}


@pytest.mark.full
def test_what_was_changed_since_a_kill_is_not_overwritten(tmp_path: Path) -> None:
    root = _make(tmp_path / "root", is_split=True)
    for step in range(10, _MOST_STEPS):
        work = shutil.copytree(root, tmp_path / f"at{step}")
        finish(start(work, str(step), "build", command=_DYING))
        if any((work / ".git/handoff-md/changes").glob("*.json")):
            break
    write(work / HANDOFF, "# Something else\n")
    refused = run(work, "build")
    assert (refused.code, f"{HANDOFF} was changed since" in refused.stderr) == (2, True)
    assert document_of(work) == "# Something else\n"
