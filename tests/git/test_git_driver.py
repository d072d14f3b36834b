"""The merge driver is registered per clone, and what is missing of it is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from checkouts import HANDOFF, write
from driver_checkouts import put_command_on_path
from repositories import git

from handoff_md.errors import GitError
from handoff_md.git.setup import (
    ATTRIBUTES,
    attribute_line,
    inspect_driver,
    register_driver,
    unregister_driver,
    with_attribute,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    git(root, "init", "--quiet", "--template=", "--initial-branch=main")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "start")
    return root


def _attribute(root: Path) -> None:
    write(root / ATTRIBUTES, with_attribute("", HANDOFF))


def test_a_fresh_clone_lacks_both(root: Path) -> None:
    state = inspect_driver(root, HANDOFF)
    assert (state.attribute, state.driver) == (None, None)
    assert len([found for found in state.problems if "PATH" not in found]) == 2


def test_a_registration_is_complete_and_made_once(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_command_on_path(monkeypatch)
    _attribute(root)
    assert register_driver(root)
    assert not register_driver(root)
    assert inspect_driver(root, HANDOFF).problems == ()
    assert unregister_driver(root)
    assert not unregister_driver(root)
    assert "no merge driver" in " ".join(inspect_driver(root, HANDOFF).problems)


def test_an_old_registration_is_brought_up_to_date(root: Path) -> None:
    git(root, "config", "merge.handoff-md.driver", "handoff-md merge-driver %O %A %B")
    assert register_driver(root)
    assert "cksum" in (inspect_driver(root, HANDOFF).driver or "")


def test_linked_worktrees_share_it(root: Path) -> None:
    register_driver(root)
    git(root, "worktree", "add", "--quiet", "../linked")
    assert inspect_driver(root.parent / "linked", HANDOFF).driver


def test_an_attribute_without_a_configuration_is_seen(root: Path) -> None:
    _attribute(root)
    state = inspect_driver(root, HANDOFF)
    assert state.attribute == "handoff-md"
    assert state.driver is None
    assert any("this clone" in found for found in state.problems)


def test_a_command_that_can_not_be_found_is_seen(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _attribute(root)
    register_driver(root)
    monkeypatch.setattr("shutil.which", lambda _command: None)
    problems = inspect_driver(root, HANDOFF).problems
    assert problems == ("the merge driver can't be run: handoff-md is not on PATH",)


def test_another_driver_is_seen(root: Path) -> None:
    write(root / ATTRIBUTES, f"{HANDOFF} merge=union\n")
    git(root, "config", "merge.handoff-md.driver", "true")
    problems = " ".join(inspect_driver(root, HANDOFF).problems)
    assert "it is 'union'" in problems
    assert "is another one: true" in problems


@pytest.mark.parametrize(
    "before",
    [
        "",
        "*.md text",
        "*.md text\n",
        "# handoff\n",
        ".agents/HANDOFF.md text\n",
    ],
)
def test_the_attribute_is_added_behind_what_there_is(before: str) -> None:
    after = with_attribute(before, HANDOFF)
    assert after.startswith(before)
    assert after.endswith(f"\n{HANDOFF} merge=handoff-md\n" if before else "merge=handoff-md\n")
    assert with_attribute(after, HANDOFF) == after


@pytest.mark.parametrize(
    "line", [f"/{HANDOFF} merge=handoff-md", f"{HANDOFF}  text merge=handoff-md # ours"]
)
def test_an_attribute_in_other_words_is_known(line: str) -> None:
    assert with_attribute(f"{line}\n", HANDOFF) == f"{line}\n"


def test_a_path_with_a_space_is_quoted_as_git_reads_it(root: Path) -> None:
    write(root / ATTRIBUTES, f"{attribute_line('my docs/HANDOFF.md')}\n")
    assert inspect_driver(root, "my docs/HANDOFF.md").attribute == "handoff-md"


def test_a_path_that_attributes_can_not_say_is_refused() -> None:
    with pytest.raises(GitError, match="can't name the path"):
        attribute_line("docs/*.md")
