"""What may happen while git commits: kills, hooks that refuse, interrupts, a held index."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from checkouts import (
    DOCUMENT,
    HANDOFF,
    MERGE,
    STATE,
    SUBJECT,
    SUMMARIES,
    add_hook,
    archived,
    commit_all,
    document_of,
    finish,
    make_ready,
    merge,
    messages,
    snapshot,
    start,
    status,
    subjects,
    summary_path,
    write,
)
from repositories import git

_CALLS = "openat,write,fsync,fdatasync,rename,renameat2,link,linkat,unlink,unlinkat,mkdir"
_STRIDE = 12
_MOST_STEPS = 2000

# Runs git as it is, but for `git commit`, which dies at its STEP-th change, and takes all with it.
_DYING_GIT = """\
#!/bin/sh
case " $* " in
*" commit "*)
  strace -qq -o "$STRACE_OUTPUT" -e "trace=$CALLS" -e "inject=$CALLS:signal=KILL:when=$STEP" \\
    "$REAL_GIT" "$@"
  code=$?
  [ "$code" -lt 128 ] || kill -KILL 0
  exit "$code" ;;
*) exec "$REAL_GIT" "$@" ;;
esac
"""


def _impatient(root: Path) -> Path:
    """Make a checkout that waits for one second for git's index."""
    make_ready(root)
    write(root / "handoff-md.toml", "lock-timeout = 1\n")
    commit_all(root, "configure")
    return root


def _tracked(root: Path) -> Path:
    make_ready(root)
    git(root, "add", "--force", SUMMARIES)
    commit_all(root, "summaries")
    return root


def _wait_for(path: Path) -> None:
    end = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < end, f"{path} never came"
        time.sleep(0.01)


def _check_merged_once(root: Path) -> None:
    assert subjects(root).count(SUBJECT) == 1
    assert document_of(root).count("Parallel Sessions 19, 20") == 1
    assert [name for name, _ in archived(root / STATE)] == [
        "handoff-session-19-summary.md",
        "handoff-session-20-summary.md",
    ]
    assert status(root) == ""
    assert not (root / STATE / "journal.json").exists()


def _slow_hook(root: Path, name: str, seconds: float) -> Path:
    """Add a hook that sleeps; give the file by which it says that it does."""
    asleep = root / ".git" / "asleep"
    add_hook(root, name, f"touch {asleep}; sleep {seconds}")
    return asleep


def _check_git_killed(tmp_path: Path, *, stride: int) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    template = _tracked(tmp_path / "template")
    add_hook(template, "pre-commit", ":")
    undisturbed = tmp_path / "undisturbed"
    shutil.copytree(template, undisturbed)
    assert merge(undisturbed).code == 0
    path = write(tmp_path / "bin" / "git", _DYING_GIT)
    path.chmod(0o755)
    environment = {
        "PATH": f"{path.parent}{os.pathsep}{os.environ['PATH']}",
        "REAL_GIT": shutil.which("git") or "",
        "CALLS": _CALLS,
        "STRACE_OUTPUT": os.devnull,
    }
    for step in range(1, _MOST_STEPS, stride):
        root = tmp_path / f"step{step}"
        shutil.copytree(template, root)
        killed = finish(start(root, *MERGE, env={**environment, "STEP": str(step)}))
        if killed.code == 0:
            assert step > stride
            return
        assert killed.code == -signal.SIGKILL, killed
        for name in ("index.lock", "HEAD.lock", "refs/heads/main.lock"):
            (root / ".git" / name).unlink(missing_ok=True)
        again = merge(root)
        assert again.code == 0, (step, again)
        _check_merged_once(root)
        assert messages(root) == messages(undisturbed), step
        assert document_of(root) == document_of(undisturbed), step
        shutil.rmtree(root)
    pytest.fail("git takes too many steps")


def test_a_merge_killed_within_git_is_finished_by_the_next(tmp_path: Path) -> None:
    _check_git_killed(tmp_path, stride=_STRIDE)


@pytest.mark.full
def test_a_merge_killed_at_every_step_of_git_is_finished_by_the_next(tmp_path: Path) -> None:
    _check_git_killed(tmp_path, stride=1)


@pytest.mark.parametrize("hook", ["pre-commit", "post-commit"])
def test_git_that_outlives_its_killed_parent_commits_once(tmp_path: Path, hook: str) -> None:
    root = make_ready(tmp_path / "root")
    asleep = _slow_hook(root, hook, 1.5)
    process = start(root, *MERGE)
    _wait_for(asleep)
    process.kill()
    process.wait()

    again = merge(root)

    assert again.code == 0, again
    finish(process)
    _check_merged_once(root)


def test_an_index_lock_left_by_a_kill_is_named_and_its_removal_is_enough(tmp_path: Path) -> None:
    root = _impatient(tmp_path / "root")
    asleep = _slow_hook(root, "pre-commit", 60)
    process = start(root, *MERGE)
    _wait_for(asleep)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    (root / ".git/hooks/pre-commit").unlink()
    lock = root / ".git/index.lock"
    assert lock.exists()

    refused = merge(root)

    assert refused.code == 2
    assert str(lock) in refused.stderr
    assert "remove that file" in refused.stderr
    lock.unlink()
    assert merge(root).code == 0
    _check_merged_once(root)


