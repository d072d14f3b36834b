from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from agents import add_worktrees, end, lead, started, states, work
from checkouts import (
    HANDOFF,
    STATE,
    age,
    archived,
    changed_files,
    commit_all,
    document_of,
    finish,
    make_checkout,
    merge,
    messages,
    run,
    start,
    status,
    subjects,
    summary_path,
    write,
    write_summary,
)
from repositories import git

import handoff_md.app.run.finish as finish_module
from handoff_md.app.merge.pipeline import merge as real_merge
from handoff_md.app.merge.report import MergeReport, Watch
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.run.status import run_status
from handoff_md.ledger.state import SessionState

DAY = ("--date", "2025-12-18")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "root")


def _state(root: Path) -> dict[str, str]:
    done = run(root, "run", "status", "--json")
    assert done.code == 0, done.stderr
    return {session["id"]: session["state"] for session in done.report["sessions"]}


def test_a_run_is_a_file_that_anyone_may_look_for(root: Path) -> None:
    begun = lead(root, "--expect", "19,20")
    file = Path(begun["file"])
    assert file == root / STATE / "run.json"
    record = json.loads(file.read_text())
    assert record["orchestrator"] == "22"
    assert record["expect"] == ["19", "20"]
    assert record["run"] == begun["run"]
    assert run(root, "run", "status", "--quiet").code == 1
    assert run(root, "run", "cancel").code == 0
    assert not file.exists()
    assert run(root, "run", "status", "--quiet").code == 0
    assert run(root, "run", "status").stdout == "No run is active.\n"


def test_of_two_runs_that_start_at_once_one_wins_and_the_other_is_told(root: Path) -> None:
    command = ("run", "start", "--orchestrator")
    processes = [start(root, *command, str(30 + number)) for number in range(6)]
    done = [finish(process) for process in processes]
    assert sorted(one.code for one in done) == [0, 2, 2, 2, 2, 2]
    winner = next(30 + number for number, one in enumerate(done) if one.code == 0)
    for one in done:
        assert one.code == 0 or f"active already of session {winner}" in one.stderr


def test_claimed_sessions_are_printed_with_what_agents_need(root: Path) -> None:
    begun = lead(root, "--claim", "3")
    assert [session["id"] for session in begun["sessions"]] == ["23", "24", "25"]
    assert all((root / session["log"]).is_file() for session in begun["sessions"])
    assert _state(root) == dict.fromkeys(("23", "24", "25"), "started")
    shown = run(root, "run", "status").stdout
    assert "3 started" in shown
    assert "23       started" in shown


def test_a_claimed_session_is_taken_up_by_its_agent_in_its_own_worktree(root: Path) -> None:
    reserved = lead(root, "--claim", "2")["sessions"][0]
    (tree,) = add_worktrees(root, 1)
    session = work(tree, "--id", reserved["id"], "--title", "Mine now", "--agent", "ada")
    assert session["log"].endswith(f"-session-{reserved['id']}-mine-now.md")
    assert session["run"] is not None
    assert not (root / reserved["log"]).exists()
    assert run(tree, "session", "start", "--id", reserved["id"]).code == 1
    assert end(tree, reserved["id"]).code == 0
    assert _state(root) == {"23": "ended", "24": "started"}


def test_a_claimed_session_whose_log_was_written_to_is_not_taken_up(root: Path) -> None:
    reserved = lead(root, "--claim", "1")["sessions"][0]
    log = write(root / reserved["log"], (root / reserved["log"]).read_text() + "\nMine.\n")
    refused = run(root, "session", "start", "--id", reserved["id"], "--title", "Not yours")
    assert refused.code == 1
    assert "Mine." in log.read_text()


