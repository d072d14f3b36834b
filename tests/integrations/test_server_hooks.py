"""A server's hooks check what is pushed: in a bare repository, before git takes it in."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from lint_repositories import HANDOFF, make_repository, with_command
from repositories import git

_CHECK = 'while read -r old new ref; do handoff-md lint --commits "$old..$new" || exit 1; done'


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return with_command(tmp_path / "tools")


def commit_entries(root: Path, document: str, *numbers: int) -> None:
    entries = (f"### 2025-12-18: Work (Session {number})\n\nDone.\n\n" for number in numbers)
    old = (root / document).read_text("utf-8")
    (root / document).write_text(old.replace("### ", "".join([*entries, "### "]), 1), "utf-8")
    git(root, "commit", "--quiet", "--all", "--message", f"docs: enter {numbers}")


def push(root: Path, environment: dict[str, str], *refs: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", "push", "--quiet", "origin", *refs],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("bare", [True, False])
def test_a_push_is_judged_in_the_servers_hook_by_its_own_configuration(
    tmp_path: Path,
    environment: dict[str, str],
    bare: bool,  # noqa: FBT001 - a parameter
) -> None:
    root = make_repository(tmp_path / "repository")
    hub = tmp_path / "hub"
    git(tmp_path, "clone", "--quiet", *(["--bare"] if bare else []), str(root), str(hub))
    git(root, "remote", "add", "origin", str(hub))
    git(hub, "config", "receive.denyCurrentBranch", "updateInstead")
    hooks = hub / ("hooks" if bare else ".git/hooks")
    hooks.mkdir(exist_ok=True)
    (hooks / "pre-receive").write_text(f"#!/bin/sh\n{_CHECK}\n")
    (hooks / "pre-receive").chmod(0o755)

    commit_entries(root, HANDOFF, 19)
    assert push(root, environment, "main").returncode == 0
    git(root, "switch", "--quiet", "--create", "topic")
    git(root, "mv", HANDOFF, "NOTES.md")
    (root / "handoff-md.toml").write_text('handoff = "NOTES.md"\n', "utf-8")
    git(root, "commit", "--quiet", "--all", "--message", "docs: rename the document")
    commit_entries(root, "NOTES.md", 20)
    passed = push(root, environment, "topic")
    assert passed.returncode == 0, passed.stderr
    assert "(2 commits)" in passed.stderr, "those of the new branch alone"
    commit_entries(root, "NOTES.md", 21, 22)
    refused = push(root, environment, "topic")
    assert refused.returncode == 1
    assert "NOTES.md:5:5: error[HG001]" in refused.stderr
    assert push(root, environment, ":topic").returncode == 0, "nothing is left to judge"
    by_hand = subprocess.run(
        ["handoff-md", "lint", "--commits", "HEAD"],
        cwd=hub if bare else hub / ".git",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert by_hand.returncode == 0, by_hand.stderr
    assert "(2 commits)" in by_hand.stdout
