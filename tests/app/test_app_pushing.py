"""Pushing what sessions and runs have committed: under the right name, and with hints that work."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from branched import clone_of, make_remote
from checkouts import Done, commit_all, document_of, write
from inprocess import Tell, make_tell
from repositories import git
from telling import begin, finish, refs_of

LEAD = ("--orchestrator", "22")


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tell:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    return make_tell(monkeypatch, capsys)


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return make_remote(tmp_path)


@pytest.fixture
def clones(remote: Path, tmp_path: Path) -> tuple[Path, Path]:
    return clone_of(remote, tmp_path / "one"), clone_of(remote, tmp_path / "two")


def push(clone: Path, name: str = "of-others.txt", text: str = "theirs\n") -> None:
    """Commit a file on main and push it, as another one."""
    write(clone / name, text)
    commit_all(clone, f"write {name}")
    git(clone, "push", "--quiet", "origin", "refs/heads/main:refs/heads/main")


def lead(tell: Tell, clone: Path) -> None:
    """Start a run, and end a session in it."""
    assert tell(clone, "run", "start", *LEAD).code == 0
    session, _ = begin(tell, clone)
    finish(tell, clone, session)


def said_by(done: object) -> str:
    assert isinstance(done, Done)
    assert done.code == 2, done.stdout
    return " ".join(done.stderr.split())


def commands_of(told: str) -> list[str]:
    return re.findall(r"`([^`]+)`", told)


def paste(clone: Path, command: str) -> int:
    """Run a command line as a person does who pastes it; nothing can ask."""
    env = os.environ | {"GIT_EDITOR": "true", "GIT_TERMINAL_PROMPT": "0"}
    return subprocess.run(
        ["sh", "-c", command], cwd=clone, env=env, capture_output=True, check=False
    ).returncode


def has_tip(remote: Path, clone: Path, branch: str) -> bool:
    return git(remote, "rev-parse", f"refs/heads/{branch}") == git(clone, "rev-parse", "HEAD")


def test_a_tag_that_is_named_as_a_branch_changes_nothing(
    tell: Tell, remote: Path, clones: tuple[Path, Path]
) -> None:
    one, two = clones
    for tag in ("main", "v1", "origin/main", "origin/v1"):
        git(one, "tag", tag, "HEAD~")
    git(two, "tag", "main")
    git(one, "switch", "--quiet", "-c", "v1")
    session, _ = begin(tell, one)
    finish(tell, one, session, "--push")
    assert has_tip(remote, one, "v1")
    shown = tell(one, "session", "show", session, "--json").report
    assert shown["branch"] == "v1"
    git(one, "switch", "--quiet", "main")
    lead(tell, one)
    push(two)
    done = tell(one, "run", "finish", "--push", "--json")
    assert (done.code, done.report["pushed"]) == (0, "origin/main"), done.stderr
    assert has_tip(remote, one, "main")
    assert git(remote, "for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").split() == [
        b"main",
        b"v1",
    ]
    own, _ = begin(tell, one)
    assert not any("on the main branch only" in note for note in finish(tell, one, own))
    assert f"Session {own}" in document_of(one)


def test_each_command_that_pushes_a_session_works_as_it_is_pasted(
    tell: Tell, remote: Path, clones: tuple[Path, Path]
) -> None:
    one, two = clones
    push(two)
    session, _ = begin(tell, one)
    git(one, "switch", "--quiet", "-c", "agent/a")
    finish(tell, one, session, "--push")
    git(two, "fetch", "--quiet")
    git(two, "switch", "--quiet", "agent/a")
    git(two, "commit", "--quiet", "--allow-empty", "-m", "of others")
    git(two, "push", "--quiet", "origin", "agent/a")
    git(one, "commit", "--quiet", "--allow-empty", "-m", "of mine")
    told = said_by(tell(one, "session", "end", session, "--push"))
    assert "origin/agent/a has commits that are not here" in told
    git(one, "config", "branch.agent/a.pushRemote", "/nowhere/x.git")
    assert "'/nowhere/x.git' does not" in said_by(tell(one, "session", "end", session, "--push"))
    git(one, "config", "--unset", "branch.agent/a.pushRemote")
    git(remote, "update-ref", "refs/heads/agent/a", "refs/heads/agent/a~")
    set_back = said_by(tell(one, "session", "end", session, "--push"))
    assert "origin/agent/a was set back; `git push" in set_back
    git(two, "push", "--quiet", "origin", "agent/a")
    for command in commands_of(told)[-2:]:
        assert paste(one, command) == 0, command
    assert has_tip(remote, one, "agent/a")
    git(two, "pull", "--quiet", "--ff-only")
    git(two, "commit", "--quiet", "--allow-empty", "-m", "of others again")
    git(two, "push", "--quiet", "origin", "agent/a")
    again = tell(one, "session", "end", session, "--push").stdout
    assert "origin/agent/a (it was there already)" in again
    git(one, "pull", "--quiet", "--ff-only", "origin", "agent/a")
    git(one, "commit", "--quiet", "--allow-empty", "-m", "more")
    hook = write(one / ".git/hooks/pre-push", "#!/bin/sh\necho not on Fridays >&2\nexit 1\n")
    hook.chmod(0o755)
    assert "(not on Fridays)" in said_by(tell(one, "session", "end", session, "--push"))
    hook.unlink()
    refuses = '#!/bin/sh\necho main: no >&2\n[ "$1" != refs/heads/agent/a ]\n'
    write(remote / "hooks/update", refuses).chmod(0o755)
    told = said_by(tell(one, "session", "end", session, "--push"))
    assert "[remote rejected] (hook declined) (main: no); when that is mended, `git push" in told
    assert paste(one, commands_of(told)[-1]) == 0
    assert has_tip(remote, one, f"session-{session}")
    git(one, "switch", "--quiet", "--detach")
    git(one, "commit", "--quiet", "--allow-empty", "-m", "nowhere")
    told = said_by(tell(one, "session", "end", session, "--push"))
    assert paste(one, commands_of(told)[-1]) == 0
    assert has_tip(remote, one, f"session-{session}")


def test_a_session_brings_no_branch_back_that_was_deleted_or_set_back_without_being_asked(
    tell: Tell, remote: Path, clones: tuple[Path, Path]
) -> None:
    one, _ = clones
    git(one, "switch", "--quiet", "-c", "agent/a")
    git(one, "commit", "--quiet", "--allow-empty", "-m", "a secret")
    git(one, "push", "--quiet", "--set-upstream", "origin", "agent/a")
    git(remote, "update-ref", "refs/heads/agent/a", "refs/heads/main")
    session, _ = begin(tell, one)
    finish(tell, one, session)
    told = said_by(tell(one, "session", "end", session, "--push"))
    assert "origin/agent/a was rewritten" in told
    for command in commands_of(told)[-2:]:
        assert paste(one, command) == 0, command
    assert has_tip(remote, one, "agent/a")
    assert b"a secret" not in git(remote, "log", "--format=%s", "agent/a")
    git(one, "fetch", "--quiet")
    git(remote, "branch", "-D", "agent/a")
    for prune in ((), ("--prune",)):
        git(one, "fetch", "--quiet", *prune)
        told = said_by(tell(one, "session", "end", session, "--push"))
        assert "origin has no branch agent/a any more" in told
    assert paste(one, commands_of(told)[-1]) == 0
    assert has_tip(remote, one, "agent/a")


def test_each_way_on_from_a_run_that_can_not_be_joined_works_as_it_is_pasted(
    tell: Tell, remote: Path, clones: tuple[Path, Path]
) -> None:
    one, two = clones
    lead(tell, one)
    push(two, text="theirs\n")
    write(one / "of-others.txt", "mine\n")
    told = said_by(tell(one, "run", "finish", "--push"))
    assert "would be overwritten by merge: of-others.txt; when that is mended" in told
    commit_all(one, "of mine")
    told = said_by(tell(one, "run", "finish", "--push"))
    assert "CONFLICT (add/add): Merge conflict in of-others.txt; `git merge " in told
    begins, ends, again = commands_of(told)
    assert paste(one, begins) == 1
    assert b"UU of-others" in git(one, "status", "--porcelain").replace(b"AA", b"UU")
    write(one / "of-others.txt", "both\n")
    git(one, "add", "of-others.txt")
    assert (paste(one, ends), paste(one, again)) == (0, 0)
    assert has_tip(remote, one, "main")
    git(two, "pull", "--quiet", "--ff-only")
    push(two, "more.txt")
    forward = tell(one, "run", "finish", "--push")
    assert (forward.code, forward.stdout.splitlines()[-1]) == (0, "origin/main has it already.")
    assert has_tip(remote, two, "main")
    assert has_tip(remote, one, "main"), "nothing was to be merged"


def test_a_session_that_another_clone_has_merged_is_listed_so_once_that_is_fetched(
    tell: Tell, clones: tuple[Path, Path]
) -> None:
    one, two = clones
    git(two, "switch", "--quiet", "-c", "agent/b")
    session, _ = begin(tell, two)
    finish(tell, two, session, "--push")

    def state() -> str:
        (listed,) = tell(two, "session", "list", "--json").report["sessions"]
        return str(listed["state"])

    looked = tell(one, "run", "status", "--branches", "origin/nope*", "--fetch", "--json").report
    assert any("no branch here is named origin/nope*" in note for note in looked["notes"])
    assert b"origin/agent/b" in git(one, "branch", "--remotes"), "it is fetched without a run"
    assert state() == "ended"
    assert tell(one, "merge", *LEAD).code == 0
    git(one, "push", "--quiet", "origin", "main")
    assert state() == "ended"
    git(two, "fetch", "--quiet")
    assert state() == "merged"


@pytest.mark.full
def test_a_clone_that_fetches_all_refs_as_they_are_joins_what_others_pushed(
    tell: Tell, tmp_path: Path
) -> None:
    remote = make_remote(tmp_path, coordination="refs")
    one, two = (clone_of(remote, tmp_path / name) for name in ("one", "two"))
    git(one, "config", "remote.origin.fetch", "+refs/*:refs/*")
    lead(tell, one)
    push(two)
    done = tell(one, "run", "finish", "--push")
    assert (done.code, done.stdout.splitlines()[-1]) == (0, "Pushed to origin/main."), done.stderr
    assert has_tip(remote, one, "main")
    assert "summaries" not in str(refs_of(remote))


def test_a_branch_with_another_history_is_joined_as_it_is_told(
    tell: Tell, remote: Path, clones: tuple[Path, Path]
) -> None:
    one, two = clones
    git(two, "switch", "--quiet", "--orphan", "agent/a")
    git(two, "commit", "--quiet", "--allow-empty", "-m", "of others")
    git(two, "push", "--quiet", "origin", "agent/a")
    git(one, "switch", "--quiet", "-c", "agent/a")
    session, _ = begin(tell, one)
    finish(tell, one, session)
    told = said_by(tell(one, "session", "end", session, "--push"))
    for command in commands_of(told)[-2:]:
        assert paste(one, command) == 0, command
    assert has_tip(remote, one, "agent/a")
