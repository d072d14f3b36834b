"""What ``doctor`` finds in real repositories, and that what it says to do mends it."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from checkouts import (
    HANDOFF,
    STATE,
    Done,
    add_hook,
    age,
    commit_all,
    make_checkout,
    make_ready,
    merge,
    run,
    snapshot,
    write,
    write_summary,
)
from msgspec.structs import replace
from permissions import unprivileged_folder
from repositories import git

from handoff_md.app.checkup.finding import Urgency
from handoff_md.app.checkup.installation import check_git, check_state
from handoff_md.ledger.records import Claim
from handoff_md.store.claims import claim_session
from handoff_md.store.runs import start_run


@pytest.fixture(autouse=True)
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the command in it, on PATH."""
    folder = tmp_path / "tools"
    text = f'#!/bin/sh\nexec {sys.executable} -m handoff_md "$@"\n'
    write(folder / "handoff-md", text).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout that is set up."""
    folder = make_checkout(tmp_path / "project")
    assert run(folder, "init").code == 0
    commit_all(folder, "set up")
    return folder


def doctor(folder: Path) -> Done:
    before = snapshot(folder)
    done = run(folder, "doctor", "--json")
    assert snapshot(folder) == before, "it only looks"
    assert done.stderr == ""
    return done


def findings(done: Done, level: str = "problem") -> dict[str, dict[str, Any]]:
    found = done.report["findings"]
    return {one["name"]: one for one in found if one["level"] == level}


def mend(folder: Path, finding: dict[str, Any]) -> None:
    """Do what a finding says, from a folder below the root, as it is pasted there."""
    below = folder / "some folder"
    below.mkdir(exist_ok=True)
    subprocess.run(["sh", "-c", finding["mend"]], cwd=below, check=True)
    below.rmdir()


def test_a_repository_that_is_set_up_has_nothing_to_mend(root: Path) -> None:
    done = doctor(root)
    assert (done.code, findings(done)) == (0, {})
    assert list(findings(done, "advice")) == ["hook-missing"]
    plain = run(root, "doctor")
    assert "advice: no hook" in plain.stdout
    assert "Nothing to mend." in plain.stdout


def test_a_checkup_asks_git_each_question_once(root: Path, tools: Path) -> None:
    (root / ".gitignore").unlink()
    assert run(root, "init").code == 0
    calls = tools / "calls"
    log = f'printf "%s " "$PWD" "$@" >>{calls}; echo >>{calls}'
    write(tools / "git", f'#!/bin/sh\n{log}\nexec {shutil.which("git")} "$@"\n').chmod(0o755)
    assert run(root, "doctor").code == 0
    asked = calls.read_text().splitlines()
    assert sorted(set(asked)) == sorted(asked)
    assert 5 < len(asked) <= 13, asked


def test_what_git_cannot_tell_of_one_path_hides_no_rule_that_ignores_another(root: Path) -> None:
    (root / "logs").mkdir()
    (root / ".agents/sessions").symlink_to("../logs")
    write(root / ".git/info/exclude", f"{HANDOFF}\n")
    found = findings(doctor(root))
    assert "git ignores .agents/HANDOFF.md, by a rule in .git/info/exclude" in str(found["ignored"])
    assert "reached by a symbolic link" in found["check-failed"]["message"]


def test_a_repository_that_is_not_set_up_is_told_to_be(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "project")
    done = doctor(root)
    assert done.code == 1
    finding = findings(done)["file-missing"]
    assert finding["message"] == ".gitattributes is missing"
    mend(root, finding)
    assert doctor(root).code == 0


def make_tracked(root: Path) -> None:
    write_summary(root, "19")
    write(root / ".agents/temp/a [b] 'c'.txt", "odd\n")
    git(root, "add", "--force", ".agents/temp")


def make_journal(root: Path) -> None:
    write_summary(root, "19")
    assert merge(root, "--no-commit").code == 0


def make_orphan(root: Path) -> None:
    name = ".handoff-md-0123456789abcdef.tmp"
    for folder in (".agents", STATE, f"{STATE}/claims"):
        age(write(root / folder / name, "half"), 3600)


def make_index_lock(root: Path) -> None:
    age(write(root / ".git/index.lock", ""), 3600)


def make_dead_hook(root: Path) -> None:
    assert run(root, "init", "--hook").code == 0
    (root / ".git/hooks/pre-commit").chmod(0o644)


def make_unregistered(root: Path) -> None:
    git(root, "config", "--unset", "merge.handoff-md.driver")


def make_old_protocol(root: Path) -> None:
    path = root / ".agents/SESSION-PROTOCOL.md"
    path.write_text(path.read_text().replace("MUST", "may"))


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (make_tracked, "summaries-tracked"),
        (make_journal, "merge-unfinished"),
        (make_orphan, "temporary-files"),
        (make_index_lock, "index-locked"),
        (make_dead_hook, "hook-not-executable"),
        (make_old_protocol, "file-incomplete"),
        (make_unregistered, "driver-missing"),
    ],
)
def test_what_is_found_is_mended_by_the_command_it_names(
    root: Path, make: Callable[[Path], None], name: str
) -> None:
    make(root)
    done = doctor(root)
    assert done.code == 1
    assert list(findings(done)) == [name]
    mend(root, findings(done)[name])
    assert doctor(root).code == 0


def test_a_file_that_is_just_being_written_is_no_leftover(root: Path) -> None:
    write(root / ".agents/.handoff-md-0123456789abcdef.tmp", "half")
    write(root / ".git/index.lock", "")
    assert findings(doctor(root)) == {}


def test_a_lock_of_git_is_told_of_at_once(root: Path) -> None:
    lock = write(root / ".git/index.lock", "")
    (found,) = (one for one in doctor(root).report["findings"] if one["name"] == "index-held")
    assert found["level"] == "advice"
    assert found["mend"] == f"rm -- {lock}  # if none is at work"


@pytest.mark.parametrize(
    "name", ["HEAD.lock", "refs/heads/a/b.lock", "packed-refs.lock", "config.lock", "shallow.lock"]
)
def test_a_lock_that_a_killed_git_has_left_is_named_with_what_removes_it(
    root: Path, name: str
) -> None:
    git(root, "worktree", "add", "--quiet", "-b", "agent", "../agent")
    for lock in (name, f"worktrees/agent/{name}"):
        age(write(root / ".git" / lock, ""), 3600)
    found = [one for one in doctor(root).report["findings"] if one["name"] == "git-locked"]
    assert [str(root / ".git") in one["message"] for one in found] == [True, True]
    for one in found:
        mend(root, one)
    assert findings(doctor(root)) == {}


def test_a_commit_that_a_lock_stands_in_the_way_of_names_the_lock(root: Path) -> None:
    write_summary(root, "19")
    lock = write(root / ".git/refs/heads/main.lock", "")
    refused = merge(root)
    assert refused.code == 2
    assert f"{lock} is there" in refused.stderr
    assert f"`rm -- {lock}` removes it" in refused.stderr
    config = write(root / ".git/config.lock", "")
    git(root, "config", "--list")
    refused = run(root, "init", "--remove")
    assert (refused.code, f"{config} is there" in refused.stderr) == (2, True)


def test_a_document_that_is_unmerged_and_looks_whole_is_named(root: Path) -> None:
    for number, branch in ((19, "one"), (20, "two")):
        git(root, "switch", "--quiet", "--create", branch, "main")
        entry = f"## Recent Sessions\n\n### 2025-12-18: {branch} (Session {number})\n\nDone.\n"
        text = (root / HANDOFF).read_text().replace("## Recent Sessions\n", entry)
        write(root / HANDOFF, text)
        commit_all(root, branch)
    write(root / ".git/info/attributes", "*.md -merge\n")
    subprocess.run(["git", "merge", "one"], cwd=root, capture_output=True, check=False)
    assert "<<<<" not in (root / HANDOFF).read_text()
    found = findings(doctor(root))
    assert set(found) == {"attribute-overridden", "document-unmerged"}
    mend(root, found["document-unmerged"])
    assert (root / HANDOFF).read_text().count("(Session ") == 2
    assert set(findings(doctor(root))) == {"attribute-overridden"}


@pytest.mark.parametrize(
    ("name", "text", "renamed"),
    [
        ("handoff-session-summary-19.md", "# x\n\ny\n", "19"),
        ("handoff-session-summary.md", "# Session 20: x\n\ny\n", "20"),
        ("session summary.md", "---\nsession: a1b2c3d4\n---\n# x\n\ny\n", "a1b2c3d4"),
    ],
)
def test_a_summary_with_nearly_the_right_name_is_renamed(
    root: Path, name: str, text: str, renamed: str
) -> None:
    write(root / ".agents/temp" / name, text)
    mend(root, findings(doctor(root))["summary-misnamed"])
    assert (root / f".agents/temp/handoff-session-{renamed}-summary.md").read_text() == text
    assert findings(doctor(root)) == {}


@pytest.mark.parametrize(
    ("name", "mended"),
    [("handoff-session-summary-19.md", "keep one"), ("handoff-session-summary.md", "rename ")],
)
def test_a_summary_that_no_command_can_rename_is_left_to_the_user(
    root: Path, name: str, mended: str
) -> None:
    write_summary(root, "19")
    write(root / ".agents/temp" / name, "# x\n\ny\n")
    assert mended in findings(doctor(root))["summary-misnamed"]["mend"]


def test_ignored_logs_are_named_with_the_rule(root: Path) -> None:
    write(root / ".gitignore", ".agents/temp/\n.agents/sessions\n")
    finding = findings(doctor(root))["ignored"]
    assert "a rule in .gitignore" in finding["message"]
    mend(root, finding)


def test_a_check_that_can_not_be_made_ends_no_other(tmp_path: Path) -> None:
    root = tmp_path / "project"
    (root / "real").mkdir(parents=True)
    git(root, "init", "--quiet", "--template=")
    (root / ".agents").symlink_to("real")
    write(root / STATE / "run.json", "{")
    done = doctor(root)
    found = findings(done)
    assert done.code == 1
    assert ".agents/HANDOFF.md lies in a folder" in found["check-failed"]["message"]
    assert "name the folder that it leads to" in found["check-failed"]["mend"]
    assert {"set-up-refused", "run-unreadable", "driver-missing"} <= found.keys()


def test_what_several_checks_stumble_over_is_told_once(root: Path) -> None:
    (root / HANDOFF).unlink()
    os.mkfifo(root / HANDOFF)
    told = [found["message"] for found in run(root, "doctor", "--json").report["findings"]]
    assert len([message for message in told if "is not a regular file" in message]) == 1


def test_a_document_that_is_a_link_is_named_with_the_file_to_configure(root: Path) -> None:
    (root / HANDOFF).rename(root / "HANDOFF.md")
    (root / HANDOFF).symlink_to("../HANDOFF.md")
    commit_all(root, "link the document")
    finding = findings(doctor(root))["document-linked"]
    assert finding["mend"].startswith('set handoff = "HANDOFF.md" in the configuration')
    config = root / "handoff-md.toml"
    config.write_text(config.read_text().replace(HANDOFF, "HANDOFF.md"))
    assert run(root, "init").code == 0
    commit_all(root, "configure the document itself")
    assert findings(doctor(root)) == {}
    write_summary(root, "19")
    assert merge(root).code == 0


def test_a_document_without_a_place_or_with_markers_is_named(root: Path) -> None:
    write(root / ".agents/HANDOFF.md", "# H\n\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n")
    found = findings(doctor(root))["document-refused"]
    assert "conflict markers, in lines 3, 5, 7" in found["message"]


@pytest.mark.parametrize(
    ("record", "text", "name"),
    [
        ("journal.json", "{", "journal-unreadable"),
        ("journal.json", '{"version": 99}', "journal-unreadable"),
        ("run.json", "", "run-unreadable"),
        ("claims/19.json", "[]", "claim-unreadable"),
        ("claims/released/57-pr201.1.json", "{", "claim-unreadable"),
        ("archive/00001-2025-12-18/merge.json", "{", "archive-unreadable"),
    ],
)
def test_a_damaged_record_is_put_aside(root: Path, record: str, text: str, name: str) -> None:
    write(root / STATE / record, text)
    done = doctor(root)
    assert (done.code, list(findings(done))) == (1, [name])
    mend(root, findings(done)[name])
    assert doctor(root).code == 0
    assert (root / STATE / f"{record}.damaged").read_text() == text
    assert run(root, "session", "list").code == 0


def test_each_damaged_claim_is_named_beside_the_others(root: Path) -> None:
    for key in ("19", "20"):
        write(root / STATE / f"claims/{key}.json", "{")
    found = [one for one in doctor(root).report["findings"] if one["name"] == "claim-unreadable"]
    assert [one["mend"].rpartition("/")[2] for one in found] == [
        "19.json.damaged",
        "20.json.damaged",
    ]


@pytest.mark.parametrize(
    ("leader", "command"),
    [("30", "handoff-md run finish"), ("022", "handoff-md merge --orchestrator 22")],
)
def test_a_merge_that_is_unfinished_as_a_run_begins_is_finished_by_its_orchestrator(
    root: Path, leader: str, command: str
) -> None:
    make_journal(root)
    assert run(root, "run", "start", "--orchestrator", leader, "--expect", "20").code == 0
    write_summary(root, "20")
    finding = findings(doctor(root))["merge-unfinished"]
    assert finding["mend"] == command
    mend(root, finding)
    assert findings(doctor(root)) == {}
    told = git(root, "show", f"HEAD:{HANDOFF}").decode()
    assert told.count("Session 19:") == told.count("Session 20:") == 1


def test_a_run_is_told_of_and_an_old_one_is_a_problem(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    assert start_run(root / STATE, orchestrator="22", started_at=moment)
    assert "orchestrator 22" in findings(doctor(root), "advice")["run-active"]["message"]
    (root / STATE / "run.json").unlink()
    assert start_run(root / STATE, orchestrator="22", started_at="2025-12-18T10:00:00Z")
    finish, cancel = findings(doctor(root))["run-stale"]["mend"].split("  # or: ")
    assert finish == "handoff-md run finish --take-over"
    monkeypatch.setenv("HANDOFF_MD_SESSION", "30")
    refused = run(root, "run", "cancel")
    assert refused.code == 1
    assert f"`{cancel}`" in refused.stderr
    mend(root, {"mend": cancel})
    assert doctor(root).code == 0


def claim(root: Path, number: str, started_at: str = "2025-12-18T10:00:00Z") -> Claim:
    log = f".agents/sessions/2025-12-18-session-{number}.md"
    return Claim(
        key=number,
        id=number,
        title="",
        agent="",
        date="2025-12-18",
        started_at=started_at,
        root=str(root),
        branch="main",
        commit="",
        log=log,
        summary=f".agents/temp/handoff-session-{number}-summary.md",
    )


def test_a_session_that_died_before_its_log_is_named(root: Path) -> None:
    state = root / STATE
    moment = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    for claimed in (
        claim(root, "19"),
        claim(root, "20", moment),
        replace(claim(root, "21"), ended_at="2025-12-18T11:00:00Z"),
        claim(root, "22"),
    ):
        assert claim_session(state, claimed)
    write(root / claim(root, "22").log, "# Session 22\n")
    done = doctor(root)
    assert [one["name"] for one in done.report["findings"]].count("session-lost") == 1
    assert findings(done)["session-lost"]["mend"] == "handoff-md session abandon 19"


def test_a_session_whose_log_has_moved_with_its_worktree_is_not_lost(root: Path) -> None:
    git(root, "worktree", "add", "--quiet", "-b", "agent", "../before")
    there = root.parent / "before"
    assert claim_session(root / STATE, replace(claim(root, "19"), root=str(there)))
    write(there / claim(root, "19").log, "# Session 19\n")
    git(root, "worktree", "move", "../before", "../after")
    assert findings(doctor(root)) == {}


def test_a_session_whose_log_is_in_a_branch_alone_is_not_lost(root: Path) -> None:
    assert claim_session(root / STATE, claim(root, "19"))
    assert "session-lost" in findings(doctor(root))
    git(root, "checkout", "--quiet", "-b", "agent")
    write(root / claim(root, "19").log, "# Session 19\n")
    commit_all(root, "log session 19")
    git(root, "checkout", "--quiet", "main")
    assert findings(doctor(root)) == {}


@pytest.fixture
def pre_commit(root: Path, tools: Path) -> Path:
    """A checkout whose `.pre-commit-config.yaml` has the guard, and pre-commit itself on PATH."""
    text = f'#!/bin/sh\nexec {sys.executable} -m pre_commit "$@"\n'
    write(tools / "pre-commit", text).chmod(0o755)
    write(root / ".pre-commit-config.yaml", "repos:\n  - repo: meta\n    hooks: []\n")
    assert run(root, "init").code == 0
    return root


MISSING = "1234567890" * 4


def make_empty_branch(root: Path) -> None:
    write(root / ".git/refs/heads/bad", "")


def make_dangling_branch(root: Path) -> None:
    write(root / ".git/refs/remotes/origin/a'b", f"{MISSING}\n")


def make_dangling_packed_tag(root: Path) -> None:
    write(root / ".git/packed-refs", f"{MISSING} refs/tags/bad\n")


@pytest.mark.parametrize(
    "make", [make_empty_branch, make_dangling_branch, make_dangling_packed_tag]
)
def test_a_branch_that_can_not_be_read_is_put_aside(
    root: Path, make: Callable[[Path], None]
) -> None:
    write_summary(root, "19")
    assert merge(root).code == 0
    assert claim_session(root / STATE, claim(root, "20"))
    make(root)
    done = doctor(root)
    assert list(findings(done)) == ["branch-unreadable"]
    mend(root, findings(done)["branch-unreadable"])
    assert list(findings(doctor(root))) == ["session-lost"]


def test_a_branch_that_is_checked_out_is_not_put_aside(root: Path) -> None:
    git(root, "worktree", "add", "--quiet", "-b", "agent", "../agent")
    write(root / ".git/refs/heads/agent", f"{MISSING}\n")
    finding = findings(doctor(root))["branch-unreadable"]
    assert finding["message"].startswith("refs/heads/agent names 123456789012, which is not there")
    assert str(root / ".git/logs/refs/heads/agent") in finding["mend"]


def test_a_guard_that_pre_commit_does_not_run_is_named(pre_commit: Path) -> None:
    finding = findings(doctor(pre_commit))["hook-missing"]
    assert finding["mend"] == "pre-commit install --hook-type pre-commit"
    mend(pre_commit, finding)
    assert findings(doctor(pre_commit)) == {}


@pytest.mark.parametrize("script", ["exit 0", "# pre-commit run\n# handoff-md guard\nexit 0"])
def test_a_guard_that_another_hook_stands_in_for_is_named(pre_commit: Path, script: str) -> None:
    add_hook(pre_commit, "pre-commit", script)
    finding = findings(doctor(pre_commit))["hook-missing"]
    assert "which does not run pre-commit" in finding["message"]
    mend(pre_commit, finding)
    assert findings(doctor(pre_commit)) == {}
    stage_a_commit_during_a_run(pre_commit)
    command = ["git", "commit", "--message", "x"]
    done = subprocess.run(command, cwd=pre_commit, capture_output=True, check=False)
    assert done.returncode == 1
    assert b"a parallel run is active" in done.stderr + done.stdout


def stage_a_commit_during_a_run(root: Path) -> None:
    assert run(root, "run", "start", "--orchestrator", "22").code == 0
    write(root / ".agents/HANDOFF.md", "# Handoff\n\n## Recent Sessions\n\nBy hand.\n")
    git(root, "add", "--all")


@pytest.mark.parametrize("script", ["pre-commit run --all-files || exit 1", "handoff-md guard"])
def test_a_hook_of_the_users_own_that_runs_the_guard_is_none_to_mend(
    pre_commit: Path, script: str
) -> None:
    add_hook(pre_commit, "pre-commit", script)
    assert findings(doctor(pre_commit)) == {}


def test_a_hook_that_init_leaves_alone_is_to_call_the_guard(root: Path) -> None:
    add_hook(root, "pre-commit", "exit 0")
    hook = root / ".git/hooks/pre-commit"
    advice = findings(doctor(root), "advice")["hook-missing"]["mend"]
    assert f"add `handoff-md guard || exit $?` yourself to {hook}" in advice
    add_hook(root, "pre-commit", "handoff-md guard || exit $?\nexit 0")
    assert list(findings(doctor(root), "advice")) == ["merge-hook-missing"]
    sample = 'test -x "$GIT_DIR/hooks/pre-commit" && exec "$GIT_DIR/hooks/pre-commit"'
    add_hook(root, "pre-merge-commit", sample)
    assert findings(doctor(root), "advice") == {}


def test_merges_that_get_past_the_guard_are_told_of(root: Path) -> None:
    assert run(root, "init", "--hook").code == 0
    assert findings(doctor(root), "advice") == {}
    (root / ".git/hooks/pre-merge-commit").unlink()
    mend(root, findings(doctor(root), "advice")["merge-hook-missing"])
    assert findings(doctor(root), "advice") == {}


def test_merges_that_pre_commit_does_not_see_are_told_of(pre_commit: Path) -> None:
    mend(pre_commit, findings(doctor(pre_commit))["hook-missing"])
    mend(pre_commit, findings(doctor(pre_commit), "advice")["merge-hook-missing"])
    assert findings(doctor(pre_commit), "advice") == {}


def test_a_hook_of_another_version_is_brought_up_to_date(root: Path) -> None:
    assert run(root, "init", "--hook").code == 0
    hook = root / ".git/hooks/pre-commit"
    hook.write_text(hook.read_text().replace("token=\n", ""))
    finding = findings(doctor(root))["hook-outdated"]
    mend(root, finding)
    assert findings(doctor(root)) == {}


def test_hooks_of_other_repositories_too_are_to_call_the_guard(
    pre_commit: Path, tmp_path: Path
) -> None:
    git(pre_commit, "config", "core.hooksPath", str(tmp_path / "shared"))
    shared = tmp_path / "shared/pre-commit"
    finding = findings(doctor(pre_commit))["hook-missing"]["mend"]
    assert f"add `handoff-md guard || exit $?` yourself to {shared}" in finding
    write(shared, "#!/bin/sh\nhandoff-md guard || exit $?\n").chmod(0o755)
    assert findings(doctor(pre_commit)) == {}


def test_a_hook_of_pre_commit_goes_where_git_looks_for_it(pre_commit: Path) -> None:
    git(pre_commit, "config", "core.hooksPath", ".githooks")
    mend(pre_commit, findings(doctor(pre_commit))["hook-missing"])
    assert (pre_commit / ".githooks/pre-commit").exists()
    assert findings(doctor(pre_commit)) == {}


def test_a_hook_whose_command_is_not_on_the_path_is_named(root: Path) -> None:
    assert run(root, "init", "--hook").code == 0
    git_folder = Path(shutil.which("git") or "").parent
    only = root.parent / "bin"
    only.mkdir()
    (only / "git").symlink_to(git_folder / "git")
    done = run(root, "doctor", "--json", env={"PATH": str(only)})
    assert "command-not-found" in findings(done)


def test_a_worktree_about_to_be_pruned_is_named_with_its_summaries(root: Path) -> None:
    linked = root.parent / "linked"
    git(root, "worktree", "add", "--quiet", "-b", "other", str(linked))
    write_summary(linked, "19")
    assert "session 19 wait" in findings(doctor(root), "advice")["summaries-waiting"]["message"]
    (linked / ".git").unlink()
    finding = findings(doctor(root))["worktree-prunable"]
    assert "session 19" in finding["message"]
    assert finding["mend"].startswith("handoff-md merge --orchestrator ID ")
    mend(root, finding | {"mend": finding["mend"].replace(" ID ", " 22 ", 1)})
    assert findings(doctor(root)) == {}
    shutil.rmtree(linked)
    assert "worktree-gone" in findings(doctor(root), "advice")


def test_summaries_of_a_run_are_merged_with_it(root: Path) -> None:
    linked = root.parent / "linked"
    git(root, "worktree", "add", "--quiet", "-b", "other", str(linked))
    assert run(root, "run", "start", "--orchestrator", "22", "--expect", "19").code == 0
    write_summary(linked, "19")
    mend(root, findings(doctor(root), "advice")["summaries-waiting"])
    assert "summaries-waiting" not in findings(doctor(root), "advice")


def test_a_command_at_work_is_told_of(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "project")
    script = "import sys\nfrom pathlib import Path\nfrom handoff_md.store.lock import hold_lock\n"
    script += "with hold_lock(Path(sys.argv[1]), timeout=0, on_wait=print):\n"
    script += "    print('held', flush=True)\n    sys.stdin.read()\n"
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(root / STATE)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == b"held\n"
        assert "lock-held" in findings(run(root, "doctor", "--json"), "advice")
    finally:
        holder.communicate()
    assert "lock-held" not in findings(run(root, "doctor", "--json"), "advice")


@pytest.mark.parametrize("text", ["handoff = \n", 'handof = "x"\n', "handoff = 1\n"])
def test_a_configuration_that_can_not_be_read_is_of_the_environment(root: Path, text: str) -> None:
    write(root / "handoff-md.toml", text)
    done = doctor(root)
    assert done.code == 2
    assert "handoff-md.toml" in findings(done, "environment")["config-unreadable"]["message"]


def test_git_that_is_missing_or_old_is_of_the_environment(root: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run(root, "doctor", "--json", env={"PATH": str(tmp_path / "empty")})
    assert done.code == 2
    assert "git-missing" in findings(done, "environment")
    assert done.report["git"] is None
    git_23 = write(tmp_path / "old/git", "#!/bin/sh\necho git version 2.3.10\n")
    git_23.chmod(0o755)
    assert [one.name for one in check_git("2.33.9", recent=False)] == ["git-too-old"]
    assert list(check_git("2.34.0", recent=True)) == []
    done = run(root, "doctor", "--json", env={"PATH": f"{git_23.parent}"})
    assert done.code == 2
    assert "2.3.10" in findings(done, "environment")["git-too-old"]["message"]


def test_it_works_without_git(tmp_path: Path) -> None:
    assert run(tmp_path, "init").code == 0
    assert findings(doctor(tmp_path)) == {}


@pytest.fixture
def protected() -> Iterator[Path]:
    yield from unprivileged_folder()


def test_a_state_folder_that_can_not_be_written_is_of_the_environment(protected: Path) -> None:
    assert list(check_state(protected / "deep" / "state")) == []
    protected.chmod(0o500)
    (found,) = check_state(protected / "deep" / "state")
    assert (found.level, found.mend) == (Urgency.ENVIRONMENT, f"chmod u+rwx -- {protected}")


def test_json_is_all_that_is_printed(root: Path) -> None:
    done = run(root, "doctor", "--json")
    assert sorted(json.loads(done.stdout)) == ["findings", "git", "root", "version"]
