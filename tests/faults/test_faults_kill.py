"""A merge that is killed at any step is finished by the next one, as if nothing had been."""

from __future__ import annotations

import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from checkouts import (
    DATE,
    DOCUMENT,
    HANDOFF,
    MERGE,
    STATE,
    SUMMARIES,
    Done,
    archived,
    commit_all,
    finish,
    make_checkout,
    make_ready,
    merge,
    messages,
    snapshot,
    start,
    status,
    summary_path,
    summary_text,
    write,
    write_summary,
)
from repositories import git

from handoff_md.config import Config

COMMITTED = Config().committed
_DYING = (sys.executable, str(Path(__file__).with_name("dying.py")))
_MOST_STEPS = 400
_STRIDE = 5


@dataclass(frozen=True, slots=True)
class Scene:
    """A checkout to merge in, and further options of the merge."""

    make: Callable[[Path], Path]
    options: tuple[str, ...] = ()
    state: str = STATE


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that a merge leaves behind."""

    files: dict[str, tuple[int, bytes]]
    messages: list[str]
    status: str
    archived: list[tuple[str, bytes]]
    state: frozenset[str]


def _tracked(root: Path) -> Path:
    make_ready(root)
    git(root, "add", "--force", SUMMARIES)
    commit_all(root, "summaries")
    return root


def _unborn(root: Path) -> Path:
    root.mkdir()
    git(root, "init", "--quiet", "--template=")
    write(root / ".git/info/exclude", f"{SUMMARIES}/\n")
    write_summary(root, "19")
    return root


def _untracked(root: Path) -> Path:
    make_ready(root)
    git(root, "rm", "--quiet", "--cached", HANDOFF)
    git(root, "commit", "--quiet", "--message", "not here")
    return root


def _without_git(root: Path) -> Path:
    write(root / HANDOFF, DOCUMENT)
    write_summary(root, "19")
    return root


def _late_session(root: Path) -> Path:
    make_ready(root)
    assert merge(root).code == 0
    write_summary(root, "21")
    return root


def _beside_other_work(root: Path) -> Path:
    make_ready(root)
    write(root / "other.txt", "staged\n")
    git(root, "add", "other.txt")
    write(root / "other.txt", "staged and changed\n")
    write(root / "new.txt", "new\n")
    return root


def _branches(root: Path) -> Path:
    """Two branches of agents, each with a summary; one is merged already, by its commit."""
    make_checkout(root)
    for session in ("19", "20"):
        git(root, "switch", "--quiet", "-c", f"agent/{session}", "main")
        write(root / COMMITTED / f"{DATE}-session-{session}.md", summary_text(session))
        commit_all(root, "summary")
    git(root, "switch", "--quiet", "main")
    git(root, "merge", "--quiet", "--no-edit", "agent/20")
    return root


SCENES = {
    "ignored summaries": Scene(make_ready),
    "tracked summaries": Scene(_tracked),
    "first commit": Scene(_unborn, ("--create-section",)),
    "untracked document": Scene(_untracked),
    "without git": Scene(_without_git, state=".agents/.handoff-md"),
    "late session": Scene(_late_session),
    "beside other work": Scene(_beside_other_work),
    "kept summaries": Scene(make_ready, ("--keep",)),
}
ALL_SCENES = SCENES | {"branches": Scene(_branches, ("--branches", "agent/*"))}


def _outcome(root: Path, scene: Scene) -> Outcome:
    everything = snapshot(root)
    own = f"{scene.state}/"
    has_git = (root / ".git").exists()
    return Outcome(
        {
            name: content
            for name, content in everything.items()
            if not name.startswith((".git/", own)) and name != ".git"
        },
        messages(root) if has_git else [],
        status(root) if has_git else "",
        archived(root / scene.state),
        frozenset(
            name.removeprefix(own)
            for name in everything
            if name.startswith(own) and "/archive/" not in name
        ),
    )


@contextmanager
def _watched(document: Path) -> Iterator[set[bytes]]:
    """Collect what a reader sees who looks at the document all the time."""
    seen: set[bytes] = set()
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            seen.add(document.read_bytes() if document.exists() else b"")
            time.sleep(0.001)

    reader = threading.Thread(target=look)
    reader.start()
    try:
        yield seen
    finally:
        over.set()
        reader.join()


def _die(root: Path, scene: Scene, step: int) -> Done:
    arguments = (str(step), *MERGE, *scene.options)
    return finish(start(root, *arguments, command=_DYING))


def _check_every(stride: int, first: int, scene: Scene, folder: Path) -> int:
    """Kill a merge at each of the steps and run it again; give how many were tried."""
    template = scene.make(folder / "template")
    undisturbed = folder / "undisturbed"
    shutil.copytree(template, undisturbed, symlinks=True)
    old = (template / HANDOFF).read_bytes() if (template / HANDOFF).exists() else b""
    assert merge(undisturbed, *scene.options).code == 0
    wanted = _outcome(undisturbed, scene)
    new = (undisturbed / HANDOFF).read_bytes()
    for step in range(first, _MOST_STEPS, stride):
        root = folder / f"step{step}"
        shutil.copytree(template, root, symlinks=True)
        with _watched(root / HANDOFF) as seen:
            killed = _die(root, scene, step)
            again = merge(root, *scene.options)
        assert again.code == 0, (step, again)
        assert _outcome(root, scene) == wanted, (step, again)
        assert seen <= {old, new}, step
        if killed.code == 0:
            return (step - first) // stride
        assert killed.code == -signal.SIGKILL
        shutil.rmtree(root)
    pytest.fail("the merge has too many steps")


@pytest.mark.parametrize("name", SCENES)
def test_a_killed_merge_is_finished_by_the_next(name: str, tmp_path: Path) -> None:
    first = 1 + list(SCENES).index(name) % _STRIDE

    tried = _check_every(_STRIDE, first, SCENES[name], tmp_path)

    assert tried >= 3


@pytest.mark.full
@pytest.mark.parametrize("name", ALL_SCENES)
def test_a_merge_killed_at_every_step_is_finished_by_the_next(name: str, tmp_path: Path) -> None:
    tried = _check_every(1, 1, ALL_SCENES[name], tmp_path)

    assert tried >= 20


def _check_recovery(scene: Scene, folder: Path, first_steps: range, stride: int) -> int:
    """Kill a merge, then the one that finishes it, and run a third; give how many were tried."""
    template = scene.make(folder / "template")
    undisturbed = folder / "undisturbed"
    shutil.copytree(template, undisturbed, symlinks=True)
    assert merge(undisturbed, *scene.options).code == 0
    wanted = _outcome(undisturbed, scene)
    tried = 0
    for first in first_steps:
        for second in range(1 + first % stride, _MOST_STEPS, stride):
            root = folder / f"steps{first}-{second}"
            shutil.copytree(template, root, symlinks=True)
            assert _die(root, scene, first).code == -signal.SIGKILL
            recovered = _die(root, scene, second)
            again = merge(root, *scene.options)
            assert again.code == 0, (first, second, again)
            assert _outcome(root, scene) == wanted, (first, second, again)
            shutil.rmtree(root)
            tried += 1
            if recovered.code == 0:
                break
    return tried


def test_a_recovery_that_is_killed_is_finished_by_the_next(tmp_path: Path) -> None:
    assert _check_recovery(SCENES["tracked summaries"], tmp_path, range(20, 21), 12) >= 2


@pytest.mark.full
@pytest.mark.parametrize("name", ["tracked summaries", "untracked document", "without git"])
def test_a_recovery_killed_at_many_steps_is_finished_by_the_next(name: str, tmp_path: Path) -> None:
    assert _check_recovery(SCENES[name], tmp_path, range(4, 24, 4), 2) >= 20


def test_what_is_killed_leaves_the_summaries_of_a_foreign_folder(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    other = write_summary(tmp_path / "other", "19")
    scene = Scene(make_ready, ("--from", str(tmp_path / "other")))
    for step in range(10, _MOST_STEPS, 10):
        if _die(root, scene, step).code == 0:
            break
    assert other.exists()
    assert not summary_path(root, "19").exists()
    assert messages(root)[0].count("Handoff-Session: 19") == 1
