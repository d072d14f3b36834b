"""Sessions of several clones that tell each other of themselves by refs on their remote."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest
from branched import clone_of, committed_of, make_remote
from checkouts import write
from inprocess import Tell, make_tell
from repositories import found, git
from servers import PUSHES, http, silent
from telling import ROOT, begin, finish, refs_of

from handoff_md.app.session.start import Starter, StartRequest
from handoff_md.app.workspace import open_workspace
from handoff_md.errors import FileError
from handoff_md.git.process import Completed, run_remote
from handoff_md.git.refs import make_commit

DRAWN = re.compile(r"[0-9]{6}-[a-z][a-z0-9]{5}")


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tell:
    return make_tell(monkeypatch, capsys)


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return make_remote(tmp_path, coordination="refs")


@pytest.fixture
def clones(remote: Path, tmp_path: Path) -> tuple[Path, Path]:
    return clone_of(remote, tmp_path / "one"), clone_of(remote, tmp_path / "two")


def refuse(remote: Path) -> None:
    hook = remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\ncut -d' ' -f3 | grep -q ^refs/handoff/ && exit 1\nexit 0\n")
    hook.chmod(0o755)


def fail(*_: object) -> bool:
    raise FileError("the disk is full")


def test_numbers_go_on_across_clones_and_an_ended_session_leaves_its_summary(
    tell: Tell, remote: Path, clones: tuple[Path, Path]
) -> None:
    one, two = clones
    assert [begin(tell, clone) for clone in (one, two, one)] == [
        ("19", []),
        ("20", []),
        ("21", []),
    ]
    assert refs_of(remote) == ["claims/19", "claims/20", "claims/21"]
    record = json.loads(git(remote, "show", f"{ROOT}claims/20:record.json"))
    assert (record["version"], record["id"], record["reserved"]) == (1, "20", False)
    git(two, "switch", "--quiet", "-c", "agent/two")
    waits = "entries are made on the main branch only: the summary waits for whoever merges it"
    assert finish(tell, two, "20") == [waits]
    assert refs_of(remote) == ["claims/19", "claims/21", "summaries/none/20"]
    told = git(remote, "ls-tree", "-r", "--name-only", f"{ROOT}summaries/none/20").decode().split()
    committed = git(two, "ls-tree", "-r", "--name-only", "HEAD", ".agents/handoff.d").decode()
    assert told == committed.split()
    before = git(remote, "rev-parse", f"{ROOT}summaries/none/20")
    again = tell(two, "session", "end", "20", "--json")
    assert (again.code, again.report["notes"]) == (0, [waits])
    assert git(remote, "rev-parse", f"{ROOT}summaries/none/20") == before
    finish(tell, two, "20")
    assert git(remote, "rev-parse", f"{ROOT}summaries/none/20") != before, "it says more now"


def test_the_highest_number_stays_told_so_that_a_clone_far_behind_counts_on(
    tell: Tell, remote: Path, clones: tuple[Path, Path]
) -> None:
    one, two = clones
    begin(tell, one)
    begin(tell, one)
    assert tell(one, "session", "abandon", "20").code == 0
    assert tell(one, "session", "abandon", "19").code == 0
    assert refs_of(remote) == ["claims/20"]
    assert begin(tell, two) == ("21", [])
    assert begin(tell, one) == ("22", [])
    assert refs_of(remote) == ["claims/21", "claims/22"]


def test_an_id_that_is_given_out_is_claimed_once_and_a_reserved_one_is_taken_up_anywhere(
    tell: Tell, remote: Path, clones: tuple[Path, Path]
) -> None:
    one, two = clones
    assert begin(tell, one, "--id", "57-PR201") == ("57-PR201", [])
    taken = tell(two, "session", "start", "--id", "57-pr201")
    assert (taken.code, "is claimed on origin since" in taken.stderr) == (1, True)
    assert tell(two, "session", "list", "--json").report["sessions"] == []
    assert begin(tell, one, "--id", "a.lock") == ("a.lock", [])
    assert refs_of(remote) == ["claims/57-pr201", "claims/a%2elock"]


def test_a_remote_that_refuses_refs_is_asked_once_and_branches_serve(
    tell: Tell, remote: Path, clones: tuple[Path, Path]
) -> None:
    one, _ = clones
    refuse(remote)
    session, notes = begin(tell, one)
    assert DRAWN.fullmatch(session)
    (note,) = notes
    assert note == (
        "origin takes no refs below refs/handoff/ ([remote rejected] (pre-receive hook declined)): "
        "sessions know of each other by their branches"
    )
    (remote / "hooks" / "pre-receive").unlink()
    assert begin(tell, one)[1] == [note], "it is remembered"
    git(one, "switch", "--quiet", "-c", "agent/one")
    assert note in finish(tell, one, session, "--push")
    branch = git(remote, "ls-tree", "-r", "--name-only", "agent/one", ".agents/handoff.d").decode()
    assert branch.split() == [committed_of(session)]
    (one / ".git/handoff-md/remote/probe.json").unlink()
    again, notes = begin(tell, one)
    assert (again, notes) == ("19", [])
    held = refs_of(remote)
    assert "claims/19" in held
    assert "summaries/none/" + session in held, "what waited is told"


def test_auto_is_one_clone_by_itself_without_a_remote_and_refs_or_branches_with_one(
    tell: Tell, remote: Path, clones: tuple[Path, Path]
) -> None:
    one, two = clones
    for clone in clones:
        write(clone / "handoff-md.toml", 'coordination = "auto"\n')
    git(one, "remote", "remove", "origin")
    git(one, "switch", "--quiet", "-c", "agent/one")
    assert begin(tell, one) == ("19", [])
    assert finish(tell, one, "19") == []
    assert "Session 19" in git(one, "show", "HEAD:.agents/HANDOFF.md").decode()
    assert not (one / ".agents/handoff.d").exists()
    git(one, "remote", "add", "origin", remote.as_uri())
    assert (begin(tell, two), begin(tell, one)) == (("19", []), ("20", []))
    assert refs_of(remote) == ["claims/19", "claims/20"]
    refuse(remote)
    (one / ".git/handoff-md/remote/probe.json").unlink()
    session, (note,) = begin(tell, one)
    assert DRAWN.fullmatch(session)
    assert "origin takes no refs below refs/handoff/" in note
    git(two, "remote", "add", "other", remote.as_uri())
    git(two, "remote", "rename", "origin", "main")
    session, (note,) = begin(tell, two)
    assert DRAWN.fullmatch(session)
    assert note == (
        "there is neither a remote named origin nor a single one: sessions know of each other by "
        "their branches"
    )
    assert begin(tell, two, "--id", "40")[0] == "40"


def test_refs_that_nobody_sees_are_found_out(
    tell: Tell, remote: Path, clones: tuple[Path, Path]
) -> None:
    git(remote, "config", "uploadpack.hideRefs", "refs/handoff")
    session, notes = begin(tell, clones[0])
    assert (bool(DRAWN.fullmatch(session)), len(notes)) == (True, 1)
    assert "takes refs below refs/handoff/, and shows them to nobody" in notes[0]
    assert refs_of(remote) == []


def test_where_the_remote_can_not_be_reached_what_is_to_be_told_is_told_later(
    tell: Tell, remote: Path, clones: tuple[Path, Path]
) -> None:
    one, two = clones
    assert begin(tell, one) == ("19", [])
    git(one, "switch", "--quiet", "-c", "agent/one")
    with silent() as url:
        git(one, "remote", "set-url", "origin", f"{url}/x.git")
        write(one / "handoff-md.toml", 'coordination = "refs"\nnetwork-timeout = 1\n')
        drawn, notes = begin(tell, one)
        assert DRAWN.fullmatch(drawn)
        (note,) = notes
        assert note == (
            "origin can't be reached (the remote was not done within 1 seconds): what is to be "
            "told waits for the next contact"
        )
        ended = finish(tell, one, "19")
        assert any("origin can't be reached" in note for note in ended)
    assert refs_of(remote) == ["claims/19"]
    git(one, "remote", "set-url", "origin", remote.as_uri())
    assert begin(tell, one) == ("20", [])
    assert refs_of(remote) == ["claims/19", "claims/20", f"claims/{drawn}", "summaries/none/19"]
    assert begin(tell, two) == ("21", [])
    assert begin(tell, one) == ("22", [])
    assert "claims/19" not in refs_of(remote)


def test_a_remote_that_is_slow_at_the_first_contact_is_tried_again(
    tell: Tell, clones: tuple[Path, Path], remote: Path
) -> None:
    one, _ = clones
    hook = write(remote / "hooks" / "pre-receive", "#!/bin/sh\nexec sleep 3\n")
    hook.chmod(0o755)
    with (one / "handoff-md.toml").open("a", encoding="utf-8") as config:
        config.write("network-timeout = 1\n")
    first = tell(one, "session", "start", "--title", "Early")
    assert "can't be reached (the remote was not done within 1 second" in first.stderr
    hook.unlink()
    assert "Session 19\n" in tell(one, "session", "start", "--title", "Late").stdout


def test_what_was_killed_as_it_claimed_is_cleared_away(
    tell: Tell, remote: Path, clones: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = clones
    begin(tell, two)
    with monkeypatch.context() as dying:
        dying.setattr("handoff_md.app.session.start.claim_session", fail)
        assert tell(one, "session", "start").code == 2
    assert refs_of(remote) == ["claims/19", "claims/20"]
    assert tell(one, "session", "list", "--json").report["sessions"] == []
    assert begin(tell, one) == ("21", [])
    assert begin(tell, one) == ("22", [])
    assert refs_of(remote) == ["claims/19", "claims/21", "claims/22"]


def test_hostile_refs_hold_nothing_up_and_are_told(tell: Tell, clones: tuple[Path, Path]) -> None:
    one, two = clones
    hostile = found(two)
    tree = git(two, "rev-parse", "HEAD^{tree}").decode().strip()
    known = {"version": 1, "token": "t", "host": "h", "title": "", "agent": "", "id": 26}
    types = json.dumps(known | {"started_at": "2026-11-28T14:03:05+00:00"}).encode()
    git(two, "tag", "--annotate", "--message", "a tag", "told", tree)
    refs = {
        "claims/25": make_commit(hostile, "record.json", b" " * 10_000_000 + b"{}", "very large"),
        "claims/26": make_commit(hostile, "record.json", types, "of wrong types"),
        "claims/27": git(two, "rev-parse", "told").decode().strip(),
        "claims/28-AB": make_commit(hostile, "record.json", types[:-9], "cut"),
        "claims/28-ab": make_commit(hostile, "../record.json", b"{}", "above"),
        "claims/%2e%2e": make_commit(hostile, "record.json/..", b"{}", "a way up"),
        f"claims/{'9' * 240}": tree,
        "claims/30": make_commit(hostile, "record.json", b"[" * 60_000, "deep"),
        "claims/31": make_commit(hostile, "record.json", b'{"version": 2}', "later"),
        "claims/not_an_id": make_commit(hostile, "record.json/..up", b"1", "odd"),
        "claims/33/34": make_commit(hostile, "record.json", b"x" * 200_000, "large"),
        "claims/35": git(two, "rev-parse", "HEAD:handoff-md.toml").decode().strip(),
        "else": tree,
    }
    pushed = [f"{id_}:{ROOT}{name}" for name, id_ in refs.items()]
    git(two, "push", "--quiet", "origin", *pushed)
    assert begin(tell, one) == ("36", [])
    (note,) = tell(one, "run", "status", "--json").report["notes"]
    assert note == (
        f"refs/handoff/claims/%2e%2e and {len(refs) - 1} more on the remote hold nothing that this "
        "version can read: an id that is claimed so counts as taken"
    )
    found_by_doctor = {one["name"]: one for one in tell(one, "doctor", "--json").report["findings"]}
    assert found_by_doctor["refs-unread"]["message"] == note
    for number in ("25", "26", "27", "28-Ab", "30", "31", "35"):
        taken = tell(one, "session", "start", "--id", number)
        assert (taken.code, f"session {number} is claimed on origin\n" in taken.stderr) == (1, True)
    git(two, "push", "--quiet", "origin", f"{tree}:{ROOT}claims/999999999999999999")
    session, notes = begin(tell, one)
    assert (bool(DRAWN.fullmatch(session)), len(notes)) == (True, 1)
    assert "more than 18 digits" in notes[0]


def test_thousands_of_refs_of_others_and_one_that_no_file_can_be_named_after(
    tell: Tell, remote: Path, clones: tuple[Path, Path]
) -> None:
    one, _ = clones
    head = git(remote, "rev-parse", "HEAD").decode().strip()
    packed, before = remote / "packed-refs", refs_of(remote)
    kept = [line for line in packed.read_text().splitlines() if line[0] not in "#^"]
    many = [f"{head} {ROOT}else/{number:04}" for number in range(2_000)]
    packed.write_text("".join(f"{line}\n" for line in sorted([*kept, *many], key=str.split)))
    assert (begin(tell, one), begin(tell, one)) == (("19", []), ("20", []))
    ours = [name for name in refs_of(remote) if not name.startswith("else/")]
    assert (before, ours) == ([], ["claims/19", "claims/20"])
    long = [f"{head} {ROOT}claims/{'x' * 300}"]
    packed.write_text("".join(f"{line}\n" for line in sorted([*kept, *long], key=str.split)))
    drawn, (note,) = begin(tell, one)
    assert DRAWN.fullmatch(drawn)
    assert "what is to be told waits for the next contact" in note
    assert tell(one, "run", "status").code == 0
    packed.write_text("".join(f"{line}\n" for line in kept))
    assert begin(tell, one) == ("21", [])
    assert f"claims/{drawn}" in refs_of(remote)


def test_doctor_tells_what_is_gone_what_waits_and_what_the_remote_takes(
    tell: Tell, remote: Path, clones: tuple[Path, Path]
) -> None:
    one, two = clones

    def findings() -> dict[str, str]:
        found = tell(one, "doctor", "--json").report["findings"]
        names = ("refs-", "remote-", "claims-")
        return {one["name"]: one["message"] for one in found if one["name"].startswith(names)}

    begin(tell, one)
    assert findings() == {}
    git(two, "push", "--quiet", "--delete", "origin", f"{ROOT}claims/19")
    gone = "published claims are gone from the remote: refs/handoff/claims/19"
    assert findings() == {"claims-gone": gone}
    assert tell(one, "run", "status").code == 0
    assert (findings(), refs_of(remote)) == ({}, ["claims/19"])
    git(one, "remote", "set-url", "origin", "/nowhere/x.git")
    drawn, _ = begin(tell, one)
    told = findings()
    assert told["refs-waiting"] == f"the remote is not told yet of refs/handoff/claims/{drawn}"
    git(one, "remote", "set-url", "origin", remote.as_uri() + "/")
    refuse(remote)
    begin(tell, one)
    assert "origin takes no refs below refs/handoff/" in findings()["refs-refused"]


def test_what_stands_in_the_way_here_is_not_told_as_a_remote_that_can_not_be_reached(
    tell: Tell, clones: tuple[Path, Path]
) -> None:
    one, two = clones
    begin(tell, two)
    assert tell(one, "run", "status", "--json").report["notes"] == []
    begin(tell, two)
    lock = write(one / ".git/refs/handoff/claims/20.lock", "")
    told = tell(one, "run", "status", "--json").report["notes"][0]
    assert told.startswith("origin is reached, and what it tells can't be kept here (")
    assert f"`rm -- {lock}` removes it" in told
    lock.unlink()
    taken, notes = begin(tell, one)
    assert (taken, notes) == ("21", [])
    git(one, "remote", "rename", "origin", "up")
    git(one, "remote", "add", "other", "/nowhere/x.git")
    begin(tell, one)
    (waits,) = (
        found["mend"]
        for found in tell(one, "doctor", "--json").report["findings"]
        if found["name"] == "refs-waiting"
    )
    assert waits.startswith("git remote rename other origin  # ")
    git(one, "remote", "rename", "up", "origin")
    tell(one, "run", "status")
    assert not any(
        found["name"] == "refs-waiting"
        for found in tell(one, "doctor", "--json").report["findings"]
    )


def test_over_http_a_start_takes_two_round_trips_and_so_does_an_end(
    tell: Tell, remote: Path, clones: tuple[Path, Path]
) -> None:
    one, _ = clones
    git(remote, "config", "http.receivepack", "true")
    with http(remote.parent) as site:
        git(one, "remote", "set-url", "origin", f"{site.url}/{remote.name}")
        git(one, "switch", "--quiet", "-c", "agent/one")
        trips = []
        for action in (begin, begin):
            site.asked = []
            action(tell, one)
            trips.append(site.trips)
        site.asked = []
        finish(tell, one, "19")
        trips.append(site.trips)
        assert trips == [4, 2, 2], "the first contact tries the remote: it makes, reads, deletes"
        site.forbids = ("/git-receive-pack",)
        session, notes = begin(tell, one)
        assert DRAWN.fullmatch(session)
        assert [note.split(" on origin")[0] for note in notes] == [
            "21 may not be claimed",
            f"refs/handoff/claims/{session} is not published",
        ]
    assert refs_of(remote) == ["claims/20", "summaries/none/19"]


def test_a_remote_that_says_nothing_of_a_ref_is_asked_again_at_each_contact(
    tell: Tell, remote: Path, clones: tuple[Path, Path]
) -> None:
    one, _ = clones
    git(remote, "config", "http.receivepack", "true")
    records = one / ".git/handoff-md/remote"
    with http(remote.parent) as site:
        git(one, "remote", "set-url", "origin", f"{site.url}/{remote.name}")
        for forbids in (("/git-receive-pack",), (PUSHES,), ()):
            site.forbids, site.drops = forbids, 0 if forbids else 9
            drawn, (note,) = begin(tell, one)
            assert DRAWN.fullmatch(drawn)
            assert note.startswith("origin does not tell whether it takes refs below refs/handoff/")
            assert note.endswith("what is to be told waits for the next contact")
            assert ("error: 403" in note) is bool(forbids), note
            assert not (records / "probe.json").exists()
            assert len(list((records / "refs").glob("probe,*"))) == 1, "the same one each time"
        site.drops = 0
        assert begin(tell, one) == ("19", [])
    held = refs_of(remote)
    assert ("claims/19" in held, len(held)) == (True, 4), "what waited is told"


def test_refs_that_are_shown_no_more_are_told_and_leave_no_claim_behind(
    tell: Tell, remote: Path, clones: tuple[Path, Path]
) -> None:
    one, two = clones
    assert begin(tell, one)[0] == "19"
    git(remote, "config", "uploadpack.hideRefs", "refs/handoff")
    git(one, "switch", "--quiet", "-c", "agent/one")
    assert begin(tell, two)[1][0].startswith("origin takes refs below refs/handoff/, and shows")
    doubt = "origin has refs below refs/handoff/ that it does not show: the next contact tries"
    assert any(note.startswith(doubt) for note in finish(tell, one, "19"))
    assert refs_of(remote) == ["summaries/none/19"], "the claim is gone with its session"
    drawn, (note,) = begin(tell, one)
    assert DRAWN.fullmatch(drawn)
    assert note.startswith("origin takes refs below refs/handoff/, and shows them to nobody")
    assert refs_of(remote) == []
    git(remote, "config", "--unset", "uploadpack.hideRefs")
    (one / ".git/handoff-md/remote/probe.json").unlink()
    assert tell(one, "run", "status").code == 0
    assert refs_of(remote) == [f"claims/{drawn}", "summaries/none/19"], "all is told now"


def test_a_start_takes_seven_round_trips_at_most_however_quick_others_are(
    tell: Tell, remote: Path, clones: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = clones
    begin(tell, one)
    other = make_commit(found(two), "record.json", b"{}", "of another")
    git(two, "push", "--quiet", "origin", f"{other}:{ROOT}else")
    trips: list[str] = []

    def be_quicker(args: list[str], *, cwd: Path, seconds: float) -> Completed:
        trips.append(args[0])
        if ":refs/handoff/claims/" in args[-1] and not DRAWN.search(args[-1]):
            git(remote, "update-ref", args[-1].partition(":")[2], other)
        return run_remote(args, cwd=cwd, seconds=seconds)

    monkeypatch.setattr("handoff_md.git.refs.run_remote", be_quicker)
    drawn, (note,) = begin(tell, one)
    assert DRAWN.fullmatch(drawn)
    assert note.startswith("others were quicker to claim a number on origin, 3 times")
    assert trips == ["fetch", "push", "fetch", "push", "fetch", "push", "push"]
    assert f"claims/{drawn}" in refs_of(remote)


def test_claims_over_a_changed_kind_of_ref_are_read_anew(
    tell: Tell, clones: tuple[Path, Path]
) -> None:
    one, two = clones
    assert begin(tell, one) == ("19", [])
    assert begin(tell, two) == ("20", [])
    commit = git(two, "rev-parse", "HEAD").decode().strip()
    git(two, "push", "--quiet", "--delete", "origin", f"{ROOT}claims/20")
    git(two, "push", "--quiet", "origin", f"{commit}:{ROOT}claims/20/21")
    assert begin(tell, one) == ("21", [])


def test_what_is_claimed_where_nobody_may_wait_is_told_at_the_next_contact(
    tell: Tell, remote: Path, clones: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = clones
    now = dt.datetime(2026, 11, 28, 14, 3, tzinfo=dt.UTC)
    request = StartRequest(directory=one, today=now.date(), now=now)
    started = Starter(open_workspace(one), None, request).start()
    assert (bool(DRAWN.fullmatch(started.id)), started.notes) == (True, ())
    assert refs_of(remote) == []
    assert tell(one, "run", "status").code == 0
    assert refs_of(remote) == [f"claims/{started.id}"]
    git(one, "remote", "set-url", "origin", "/nowhere/x.git")
    monkeypatch.setattr("handoff_md.app.contact.keep_ref", fail)
    session, notes = begin(tell, one, "--id", "40")
    assert (session, len(notes)) == ("40", 2)
    assert notes[1] == "other clones do not know of the session: the disk is full"


def test_two_sessions_of_one_id_are_told_as_long_as_one_of_them_is_at_work(
    tell: Tell, remote: Path, clones: tuple[Path, Path]
) -> None:
    one, two = clones
    assert begin(tell, one)[0] == "19"
    git(remote, "update-ref", "-d", "refs/handoff/claims/19")
    assert begin(tell, two)[0] == "19"
    taken = "refs/handoff/claims/19 is another clone's on origin"
    for _ in range(2):
        notes = tell(one, "run", "status", "--json").report["notes"]
        assert any(note.startswith(taken) for note in notes)
    found = {one["name"] for one in tell(one, "doctor", "--json").report["findings"]}
    assert "claims-taken" in found
    git(one, "switch", "--quiet", "-c", "agent/one")
    assert any(note.startswith(taken) for note in finish(tell, one, "19"))
    assert refs_of(remote) == ["claims/19", "summaries/none/19"], "the claim is the other's"
