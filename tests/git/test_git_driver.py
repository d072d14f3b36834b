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
    DRIVER,
    attribute_line,
    inspect_driver,
    register_driver,
    unregister_driver,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    git(root, "init", "--quiet", "--template=", "--initial-branch=main")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "start")
    return root


def _attribute(root: Path) -> None:
    write(root / ATTRIBUTES, f"{attribute_line(HANDOFF)}\n")


def test_a_fresh_clone_lacks_both(root: Path) -> None:
    state = inspect_driver(root, HANDOFF)
    assert (state.attribute, state.driver) == (None, None)


def test_a_registration_is_complete_and_made_once(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_command_on_path(monkeypatch)
    _attribute(root)
    assert register_driver(root)
    assert not register_driver(root)
    state = inspect_driver(root, HANDOFF)
    assert (state.attribute, state.driver, state.overrides) == ("handoff-md", DRIVER, None)
    assert state.command
    assert unregister_driver(root)
    assert not unregister_driver(root)
    assert inspect_driver(root, HANDOFF).driver is None


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


def test_a_command_that_can_not_be_found_is_seen(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _attribute(root)
    register_driver(root)
    monkeypatch.setattr("shutil.which", lambda _command: None)
    state = inspect_driver(root, HANDOFF)
    assert (state.attribute, state.driver, state.command) == ("handoff-md", DRIVER, None)


def test_another_driver_is_seen(root: Path) -> None:
    write(root / ATTRIBUTES, f"{HANDOFF} merge=union\n")
    git(root, "config", "merge.handoff-md.driver", "true")
    state = inspect_driver(root, HANDOFF)
    assert (state.attribute, state.driver) == ("union", "true")


def test_a_path_with_a_space_is_quoted_as_git_reads_it(root: Path) -> None:
    write(root / ATTRIBUTES, f"{attribute_line('my docs/HANDOFF.md')}\n")
    assert inspect_driver(root, "my docs/HANDOFF.md").attribute == "handoff-md"


def test_a_path_that_attributes_can_not_say_is_refused() -> None:
    with pytest.raises(GitError, match="can't name the path"):
        attribute_line("docs/*.md")
