from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
import time
from contextlib import suppress
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
        began = time.monotonic()
        with (
            pytest.raises(FileError, match=r"holds the lock .*/lock; waited 0\.2 seconds"),
            hold_lock(tmp_path, timeout=0.2, on_wait=lambda: waits.append("once")),
        ):
            pass
        assert time.monotonic() - began >= 0.2
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


def find_open(path: Path) -> list[int]:
    """Give the descriptors by which this process has a file open."""
    status = path.stat()
    found = []
    for descriptor in [int(entry.name) for entry in Path("/dev/fd").iterdir()]:
        with suppress(OSError):  # that of the listing itself
            if os.path.samestat(os.fstat(descriptor), status):
                found.append(descriptor)
    return found


def test_no_descriptor_of_a_lock_stays_open_however_the_lock_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "lock"
    with hold_lock(tmp_path, timeout=0, on_wait=lambda: None):
        held = find_open(lock)
        assert len(held) == 1
        assert is_held(tmp_path)
        with (
            pytest.raises(FileError, match="another handoff-md holds"),
            hold_lock(tmp_path, timeout=0.1, on_wait=lambda: None),
        ):
            pass
        assert find_open(lock) == held
    assert find_open(lock) == []

    def fail(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(fcntl, "flock", fail)
    assert not is_held(tmp_path)
    assert find_open(lock) == []


def test_a_lock_is_free_though_its_descriptor_lives_on_elsewhere(tmp_path: Path) -> None:
    with hold_lock(tmp_path, timeout=0, on_wait=lambda: None):
        (held,) = find_open(tmp_path / "lock")
        twin = os.dup(held)  # as a process has it that was forked meanwhile
    try:
        assert not is_held(tmp_path)
    finally:
        os.close(twin)


def test_a_lock_whose_file_is_deleted_as_it_is_taken_is_taken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, take = tmp_path / "lock", fcntl.flock

    def delete_and_take(descriptor: int, operation: int) -> None:
        monkeypatch.setattr(fcntl, "flock", take)
        lock.unlink()
        take(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", delete_and_take)
    with hold_lock(tmp_path, timeout=5, on_wait=lambda: None):
        assert len(find_open(lock)) == 1
        assert is_held(tmp_path)


def test_a_lock_that_is_refused_as_some_file_systems_do_is_held_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int, _operation: int) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    (tmp_path / "lock").touch()
    monkeypatch.setattr(fcntl, "flock", refuse)
    assert is_held(tmp_path)
    with (
        pytest.raises(FileError, match="another handoff-md holds"),
        hold_lock(tmp_path, timeout=0, on_wait=lambda: None),
    ):
        pass


def test_a_lock_is_no_link_to_a_file_elsewhere(tmp_path: Path) -> None:
    state, elsewhere = tmp_path / "state", tmp_path / "elsewhere"
    state.mkdir()
    (state / "lock").symlink_to(elsewhere)
    with (
        pytest.raises(FileError, match="can't lock"),
        hold_lock(state, timeout=0, on_wait=lambda: None),
    ):
        pass
    assert not elsewhere.exists()


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
    assert not is_held(tmp_path)
    assert not any(tmp_path.iterdir()), "asking creates nothing"
    with hold_lock(tmp_path, timeout=0, on_wait=lambda: None):
        pass
    assert not is_held(tmp_path)
    holder = start_holder(tmp_path)
    assert is_held(tmp_path)
    holder.communicate("")
    assert not is_held(tmp_path)