def test_a_run_merges_exactly_its_sessions_and_is_closed(root: Path) -> None:
    stranger = work(root, "--id", "40", "--title", "Not of the run", *DAY)
    write_summary(root, stranger["id"])
    lead(root)
    (tree,) = add_worktrees(root, 1)
    work(tree, "--title", "One", *DAY)
    work(root, "--title", "Two", *DAY)
    assert _state(root) == {"41": "started", "42": "started"}
    refused = run(root, "run", "finish", "--json")
    assert (refused.code, refused.statuses) == (1, {"41": "missing", "42": "missing"})
    assert refused.report["closed"] is False
    assert end(tree, "41").code == 0
    assert end(root, "42").code == 0
    assert _state(root) == {"41": "ended", "42": "ended"}

    done = run(root, "run", "finish", "--json")

    assert done.code == 0, done.stderr
    assert done.statuses == {"41": "merged", "42": "merged"}
    assert any("is not of this run" in note for note in done.report["notes"])
    assert subjects(root)[0] == "docs(handoff): merge parallel sessions 41, 42"
    assert changed_files(root) == [f"M {HANDOFF}"]
    assert "Handoff-Orchestrator: 22" in messages(root)[0]
    assert not (root / STATE / "run.json").exists()
    assert [path.name for path in (root / STATE / "runs").iterdir()] == ["00001-finished-22.json"]
    assert not list((root / STATE / "summaries").iterdir())
    assert len(archived(root / STATE)) == 2
    assert summary_path(root, "40").exists()
    assert states(root)["41"] == "merged"


def test_finishing_twice_changes_nothing(root: Path) -> None:
    lead(root)
    session = work(root, "--title", "Once", *DAY)
    assert end(root, session["id"]).code == 0
    assert run(root, "run", "finish").code == 0
    before = messages(root), document_of(root)
    again = run(root, "run", "finish", "--json")
    assert (again.code, again.report["status"]) == (0, "nothing-to-merge")
    assert "finished already" in again.report["notes"][0]
    assert (messages(root), document_of(root)) == before


