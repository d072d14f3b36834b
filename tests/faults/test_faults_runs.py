"""Whole parallel runs of many agents, with random delays, kills and commits of their own."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from agents import end, fill_log, lead, started, states, work
from checkouts import HANDOFF, Done, document_of, finish, run, start, status, write
from repositories import git

import handoff_md

_DYING = (sys.executable, str(Path(__file__).with_name("dying.py")))
_BIN = str(Path(sys.executable).parent)
_MOST_DELAY = 0.3


@dataclass(slots=True)
class Play:
    """One run: where it plays, its own chance, and what has become of it."""

    root: Path
    chance: random.Random
    places: list[Path]
    sessions: list[str] = field(default_factory=list)

    @property
    def shared(self) -> bool:
        return self.places[0] == self.root


def _set_the_stage(folder: Path, seed: int) -> Play:
    """Set a repository up by ``init`` with its hook, and add a worktree for each agent or none."""
    chance = random.Random(seed)  # noqa: S311 - a play that can be repeated, no secret
    root = folder / "root"
    root.mkdir(parents=True)
    git(root, "init", "--quiet")
    assert run(root, "init", "--yes", "--hook").code == 0
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--no-verify", "--message", "chore: set up")
    count = chance.randint(2, 12)
    places = [root] * count
    if seed % 2:
        places = [folder / f"agent-{number}" for number in range(count)]
        for number, place in enumerate(places):
            git(root, "worktree", "add", "--quiet", "-b", f"agent-{number}", str(place))
    return Play(root, chance, places)


def _killed(place: Path, step: int, *args: str) -> Done:
    """Run a command and kill it, with its children, right before one of its steps."""
    return finish(start(place, str(step), *args, command=_DYING))


def _commit_own(place: Path, name: str) -> None:
    """Commit an agent's own file, and nothing else, however many others commit.

    As the protocol says, both steps are tried again: another commit may hold the index, or put an
    older one back.
    """
    path = f"src/{name}"
    write(place / path, f"{name}\n")
    for _ in range(200):
        try:
            git(place, "add", "--", path)
            git(place, "commit", "--quiet", "--only", "-m", f"feat: {name}", "--", path)
        except AssertionError as error:
            if not any(said in str(error) for said in ("index.lock", "lock ref", "pathspec")):
                raise
            time.sleep(0.05)
        else:
            return
    pytest.fail("the index stayed locked")


@dataclass(frozen=True, slots=True)
class Script:
    """What an agent will do; a step of 0 kills nothing."""

    delays: tuple[float, ...]
    killed_start: int
    killed_end: int
    commits: int
    meddles: bool


def _write_scripts(play: Play) -> list[Script]:
    chance = play.chance
    return [
        Script(
            delays=tuple(chance.uniform(0, _MOST_DELAY) for _ in range(4)),
            killed_start=chance.randint(1, 30) if chance.random() < 0.3 else 0,
            killed_end=chance.randint(1, 60) if chance.random() < 0.4 else 0,
            commits=chance.randint(0, 2),
            meddles=not play.shared and chance.random() < 0.3,
        )
        for _ in play.places
    ]


def _begin(place: Path, number: int, script: Script) -> str:
    """Start an agent's session; one that is killed starts again, as whoever runs it would."""
    time.sleep(script.delays[0])
    if script.killed_start:
        _killed(place, script.killed_start, "session", "start", "--title", f"Agent {number}")
    return str(started(place, "--title", f"Agent {number}", "--agent", f"a{number}")["id"])


def _work(place: Path, number: int, session: str, script: Script) -> None:
    time.sleep(script.delays[1])
    for count in range(script.commits):
        _commit_own(place, f"agent-{number}-{count}.txt")
    if script.meddles:
        _meddle(place)
    log = Path(run(place, "session", "show", session, "--json").report["log"])
    fill_log(place / log, f"- Agent {number} did its part.\n- {'word ' * number}\n")
    time.sleep(script.delays[2])
    if script.killed_end:
        _killed(place, script.killed_end, "session", "end", session)
        time.sleep(script.delays[3])
    done = end(place, session)
    assert done.code == 0, done


