"""The state folder: shared as git shares its own files, and known again after it was copied."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from handoff_md.store.lock import hold_lock
from handoff_md.store.place import copied_from, mark, read_sharing, shared_mode
from handoff_md.store.runs import close_run, load_run, start_run


def _modes(state: Path) -> dict[str, int]:
    return {
        str(path.relative_to(state)): stat.S_IMODE(path.stat().st_mode)
        for path in (state, *state.rglob("*"))
    }


@pytest.mark.parametrize(
    ("setting", "umask", "folder", "file"),
    [
        ("sharedRepository = group", 0o022, 0o2775, 0o664),
        ("sharedrepository=1 # a comment", 0o077, 0o2770, 0o660),
        ("sharedRepository", 0o077, 0o2770, 0o660),
        ('sharedRepository = "all"', 0o077, 0o2775, 0o664),
        ("sharedRepository = 0640", 0o022, 0o2750, 0o640),
        ("sharedRepository = 0660", 0o022, 0o2770, 0o660),
    ],
)
def test_records_and_the_lock_are_shared_as_the_repository_is(
    tmp_path: Path,
    restore_umask: None,  # noqa: ARG001 - it acts by being there
    setting: str,
    umask: int,
    folder: int,
    file: int,
) -> None:
    (tmp_path / "config").write_text(f'[remote "x"]\n\turl = y\n[core]\n\t{setting}\n[user]\n')
    state = tmp_path / "handoff-md"
    os.umask(umask)
    run = start_run(state, orchestrator="22", started_at="2025-12-18T10:00:00Z")
    assert run is not None
    with hold_lock(state, timeout=0, on_wait=lambda: None):
        close_run(state, run, finished=True)
    modes = _modes(state)
    assert {modes["."], modes["runs"]} == {folder}
    files = {modes[name] for name in ("runs/00001-finished-22.json", "mark", "lock")}
    assert files == {file}


@pytest.fixture
def restore_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_a_setting_of_another_section_shares_nothing(tmp_path: Path) -> None:
    state = tmp_path / "handoff-md"
    assert read_sharing(state) == 0
    (tmp_path / "config").write_text("[corex]\nsharedRepository = all\n[ core ] bare = true\n")
    assert read_sharing(state) == 0
    (tmp_path / "config").write_text("[core]\nsharedRepository = umask\n")
    assert read_sharing(state) == 0
    (tmp_path / "config").write_text("[CORE] sharedRepository = 0600\n")
    assert shared_mode(read_sharing(state), stat.S_IFREG | 0o644) == 0o600


def test_a_record_knows_whether_it_was_copied_or_moved(tmp_path: Path) -> None:
    def fields(name: str) -> tuple[Path, str]:
        state = tmp_path / name / ".git" / "handoff-md"
        run = load_run(state)
        assert run is not None
        return state, run.copied_from

    old, new = tmp_path / "old", tmp_path / "new"
    state = old / ".git" / "handoff-md"
    start_run(state, orchestrator="22", started_at="2025-12-18T10:00:00Z")
    assert fields("old")[1] == ""
    shutil.copytree(old, new)
    assert fields("new")[1] == str(old)
    (state / "mark").unlink()
    mark(state)
    assert fields("new")[1] == ""
    shutil.rmtree(old)
    assert fields("new")[1] == ""
    old.symlink_to(new)
    assert copied_from(fields("new")[0], str(state)) == ""
