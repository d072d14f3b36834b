from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock, Timeout
from permissions import unprivileged_folder

import handoff_md
from handoff_md.errors import FileError
from handoff_md.store.lock import hold_lock, is_held

HOLD = (
    "import sys; from pathlib import Path; from handoff_md.store.lock import hold_lock\n"
    "with hold_lock(Path(sys.argv[1]), timeout=0, on_wait=lambda: None):\n"
    "    print('held', flush=True); sys.stdin.read()"
)

unprivileged = pytest.fixture(unprivileged_folder)


def start_holder(state: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(state)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(handoff_md.__file__).parents[1])},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_state_folder_is_created_and_the_lock_file_stays(tmp_path: Path) -> None:
    state = tmp_path / "a" / "b"
    for _ in range(2):
        with hold_lock(state, timeout=0, on_wait=lambda: None):
            pass
    assert (state / "lock").exists()


def test_a_lock_held_by_another_process_is_named_after_the_wait(tmp_path: Path) -> None:
    waits: list[str] = []
    with start_holder(tmp_path) as holder:
        with (
            pytest.raises(FileError, match=r"holds the lock .*/lock; waited 0\.2 seconds"),
            hold_lock(tmp_path, timeout=0.2, on_wait=lambda: waits.append("once")),
        ):
            pass
        holder.kill()
    assert waits == ["once"]


def test_a_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    with start_holder(tmp_path) as holder:
        holder.kill()
    with hold_lock(tmp_path, timeout=0, on_wait=lambda: pytest.fail("had to wait")):
        pass


def test_a_lock_that_becomes_free_is_taken(tmp_path: Path) -> None:
    with (
        start_holder(tmp_path) as holder,
        hold_lock(tmp_path, timeout=30, on_wait=holder.kill),
    ):
        pass


def test_the_lock_is_freed_when_the_block_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyError), hold_lock(tmp_path, timeout=0, on_wait=lambda: None):
        raise KeyError
    with hold_lock(tmp_path, timeout=0, on_wait=lambda: pytest.fail("had to wait")):
        pass


def test_a_state_folder_that_can_not_be_created_is_told(unprivileged: Path) -> None:
    unprivileged.chmod(0o500)
    with (
        pytest.raises(FileError, match=r"can't create the state folder .*: permission is denied"),
        hold_lock(unprivileged / "state", timeout=0, on_wait=lambda: None),
    ):
        pass


def test_a_state_folder_that_can_not_be_written_is_told(unprivileged: Path) -> None:
    unprivileged.chmod(0o500)
    with (
        pytest.raises(FileError, match=r"can't lock .*: permission is denied"),
        hold_lock(unprivileged, timeout=0, on_wait=lambda: None),
    ):
        pass


def test_older_versions_which_lock_by_filelock_are_kept_out_and_keep_out(tmp_path: Path) -> None:
    with FileLock(tmp_path / "lock"):
        assert is_held(tmp_path)
        with (
            pytest.raises(FileError, match="another handoff-md holds"),
            hold_lock(tmp_path, timeout=0, on_wait=lambda: None),
        ):
            pass
    with (
        hold_lock(tmp_path, timeout=0, on_wait=lambda: pytest.fail("had to wait")),
        pytest.raises(Timeout),
    ):
        FileLock(tmp_path / "lock").acquire(timeout=0)


def test_a_file_system_without_locks_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with (
        pytest.raises(FileError, match=r"can't lock .*: its file system has no locks"),
        hold_lock(tmp_path, timeout=0, on_wait=lambda: None),
    ):
        pass
    assert not is_held(tmp_path), "what can't be asked counts as free"


def test_importing_the_store_loads_no_lock_library() -> None:
    script = (
        "import sys, handoff_md.store.lock, handoff_md.store.archive, handoff_md.git.commit\n"
        "print(sorted({'filelock', 'git', 'tempfile'} & sys.modules.keys()))"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(handoff_md.__file__).parents[1])}
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, env=environment
    )
    assert loaded.stdout == b"[]\n"


def test_a_lock_is_held_only_while_a_process_holds_it(tmp_path: Path) -> None:
    assert not is_held(tmp_path / "missing")
    with hold_lock(tmp_path, timeout=0, on_wait=lambda: None):
        pass
    assert not is_held(tmp_path)
    holder = start_holder(tmp_path)
    assert is_held(tmp_path)
    holder.communicate("")
    assert not is_held(tmp_path)