def _meddle(place: Path) -> None:
    """Try to commit a change of HANDOFF.md while the run is active: the guard refuses it."""
    before = document_of(place)
    write(place / HANDOFF, before + "\nMeddled.\n")
    with pytest.raises(AssertionError, match="run"):
        git(place, "commit", "--quiet", "--all", "--message", "meddle")
    git(place, "restore", "--staged", "--worktree", "--", HANDOFF)


def _abandon_what_was_cut_off(play: Play) -> None:
    """Release the claims of killed starts, and remove what these have left of their logs."""
    for session, state in states(play.root).items():
        if session not in play.sessions and state in ("started", "no-log"):
            shown = run(play.root, "session", "show", session, "--json").report
            assert run(play.root, "session", "abandon", session).code == 0
            (Path(shown["root"]) / shown["log"]).unlink(missing_ok=True)


def _play(play: Play) -> None:
    """Let a session work alone, then all agents in a run, then end the orchestrator's session."""
    alone = work(play.root, "--title", "Alone before")["id"]
    assert end(play.root, alone).code == 0
    leader = work(play.root, "--title", "Lead")["id"]
    play.sessions += [alone, leader]
    if not play.shared:
        for place in play.places:
            git(place, "merge", "--quiet", "--ff-only", "main")
    lead(play.root, orchestrator=leader)
    scripts = _write_scripts(play)
    numbers = range(len(play.places))
    with ThreadPoolExecutor(len(play.places) + 1) as pool:
        ids = list(pool.map(_begin, play.places, numbers, scripts))
        play.sessions += ids
        _abandon_what_was_cut_off(play)
        works = [
            pool.submit(_work, *each)
            for each in zip(play.places, numbers, ids, scripts, strict=True)
        ]
        finishing = pool.submit(_finish, play)
        for done in works:
            done.result()
        finishing.result()
    assert end(play.root, leader).code == 0


def _finish(play: Play) -> None:
    """Finish the run while agents still work; half of the orchestrators are killed on the way."""
    wait = ("run", "finish", "--wait", "60")
    if play.chance.random() < 0.5:
        killed = _killed(play.root, play.chance.randint(1, 70), *wait)
        assert killed.code in (0, -signal.SIGKILL), killed
    done = run(play.root, *wait)
    assert done.code == 0, done


def _recorded(text: str) -> Iterator[str]:
    for entry in handoff_md.parse(text).entries:
        parts = [str(part.session_id) for part in entry.parts]
        yield from parts or map(str, entry.session_ids)


def _check(play: Play) -> None:
    root = play.root
    if not play.shared:
        branches = [f"agent-{number}" for number in range(len(play.places))]
        for branch in branches:
            git(root, "merge", "--quiet", "--no-edit", branch)
    recorded = Counter(_recorded(document_of(root)))
    assert recorded == Counter(play.sessions), recorded
    assert status(root) == ""
    for commit in git(root, "rev-list", "--no-merges", "HEAD").decode().split()[:-1]:
        files = git(root, "show", "--format=", "--name-only", commit).decode().split()
        subject = git(root, "log", "-1", "--format=%s", commit).decode().strip()
        assert len(files) == 1, (subject, files)
        kind = subject.partition(":")[0]
        wanted = {"docs(handoff)": HANDOFF, "docs(session)": ".agents/sessions/", "feat": "src/"}
        assert files[0].startswith(wanted[kind]), (subject, files)
    touched = git(root, "log", "--no-merges", "--format=%s", "--", HANDOFF).decode().splitlines()
    assert len(touched) == 4, touched  # set up, alone, the run, its orchestrator
    first = git(root, "rev-list", "--max-parents=0", "HEAD").decode().strip()
    for options in ((), ("--commits", f"{first}..HEAD")):
        linted = run(root, "lint", "--output-format", "json", *options)
        assert linted.report["diagnostics"] == [], options


def _check_run(seed: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{_BIN}{os.pathsep}{os.environ['PATH']}")
    play = _set_the_stage(folder, seed)
    _play(play)
    _check(play)


@pytest.mark.parametrize("seed", range(8))
def test_a_run_of_many_agents_loses_doubles_and_bundles_nothing(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _check_run(seed, tmp_path, monkeypatch)


@pytest.mark.full
@pytest.mark.parametrize("seed", range(8, 100))
def test_100_runs_of_many_agents_lose_double_and_bundle_nothing(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _check_run(seed, tmp_path, monkeypatch)
