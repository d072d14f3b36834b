"""Summaries that agents' branches hold, collected without a checkout."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import agents
import pytest
from agents import end, fill_log, lead, started, states, work
from branched import clone_of, committed_of, make_remote, work_on
from checkouts import Done, age, commit_all, document_of, make_checkout, status, subjects, write
from inprocess import run_inside as run
from repositories import found, git

from handoff_md.config import Config
from handoff_md.git.refs import make_commit

COMMITTED = Config().committed


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "run", run)


LEAD = ("--orchestrator", "22")


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return make_remote(tmp_path)


@pytest.fixture
def lead_clone(remote: Path, tmp_path: Path) -> Path:
    return clone_of(remote, tmp_path / "lead")


def merge(clone: Path, *args: str) -> Done:
    return run(clone, "merge", *LEAD, "--json", *args)


def told(done: Done) -> list[str]:
    return [session["status"] for session in done.report["sessions"]]


def put(clone: Path, branch: str, name: str, text: str | bytes, *, start: str = "main") -> None:
    """Commit a file into the folder of committed summaries, on a branch, and push it."""
    git(clone, "switch", "--quiet", "-C", branch, start)
    write(clone / COMMITTED / name, text)
    git(clone, "add", "--force", "--", COMMITTED)
    git(clone, "commit", "--quiet", "-m", "put")
    git(clone, "push", "--quiet", "--force", "origin", branch)


def summary(session: str, words: str = "Did it.", *, date: str = "2026-11-28") -> str:
    front = f"---\nsession: {session}\ntitle: Work of {session}\ndate: {date}\n---\n"
    return f"{front}\n{words}\n"


def test_a_cloud_agents_branch_is_fetched_collected_and_merged_once(
    remote: Path, lead_clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = clone_of(remote, tmp_path / "agent")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1766620800")
    first = work_on(agent, "agent/a", "--push", words="See [the log](../sessions/).")
    git(agent, "switch", "--quiet", "main")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1766620801")
    second = work_on(agent, "agent/b", "--push")
    blind = merge(lead_clone)
    assert (blind.report["status"], blind.report["sessions"]) == ("nothing-to-merge", [])
    assert "no branch here is named origin/agent/*" in " ".join(blind.report["notes"])
    shown = run(lead_clone, "preview", *LEAD, "--fetch", "--section-only", "--raw")
    assert (shown.code, first in shown.stdout, second in shown.stdout) == (0, True, True)
    done = merge(lead_clone)
    assert (done.code, told(done)) == (0, ["merged", "merged"])
    assert {one["summary"] for one in done.report["sessions"]} == {
        f"origin/agent/a:{committed_of(first)}",
        f"origin/agent/b:{committed_of(second)}",
    }
    assert f"### Parallel Sessions {first}, {second} (" in document_of(lead_clone)
    assert subjects(lead_clone)[0] == f"docs(handoff): merge parallel sessions {first}, {second}"
    assert (status(lead_clone), (lead_clone / COMMITTED).exists()) == ("", False)
    assert f"**Session Log**: [Session {first}](./sessions/" in document_of(lead_clone)
    head = git(lead_clone, "rev-parse", "HEAD")
    again = merge(lead_clone, "--fetch")
    assert (again.code, told(again), git(lead_clone, "rev-parse", "HEAD")) == (0, [], head)


@pytest.mark.parametrize(
    "button",
    ["squash", *(pytest.param(one, marks=pytest.mark.full) for one in ("merge", "rebase"))],
)
def test_what_a_merge_button_brings_counts_once(
    button: str, remote: Path, lead_clone: Path, tmp_path: Path
) -> None:
    agent = clone_of(remote, tmp_path / "agent")
    session = work_on(agent, "agent/a", "--push")
    site = clone_of(remote, tmp_path / "site")
    write(site / "news.txt", "of the site\n")
    git(site, "add", "news.txt")
    git(site, "commit", "--quiet", "-m", "news")
    if button == "merge":
        git(site, "merge", "--quiet", "--no-ff", "--no-edit", "origin/agent/a")
    elif button == "squash":
        git(site, "merge", "--quiet", "--squash", "origin/agent/a")
        git(site, "commit", "--quiet", "-m", "squashed (#1)")
    else:
        git(site, "switch", "--quiet", "agent/a")
        git(site, "rebase", "--quiet", "main")
        git(site, "switch", "--quiet", "main")
        git(site, "merge", "--quiet", "--ff-only", "agent/a")
    git(site, "push", "--quiet", "origin", "main")
    git(lead_clone, "pull", "--quiet", "--ff-only")
    done = merge(lead_clone)
    assert (done.code, told(done)) == (0, ["merged"])
    assert done.report["sessions"][0]["summary"] == f"HEAD:{committed_of(session)}"
    git(lead_clone, "push", "--quiet", "origin", "main")
    other = clone_of(remote, tmp_path / "other")
    assert told(merge(other, "--fetch")) == []
    assert document_of(other).count(f"#### Session {session}") == 1


def test_one_session_on_several_branches_counts_once_and_local_branches_count(
    lead_clone: Path,
) -> None:
    put(lead_clone, "agent/a", "2026-11-28-session-261128-a1aaaa.md", summary("261128-a1aaaa"))
    git(lead_clone, "branch", "mine/copy", "agent/a")
    git(lead_clone, "switch", "--quiet", "main")
    done = merge(lead_clone, "--branches", "mine/*", "--branches", "agent/*", "--dry-run")
    assert told(done) == ["merged"]
    assert told(merge(lead_clone, "--branches", "refs/heads/mine/*", "--dry-run")) == ["merged"]
    assert merge(lead_clone, "--no-worktrees", "--dry-run").report["sessions"] == []


def test_the_same_id_with_other_content_is_conflicting_and_told_with_its_author(
    lead_clone: Path,
) -> None:
    name = "2026-11-28-session-261128-a1aaaa.md"
    put(lead_clone, "agent/a", name, summary("261128-a1aaaa"))
    put(lead_clone, "agent/evil", name, summary("261128-a1aaaa", "Did other things."))
    other = "2026-11-27-session-261128-B2bbbb.md"
    put(lead_clone, "agent/b", other, summary("261128-B2bbbb", date="2026-11-27"))
    late = "2026-11-28-session-261128-b2bbbb.md"
    put(lead_clone, "agent/evil2", late, summary("261128-b2bbbb"))
    put(lead_clone, "agent/good", "2026-11-28-session-261128-c3cccc.md", summary("261128-c3cccc"))
    git(lead_clone, "switch", "--quiet", "main")
    before = document_of(lead_clone)
    done = merge(lead_clone)
    assert (done.code, sorted(told(done))) == (1, ["conflicting", "conflicting", "merged"])
    first, second, _ = sorted(done.report["sessions"], key=lambda one: one["id"].casefold())
    evil = git(lead_clone, "rev-parse", "--short", "agent/evil").decode().strip()
    assert f"origin/agent/evil:{COMMITTED}/{name} (by Ada Author, commit {evil})" in str(first)
    assert "origin/agent/b:" in str(second)
    assert "origin/agent/evil2:" in str(second)
    assert document_of(lead_clone) == before
    partial = merge(lead_clone, "--allow-partial")
    assert partial.code == 0
    assert "Did other things" not in document_of(lead_clone)
    assert "#### Session 261128-c3cccc" in document_of(lead_clone)
    assert "#### Session 261128-a1aaaa" not in document_of(lead_clone)


def test_words_of_what_is_left_out_have_no_effect_in_the_document(lead_clone: Path) -> None:
    author = "[the plan](http://example.org/x) " * 40
    git(lead_clone, "config", "user.name", author)
    for branch, words in (("one", "This."), ("two", "That.")):
        put(lead_clone, branch, "2026-11-28-session-261128-k3f9.md", summary("261128-k3f9", words))
    odd = summary("261128-m4n5").replace(
        "date:", f"status: '[click](nowhere.md){'x' * 900}'\ndate:"
    )
    put(lead_clone, "odd", "2026-11-28-session-261128-m4n5.md", odd)
    put(lead_clone, "good", "2026-11-28-session-261128-p6q7.md", summary("261128-p6q7"))
    git(lead_clone, "switch", "--quiet", "main")
    branches = [word for name in ("one", "two", "odd", "good") for word in ("--branches", name)]
    done = merge(lead_clone, "--allow-partial", *branches)
    assert done.code == 0, done.stderr
    document = (lead_clone / ".agents" / "HANDOFF.md").read_text("utf-8")
    line = next(li for li in document.splitlines() if li.startswith("**Not merged**"))
    assert "Session 261128-k3f9 (conflicting)" in line
    assert "\\[click](nowhere.md)" in line
    assert "plan" not in line
    assert len(line) < 300


def test_a_log_that_no_tree_can_have_counts_as_one_that_is_not_there(lead_clone: Path) -> None:
    logs = ["../sessions/x.md", "./x.md", "a/../../x.md", "/x.md", "a//x.md", ""]
    for number, log in enumerate(logs):
        id_ = f"261128-k3f{number}"
        text = summary(id_).replace("date:", f"log: '{log}'\ndate:")
        put(lead_clone, f"odd/{number}", f"2026-11-28-session-{id_}.md", text)
    git(lead_clone, "switch", "--quiet", "main")
    done = merge(lead_clone, "--branches", "odd/*")
    assert (done.code, told(done)) == (0, ["merged"] * len(logs)), done.stderr


def stand(clone: Path, branch: str, text: str, **places: str) -> None:
    """Make a branch with a summary of a session, and what git is told to keep at places."""
    git(clone, "switch", "--quiet", "-C", branch, "main")
    if text:
        write(clone / COMMITTED / f"2026-11-28-session-{branch[4:]}.md", text)
    git(clone, "add", "--force", "--all")
    commit = git(clone, "rev-parse", "HEAD").decode().strip()
    blob = git(clone, "rev-parse", "HEAD:handoff-md.toml").decode().strip()
    for place, mode in places.items():
        id_ = commit if mode == "160000" else blob
        git(clone, "rm", "--quiet", "-r", "--cached", "--ignore-unmatch", place)
        git(clone, "update-index", "--add", "--cacheinfo", f"{mode},{id_},{place}")
    git(clone, "commit", "--quiet", "-m", "stand")
    git(clone, "reset", "--quiet", "--hard")
    git(clone, "switch", "--quiet", "--force", "main")


def test_what_stands_in_the_place_of_the_folder_of_summaries_is_told(lead_clone: Path) -> None:
    kinds = {"160000": "a submodule", "120000": "a symbolic link", "100644": "a file"}
    wanted: list[str] = []
    for mode, kind in kinds.items():
        for place in (COMMITTED, ".agents"):
            stand(lead_clone, f"odd/{len(wanted)}", "", **{place: mode})
            wanted.append(
                f"odd/{len(wanted)} has {kind} in the place of the folder {place}: no summaries "
                "are read there"
            )
    git(lead_clone, "branch", "odd/8", "odd/0")
    git(lead_clone, "branch", "odd/9", "odd/0")
    wanted[0] += " (the same holds of odd/8, odd/9)"
    done = merge(lead_clone, "--branches", "odd/*", "--dry-run")
    assert sorted(note for note in done.report["notes"] if "odd/" in note) == wanted
    shutil.rmtree(lead_clone / ".agents/temp", ignore_errors=True)
    write(lead_clone / ".agents/temp", "no folder\n")
    (note,) = (note for note in merge(lead_clone).report["notes"] if "temp" in note)
    assert note == f"{lead_clone}/.agents/temp is no folder: no summaries are read there"


def test_a_log_that_is_no_file_on_its_branch_is_refused_and_told(lead_clone: Path) -> None:
    kinds = {"120000": "a symbolic link", "160000": "a submodule"}
    log = ".agents/sessions/2026-11-28-session-40.md"
    texts = {n: summary(n).replace("date:", f"log: {log}\ndate:") for n in ("40", "41", "42")}
    for number, mode in zip(texts, kinds, strict=False):
        stand(lead_clone, f"odd/{number}", texts[number], **{log: mode})
    stand(lead_clone, "odd/42", texts["42"], **{f"{log}/x.md": "100644"})
    stand(lead_clone, "odd/43", summary("43").replace("date:", f"log: {log}\ndate:"))
    stand(lead_clone, "odd/44", texts["40"].replace("40\n", "44\n", 1), **{log: "100644"})
    done = merge(lead_clone, "--branches", "odd/*", "--allow-partial", "--dry-run")
    refused = {one["id"]: one["problems"] for one in done.report["sessions"]}
    assert refused == {
        number: [f"names a log that is {kind} on its branch, no file: {log}"]
        for number, kind in zip(texts, (*kinds.values(), "a folder"), strict=True)
    } | {"43": [], "44": []}
    (note,) = (note for note in done.report["notes"] if "not merged here yet" in note)
    assert note == (
        "the logs of these sessions are on branches that are not merged here yet: 44 (odd/44); "
        "until they are, `handoff-md lint` reports the links (HL003)"
    )
    git(lead_clone, "merge", "--quiet", "odd/44")
    done = merge(lead_clone, "--allow-partial", "--dry-run")
    assert not any("not merged here yet" in note for note in done.report["notes"])


@pytest.mark.parametrize("place", ["folder", "branch"])
def test_a_log_that_can_be_none_is_refused_in_a_clear_sentence(
    place: str, lead_clone: Path
) -> None:
    (lead_clone / "docs").mkdir()
    logs = {
        "40": (".", "the log that it names is a folder: ."),
        "41": ("..", "the log that it names is a folder: .."),
        "42": ("docs", "the log that it names is a folder: docs"),
        "43": ("/", "the log that it names lies outside of the repository: /"),
        "44": ("../../../..", "the log that it names lies outside of the repository: ../../../.."),
    }
    for number, (log, _) in logs.items():
        text = summary(number).replace("date:", f"log: '{log}'\ndate:")
        if place == "branch":
            write(lead_clone / COMMITTED / f"2026-11-28-session-{number}.md", text)
        else:
            age(write(lead_clone / f".agents/temp/handoff-session-{number}-summary.md", text))
    if place == "branch":
        commit_all(lead_clone, "summaries")
    done = merge(lead_clone, "--dry-run")
    problems = {one["id"]: one["problems"] for one in done.report["sessions"]}
    assert problems == {number: [f"can't be used: {why}"] for number, (_, why) in logs.items()}


def test_no_folder_of_this_machine_goes_into_the_document(lead_clone: Path) -> None:
    outside = write(lead_clone.parent / "outside.md", "Elsewhere.\n")
    folder = lead_clone / "docs"
    folder.mkdir()
    (folder / "link.md").symlink_to(outside)
    write(folder / "large.md", b"x" * 9_000_000)
    logs = {"40": "docs/link.md", "41": "docs/large.md", "42": str(folder / "link.md")}
    for number, log in logs.items():
        text = summary(number).replace("date:", f"log: '{log}'\ndate:")
        age(write(lead_clone / f".agents/temp/handoff-session-{number}-summary.md", text))
    age(write(lead_clone / ".agents/temp/handoff-session-44-summary.md", summary("44")))
    commit_all(lead_clone, "logs")
    done = merge(lead_clone, "--allow-partial")
    assert done.code == 0, done.stderr
    absent = re.findall(r"^\*\*Not merged\*\*.*", document_of(lead_clone), re.MULTILINE)
    assert "docs/link.md leads out of the repository" in absent[0]
    assert "docs/large.md" in absent[0]
    assert str(lead_clone.parent) not in absent[0]


def test_a_summary_for_a_document_that_nobody_configures_is_told_and_collected_for_none(
    lead_clone: Path,
) -> None:
    write(lead_clone / "one/handoff-md.toml", 'coordination = "refs"\nhandoff = "one/NOTES.md"\n')
    write(lead_clone / "one/NOTES.md", "# Notes\n\n## Recent Sessions\n")
    commit_all(lead_clone, "another document")
    texts = {
        number: summary(number).replace("date:", f"document: {document}\ndate:")
        for number, document in (("40", "nowhere/HANDOFF.md"), ("41", "one/NOTES.md"))
    }
    commit = make_commit(
        found(lead_clone),
        f"{COMMITTED}/2026-11-28-session-42.md",
        texts["40"].replace("40", "42").encode(),
        "x",
    )
    git(lead_clone, "push", "--quiet", "origin", f"{commit}:refs/handoff/summaries/none/42")
    write(lead_clone / "handoff-md.toml", 'coordination = "refs"\n')
    lead(lead_clone)
    for number, text in texts.items():
        write(lead_clone / COMMITTED / f"2026-11-28-session-{number}.md", text)
        git(lead_clone, "add", "--force", "--", COMMITTED)
        again = text.replace(f"session: {number}", f"session: {number[::-1]}")
        age(write(lead_clone / f".agents/temp/handoff-session-{number[::-1]}-summary.md", again))
    git(lead_clone, "commit", "--quiet", "-m", "summaries")
    shown = " ".join(run(lead_clone, "preview", "--raw").stderr.split())
    assert shown.count("which no configuration names") == 3
    for command in ("run status", "merge --dry-run", "run finish"):
        done = run(lead_clone, *command.split(), "--json")
        assert done.code == 0, done.stderr
        assert done.report["sessions"] == []
        notes = " ".join(done.report["notes"])
        unknown = "is for nowhere/HANDOFF.md, which no configuration names: it is collected for no"
        assert notes.count(unknown) == 3, command
        assert notes.count("is for another document, one/NOTES.md: it is left out here") == 2
    other = run(lead_clone / "one", "merge", *LEAD, "--json", "--dry-run")
    assert [one["id"] for one in other.report["sessions"]] == ["14"], "it waits for its own"


def test_a_session_that_was_claimed_here_counts_from_its_own_branch_only(lead_clone: Path) -> None:
    git(lead_clone, "switch", "--quiet", "-c", "agent/mine")
    session = started(lead_clone, "--id", "40", "--title", "Mine", "--date", "2026-11-28")
    name = "2026-11-28-session-40.md"
    git(lead_clone, "add", "--all")
    git(lead_clone, "commit", "--quiet", "-m", "the log")
    put(lead_clone, "agent/evil", name, summary("40"))
    git(lead_clone, "switch", "--quiet", "agent/mine")
    done = merge(lead_clone)
    assert told(done) == ["conflicting"]
    assert "was claimed here, on agent/mine, and is not ended" in str(done.report["sessions"])
    fill_log(lead_clone / session["log"])
    assert end(lead_clone, "40").code == 0
    conflict = merge(lead_clone)
    assert told(conflict) == ["conflicting"]
    assert "has summaries that differ" in str(conflict.report["sessions"])
    git(lead_clone, "update-ref", "-d", "refs/remotes/origin/agent/evil")
    assert told(merge(lead_clone, "--dry-run")) == ["merged"]


def test_the_later_version_of_one_branch_counts_here_and_there(lead_clone: Path) -> None:
    name = "2026-11-28-session-261128-a1aaaa.md"
    put(lead_clone, "agent/a", name, summary("261128-a1aaaa", "At first."))
    write(lead_clone / COMMITTED / name, summary("261128-a1aaaa", "In the end."))
    git(lead_clone, "commit", "--quiet", "-am", "later")
    git(lead_clone, "switch", "--quiet", "main")
    done = merge(lead_clone, "--branches", "agent/*")
    assert (done.code, told(done)) == (0, ["merged"])
    assert "In the end." in document_of(lead_clone)


def test_hostile_files_are_passed_over_or_refused_and_told(lead_clone: Path) -> None:
    git(lead_clone, "switch", "--quiet", "-c", "agent/evil")
    folder = lead_clone / COMMITTED
    folder.mkdir(parents=True)
    (folder / "2026-11-28-session-261128-a1link.md").symlink_to("/etc/passwd")
    write(folder / "2026-11-28-session-261128-a2dirr.md" / "x.md", "x\n")
    write(folder / "2026-11-28-session-a\n\x1b[31m9.md", "x\n")
    write(folder / "2026-11-28-session-..md", "x\n")
    write(folder / "head.md", "# Head\n")
    write(folder / "2026-11-28-session-261128-a3diff.md", summary("261128-z9zzzz"))
    write(
        folder / "2026-11-28-session-261128-a4date.md", summary("261128-a4date", date="2026-11-27")
    )
    write(folder / "2026-11-28-session-261128-a5huge.md", "x" * 300_000)
    write(folder / "2026-11-28-session-261128-a6ctrl.md", summary("261128-a6ctrl", "\x1b[31mred"))
    git(lead_clone, "add", "--force", "--all")
    git(lead_clone, "commit", "--quiet", "-m", "evil")
    git(lead_clone, "switch", "--quiet", "main")
    done = merge(lead_clone, "--branches", "agent/evil")
    assert done.code == 1
    by_id = {
        one["id"]: (one["status"], " ".join(one["problems"])) for one in done.report["sessions"]
    }
    assert {one[0] for one in by_id.values()} == {"invalid"}
    assert sorted(by_id) == [
        "261128-a3diff",
        "261128-a4date",
        "261128-a5huge",
        "261128-a6ctrl",
    ]
    assert "261128-z9zzzz in front matter" in by_id["261128-a3diff"][1]
    assert "is of 2026-11-28 by its name" in by_id["261128-a4date"][1]
    assert "300,000 bytes" in by_id["261128-a5huge"][1]
    notes = " ".join(done.report["notes"])
    assert "a1link.md is a symbolic link, no summary, and was passed over" in notes
    assert "a2dirr.md is a folder" in notes
    assert "session-..md is nearly, not quite" in notes
    assert "head.md" not in notes
    plain = run(lead_clone, "merge", *LEAD, "--branches", "agent/evil")
    assert "\x1b[31m" not in plain.stderr + plain.stdout


def test_a_broken_branch_is_told_and_not_taken_for_nothing(lead_clone: Path) -> None:
    write(lead_clone / ".git/refs/remotes/origin/agent/broken", "0" * 39 + "\n")
    done = merge(lead_clone)
    assert "the branch origin/agent/broken can't be read" in " ".join(done.report["notes"])


def test_a_run_collects_from_branches_and_tells_of_them(
    remote: Path, lead_clone: Path, tmp_path: Path
) -> None:
    write(lead_clone / ".agents/x", "")
    lead(lead_clone, "--expect-count", "2")
    agent = clone_of(remote, tmp_path / "agent")
    session = work_on(agent, "agent/a", "--push")
    seen = run(lead_clone, "run", "status", "--fetch", "--json").report
    assert [(one["id"], one["state"]) for one in seen["sessions"]] == [(session, "ended")]
    assert seen["sessions"][0]["summary"] == f"origin/agent/a:{committed_of(session)}"
    refused = run(lead_clone, "run", "finish", "--json")
    assert (refused.code, refused.report["problems"]) == (1, ["2 sessions were expected, 1 found"])
    git(agent, "switch", "--quiet", "main")
    other = work_on(agent, "agent/b", "--push")
    done = run(lead_clone, "run", "finish", "--fetch", "--json")
    assert (done.code, done.report["closed"]) == (0, True)
    assert {one["id"] for one in done.report["sessions"]} == {session, other}


def test_a_worktrees_own_summary_and_its_branch_count_once(lead_clone: Path) -> None:
    tree = lead_clone.parent / "tree"
    git(lead_clone, "worktree", "add", "--quiet", "-b", "agent/w", str(tree))
    session = work(tree, "--title", "Write it")
    assert end(tree, session["id"]).code == 0
    done = merge(lead_clone, "--branches", "agent/*")
    assert told(done) == ["merged"]
    assert done.report["sessions"][0]["archived_to"]
    assert states(lead_clone)[session["id"]] == "merged"
    assert told(merge(lead_clone, "--branches", "agent/*")) == []


def test_a_merge_that_was_reset_away_is_made_again_from_the_branch(lead_clone: Path) -> None:
    put(lead_clone, "agent/a", "2026-11-28-session-261128-a1aaaa.md", summary("261128-a1aaaa"))
    git(lead_clone, "switch", "--quiet", "main")
    assert told(merge(lead_clone)) == ["merged"]
    git(lead_clone, "reset", "--quiet", "--hard", "HEAD~")
    assert told(merge(lead_clone)) == ["merged"]
    assert document_of(lead_clone).count("#### Session 261128-a1aaaa") == 1


def test_another_summary_of_a_session_that_was_merged_is_left_out_and_told(
    lead_clone: Path,
) -> None:
    name = "2026-11-28-session-261128-a1aaaa.md"
    put(lead_clone, "agent/a", name, summary("261128-a1aaaa"))
    git(lead_clone, "switch", "--quiet", "main")
    assert told(merge(lead_clone)) == ["merged"]
    put(lead_clone, "agent/evil", name, summary("261128-a1aaaa", "Did other things."))
    git(lead_clone, "switch", "--quiet", "main")
    done = merge(lead_clone)
    assert (done.code, told(done)) == (0, [])
    assert "agent/evil:" in str(done.report["notes"])
    assert "is another summary of session 261128-a1aaaa than was merged" in str(
        done.report["notes"]
    )


def test_a_fetch_that_fails_is_one_sentence_and_changes_nothing(
    remote: Path, lead_clone: Path
) -> None:
    git(lead_clone, "remote", "set-url", "origin", str(remote) + "-gone")
    done = run(lead_clone, "merge", *LEAD, "--fetch")
    assert done.code == 2
    assert "error: nothing can be fetched from origin: " in done.stderr
    write(lead_clone / "handoff-md.toml", "")
    done = run(lead_clone, "merge", *LEAD, "--fetch")
    assert (done.code, "which branches to fetch is not known" in done.stderr) == (2, True)


def test_a_shallow_clone_of_one_branch_says_what_it_does_not_see_and_can_fetch_it(
    remote: Path, tmp_path: Path
) -> None:
    agent = clone_of(remote, tmp_path / "agent")
    session = work_on(agent, "agent/a", "--push")
    shallow = clone_of(remote, tmp_path / "shallow", "--depth=1")
    blind = merge(shallow)
    assert "what was not fetched is not seen" in " ".join(blind.report["notes"])
    done = merge(shallow, "--fetch")
    assert (done.code, [one["id"] for one in done.report["sessions"]]) == (0, [session])


@pytest.mark.parametrize("kept_out", ["blob:none", pytest.param("tree:0", marks=pytest.mark.full)])
def test_a_partial_clone_says_what_it_lacks_and_fetches_only_when_asked(
    kept_out: str, remote: Path, tmp_path: Path
) -> None:
    git(remote, "config", "uploadpack.allowFilter", "true")
    git(remote, "config", "uploadpack.allowAnySHA1InWant", "true")
    agent = clone_of(remote, tmp_path / "agent")
    session = work_on(agent, "agent/a", "--push")
    partial = clone_of(remote, tmp_path / "partial", f"--filter={kept_out}")
    gone = remote.rename(tmp_path / "gone.git")
    blind = merge(partial)
    assert (blind.code, blind.report["sessions"]) == (0, [])
    assert "origin/agent/a can't be seen whole: this clone is partial" in str(blind.report["notes"])
    gone.rename(remote)
    assert merge(partial, "--dry-run").report["sessions"] == []
    done = merge(partial, "--fetch")
    assert (done.code, [one["id"] for one in done.report["sessions"]]) == (0, [session]), (
        done.stderr
    )
    assert re.search(rf"\[Session {session}\]\(./sessions/", document_of(partial))


def test_an_id_that_was_given_out_here_is_taken_up_in_another_clone(
    remote: Path, lead_clone: Path, tmp_path: Path
) -> None:
    claimed = lead(lead_clone, "--claim", "1")["sessions"][0]["id"]
    agent = clone_of(remote, tmp_path / "agent")
    git(agent, "switch", "--quiet", "-c", "agent/a")
    session = work(agent, "--id", claimed, "--title", "Given out")
    assert "**Time**" in (agent / session["log"]).read_text()
    assert end(agent, claimed, "--push").code == 0
    done = run(lead_clone, "run", "finish", "--fetch", "--json")
    assert (done.code, done.report["closed"]) == (0, True)
    assert states(lead_clone)[claimed] == "merged"


def test_what_a_session_handed_over_anew_here_counts_before_its_branch_elsewhere(
    lead_clone: Path,
) -> None:
    git(lead_clone, "switch", "--quiet", "-c", "agent/mine")
    session = work_on(lead_clone, "agent/mine", "--push")
    write(lead_clone / "more.md", "In the end.\n")
    again = end(lead_clone, session, "--summary", "more.md")
    assert again.code == 0, again.stderr
    git(lead_clone, "switch", "--quiet", "main")
    done = merge(lead_clone)
    assert (done.code, told(done)) == (0, ["merged"])
    assert "In the end." in document_of(lead_clone)


@pytest.mark.full
def test_a_fetch_draws_a_bar_on_a_terminal(remote: Path, lead_clone: Path, tmp_path: Path) -> None:
    agent = clone_of(remote, tmp_path / "agent")
    session = work_on(agent, "agent/a", "--push")
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "handoff_md", "merge", *LEAD, "--fetch", "--dry-run"]
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
    process = subprocess.Popen(
        command, cwd=lead_clone, env=env, stdin=follower, stdout=subprocess.PIPE, stderr=follower
    )
    os.close(follower)
    drawn = b""
    with suppress(OSError):  # the other side is closed: all was read
        while piece := os.read(leader, 65536):
            drawn += piece
    os.close(leader)
    told, _ = process.communicate()
    assert (process.returncode, session in told.decode()) == (0, True)
    assert "counting" in drawn.decode()
    assert "━" in drawn.decode()


def test_a_summary_for_another_document_of_the_repository_is_not_collected(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    for part in ("a", "b"):
        places = {"handoff": "HANDOFF.md", "sessions": "sessions", "summaries": "temp"}
        lines = [f'{key} = "{part}/{name}"' for key, name in places.items()]
        lines += ['coordination = "branch"', 'collect-branches = ["agent/*"]']
        write(root / part / "handoff-md.toml", "\n".join(lines) + "\n")
        write(root / part / "HANDOFF.md", "# Handoff\n\n## Recent Sessions\n")
    write(root / ".gitignore", "temp/\n")
    commit_all(root, "parts")
    git(root, "switch", "--quiet", "-c", "agent/a")
    session = started(root / "a", "--title", "Of a")
    fill_log(root / session["log"])
    assert end(root / "a", session["id"]).code == 0
    git(root, "switch", "--quiet", "main")
    (root / session["summary"]).unlink()
    shutil.rmtree(root / ".git/handoff-md")
    assert told(merge(root / "b")) == []
    assert told(merge(root / "a")) == ["merged"]
    committed = committed_of(session["id"]).replace(".agents", "a")
    assert "document: a/HANDOFF.md" in git(root, "show", f"agent/a:{committed}").decode()
