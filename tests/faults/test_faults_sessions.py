"""Sessions that start at once, are killed at any step, or lose what they stand on."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from agents import LOGS, add_worktrees, end, fill_log, lead, started, states, work
from checkouts import (
    HANDOFF,
    STATE,
    Done,
    age,
    archived,
    document_of,
    finish,
    make_checkout,
    messages,
    run,
    start,
    status,
    subjects,
    summary_path,
    write,
)
from msgspec.structs import replace
from permissions import unprivileged_folder
from repositories import git

from handoff_md.app.merge.report import Watch
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.run.finish import finish_run
from handoff_md.app.run.start import RunRequest, begin_run
from handoff_md.app.session.end import end_session
from handoff_md.app.session.ended import EndRequest
from handoff_md.app.session.start import StartRequest, start_session
from handoff_md.errors import FileError

_DYING = (sys.executable, str(Path(__file__).with_name("dying.py")))
_MOST_STEPS = 300
_STRIDE = 6
_DAY = ("--date", "2025-12-18")


def test_64_sessions_that_start_at_once_in_4_worktrees_get_64_ids(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    places = [root, *add_worktrees(root, 3)]

    processes = [
        start(places[number % 4], "session", "start", "--json", "--title", f"Task {number}")
        for number in range(64)
    ]
    done = [finish(process) for process in processes]

    assert [one.code for one in done] == [0] * 64
    sessions = [one.report for one in done]
    assert {session["id"] for session in sessions} == {str(19 + number) for number in range(64)}
    assert all((Path(s["root"]) / s["log"]).is_file() for s in sessions)
    assert sum(len(list((place / LOGS).iterdir())) for place in places) == 64
    assert len(states(root)) == 64


@pytest.mark.parametrize("stride", [5, pytest.param(1, marks=pytest.mark.full)])
def test_a_start_that_is_killed_is_seen_and_its_id_is_not_given_out_again(
    tmp_path: Path, stride: int
) -> None:
    root = make_checkout(tmp_path / "root")
    seen: set[str] = set()
    cut_off = 0
    for step in range(1, _MOST_STEPS, stride):
        killed = finish(start(root, str(step), "session", "start", *_DAY, command=_DYING))
        known = states(root)
        cut_off += sum(state == "no-log" for state in known.values())
        fresh = started(root, *_DAY)["id"]
        assert fresh not in {*seen, *known}
        seen |= {fresh, *known}
        for session, state in states(root).items():
            if state == "no-log":
                assert run(root, "session", "abandon", session).code == 0
        if killed.code == 0:
            break
        assert killed.code == -signal.SIGKILL
    assert cut_off >= 1
    names = [path.name for path in (root / LOGS).iterdir() if path.suffix == ".md"]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("title", ["Mine now", ""])
@pytest.mark.parametrize("stride", [3, pytest.param(1, marks=pytest.mark.full)])
def test_taking_a_claimed_session_up_can_be_killed_and_done_again(
    tmp_path: Path, title: str, stride: int
) -> None:
    root = make_checkout(tmp_path / "root")
    (tree,) = add_worktrees(root, 1)
    lead(root, "--claim", str(_MOST_STEPS // stride))
    named = ("--title", title) if title else ()
    tried = 0
    for number, step in enumerate(range(1, _MOST_STEPS, stride), 23):
        place = (tree, root)[number % 2]
        taking = ("session", "start", "--id", str(number), *named)
        killed = finish(start(place, str(step), *taking, command=_DYING))
        if killed.code == 0:
            break
        again = run(place, *taking)
        assert again.code == 0 or "is claimed since" in again.stderr, (step, again)
        assert states(root)[str(number)] == "started", step
        name = f"*-session-{number}[.-]*"
        logs = [*root.glob(f"{LOGS}/{name}"), *tree.glob(f"{LOGS}/{name}")]
        assert len(logs) == 1, (step, logs)
        tried += 1
    assert tried >= 4


class Scene:
    """A checkout that can be put back to what it was, at the same place."""

    def __init__(self, folder: Path, make: Callable[[Path], str]) -> None:
        self.root = folder / "root"
        self.session = make(self.root)
        self._saved = folder / "saved"
        shutil.copytree(self.root, self._saved, symlinks=True)

    def restore(self) -> None:
        shutil.rmtree(self.root)
        shutil.copytree(self._saved, self.root, symlinks=True)

    def end(self) -> Done:
        return end(self.root, self.session)

    def die(self, step: int) -> Done:
        arguments = (str(step), "session", "end", self.session)
        return finish(start(self.root, *arguments, command=_DYING))

    def outcome(self) -> tuple[object, ...]:
        root = self.root
        files = {
            str(path.relative_to(root)): path.read_bytes()
            for path in root.rglob("*")
            if path.is_file()
            and ".git" not in path.relative_to(root).parts
            # A young temporary file may be a start's at work: it is swept when it is older.
            and (path.suffix != ".tmp" or path.parent.name != "sessions")
        }
        state = root / STATE
        copies = sorted(p.name for p in (state / "summaries").glob("*"))
        changed = [line for line in status(root).splitlines() if not line.endswith(".tmp")]
        return files, messages(root), changed, archived(state), copies, states(root)


def _alone(root: Path) -> str:
    make_checkout(root)
    return str(work(root, "--title", "Alone", *_DAY)["id"])


def _in_a_run(root: Path) -> str:
    make_checkout(root)
    lead(root)
    return str(work(root, "--title", "In a run", *_DAY)["id"])


def _on_a_branch(root: Path) -> str:
    make_checkout(root)
    write(root / "handoff-md.toml", 'coordination = "branch"\n')
    git(root, "switch", "--quiet", "-c", "agent/a")
    return str(work(root, "--id", "19", "--title", "On a branch", *_DAY)["id"])


@pytest.mark.parametrize("stride", [_STRIDE, pytest.param(1, marks=pytest.mark.full)])
@pytest.mark.parametrize(
    "make", [_alone, _in_a_run, pytest.param(_on_a_branch, marks=pytest.mark.full)]
)
def test_an_end_that_is_killed_at_any_step_is_made_whole_by_the_next(
    tmp_path: Path, make: Callable[[Path], str], stride: int
) -> None:
    scene = Scene(tmp_path, make)
    assert scene.end().code == 0
    wanted = scene.outcome()
    tried = 0
    for step in range(2, _MOST_STEPS, stride):
        scene.restore()
        killed = scene.die(step)
        again = scene.end()
        assert again.code == 0, (step, again)
        assert scene.outcome() == wanted, (step, again)
        if killed.code == 0:
            break
        assert killed.code == -signal.SIGKILL
        tried += 1
    assert tried >= 4


def test_an_end_killed_at_any_step_of_a_run_loses_no_session(tmp_path: Path) -> None:
    scene = Scene(tmp_path, _in_a_run)
    for step in range(4, _MOST_STEPS, 15):
        scene.restore()
        killed = scene.die(step)
        finished = run(scene.root, "run", "finish", "--json")
        if finished.code:
            assert set(finished.statuses.values()) == {"missing"}
            assert scene.end().code == 0
            assert run(scene.root, "run", "finish").code == 0
        assert document_of(scene.root).count(f"Session {scene.session}: In a run") == 1
        if killed.code == 0:
            return
    pytest.fail("the end has too many steps")


def test_a_clock_that_goes_backwards_changes_no_ids(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    ids = [
        started(root, env={"SOURCE_DATE_EPOCH": str(moment)})["id"]
        for moment in (1766620800, 1700000000, 1766620700)
    ]
    assert ids == ["19", "20", "21"]
    listed = run(root, "session", "list", "--json", env={"SOURCE_DATE_EPOCH": "1600000000"})
    assert [session["age"] for session in listed.report["sessions"]] == [0, 0, 0]


def test_a_log_that_is_gone_is_told_with_what_to_do(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    session = work(root, "--title", "Lost", *_DAY)
    (root / session["log"]).unlink()
    done = end(root, "19")
    assert done.code == 2
    assert "the log of session 19 is gone" in done.stderr
    assert states(root) == {"19": "no-log"}


def test_a_worktree_that_is_moved_keeps_its_session(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    (tree,) = add_worktrees(root, 1)
    session = work(tree, "--title", "Moved", *_DAY)
    moved = tmp_path / "moved"
    git(root, "worktree", "move", str(tree), str(moved))
    assert states(root) == {"19": "started"}
    assert end(moved, session["id"]).code == 0
    assert subjects(moved)[:2] == [
        "docs(handoff): add session 19",
        "docs(session): log session 19",
    ]


@pytest.mark.parametrize("way", ["removed", "deleted"])
def test_a_worktree_that_is_gone_loses_no_summary(tmp_path: Path, way: str) -> None:
    root = make_checkout(tmp_path / "root")
    (tree,) = add_worktrees(root, 1)
    lead(root)
    session = work(tree, "--title", "Gone", *_DAY)
    assert end(tree, session["id"]).code == 0
    if way == "removed":
        git(root, "worktree", "remove", str(tree))
    else:
        shutil.rmtree(tree)
    finished = run(root, "run", "finish", "--json")
    assert finished.code == 0, finished.stderr
    log = Path(session["log"]).name
    assert f"**Session Log**: [Session {session['id']}](./sessions/{log})" in document_of(root)
    assert list(states(root).values()) == ["merged"]
    assert run(root, "merge", "--orchestrator", "22", "--json").report["sessions"] == []


def test_a_full_disk_leaves_everything_as_it_was_or_to_be_done_again(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    text = document_of(root).replace("Stay as they are.", "Stay as they are.\n" * 5000)
    write(root / HANDOFF, text)
    git(root, "commit", "--quiet", "--all", "--message", "large")
    work(root, "--title", "Full", *_DAY)
    before = document_of(root)

    shell = f"trap '' XFSZ; ulimit -f 60; exec {sys.executable} -m handoff_md \"$@\""
    full = finish(start(root, "session", "end", "19", command=("bash", "-c", shell, "bash")))
    assert full.code == 2
    assert "limit for file sizes" in full.stderr
    assert document_of(root) == before
    assert end(root, "19").code == 0
    assert document_of(root).count("### Session 19: Full") == 1
    assert messages(root)[0].count("Handoff-Session: 19") == 1


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Path]:
    # Once as root: what is imported on the way may be out of reach for the user below.
    _end_in_sandbox(tmp_path / "warm")
    yield from unprivileged_folder()


def _end_in_sandbox(root: Path) -> tuple[str, ...]:
    """Start and end a session of a run in a sandbox that can't write the shared state."""
    make_checkout(root)
    day, now = dt.date(2025, 12, 18), dt.datetime(2025, 12, 18, 12, tzinfo=dt.UTC)
    begin_run(RunRequest(directory=root, today=day, now=now, orchestrator="22", expect=("19",)))
    folders = [root / STATE, root / STATE / "claims"]
    folders[1].mkdir()
    for folder in folders:
        folder.chmod(0o555)
    asked = StartRequest(directory=root, today=day, now=now, title="Sandbox")
    session = start_session(replace(asked, session_id="19"))
    fill_log(root / session.log)
    ending = EndRequest(directory=root, today=day, now=now, session_id="19", commit=False)
    ended = end_session(ending, Watch()).told
    for folder in folders:
        folder.chmod(0o755)
    age(summary_path(root, "19"))
    merging = MergeRequest(directory=root, today=day)
    finished = finish_run(merging, Watch(), take_over=False, clock=lambda: now)
    assert finished.report.exit_code == 0
    assert "Session 19: Sandbox" in document_of(root)
    return (*session.notes, *ended.notes)


def test_a_state_that_can_not_be_written_is_a_note_where_the_file_suffices(
    guarded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    notes = "\n".join(_end_in_sandbox(guarded / "root"))
    assert "the id is not claimed" in notes
    assert "the summary has no copy" in notes


def test_a_state_that_can_not_be_written_gives_no_id_out(
    guarded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    root = make_checkout(guarded / "root")
    (root / ".git").chmod(0o555)
    day, now = dt.date(2025, 12, 18), dt.datetime(2025, 12, 18, 12, tzinfo=dt.UTC)
    with pytest.raises(FileError, match="permission is denied"):
        start_session(StartRequest(directory=root, today=day, now=now))
    assert not (root / LOGS).exists()
