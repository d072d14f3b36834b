"""Sessions of several clones that start at once, and what is killed while it tells the remote."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from agents import end, fill_log, started, states
from branched import clone_of, make_remote
from checkouts import finish, run, start
from repositories import git
from telling import refs_of

_DYING = (sys.executable, str(Path(__file__).with_name("dying.py")))
_TRIP = re.compile(r"trace: built-in: git (?:push|fetch) ")
_PATIENT = "network-timeout = 120\n"
_MOST_STEPS = 200


@pytest.mark.parametrize("count", [12, pytest.param(64, marks=pytest.mark.full)])
def test_sessions_that_start_at_once_in_three_clones_get_ids_of_their_own(
    tmp_path: Path, count: int
) -> None:
    remote = make_remote(tmp_path, coordination="refs", more=_PATIENT)
    clones = [clone_of(remote, tmp_path / f"clone-{number}") for number in range(3)]
    traces = [tmp_path / f"trace-{number}" for number in range(count)]

    processes = [
        start(
            clones[number % 3],
            *("session", "start", "--json", "--title", f"Task {number}"),
            env={"GIT_TRACE": str(traces[number])},
        )
        for number in range(count)
    ]
    done = [finish(process, seconds=500) for process in processes]

    assert [one.code for one in done] == [0] * count, [one.stderr for one in done]
    ids = {one.report["id"] for one in done}
    assert len(ids) == count
    assert {f"claims/{id_}" for id_ in ids} == set(refs_of(remote))
    assert not any("can't" in note for one in done for note in one.report["notes"])
    trips = [len(_TRIP.findall(trace.read_text("utf-8"))) for trace in traces]
    # Three more try the remote first; a drawn id is told once more.
    assert max(trips) <= 7 + 3
    assert sum(trips) <= 5 * count


@pytest.mark.full
def test_a_start_that_is_killed_anywhere_leaves_no_id_to_two_sessions(tmp_path: Path) -> None:
    remote = make_remote(tmp_path, coordination="refs")
    one, two = (clone_of(remote, tmp_path / name) for name in ("one", "two"))
    began: list[str] = []
    for step in range(1, _MOST_STEPS, 7):
        killed = finish(start(one, str(step), "session", "start", "--json", command=_DYING))
        began += [started(two)["id"], started(one)["id"]]
        if not killed.code:
            began.append(killed.report["id"])
            break
    else:
        pytest.fail("it has more steps")
    assert len(set(began)) == len(began)
    here, there = states(one), states(two)
    assert not here.keys() & there.keys()
    # What was cut off is not claimed for ever: each claim is a session's, or the next one's mark.
    claims = {name.removeprefix("claims/") for name in refs_of(remote)}
    assert claims == here.keys() | there.keys()


@pytest.mark.full
def test_an_end_that_is_killed_anywhere_is_told_in_the_end(tmp_path: Path) -> None:
    remote = make_remote(tmp_path, coordination="refs")
    one, two = (clone_of(remote, tmp_path / name) for name in ("one", "two"))
    git(one, "switch", "--quiet", "-c", "agent/one")
    for step in range(1, _MOST_STEPS * 2, 11):
        session = started(one, "--title", f"Die before step {step}")
        fill_log(one / session["log"])
        killed = finish(start(one, str(step), "session", "end", session["id"], command=_DYING))
        (one / ".git" / "index.lock").unlink(missing_ok=True)
        done = end(one, session["id"])
        assert done.code == 0, done.stderr
        assert f"summaries/none/{session['id']}" in refs_of(remote)
        if not killed.code:
            break
    else:
        pytest.fail("it has more steps")
    assert run(two, "run", "status").code == 0
    told = refs_of(two)
    assert [name for name in told if name.startswith("claims/")] == [f"claims/{session['id']}"]