def test_a_session_that_ends_between_the_merge_and_the_close_is_merged_too(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead(root)
    first, second = (work(root, "--title", name, *DAY)["id"] for name in ("One", "Two"))
    assert end(root, first).code == 0
    merges: list[MergeReport] = []

    def merge_then_end(request: MergeRequest, watch: Watch) -> MergeReport:
        merges.append(real_merge(request, watch))
        if len(merges) == 1:
            assert end(root, second).code == 0
        return merges[-1]

    monkeypatch.setattr(finish_module, "merge_or_hand_in", merge_then_end)
    request = MergeRequest(directory=root, today=dt.date(2025, 12, 18), allow_partial=True)
    now = dt.datetime(2025, 12, 18, 12, tzinfo=dt.UTC)
    finished = finish_module.finish_run(request, Watch(), take_over=False, clock=lambda: now)
    assert finished.closed
    assert len(merges) == 2
    assert states(root) == {first: "merged", second: "merged"}
    assert not summary_path(root, second).exists()


def test_two_that_finish_at_once_merge_once(root: Path) -> None:
    lead(root)
    session = work(root, "--title", "Once", *DAY)
    assert end(root, session["id"]).code == 0
    done = [finish(one) for one in [start(root, "run", "finish") for _ in range(3)]]
    assert [one.code for one in done] == [0, 0, 0], done
    assert document_of(root).count("Session 23: Once") == 1
    assert len(messages(root)) == 3


def test_without_any_run_there_is_nothing_to_finish_or_cancel(root: Path) -> None:
    assert run(root, "run", "finish").code == 2
    assert run(root, "run", "cancel").code == 2
    lead(root)
    assert run(root, "run", "cancel").code == 0
    told = run(root, "run", "finish").stderr
    assert "the last one, of session 22, was cancelled" in told


def test_expected_sessions_that_never_came_are_named(root: Path) -> None:
    lead(root, "--expect", "19,20")
    work(root, "--id", "19", "--title", "Came", *DAY)
    assert end(root, "19").code == 0
    assert _state(root) == {"19": "ended", "20": "missing"}
    assert run(root, "run", "finish").code == 1
    done = run(root, "run", "finish", "--allow-partial", "--json")
    assert done.code == 0
    assert done.statuses == {"19": "merged", "20": "missing"}
    assert "**Not merged**: Session 20 (missing)" in document_of(root)


def test_a_run_is_not_done_with_what_was_merged_before_it(root: Path) -> None:
    for session in ("1", "2"):
        write_summary(root, session)
    lead(root, "--expect", "1,2", orchestrator="1000")
    assert run(root, "run", "finish").code == 0
    lead(root, "--expect", "1,2", orchestrator="1000")
    refused = run(root, "run", "finish", "--json")
    assert refused.code == 1
    assert refused.statuses == {"1": "missing", "2": "missing"}
    for session in ("1", "2"):
        write_summary(root, session, date="2025-12-19", words="The next day.")
    assert run(root, "run", "finish").code == 0
    assert document_of(root).count("The next day.") == 2


def test_an_old_merge_that_was_dropped_is_no_session_of_a_new_run(root: Path) -> None:
    write_summary(root, "30", date="2025-01-01", words="The first thirty.")
    assert merge(root).code == 0
    git(root, "reset", "--quiet", "--hard", "HEAD~1")
    lead(root, "--expect", "30", orchestrator="40")
    started(root, "--id", "30", "--title", "The second", *DAY)
    assert run(root, "run", "finish").code == 1
    assert "The first thirty." not in document_of(root)


def test_a_start_that_fails_leaves_no_run(root: Path) -> None:
    write(root / ".agents/sessions", "a file\n")
    failed = run(root, "run", "start", "--orchestrator", "22", "--claim", "2")
    assert failed.code == 2
    assert "The run is cancelled" in failed.stderr
    assert run(root, "run", "status", "--quiet").code == 0


def test_who_did_not_lead_the_last_run_has_none_to_finish(root: Path) -> None:
    lead(root)
    assert run(root, "run", "finish").code == 0
    other = run(root, "run", "finish", "--orchestrator", "30")
    assert other.code == 2
    assert "the last one, of session 22, was finished" in other.stderr


def test_a_claimed_session_whose_log_is_committed_keeps_it(root: Path) -> None:
    reserved = lead(root, "--claim", "1")["sessions"][0]
    commit_all(root, "prepare")
    session = work(root, "--id", reserved["id"], "--title", "Mine now")
    assert session["log"] == reserved["log"]
    assert end(root, session["id"]).code == 0
    assert status(root) == ""


def test_a_claimed_session_keeps_its_id_as_it_is_written(root: Path) -> None:
    reserved = lead(root, "--claim", "1")["sessions"][0]
    session = started(root, "--id", f"0{reserved['id']}", "--title", "Mine now")
    assert (session["id"], session["summary"]) == (reserved["id"], reserved["summary"])


def test_a_claimed_session_that_is_taken_up_later_is_of_the_run_that_is_active_then(
    root: Path,
) -> None:
    first, second = lead(root, "--claim", "2")["sessions"]
    assert run(root, "run", "cancel").code == 0
    told = run(root, "session", "start", "--id", first["id"], "--title", "Late")
    assert "a run is active" not in told.stdout
    token = lead(root)["run"]
    assert started(root, "--id", second["id"], "--title", "Next")["run"] == token
    members = run(root, "run", "status", "--json").report["sessions"]
    assert [member["id"] for member in members] == [second["id"]]


def test_a_run_of_many_absent_sessions_names_three_of_them_to_abandon(root: Path) -> None:
    lead(root, "--claim", "5")
    done = run(root, "run", "finish")
    assert done.stderr.count("handoff-md session abandon") == 3
    assert "and so on take them out of the run" in done.stderr


def test_a_session_that_has_not_ended_refuses_a_run_that_names_the_ways_out(root: Path) -> None:
    lead(root)
    first, second = (work(root, "--title", title, *DAY)["id"] for title in ("Mend", "Paint"))
    assert end(root, first).code == 0
    done = run(root, "run", "finish")
    assert done.code == 1
    assert f"`handoff-md session abandon {second}` takes it out of the run" in done.stderr
    assert "run cancel" not in done.stderr
    assert "`handoff-md run finish --salvage` merges what was left" in done.stderr
    assert run(root, "run", "finish", "--salvage").code == 0


def test_a_run_that_only_counts_its_sessions_names_the_way_out_when_none_is_found(
    root: Path,
) -> None:
    lead(root, "--expect-count", "1")
    done = run(root, "run", "finish")
    assert done.code == 1
    assert "`handoff-md run cancel` ends it without a merge" in done.stderr


def test_a_run_in_which_nobody_reported_names_the_ways_out(root: Path) -> None:
    lead(root)
    session = work(root, "--title", "Dead", *DAY)
    done = run(root, "run", "finish", "--allow-partial")
    assert done.code == 1
    assert f"`handoff-md session abandon {session['id']}`" in done.stderr
    assert "`handoff-md run cancel` ends it without a merge" in done.stderr
    assert "use --allow-partial" not in done.stderr
    assert run(root, "session", "abandon", session["id"]).code == 0
    done = run(root, "run", "finish")
    assert done.code == 0
    assert "no session has joined the run: it ends without a merge" in done.stderr
    assert run(root, "run", "status", "--quiet").code == 0


def test_an_abandoned_session_is_not_waited_for(root: Path) -> None:
    lead(root)
    first, second = (work(root, "--title", name, *DAY)["id"] for name in ("One", "Two"))
    assert end(root, first).code == 0
    assert run(root, "session", "abandon", second).code == 0
    assert run(root, "run", "finish").code == 0
    assert "Parallel Sessions 23 (" in document_of(root)


def test_a_count_is_met_by_summaries_that_agents_wrote_by_hand(root: Path) -> None:
    lead(root, "--expect-count", "2")
    write_summary(root, "19")
    assert run(root, "run", "finish").code == 1
    write(summary_path(root, "20"), "---\nstatus: in-progress\n---\n# Session 20: By hand\n\nX\n")
    age(summary_path(root, "20"))
    assert _state(root) == {"19": "ended", "20": "unfinished"}
    write_summary(root, "20")
    assert run(root, "run", "finish").code == 0
    assert "Parallel Sessions 19, 20" in document_of(root)


def test_finish_waits_for_those_that_are_at_work(root: Path) -> None:
    lead(root)
    session = work(root, "--title", "Slow", *DAY)
    waiting = start(root, "run", "finish", "--wait", "60", "--json")
    assert end(root, session["id"]).code == 0
    done = finish(waiting)
    assert done.code == 0, done.stderr
    assert done.statuses == {session["id"]: "merged"}


def test_a_run_of_another_is_taken_over_explicitly_and_never_silently(root: Path) -> None:
    lead(root)
    session = work(root, "--title", "Left", *DAY)
    assert end(root, session["id"]).code == 0
    mine = {"HANDOFF_MD_SESSION": "30"}
    for command in (("run", "finish"), ("run", "cancel"), ("merge",)):
        refused = run(root, *command, env=mine)
        assert refused.code == 1, command
        assert "a run of session 22 is active since" in refused.stderr
        assert "--take-over" in refused.stderr
    done = run(root, "run", "finish", "--take-over", env=mine)
    assert done.code == 0, done.stderr
    assert "**Orchestrator**: Session 30" in document_of(root)


def test_merge_within_a_run_is_about_the_run_and_leaves_it_active(root: Path) -> None:
    other = work(root, "--id", "40", "--title", "Stranger", *DAY)
    write_summary(root, other["id"])
    lead(root)
    session = work(root, "--title", "Mine", *DAY)
    assert end(root, session["id"]).code == 0
    done = run(root, "merge", "--json")
    assert done.code == 0, done.stderr
    assert done.statuses == {session["id"]: "merged"}
    assert run(root, "run", "status", "--quiet").code == 1
    assert run(root, "run", "finish").code == 0
    assert document_of(root).count("Session 41: Mine") == 1


def test_the_orchestrator_ends_its_own_session_behind_the_run(root: Path) -> None:
    leader = work(root, "--title", "Lead", *DAY)
    lead(root, orchestrator=leader["id"])
    session = work(root, "--title", "Work", *DAY)
    assert end(root, session["id"]).code == 0
    early = end(root, leader["id"])
    assert early.code == 0
    assert "you lead the active run" in early.stderr
    assert run(root, "run", "finish").code == 0
    assert end(root, leader["id"]).code == 0
    assert subjects(root)[0] == f"docs(handoff): add session {leader['id']}"
    assert status(root) == ""


def test_ids_that_a_run_speaks_of_are_not_given_out(root: Path) -> None:
    lead(root, "--expect", "30,31", orchestrator="35")
    assert started(root)["id"] == "36"
    assert run(root, "run", "cancel").code == 0
    lead(root, orchestrator="50")
    assert run(root, "run", "cancel").code == 0
    assert started(root)["id"] == "51"


def test_a_session_from_before_the_run_joins_it_at_its_end(root: Path) -> None:
    session = work(root, "--title", "Early", *DAY)
    lead(root)
    assert end(root, session["id"]).code == 0
    assert document_of(root).count("Early") == 0
    assert run(root, "run", "finish").code == 0
    assert document_of(root).count("Session 19: Early") == 1


def test_a_damaged_run_counts_as_active(root: Path) -> None:
    lead(root)
    (root / STATE / "run.json").write_text("{")
    assert run(root, "run", "status", "--quiet").code == 1
    told = run(root, "run", "status")
    assert told.code == 2
    assert "damaged" in told.stderr
    assert merge(root).code == 2


def test_usage(root: Path) -> None:
    both = run(root, "run", "start", "--orchestrator", "1", "--expect", "2", "--expect-count", "2")
    assert both.code == 2
    nobody = run(root, "run", "start")
    assert (nobody.code, "who leads the run is not known" in nobody.stderr) == (2, True)
    assert run(root, "run", "start", "--orchestrator", "a b").code == 2
    alone = run(root, "run")
    assert (alone.code, alone.stderr) == (0, "")
    assert alone.stdout == run(root, "run", "--help").stdout


def test_a_preview_shows_what_the_run_would_get_to_anybody(root: Path) -> None:
    stranger = work(root, "--id", "40", "--title", "Stranger", *DAY)
    write_summary(root, stranger["id"])
    lead(root)
    session = work(root, "--title", "Mine", *DAY)
    assert end(root, session["id"]).code == 0
    shown = run(root, "preview", "--section-only", "--raw", env={"HANDOFF_MD_SESSION": "30"})
    assert shown.code == 0, shown.stderr
    assert "Session 41: Mine" in shown.stdout
    assert "Session 40" not in shown.stdout


def test_what_is_given_up_is_told_to_programs(root: Path) -> None:
    begun = lead(root, "--claim", "2")
    released = run(root, "session", "abandon", "23", "--json").report
    assert (released["id"], released["log"]) == ("23", str(root / begun["sessions"][0]["log"]))
    cancelled = run(root, "run", "cancel", "--json").report
    assert cancelled == {
        "version": 1,
        "run": begun["run"],
        "orchestrator": "22",
        "sessions": ["24"],
        "notes": [],
    }


def test_a_summary_that_finish_would_refuse_is_named_by_the_status_before(root: Path) -> None:
    lead(root, "--expect", "30,31,32,33,34", orchestrator="29")
    write_summary(root, "30")
    write(summary_path(root, "31"), "---\ndate: yesterday\n---\nText without a title.\n")
    write(summary_path(root, "32"), "---\nstatus: blocked\n---\n# Session 32: Stuck\n\nNo key.\n")
    write(summary_path(root, "33"), "# Session 33: Torn\n\n<<<<<<< HEAD\n")

    shown = run(root, "run", "status")

    assert shown.code == 0
    assert "1 missing, 2 invalid, 2 ended" in shown.stdout
    assert "ended (blocked)" in shown.stdout
    assert "problem: session 31 has a date that is none" in shown.stderr
    assert "problem: session 33 holds a conflict marker" in shown.stderr
    told = run_status(root, dt.date(2025, 12, 18), dt.datetime.now(dt.UTC))
    refused = run(root, "run", "finish", "--json").report["sessions"]
    assert {one.id: list(one.problems) for one in told.sessions if one.problems} == {
        one["id"]: one["problems"] for one in refused if one["status"] == "invalid"
    }
    assert [one.status for one in told.sessions[1:3]] == ["complete", "blocked"]


def test_a_document_that_can_take_nothing_is_told_by_the_status_too(root: Path) -> None:
    lead(root)
    write_summary(root, "30")
    write(summary_path(root, "31"), "No title.\n")
    write(summary_path(root, "32"), "---\nstatus: done\n---\n# Session 32: Odd\n\nDone.\n")
    write(root / HANDOFF, document_of(root) + "\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n")
    told = run_status(root, dt.date(2025, 12, 18), dt.datetime.now(dt.UTC))
    assert told.problems[0].startswith("the document holds conflict markers in lines")
    assert [one.state for one in told.sessions] == [
        SessionState.ENDED,
        SessionState.INVALID,
        SessionState.INVALID,
    ]
