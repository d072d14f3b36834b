"""Temporary files that killed commands have left go with the next command that writes there."""

from __future__ import annotations

from pathlib import Path

import pytest
from checkouts import HANDOFF, STATE, SUMMARIES, age, make_checkout, write
from inprocess import Tell, make_tell

from handoff_md.store.files import list_orphans

tell = pytest.fixture(make_tell)

_RECORDS = ("", "/runs", "/claims", "/claims/released", "/summaries")
_FOLDERS = ("", ".agents", SUMMARIES, ".agents/sessions", *(f"{STATE}{name}" for name in _RECORDS))


def _leave(root: Path) -> None:
    for number, folder in enumerate(_FOLDERS):
        age(write(root / folder / f".handoff-md-{number:016x}.tmp", "half"), 100)


def _left(root: Path) -> list[Path]:
    return [path for folder in _FOLDERS for path in list_orphans(root / folder)]


@pytest.mark.parametrize(
    "command",
    ["session start", "run start --orchestrator 22", "merge --orchestrator 22", "lint --fix"],
)
def test_what_killed_commands_left_goes_with_the_next_that_writes(
    tmp_path: Path, tell: Tell, command: str
) -> None:
    root = make_checkout(tmp_path / "a")
    _leave(root)
    # Another command's may be at work, and a name that only looks alike is somebody's own.
    young = write(root / STATE / "claims" / f".handoff-md-{99:016x}.tmp", "at work")
    own = age(write(root / ".agents" / ".handoff-md-notes.tmp", "mine"), 100)
    assert "have left temporary files: 9" in tell(root, "doctor").stdout
    assert tell(root, *command.split()).code in (0, 1)
    assert (_left(root), own.exists()) == ([young], True)
    assert "temporary files" not in tell(root, "doctor").stdout
    assert (root / HANDOFF).is_file()
