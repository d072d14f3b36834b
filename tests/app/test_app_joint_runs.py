"""The one run of all machines: started, joined and finished over refs on the remote."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from agents import fill_log
from branched import clone_of, make_remote
from checkouts import HANDOFF, commit_all, document_of, start, write
from checkouts import finish as end_of
from inprocess import Tell, make_tell
from repositories import found, git
from telling import begin, finish, refs_of

from handoff_md.git.refs import make_commit
from handoff_md.git.remotes import Pushed, fetch_branches, push_branch
from handoff_md.git.repository import Repository

LEAD = ("--orchestrator", "22")


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tell:
    return make_tell(monkeypatch, capsys)


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return make_remote(tmp_path, coordination="refs")


@pytest.fixture
def clones(remote: Path, tmp_path: Path) -> tuple[Path, Path]:
    return clone_of(remote, tmp_path / "one"), clone_of(remote, tmp_path / "two")


def states(tell: Tell, clone: Path) -> dict[str, str]:
    done = tell(clone, "run", "status", "--json")
    assert done.code == 0, done.stderr
    return {session["id"]: session["state"] for session in done.report["sessions"]}


def notes_of(tell: Tell, clone: Path) -> list[str]:
    notes: list[str] = tell(clone, "run", "status", "--json").report["notes"]
    return notes


def test_a_run_is_everybodys_and_its_summaries_are_merged_from_all_clones(
    tell: Tell, remote: Path, clones: tuple[Path, Path]
) -> None:
    one, two = clones
    begun = tell(one, "run", "start", *LEAD, "--claim", "2", "--json")
    assert (begun.code, begun.report["notes"]) == (0, []), begun.stderr
    assert refs_of(remote) == ["claims/23", "claims/24", "run"]
    lost = tell(two, "run", "start", "--orchestrator", "23")
    assert (lost.code, "a run is active already of session 22" in lost.stderr) == (2, True)
    taken, _ = begin(tell, two, "--id", "24")
    joined, _ = begin(tell, two)
    assert (taken, joined) == ("24", "25")
    assert not any("another clone's" in note for note in notes_of(tell, one)), "24 was for anybody"
    late = tell(one, "session", "start", "--id", "24")
    assert (late.code, "session 24 is claimed on origin since" in late.stderr) == (1, True)
    assert states(tell, one) == {"23": "started", "24": "started", "25": "started"}
    assert states(tell, two) == {"23": "started", "24": "started", "25": "started"}
    for session in (taken, joined):
        finish(tell, two, session)
    assert HANDOFF not in git(two, "log", "-2", "--name-only", "--format=").decode().split()
    assert states(tell, one) == {"23": "started", "24": "ended", "25": "ended"}
    begin(tell, one, "--id", "23")
    finish(tell, one, "23")
    foreign = tell(two, "run", "finish")
    assert (foreign.code, "a run of session 22, started on " in foreign.stderr) == (1, True)
    done = tell(one, "run", "finish", "--json")
    assert (done.code, done.report["closed"]) == (0, True), done.stderr
    assert {s["id"]: s["status"] for s in done.report["sessions"]} == dict.fromkeys(
        ("23", "24", "25"), "merged"
    )
    assert "### Parallel Sessions 23, 24, 25 (" in document_of(one)
    token = done.report["run"]
    assert refs_of(remote) == ["claims/25", *(f"summaries/{token}/{id_}" for id_ in (23, 24, 25))]
    git(one, "push", "--quiet", "origin", "HEAD")
    assert tell(one, "run", "status", "--json").report["active"] is False
    over = tell(two, "run", "status", "--json").report
    assert over["active"] is False
    assert over["notes"][0].endswith(", is over: it is gone from origin")
    assert refs_of(remote) == ["claims/25"]
    assert begin(tell, two)[0] == "26"


def test_a_summary_in_a_ref_is_judged_before_it_is_merged(
    tell: Tell, clones: tuple[Path, Path]
) -> None:
    one, two = clones
    assert tell(one, "run", "start", *LEAD).code == 0
    token = json.loads((one / ".git/handoff-md/run.json").read_bytes())["run"]
    place, hostile = ".agents/handoff.d/2026-11-28-session", found(two)
    whole = b"---\nsession: 31\ntitle: Work\ndate: 2026-11-28\n---\n\nDid it.\n"
    refs = {
        "31": make_commit(hostile, f"{place}-31.md", whole, "x"),
        "32": make_commit(hostile, f"{place}-33.md", b"Another's.\n", "x"),
        "34": make_commit(hostile, f"{place}-34.md", b"x" * 300_000, "x"),
        "35": make_commit(hostile, f"{place}-35.md", b"\xff\x00", "x"),
        "36": git(two, "rev-parse", "HEAD:handoff-md.toml").decode().strip(),
        "37": make_commit(hostile, "elsewhere.md", b"Nowhere.\n", "x"),
    }
    pushed = [f"{id_}:refs/handoff/summaries/{token}/{name}" for name, id_ in refs.items()]
    git(two, "push", "--quiet", "origin", *pushed)
    done = tell(one, "run", "finish", "--allow-partial", "--json")
    told = {session["id"]: session["status"] for session in done.report["sessions"]}
    assert told == {"31": "merged", "34": "invalid", "35": "invalid"} | dict.fromkeys(
        ("32", "36", "37"), "missing"
    )
    assert any("-33.md is not of that session" in note for note in done.report["notes"])
    assert "Did it." in document_of(one)


def test_a_run_that_was_closed_where_nobody_could_be_told_is_over_at_the_next_contact(
    tell: Tell, remote: Path, clones: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = clones
    for clone, leader in ((one, LEAD), (two, (*LEAD, "--take-over"))):
        assert tell(one, "run", "start", *LEAD).code == 0
        assert tell(two, "run", "status", "--json").report["active"] is True
        with monkeypatch.context() as dying:
            dying.setattr("handoff_md.app.run.finish.retire_run", lambda *_: ())
            assert tell(clone, "run", "cancel", *leader).code == 0
        assert refs_of(remote) == ["run"]
        assert tell(clone, "run", "status", "--json").report["active"] is False
        assert refs_of(remote) == []
        other = two if clone is one else one
        tell(other, "run", "cancel", *LEAD)
    assert refs_of(remote) == []


def test_a_run_that_the_remote_can_not_be_told_of_is_told_of_later(
    tell: Tell, remote: Path, clones: tuple[Path, Path]
) -> None:
    one, two = clones
    git(one, "remote", "set-url", "origin", "/nowhere/x.git")
    begun = tell(one, "run", "start", *LEAD, "--json")
    assert (begun.code, len(begun.report["notes"])) == (0, 1)
    assert "origin can't be reached" in begun.report["notes"][0]
    git(one, "remote", "set-url", "origin", remote.as_uri())
    unfetched = "no branch here is named origin/agent/*: "
    (note,) = tell(one, "run", "status", "--json").report["notes"]
    assert note.startswith(unfetched)
    assert tell(two, "run", "status", "--json").report["orchestrator"] == "22"
    record = make_commit(found(two), "record.json", b'{"version": 9}', "x")
    git(two, "push", "--quiet", "--force", "origin", f"{record}:refs/handoff/run")
    note, _ = tell(two, "run", "status", "--json").report["notes"]
    assert note == "refs/handoff/run on origin is no record of a run that this version can read"
    git(two, "push", "--quiet", "--delete", "origin", "refs/handoff/run")
    assert tell(two, "run", "status", "--json").report["active"] is False
    gone = tell(one, "run", "status", "--json").report
    assert (gone["active"], len(gone["notes"])) == (True, 2)
    assert gone["notes"][0] == "refs/handoff/run was gone, and is told to origin again"
    assert tell(two, "run", "status", "--json").report["orchestrator"] == "22"
    assert tell(one, "run", "cancel").code == 0
    assert refs_of(remote) == []


def test_a_finished_run_is_joined_with_what_others_pushed_and_pushed(
    tell: Tell, remote: Path, clones: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    one, two = clones
    write(one / ".gitattributes", f"{HANDOFF} merge=handoff-md\n")
    commit_all(one, "name the driver")
    git(one, "push", "--quiet", "origin", "HEAD")
    git(two, "pull", "--quiet", "--ff-only")
    assert tell(one, "run", "start", *LEAD).code == 0
    session, _ = begin(tell, one)
    finish(tell, one, session)
    text = document_of(two)
    added = "### Session 40: Of others (2025-12-17)\n\nDone.\n\n"
    write(two / HANDOFF, text.replace("### Session 18", f"{added}### Session 18"))
    commit_all(two, "of others")
    git(two, "push", "--quiet", "origin", "HEAD")
    done = tell(one, "run", "finish", "--push", "--json")
    assert (done.code, done.report["pushed"]) == (0, "origin/main"), done.stdout
    assert refs_of(remote) == [f"claims/{session}"]
    pushed = git(remote, "show", f"main:{HANDOFF}").decode()
    assert (f"Session {session}" in pushed, "Session 40: Of others" in pushed) == (True, True)
    again = tell(one, "run", "finish", "--push", "--json")
    assert (again.code, again.report["pushed"]) == (0, "origin/main")
    write(remote / "hooks" / "pre-receive", "#!/bin/sh\nexit 1\n")
    (remote / "hooks" / "pre-receive").chmod(0o755)
    write(one / "more.txt", "more\n")
    commit_all(one, "more")
    refused = tell(one, "run", "finish", "--push")
    assert refused.code == 2
    assert "the branch main is not pushed: the remote has refused it" in refused.stderr
    (remote / "hooks" / "pre-receive").unlink()
    write(two / "more.txt", "otherwise\n")
    git(two, "pull", "--quiet", "--ff-only")
    commit_all(two, "otherwise")
    git(two, "push", "--quiet", "origin", "HEAD")
    conflicting = tell(one, "run", "finish", "--push")
    assert conflicting.code == 2
    assert "it can't be joined with origin/main: CONFLICT" in conflicting.stderr
    assert git(one, "status", "--porcelain") == b""
    begun = one / ".git" / "MERGE_HEAD"
    begun.write_bytes(git(one, "rev-parse", "origin/main"))
    other = tell(one, "run", "finish", "--push")
    assert (other.code, "a merge is not concluded here" in other.stderr) == (2, True)
    assert begun.exists(), "it is somebody's own"


def joined_run(tell: Tell, one: Path, two: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Merge a run of one session in a clone that knows the driver; give the session."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    write(one / ".gitattributes", f"{HANDOFF} merge=handoff-md\n")
    commit_all(one, "name the driver")
    git(one, "push", "--quiet", "origin", "HEAD")
    git(two, "pull", "--quiet", "--ff-only")
    assert tell(one, "run", "start", *LEAD).code == 0
    session, _ = begin(tell, one)
    finish(tell, one, session)
    return session


def test_a_run_whose_main_branch_moves_at_each_try_is_told_and_pushed_by_the_next_command(
    tell: Tell, remote: Path, clones: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = clones
    session = joined_run(tell, one, two, monkeypatch)
    moves = 0

    def be_quicker(*args: Any, **options: Any) -> Pushed:  # noqa: ANN401 - as it is
        nonlocal moves
        moves += 1
        tree, head = (
            git(remote, "rev-parse", f"main{of}").decode().strip() for of in ("^{tree}", "")
        )
        commit = git(remote, "commit-tree", "-p", head, "-m", f"of others {moves}", tree)
        git(remote, "update-ref", "refs/heads/main", commit.decode().strip())
        return push_branch(*args, **options)

    with monkeypatch.context() as racing:
        racing.setattr("handoff_md.app.session.pushing.push_branch", be_quicker)
        racing.setattr("handoff_md.app.run.pushing._MOST_PUSHES", 3)
        done = tell(one, "run", "finish", "--push")
    assert (done.code, moves) == (2, 3)
    told = "the branch main is not pushed: others were quicker, 3 times; what they pushed is joined"
    assert told in " ".join(done.stderr.split())
    assert "summaries" in str(refs_of(remote)), "it is not on the remote yet"
    again = tell(one, "run", "finish", "--push", "--json")
    assert (again.code, again.report["pushed"]) == (0, "origin/main")
    subjects = git(remote, "log", "--format=%s", "main").decode()
    assert all(f"of others {number}\n" in subjects for number in range(1, 4))
    assert f"Session {session}" in git(remote, "show", f"main:{HANDOFF}").decode()


@pytest.mark.full
def test_two_that_finish_runs_of_their_own_at_once_both_push(
    tell: Tell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    remote = make_remote(tmp_path, more="network-timeout = 60\n")
    clones = [clone_of(remote, tmp_path / name) for name in ("one", "two", "three")]
    write(clones[0] / ".gitattributes", f"{HANDOFF} merge=handoff-md\n")
    commit_all(clones[0], "name the driver")
    git(clones[0], "push", "--quiet", "origin", "HEAD")
    sessions = []
    for clone in clones:
        git(clone, "pull", "--quiet", "--ff-only")
        assert tell(clone, "run", "start", *LEAD).code == 0
        sessions.append(begin(tell, clone)[0])
        finish(tell, clone, sessions[-1])
    pushing = [start(clone, "run", "finish", "--push", "--json") for clone in clones]
    done = [end_of(process, seconds=300) for process in pushing]
    assert [one.code for one in done] == [0, 0, 0], [one.stderr for one in done]
    text = git(remote, "show", f"main:{HANDOFF}").decode()
    assert all(f"Session {session}" in text for session in sessions)


@pytest.mark.parametrize(
    "way",
    [
        "set-back",
        "deleted",
        *(pytest.param(one, marks=pytest.mark.full) for one in ("rewritten", "renamed")),
    ],
)
def test_a_main_branch_that_was_rewritten_or_deleted_elsewhere_is_told_and_left_alone(
    way: str, tell: Tell, remote: Path, clones: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = clones
    session = joined_run(tell, one, two, monkeypatch)
    if way == "rewritten":
        git(two, "commit", "--quiet", "--amend", "-m", "otherwise")
        git(two, "push", "--quiet", "--force", "origin", "main")
    elif way == "set-back":
        git(remote, "update-ref", "refs/heads/main", "main~")
    else:
        git(remote, "symbolic-ref", "HEAD", "refs/heads/other")
        git(remote, "branch", *(("-D", "main") if way == "deleted" else ("-m", "main", "trunk")))
    before = git(remote, "for-each-ref", "refs/heads")
    first, done = (tell(one, "run", "finish", "--push") for _ in range(2))
    assert (first.code, done.code, done.stderr[-60:]) == (2, 2, first.stderr[-60:])
    told = " ".join(done.stderr.split())
    seen = git(one, "rev-parse", "HEAD~2").decode()[:12]
    wanted = (
        "origin has no branch main any more; `git push origin refs/heads/main:refs/heads/main`"
        if way in ("deleted", "renamed")
        else "origin/main was rewritten, and a push would bring back what was dropped there; `git "
        f"rebase --onto refs/remotes/origin/main {seen}` leaves that out, and then"
    )
    assert f"the branch main is not pushed: {wanted} " in told
    assert git(remote, "for-each-ref", "refs/heads") == before
    assert f"Session {session}" in document_of(one)
    if way == "set-back":
        git(one, "rebase", "--quiet", "--onto", "origin/main", seen)
        again = tell(one, "run", "finish", "--push", "--json")
        assert (again.code, again.report["pushed"]) == (0, "origin/main"), again.stderr
        assert b"name the driver" not in git(remote, "log", "--format=%s", "main")


@pytest.mark.full
def test_clocks_that_are_wrong_change_neither_ids_nor_order_nor_who_holds_what(
    tell: Tell, remote: Path, clones: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    years = {"one": 1_732_000_000, "two": 1_826_000_000}  # 2024, and 2027 by a clock far east

    def at(clone: Path) -> Path:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", str(years[clone.name]))
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"{years[clone.name]} +1400")
        return clone

    assert tell(at(clones[0]), "run", "start", *LEAD).code == 0
    found_by = {}
    for clone in (clones[1], clones[0], clones[1]):
        git(at(clone), "switch", "--quiet", "-C", f"agent/{clone.name}")
        session, notes = begin(tell, clone)
        found_by[session] = clone
        assert notes == []
    assert list(found_by) == ["23", "24", "25"]
    for session, clone in found_by.items():
        finish(tell, at(clone), session)
    git(at(clones[0]), "switch", "--quiet", "main")
    done = tell(clones[0], "run", "finish", "--push", "--json")
    assert (done.code, done.report["pushed"]) == (0, "origin/main"), done.stderr
    assert "### Parallel Sessions 23, 24, 25 (" in document_of(clones[0])
    assert tell(at(clones[1]), "run", "status", "--json").report["active"] is False
    assert refs_of(remote) == ["claims/25"]


def test_refs_that_a_mirror_push_deletes_are_told_made_again_and_keep_nobody_from_ending(
    tell: Tell, remote: Path, clones: tuple[Path, Path]
) -> None:
    one, two = clones
    assert tell(one, "run", "start", *LEAD).code == 0
    at_work, _ = begin(tell, one)
    ended, _ = begin(tell, one)
    git(one, "switch", "--quiet", "-c", "agent/one")
    finish(tell, one, ended)
    before = refs_of(remote)
    git(remote, "update-ref", "-d", f"refs/handoff/{before[-1]}")
    told = notes_of(tell, one)[0]
    assert told == f"refs/handoff/{before[-1]} was gone, and is told to origin again"
    assert refs_of(remote) == before, "its run is active"
    git(two, "push", "--quiet", "--mirror", "origin")
    assert refs_of(remote) == []
    (gone,) = (
        found["message"]
        for found in tell(one, "doctor", "--json").report["findings"]
        if found["name"] == "claims-gone"
    )
    assert gone == f"published claims are gone from the remote: refs/handoff/claims/{at_work}"
    told = notes_of(tell, one)[0]
    assert told == (
        f"refs/handoff/claims/{at_work} and 2 more were gone, and are told to origin again"
    )
    assert refs_of(remote) == [name for name in before if name != f"claims/{ended}"]
    git(two, "push", "--quiet", "--mirror", "origin")
    finish(tell, one, at_work)
    left = [name for name in before if name.startswith(("run", "summaries/"))]
    waits = f"{before[-1].rpartition('/')[0]}/{at_work}"
    assert refs_of(remote) == sorted([*left, waits])


def findings_of(tell: Tell, clone: Path) -> dict[str, str]:
    found = tell(clone, "doctor", "--json").report["findings"]
    return {one["name"]: one["message"] for one in found}


def drop(remote: Path, *places: str) -> None:
    """Delete refs on the remote, as somebody may who knows nothing of them."""
    for name in refs_of(remote):
        if name.startswith(places):
            git(remote, "update-ref", "-d", f"refs/handoff/{name}")


def test_a_shared_run_does_not_end_while_it_is_not_seen_what_other_clones_have_done(
    tell: Tell, remote: Path, clones: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = clones
    assert tell(one, "run", "start", *LEAD).code == 0
    git(two, "switch", "--quiet", "-c", "agent/two")
    finish(tell, two, begin(tell, two)[0])
    git(one, "remote", "set-url", "origin", "/nowhere/x.git")
    refused = tell(one, "run", "finish")
    told = " ".join(refused.stderr.split())
    assert (refused.code, "is not seen: the run goes on" in told) == (2, True)
    assert "no session has joined" not in refused.stdout + refused.stderr

    def reach_again(_seconds: float) -> None:
        git(one, "remote", "set-url", "origin", remote.as_uri())

    with monkeypatch.context() as waiting:
        waiting.setattr("handoff_md.app.run.finish.time.sleep", reach_again)
        done = tell(one, "run", "finish", "--wait", "30", "--json")
    assert (done.code, [s["id"] for s in done.report["sessions"]]) == (0, ["23"]), done.stderr
    assert len(done.report["notes"]) == len(set(done.report["notes"])), "each is told once"

    assert tell(one, "run", "start", *LEAD).code == 0
    finish(tell, two, begin(tell, two)[0])
    git(one, "remote", "set-url", "origin", "/nowhere/x.git")
    asked = tell(one, "run", "finish", "--allow-partial", "--json")
    assert (asked.code, asked.report["closed"], asked.report["sessions"]) == (0, True, [])
    notes = " ".join(asked.report["notes"])
    assert "no session that is seen here has joined the run" in notes
    assert notes.count("origin can't be reached") == 1
    git(one, "remote", "set-url", "origin", remote.as_uri())
    late = tell(one, "merge", *LEAD, "--json")
    assert [s["id"] for s in late.report["sessions"]] == ["24"], "nothing is lost"
    git(one, "remote", "set-url", "origin", "/nowhere/x.git")
    assert "origin can't be reached" in tell(one, "run", "finish", "--orchestrator", "5").stderr


def test_a_summary_that_somebody_has_deleted_is_waited_for_until_its_author_publishes_it_again(
    tell: Tell, remote: Path, clones: tuple[Path, Path]
) -> None:
    one, two = clones
    git(two, "switch", "--quiet", "-c", "agent/two")
    outside, _ = begin(tell, two)
    finish(tell, two, outside)
    assert tell(one, "run", "start", *LEAD).code == 0
    session, _ = begin(tell, two)
    finish(tell, two, session)
    assert states(tell, one) == {session: "ended"}
    before = refs_of(remote)
    drop(remote, "claims/", "summaries/")
    assert states(tell, one) == {session: "missing"}
    gone = f"session {session} had ended in another clone, and is gone from origin"
    assert any(note.startswith(gone) for note in notes_of(tell, one))
    assert findings_of(tell, one)["summaries-gone"].startswith(gone)
    refused = tell(one, "run", "finish")
    assert (refused.code, "has no summary" in refused.stdout) == (1, True)
    assert findings_of(tell, two)["refs-gone"].startswith("published refs are gone from the remote")
    assert notes_of(tell, two)[0].endswith("and 1 more were gone, and are told to origin again")
    assert refs_of(remote) == [name for name in before if not name.startswith("claims/")]
    done = tell(one, "run", "finish", "--push", "--json")
    assert [s["status"] for s in done.report["sessions"]] == ["merged"], done.stderr
    notes_of(tell, two)
    assert [one for one in refs_of(remote) if session in one] == [], "it is on the main branch"


def test_the_main_branch_is_fetched_once_however_much_is_gone(
    tell: Tell, remote: Path, clones: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = clones
    assert tell(one, "run", "start", *LEAD).code == 0
    session, _ = begin(tell, two)
    finish(tell, two, session)
    assert states(tell, one) == {session: "ended"}
    drop(remote, "run", "claims/", "summaries/")
    fetched: list[tuple[str, ...]] = []

    def fetch(repository: Repository, patterns: Sequence[str], **options: Any) -> None:  # noqa: ANN401 - passed on
        fetched.append(tuple(patterns))
        fetch_branches(repository, patterns, **options)

    monkeypatch.setattr("handoff_md.app.contact.fetch_branches", fetch)
    notes = " ".join(notes_of(tell, one))
    assert "refs/handoff/run" in notes
    assert f"session {session} had ended in another clone" in notes
    assert fetched == [("origin/main",)]


@pytest.mark.parametrize("swept", [True, pytest.param(False, marks=pytest.mark.full)])
def test_a_run_whose_ref_was_deleted_is_not_finished_and_its_clone_makes_it_again(
    tell: Tell, remote: Path, clones: tuple[Path, Path], *, swept: bool
) -> None:
    one, two = clones
    assert tell(one, "run", "start", *LEAD).code == 0
    session, _ = begin(tell, two)
    drop(remote, *("run", "claims/") if swept else ("run",))
    assert findings_of(tell, one)["refs-gone"].endswith(": refs/handoff/run")
    again = tell(two, "run", "finish")
    assert "finished already" not in again.stdout + again.stderr
    assert again.code == (1 if swept else 2)
    for _ in range(2):
        told = tell(two, "run", "status", "--json").report
        assert told["active"] is swept, "what is gone with others is to come again"
    if swept:
        assert "refs/handoff/run is gone from origin, and not it alone" in told["notes"][0]
        before = document_of(two)
        finish(tell, two, session)
        assert document_of(two) == before
    assert [run["state"] for run in tell(two, "run", "list", "--json").report["runs"]] == (
        ["active"] if swept else []
    )
    assert notes_of(tell, one)[0] == "refs/handoff/run was gone, and is told to origin again"
    assert states(tell, two) == {session: "ended" if swept else "started"}
    assert "run" in refs_of(remote)


def test_the_clone_that_has_started_a_run_ends_it_when_another_has_finished_it(
    tell: Tell, remote: Path, clones: tuple[Path, Path], tmp_path: Path
) -> None:
    one, two = clones
    three = clone_of(remote, tmp_path / "three")
    assert tell(one, "run", "start", *LEAD).code == 0
    git(one, "switch", "--quiet", "-c", "agent/one")
    session, _ = begin(tell, one)
    finish(tell, one, session)
    assert tell(three, "run", "status", "--json").report["active"] is True
    done = tell(two, "run", "finish", "--take-over", "--orchestrator", "5", "--push", "--json")
    assert (done.code, done.report["pushed"]) == (0, "origin/main"), done.stderr
    token = done.report["run"]
    assert f"\nHandoff-Run: {token}\n" in git(two, "log", "-1", "--format=%B").decode()
    told = tell(one, "run", "status", "--json").report
    assert (told["active"], told["notes"][0]) == (
        False,
        "the run of session 22 is over: another clone has finished it",
    )
    again = tell(one, "run", "finish", *LEAD)
    assert "is finished already; nothing was done" in " ".join(again.stderr.split())
    assert tell(three, "run", "finish").code in (0, 2)
    listed = tell(three, "run", "list", "--json").report["runs"]
    assert [(run["run"], run["state"]) for run in listed] == [(token, "finished")]
    assert refs_of(remote) == [f"claims/{session}"]


def test_a_record_of_a_run_that_can_not_be_read_counts_as_active_and_its_way_out_works(
    tell: Tell, clones: tuple[Path, Path]
) -> None:
    one, _ = clones
    session, _ = begin(tell, one)
    record = make_commit(found(one), "record.json", b'{"version": 9}', "x")
    git(one, "push", "--quiet", "origin", f"{record}:refs/handoff/run")
    before = document_of(one)
    notes = finish(tell, one, session)
    assert (document_of(one), notes[-1]) == (before, "the summary waits for whoever merges it")
    way_out = f"git -C {one} push origin --delete refs/handoff/run"
    for words in (
        ("run", "start", *LEAD),
        ("run", "finish"),
        ("run", "cancel", "--take-over"),
        ("merge", *LEAD),
    ):
        refused = tell(one, *words)
        assert refused.code == 2, words
        assert "is no record of a run that this version can read" in refused.stderr
        assert "`git push origin --delete refs/handoff/run`" in refused.stderr or (
            way_out in refused.stderr
        )
    assert findings_of(tell, one)["run-unread"].startswith("refs/handoff/run on origin")
    git(one, "push", "--quiet", "origin", "--delete", "refs/handoff/run")
    assert tell(one, "session", "end", session).code == 0
    assert f"### Session {session}: " in document_of(one)


def test_a_session_off_the_main_branch_ends_in_the_run_that_has_begun_elsewhere(
    tell: Tell, clones: tuple[Path, Path]
) -> None:
    one, two = clones
    git(two, "switch", "--quiet", "-c", "agent/two")
    session, _ = begin(tell, two, "--id", "031")
    assert tell(one, "run", "start", *LEAD).code == 0
    shown = tell(two, "session", "show", session, "--json").report
    fill_log(two / shown["log"])
    ended = tell(two, "session", "end", session, "--json").report
    assert ended["run"] == tell(two, "run", "status", "--json").report["run"]
    assert states(tell, one) == {session: "ended"}, "as its id was written"
    done = tell(one, "run", "finish", "--json").report
    assert [(s["id"], s["status"]) for s in done["sessions"]] == [(session, "merged")]


@pytest.mark.full
def test_in_a_bare_clone_a_summary_is_deleted_when_its_merge_is_on_the_remote(
    tell: Tell, remote: Path, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", remote.as_uri(), str(tmp_path / "bare.git"))
    tree = tmp_path / "tree"
    git(tmp_path / "bare.git", "worktree", "add", "--quiet", str(tree), "main")
    assert tell(tree, "run", "start", *LEAD).code == 0
    session, _ = begin(tell, tree)
    finish(tell, tree, session)
    assert tell(tree, "run", "finish", "--push").code == 0
    assert refs_of(remote) == [f"claims/{session}"]


def test_a_session_that_is_salvaged_on_the_main_branch_asks_for_the_run_of_another_clone(
    tell: Tell, clones: tuple[Path, Path]
) -> None:
    one, two = clones
    session, _ = begin(tell, two)
    assert tell(one, "run", "start", *LEAD).code == 0
    before = document_of(two)
    done = tell(two, "session", "salvage", session, "--json")
    assert (done.code, done.report["entry"]) == (0, None), done.stderr
    assert done.report["run"]
    assert document_of(two) == before
    assert states(tell, one) == {session: "ended"}
