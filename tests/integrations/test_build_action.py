"""The steps of the action that builds, run as GitHub runs them, against a bare repository."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from action_runner import Runner, read_action
from checkouts import HANDOFF, changed_files, commit_all, document_of, make_checkout, run, write
from lint_repositories import ROOT, with_command
from repositories import git

FOLDER = ".agents/handoff.d"


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """Make a runner that has checked main out of a bare repository, in which a session waits."""
    root = make_checkout(tmp_path / "root")
    git(root, "branch", "--move", "main")
    assert run(root, "split").code == 0
    write(root / "handoff-md.toml", 'profile = "derived"\n')
    write(root / FOLDER / "2025-12-19-session-19.md", "---\ntitle: Later\n---\nWords.\n")
    commit_all(root, "a session")
    git(tmp_path, "clone", "--quiet", "--bare", str(root), "origin.git")
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{tmp_path}/origin.git", "checkout")
    folder = tmp_path / "runner"
    folder.mkdir()
    made = Runner("build", folder, tmp_path / "checkout", with_command(tmp_path / "tools"))
    made.ref, made.event_name = "refs/heads/main", "push"
    made.event = {"repository": {"default_branch": "main"}}
    return made


def pushed(runner: Runner) -> str:
    return git(runner.checkout.parent / "origin.git", "show", f"main:{HANDOFF}").decode()


def test_a_push_to_main_builds_and_pushes_the_document_alone_and_nothing_else_does(
    runner: Runner,
) -> None:
    before = pushed(runner)
    build = runner.definition["runs"]["steps"][1]
    inputs: dict[str, str] = {}
    for event in ("pull_request_target", "pull_request", "issue_comment", ""):
        runner.event_name = event
        refused = runner.run_step(build, inputs)
        assert (refused.returncode, "::error::" in refused.stdout) == (1, True), event
    runner.event_name, runner.ref = "push", "refs/heads/work"
    left = runner.run_step(build, inputs)
    assert (left.returncode, "built on main only" in left.stdout) == (0, True)
    assert pushed(runner) == before == document_of(runner.checkout)

    runner.ref = "refs/heads/main"
    write(runner.checkout / "other.txt", "of another step\n")
    done = runner.run()
    assert done.returncode == 0, done.stderr
    assert "### Session 19: Later (2025-12-19)" in pushed(runner)
    assert set(changed_files(runner.checkout)) == {f"M {HANDOFF}", f"M {FOLDER}/built"}


@pytest.mark.full
def test_what_was_pushed_meanwhile_is_built_as_well(runner: Runner, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "origin.git", "meanwhile")
    write(tmp_path / "meanwhile" / FOLDER / "2025-12-20-session-20.md", "# Last\n\nWords.\n")
    commit_all(tmp_path / "meanwhile", "another session")
    git(tmp_path / "meanwhile", "push", "--quiet")
    done = runner.run()
    assert done.returncode == 0, done.stderr
    assert "### Session 20: Last (2025-12-20)" in pushed(runner)
    assert "### Session 19: Later (2025-12-19)" in pushed(runner)


@pytest.mark.full
def test_a_main_that_takes_no_push_is_told_at_once(runner: Runner, tmp_path: Path) -> None:
    hook = tmp_path / "origin.git/hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'protected branch' >&2\nexit 1\n")
    hook.chmod(0o755)
    before = pushed(runner)
    done = runner.run()
    assert (done.returncode, "::error::main takes no push from this job" in done.stdout) == (
        1,
        True,
    )
    assert done.stderr.count("protected branch") == 1
    assert pushed(runner) == before


@pytest.mark.full
def test_without_a_push_a_stale_document_fails_the_job(runner: Runner) -> None:
    before = pushed(runner)
    assert runner.run(push="false").returncode == 1
    assert pushed(runner) == before == document_of(runner.checkout)


@pytest.mark.full
def test_a_document_that_was_edited_fails_the_job_and_stays(runner: Runner) -> None:
    edited = document_of(runner.checkout).replace("Kept.", "Kept by hand.")
    write(runner.checkout / HANDOFF, edited)
    commit_all(runner.checkout, "edited")
    done = runner.run()
    assert (done.returncode, "-Kept by hand." in done.stdout) == (1, True)
    assert document_of(runner.checkout) == edited


def test_inputs_are_documented_with_their_defaults() -> None:
    page = (ROOT / "docs/derived.md").read_text("utf-8").partition("## Build it on main")[2]
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (?:`([^`]*)`)?", page, re.MULTILINE))
    inputs = read_action("build")["inputs"]
    assert rows == {name: value["default"] for name, value in inputs.items()}