@pytest.mark.parametrize("hook", ["pre-commit", "commit-msg"])
def test_a_failing_hook_changes_nothing(tmp_path: Path, hook: str) -> None:
    root = _tracked(tmp_path / "root")
    write(root / "other.txt", "staged\n")
    git(root, "add", "other.txt")
    write(root / "other.txt", "changed\n")
    before = status(root), git(root, "ls-files", "--stage"), document_of(root), messages(root)
    add_hook(root, hook, "echo 'the moon is wrong' >&2; exit 1")

    refused = merge(root)

    assert refused.code == 2
    assert "the moon is wrong" in refused.stderr
    assert hook in refused.stderr
    after = status(root), git(root, "ls-files", "--stage"), document_of(root), messages(root)
    assert after == before
    assert summary_path(root, "19").exists()
    assert not (root / STATE / "journal.json").exists()
    (root / ".git/hooks" / hook).unlink()
    assert merge(root).code == 0
    assert subjects(root).count(SUBJECT) == 1


def test_no_verify_passes_a_failing_hook(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    add_hook(root, "pre-commit", "exit 1")

    assert merge(root, "--no-verify").code == 0

    _check_merged_once(root)


def test_a_hook_that_formats_the_document_and_fails_leaves_a_way_on(tmp_path: Path) -> None:
    root = _tracked(tmp_path / "root")
    add_hook(
        root,
        "pre-commit",
        f"grep -q formatted {HANDOFF} || {{ echo formatted >> {HANDOFF}; exit 1; }}",
    )

    refused = merge(root)

    assert refused.code == 2
    assert "pre-commit" in refused.stderr
    assert "git diff HEAD" in refused.stderr
    assert summary_path(root, "19").exists()
    again = merge(root)
    assert again.code == 2
    assert "git diff HEAD" in again.stderr
    git(root, "commit", "--quiet", "--message", "by hand", HANDOFF)
    assert merge(root).code == 0
    assert document_of(root).count("Parallel Sessions 19, 20") == 1
    assert status(root) == ""
    assert len(archived(root / STATE)) == 2


def test_a_hook_that_formats_and_adds_the_document_leaves_it_clean(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    add_hook(root, "pre-commit", f"echo formatted >> {HANDOFF}; git add {HANDOFF}")

    assert merge(root).code == 0

    _check_merged_once(root)
    assert document_of(root).endswith("formatted\n")


@pytest.mark.parametrize("whole_group", [True, False])
@pytest.mark.parametrize("hook", ["pre-commit", "post-commit"])
def test_an_interrupt_loses_nothing(tmp_path: Path, hook: str, *, whole_group: bool) -> None:
    root = _tracked(tmp_path / "root")
    asleep = _slow_hook(root, hook, 2)
    process = start(root, *MERGE)
    _wait_for(asleep)
    if whole_group:
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGINT)

    interrupted = finish(process)

    assert interrupted.code == 130
    if hook == "pre-commit":
        assert document_of(root) == DOCUMENT
        assert status(root) == ""
        assert summary_path(root, "19").exists()
    shutil.rmtree(root / ".git/hooks")
    again = merge(root)
    assert again.code == 0, again
    _check_merged_once(root)


def test_a_held_index_is_waited_for(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    lock = write(root / ".git/index.lock", "")
    with subprocess.Popen(["sh", "-c", f"sleep 1; rm {lock}"]):
        done = merge(root)

    assert done.code == 0, done
    _check_merged_once(root)


def test_an_index_that_stays_held_is_refused(tmp_path: Path) -> None:
    root = _impatient(tmp_path / "root")
    write(root / ".git/index.lock", "")
    before = document_of(root), git(root, "ls-files", "--stage")

    refused = merge(root)

    assert refused.code == 2
    assert "index.lock" in refused.stderr
    assert (document_of(root), git(root, "ls-files", "--stage")) == before
    assert summary_path(root, "19").exists()
    (root / ".git/index.lock").unlink()
    assert merge(root).code == 0
    _check_merged_once(root)


def test_a_held_index_that_comes_with_the_commit_is_undone(tmp_path: Path) -> None:
    root = _impatient(tmp_path / "root")
    real = shutil.which("git")
    script = f'#!/bin/sh\ncase " $* " in *" commit "*) touch {root}/.git/index.lock;; esac\n'
    path = write(tmp_path / "bin/git", f'{script}exec {real} "$@"\n')
    path.chmod(0o755)

    refused = merge(root, env={"PATH": f"{path.parent}{os.pathsep}{os.environ['PATH']}"})

    assert refused.code == 2
    assert "index.lock" in refused.stderr
    (root / ".git/index.lock").unlink()
    assert status(root) == ""
    assert document_of(root) == DOCUMENT
    before = snapshot(root / ".agents")
    assert merge(root, "--dry-run").code == 0
    assert snapshot(root / ".agents") == before
    assert merge(root).code == 0
    _check_merged_once(root)
