"""A set-up that is killed, or has no room, leaves whole files; the next one finishes it."""

from __future__ import annotations

import shutil
import signal
import sys
from pathlib import Path

import pytest
from checkouts import finish, make_checkout, run, snapshot, start, write

_DYING = (sys.executable, str(Path(__file__).with_name("dying.py")))
_INIT = ("init", "--hook")
_EPOCH = {"SOURCE_DATE_EPOCH": "1766620800"}
_MOST_STEPS = 200


def make(root: Path) -> Path:
    """Make a checkout with files that the set-up changes, and files that it creates."""
    make_checkout(root)
    write(root / ".agents/SESSION-PROTOCOL.md", "# Protocol\r\n\r\nOurs.\r\n")
    write(root / "AGENTS.md", "# Agents\n")
    write(root / ".pre-commit-config.yaml", "repos:\n- repo: meta\n  hooks: []\n")
    return root


def files_of(root: Path) -> dict[str, tuple[int, bytes]]:
    """Give the files that matter: not git's own, and not what a killed write leaves."""
    return {
        name: found
        for name, found in snapshot(root).items()
        if not name.endswith(".tmp")
        and (not name.startswith(".git/") or name == ".git/hooks/pre-commit")
    }


def die_at_each_step(tmp_path: Path, stride: int) -> int:
    before = make(tmp_path / "before")
    after = shutil.copytree(before, tmp_path / "after", symlinks=True)
    assert run(after, *_INIT, env=_EPOCH).code == 0
    old, new = files_of(before), files_of(after)
    assert len(new) > len(old)
    for step in range(1, _MOST_STEPS, stride):
        root = shutil.copytree(before, tmp_path / f"killed-{step}", symlinks=True)
        done = finish(start(root, str(step), *_INIT, env=_EPOCH, command=_DYING))
        if done.code == 0:
            assert files_of(root) == new
            return step
        assert done.code == -signal.SIGKILL, done
        for name, (_, content) in files_of(root).items():
            assert content in (old.get(name, (0, b""))[1], new[name][1]), name
        assert run(root, *_INIT, env=_EPOCH).code == 0
        assert files_of(root) == new
        shutil.rmtree(root)
    return pytest.fail("it never came to its end")


def test_a_set_up_that_is_killed_is_finished_by_the_next(tmp_path: Path) -> None:
    assert die_at_each_step(tmp_path, 7) > 30


@pytest.mark.full
def test_a_set_up_that_is_killed_at_any_step_is_finished_by_the_next(tmp_path: Path) -> None:
    assert die_at_each_step(tmp_path, 1) > 30


@pytest.mark.parametrize("size", [0, 100, 3000])
def test_a_full_disk_leaves_every_file_whole(tmp_path: Path, size: int) -> None:
    root = make(tmp_path / "full")
    old = files_of(root)
    limited = (
        "import resource, sys;"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}));"
        "from handoff_md.cli.main import main; main()"
    )
    done = finish(start(root, *_INIT, env=_EPOCH, command=(sys.executable, "-c", limited)))
    assert done.code == 2
    assert "the limit for file sizes is reached" in done.stderr
    for name, found in old.items():
        assert files_of(root)[name] == found or found[1] in files_of(root)[name][1]
    assert run(root, *_INIT, env=_EPOCH).code == 0
    assert "Nothing to do" in run(root, *_INIT, env=_EPOCH).stdout
