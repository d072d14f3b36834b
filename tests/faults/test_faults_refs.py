"""Sessions of several clones that start at once, and what is killed while it tells the remote."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from itertools import chain, count
from pathlib import Path

import pytest
from agents import LOGS, fill_log
from branched import clone_of, make_remote
from checkouts import HANDOFF, STATE, commit_all, document_of, finish, start, write
from dying import die_before_step
from inprocess import run_inside
from repositories import git
from telling import ROOT, refs_of

from handoff_md.cli.commands import run
from handoff_md.store.published import list_refs

_TRIP = re.compile(r"trace: built-in: git (?:push|fetch) ")
_PATIENT = "network-timeout = 120\n"
_KNOWN = ("claims", "summaries", "run")
_OPEN = ("started", "no-log")


@pytest.mark.parametrize("sessions", [12, pytest.param(64, marks=pytest.mark.full)])
def test_sessions_that_start_at_once_in_three_clones_get_ids_of_their_own(
    tmp_path: Path, sessions: int
) -> None:
    remote = make_remote(tmp_path, coordination="refs", more=_PATIENT)
    clones = [clone_of(remote, tmp_path / f"clone-{number}") for number in range(3)]
    for clone in clones:  # the first contact tries the remote
        assert run_inside(clone, "run", "status").code == 0
    traces = [tmp_path / f"trace-{number}" for number in range(sessions)]

    processes = [
        start(
            clones[number % 3],
            *("session", "start", "--json", "--title", f"Task {number}"),
            env={"GIT_TRACE": str(traces[number])},
        )
        for number in range(sessions)
    ]
    done = [finish(process, seconds=500) for process in processes]

    assert [one.code for one in done] == [0] * sessions, [one.stderr for one in done]
    ids = {one.report["id"] for one in done}
    assert len(ids) == sessions
    assert {f"claims/{id_}" for id_ in ids} == set(refs_of(remote))
    assert not any("can't" in note for one in done for note in one.report["notes"])
    trips = [len(_TRIP.findall(trace.read_text("utf-8"))) for trace in traces]
    assert max(trips) <= 7
    assert sum(trips) <= 5 * sessions


class Scene:
    """A remote with two clones, which can be put back to what they were, at the same place.

    ``one`` is where a command is killed.
    """

    def __init__(self, folder: Path, prepare: Callable[[Scene], None]) -> None:
        self.folder, self.saved = folder / "scene", folder / "saved"
        self.folder.mkdir()
        self.remote = make_remote(self.folder, coordination="refs", more=_PATIENT)
        self.one, self.two = (clone_of(self.remote, self.folder / name) for name in ("one", "two"))
        prepare(self)
        shutil.copytree(self.folder, self.saved, symlinks=True)

    def restore(self) -> None:
        shutil.rmtree(self.folder)
        shutil.copytree(self.saved, self.folder, symlinks=True)

    def die(self, step: int, *args: str) -> bool:
        """Run a command in a process that kills itself before a step; tell whether it came to it.

        git's lock of its index is what git itself leaves, and asks people to remove.
        """
        child = os.fork()
        if not child:
            with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device
                for stream in (1, 2):
                    os.dup2(nowhere.fileno(), stream)
            os.setsid()
            os.chdir(self.one)
            die_before_step(step)
            os._exit(run(args))
        _, status = os.waitpid(child, 0)
        for lock in self.one.glob(".git/**/*.lock"):
            lock.unlink()
        return os.WIFSIGNALED(status)

    def settle(self) -> dict[str, dict[str, str]]:
        """Have both clones contact the remote once more; give the sessions of each, by state.

        Then the remote has what it has to have, and nothing waits to be told.
        """
        clones = {"one": self.one, "two": self.two}
        told = {
            clone: run_inside(clone, "run", "status", "--json").report
            for clone in (self.one, self.two, self.one)
        }
        found = {name: _states(clone) for name, clone in clones.items()}
        at_work = {
            session for ones in found.values() for session, state in ones.items() if state in _OPEN
        }
        refs = refs_of(self.remote)
        claims = {name.removeprefix("claims/") for name in refs if name.startswith("claims/")}
        assert at_work <= claims
        assert claims - at_work <= {max(claims, key=_number, default="")}, "the highest stays"
        for clone in clones.values():
            assert told[clone]["active"] is ("run" in refs), told
            assert all(one.is_settled or not one.wanted for one in list_refs(clone / STATE))
        assert not [name for name in refs if name.partition("/")[0] not in _KNOWN]
        return found


def _states(clone: Path) -> dict[str, str]:
    listed = run_inside(clone, "session", "list", "--json").report["sessions"]
    # A session whose log is not made yet is told to be given up, or started with another id.
    return {one["id"]: "started" if one["state"] in _OPEN else one["state"] for one in listed}


def _number(id_: str) -> int:
    return int(id_) if id_.isdecimal() else 0


def _nothing(_: Scene) -> None:
    """Let the first contact with the remote be the one that is killed."""


def _at_work(scene: Scene) -> None:
    for clone in (scene.two, scene.one):
        assert run_inside(clone, "session", "start", "--title", "Work").code == 0


def _drawn(scene: Scene) -> None:
    """Let the first contact find that no number can be claimed."""
    _at_work(scene)
    tree = git(scene.two, "rev-parse", "HEAD^{tree}").decode().strip()
    git(scene.two, "push", "--quiet", "origin", f"{tree}:{ROOT}claims/{'9' * 18}")


def _unreached(scene: Scene) -> None:
    """Let nobody be told until the command is done."""
    _at_work(scene)
    git(scene.one, "remote", "set-url", "origin", "/nowhere/remote.git")


def _reserved(scene: Scene) -> None:
    lead = ("run", "start", "--orchestrator", "22", "--claim", "2")
    assert run_inside(scene.two, *lead).code == 0


def _worked(scene: Scene) -> None:
    _at_work(scene)
    fill_log(next((scene.one / LOGS).glob("*-session-20*.md")))


def _worked_on_a_branch(scene: Scene) -> None:
    git(scene.one, "switch", "--quiet", "-c", "agent/one")
    _worked(scene)


def _leading(scene: Scene) -> None:
    """Let both clones have a session that has ended in a run of the first, which another joins."""
    assert run_inside(scene.one, "run", "start", "--orchestrator", "22").code == 0
    for clone, branch in ((scene.one, "main"), (scene.two, "agent/two")):
        git(clone, "switch", "--quiet", "-C", branch)
        session = run_inside(clone, "session", "start", "--json", "--title", "Work").report
        fill_log(clone / session["log"])
        assert run_inside(clone, "session", "end", session["id"], "--push").code == 0
    git(scene.two, "switch", "--quiet", "main")
    git(scene.two, "pull", "--quiet", "--ff-only")
    write(scene.two / "other.txt", "of others\n")
    commit_all(scene.two, "of others")
    git(scene.two, "push", "--quiet", "origin", "main")
    git(scene.two, "switch", "--quiet", "agent/two")


def _left(scene: Scene) -> None:
    """Let the run be over in which the sessions have ended."""
    _leading(scene)
    assert run_inside(scene.one, "run", "cancel").code == 0


_CASES: tuple[tuple[Callable[[Scene], None], str, tuple[int, ...]], ...] = (
    (_nothing, "session start", (0,)),
    (_at_work, "session start", (0,)),
    (_drawn, "session start", (0,)),
    (_reserved, "session start --id 23", (0, 1)),
    (_at_work, "session start --id 40", (0, 1)),
    (_unreached, "session start --id 40", (0, 1)),
    (_worked, "session end 20", (0,)),
    (_worked_on_a_branch, "session end 20 --push", (0,)),
    (_at_work, "session abandon 20", (0, 1)),
    (_at_work, "run start --orchestrator 22", (0, 2)),
    (_nothing, "run start --orchestrator 22 --claim 2", (0, 2)),
    (_leading, "run cancel", (0, 2)),
    (_leading, "run finish --push", (0,)),
    (_left, "merge --orchestrator 22 --fetch", (0,)),
)


@pytest.mark.parametrize(
    ("prepare", "command", "again", "stride"),
    [
        (_nothing, "session start", (0,), 40),
        *(pytest.param(*case, 1, marks=pytest.mark.full) for case in _CASES),
    ],
)
def test_what_is_killed_at_any_step_is_made_whole_by_doing_it_again(
    tmp_path: Path,
    prepare: Callable[[Scene], None],
    command: str,
    again: tuple[int, ...],
    stride: int,
) -> None:
    scene = Scene(tmp_path, prepare)
    wanted = None
    for step in chain((0,), count(1, stride)):
        scene.restore()
        killed = scene.die(step, *command.split())
        done = run_inside(scene.one, *command.split())
        assert done.code in again, (step, done)
        git(scene.one, "remote", "set-url", "origin", scene.remote.as_uri())
        if "merge" in command:
            git(scene.one, "pull", "--quiet", "--no-rebase", "--no-edit", "origin", "main")
            git(scene.one, "push", "--quiet", "origin", "main")
        found = scene.settle()
        has = (found["two"], *_made(scene, found["one"], command))
        assert has == (wanted or has), step
        wanted = has
        if step and not killed:
            return


def _made(scene: Scene, ones: dict[str, str], command: str) -> tuple[object, ...]:
    """Give what has to be the same whenever a command was killed, and done again."""
    refs = {name for name in refs_of(scene.remote) if name.startswith("summaries/")}
    text = document_of(scene.one)
    told = [line for line in text.splitlines() if line.startswith("###")]
    if command == "run finish --push":
        assert git(scene.remote, "show", f"main:{HANDOFF}").decode() == text
    if command == "session start" or "--claim" in command:
        assert set(ones.values()) <= {"started", "no-log"}
        assert not ones.keys() & _states(scene.two).keys(), "an id is given out twice"
        return (told, refs)
    return (told, refs, ones)
