"""What is told of runs, also when they were closed long ago."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from agents import fill_log
from checkouts import STATE, make_checkout, write_summary
from inprocess import Tell, make_tell
from repositories import git


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tell:
    return make_tell(monkeypatch, capsys)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "root")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    def set_to(minutes: int) -> None:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(1_766_016_000 + 60 * minutes))

    set_to(0)
    return set_to


def runs(tell: Tell, root: Path) -> list[dict[str, Any]]:
    """Give what is told of all runs; each reads the same where it is shown alone."""
    told = tell(root, "run", "list", "--json").report
    assert told["version"] == 1
    for run in told["runs"]:
        shown = tell(root, "run", "show", run["run"][:6], "--json").report
        assert shown == {**run, "version": 1}
    return list(told["runs"])


def states(run: dict[str, Any]) -> dict[str, str | None]:
    return {session["id"]: session["state"] for session in run["sessions"]}


def test_each_run_is_told_of_with_sessions_duration_and_commit(
    root: Path, tell: Tell, clock: Callable[[int], None]
) -> None:
    assert tell(root, "run", "list").stdout == "No run was started in this clone.\n"
    none = tell(root, "run", "show")
    assert (none.code, "no run was started" in none.stderr) == (2, True)
    begun = tell(root, "run", "start", "--orchestrator", "22", "--claim", "3", "--json").report
    first, second, third = begun["sessions"]
    first = tell(root, "session", "start", "--id", first["id"], "--title", "One", "--json").report
    fill_log(root / first["log"])
    assert tell(root, "session", "end", first["id"]).code == 0
    clock(2)
    (active,) = runs(tell, root)
    assert (active["state"], active["closed_at"], active["duration"]) == ("active", None, 120)
    assert states(active) == {"23": "ended", "24": "started", "25": "started"}
    assert tell(root, "session", "abandon", second["id"]).code == 0
    clock(90)
    done = tell(root, "run", "finish", "--allow-partial", "--json").report
    clock(500)

    (told,) = runs(tell, root)

    assert (told["state"], told["orchestrator"], told["run"]) == ("finished", "22", begun["run"])
    assert (told["closed_at"], told["duration"]) == ("2025-12-18T01:30:00+00:00", 5400)
    assert states(told) == {"23": "merged", "25": "started", "24": "abandoned"}
    assert told["commits"] == [done["commit"]] == [git(root, "rev-parse", "HEAD").decode().strip()]
    assert [one["commit"] for one in told["sessions"]] == [done["commit"], None, None]
    # What becomes of a session later does not change what the run came to.
    assert tell(root, "session", "abandon", third["id"]).code == 0
    assert runs(tell, root) == [told]
    shown = tell(root, "run", "list").stdout.splitlines()
    assert " ".join(shown[0].split()) == ("RUN STATE ORCHESTRATOR STARTED DURATION SESSIONS COMMIT")
    assert "1 h 30 min  1 merged, 1 started, 1 abandoned" in shown[1]
    assert tell(root, "run", "show").stdout.count(done["commit"][:12]) == 2


def test_a_run_that_was_cancelled_keeps_how_far_it_had_come(
    root: Path, tell: Tell, clock: Callable[[int], None]
) -> None:
    begun = tell(
        root, "run", "start", "--orchestrator", "22", "--expect", "19,20,21", "--json"
    ).report
    write_summary(root, "19")
    write_summary(root, "20").write_text("# Session 20\n")
    clock(1)
    assert tell(root, "run", "cancel").code == 0
    (told,) = runs(tell, root)
    assert (told["state"], told["run"], told["duration"]) == ("cancelled", begun["run"], 60)
    assert states(told) == {"19": "ended", "20": "invalid", "21": "missing"}
    assert tell(root, "merge", "19", "--orchestrator", "22").code == 0
    assert runs(tell, root) == [told]


def test_a_run_that_an_older_version_has_closed_is_told_of_as_far_as_it_is_known(
    root: Path, tell: Tell
) -> None:
    begun = tell(root, "run", "start", "--orchestrator", "22", "--claim", "1", "--json").report
    write_summary(root, "30", words="Did it.")
    assert tell(root, "run", "finish", "--allow-partial").code == 0
    (path,) = (root / STATE / "runs").iterdir()
    record = json.loads(path.read_text())
    path.write_text(json.dumps({k: record[k] for k in record if k not in ("closed_at", "members")}))

    (told,) = runs(tell, root)

    assert (told["state"], told["closed_at"], told["duration"]) == ("finished", None, None)
    assert states(told) == {begun["sessions"][0]["id"]: None, "30": "merged"}
    for words in (("list",), ("show", begun["run"])):
        said = tell(root, "run", *words)
        assert "an older version has closed the run" in said.stderr
        assert "unknown" in said.stdout


def test_the_latest_run_comes_first_and_is_shown_by_itself(root: Path, tell: Tell) -> None:
    tokens = []
    for number in range(3):
        words = ("run", "start", "--orchestrator", str(40 + number), "--json")
        tokens.append(tell(root, *words).report["run"])
        assert tell(root, "run", "cancel").code == 0
    assert [run["run"] for run in runs(tell, root)] == tokens[::-1]
    assert tell(root, "run", "show", "--json").report["run"] == tokens[-1]
    assert "No session has joined it." in tell(root, "run", "show").stdout
    for name, said in (("", "it is empty"), ("zz", "there is no run 'zz'")):
        refused = tell(root, "run", "show", name)
        assert (refused.code, said in refused.stderr) == (2, True)


@pytest.mark.usefixtures("clock")
def test_a_run_whose_closing_was_cut_off_is_active_and_can_be_closed(
    root: Path, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tell(root, "run", "start", "--orchestrator", "22", "--claim", "1").code == 0

    def stop(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", stop)
        assert tell(root, "run", "cancel").code == 2
    (active,) = runs(tell, root)
    assert (active["state"], active["closed_at"]) == ("active", None)
    assert tell(root, "session", "abandon", "23").code == 0
    assert tell(root, "run", "cancel").code == 0
    (told,) = runs(tell, root)
    assert (told["state"], states(told)) == ("cancelled", {"23": "abandoned"})


@pytest.mark.parametrize("moment", ["yesterday", "2025-12-18T09:00:00"])
def test_a_record_that_is_damaged_is_named(root: Path, tell: Tell, moment: str) -> None:
    assert tell(root, "run", "start", "--orchestrator", "22").code == 0
    assert tell(root, "run", "cancel").code == 0
    (path,) = (root / STATE / "runs").iterdir()
    path.write_text(json.dumps(json.loads(path.read_text()) | {"closed_at": moment}))
    done = tell(root, "run", "list")
    assert (done.code, f"{path} is damaged" in done.stderr) == (2, True)
