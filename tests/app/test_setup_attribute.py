"""Whatever attribute files say, git merges the document by our driver, or the user is told."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from checkouts import HANDOFF, commit_all, make_checkout, write
from driver_checkouts import put_command_on_path
from inprocess import Tell, make_tell
from repositories import found, git

from handoff_md.app.checkup.documents import check_driver
from handoff_md.app.checkup.finding import CheckupFinding
from handoff_md.app.preview import plan_merge
from handoff_md.app.setup.inquiry import Inquiry
from handoff_md.git.setup import DRIVER, read_merge_attribute, register_driver

tell = pytest.fixture(make_tell)

_KEY = "merge.handoff-md.driver"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    put_command_on_path(monkeypatch)
    folder = make_checkout(tmp_path / "project")
    register_driver(folder)
    return folder


def findings(root: Path) -> dict[str, CheckupFinding]:
    return {one.name: one for one in check_driver(Inquiry(found(root), HANDOFF))}


def carry_out(root: Path) -> tuple[str, ...]:
    planned = Inquiry(found(root), HANDOFF).attribute
    for change in planned.changes:
        change.write()
    return tuple(change.path for change in planned.changes)


@pytest.mark.parametrize(
    ("file", "text", "overrides", "changed"),
    [
        (".gitattributes", "*.md merge=union\n", "merge=union", ".gitattributes"),
        (".gitattributes", ".agents/** binary", "-merge", ".gitattributes"),
        (".gitattributes", "[attr]doc merge=ours\n*.md doc\n", "merge=ours", ".gitattributes"),
        (".agents/.gitattributes", "*.md merge=union\n", "merge=union", ".agents/.gitattributes"),
        (".agents/.gitattributes", "HANDOFF.md merge", "merge", ".agents/.gitattributes"),
        (".agents/.gitattributes", "*.md !merge\n", None, ".agents/.gitattributes"),
        ("../attributes", "*.md merge=text\n", "merge=text", ".gitattributes"),
    ],
)
def test_our_line_is_put_where_it_counts(
    root: Path, file: str, text: str, overrides: str | None, changed: str
) -> None:
    git(root, "config", "core.attributesFile", str(root.parent / "attributes"))
    write(root / file, text)
    told = findings(root).get("attribute-overridden")
    assert (told is not None) is (overrides is not None)
    if told and overrides:
        assert f"as {overrides} says" in told.message
        assert told.mend == "handoff-md init"
    assert carry_out(root) == (changed,)
    assert read_merge_attribute(root, HANDOFF) == "handoff-md"
    assert findings(root) == {}
    assert carry_out(root) == ()


def test_a_line_behind_ours_makes_ours_move_behind_it(root: Path) -> None:
    carry_out(root)
    with (root / ".gitattributes").open("a") as file:
        file.write(f"{HANDOFF} -merge\n")
    assert carry_out(root) == (".gitattributes",)
    assert (root / ".gitattributes").read_text().startswith(f"{HANDOFF} -merge\n")
    assert findings(root) == {}


def test_a_look_ahead_says_that_git_itself_merges_otherwise(root: Path) -> None:
    git(root, "branch", "other")
    assert plan_merge(root, "other").notes == ()
    write(root / ".gitattributes", "*.md merge=union\n")
    (note,) = plan_merge(root, "other").notes
    assert "as merge=union says" in note


def test_a_file_behind_a_link_which_git_does_not_read_is_no_place(root: Path) -> None:
    write(root / "attributes", "")
    (root / ".gitattributes").symlink_to("attributes")
    carry_out(root)
    planned = Inquiry(found(root), HANDOFF).attribute
    assert planned.changes == ()
    subprocess.run(["sh", "-c", planned.mend], cwd=root, check=True)
    assert findings(root) == {}


def test_what_only_the_clone_itself_says_is_mended_by_the_command_that_is_named(root: Path) -> None:
    write(root / ".git/info/attributes", "*.md merge=union")
    carry_out(root)
    told = findings(root)["attribute-overridden"]
    subprocess.run(["sh", "-c", told.mend], cwd=root.parent, check=True)
    assert (root / ".git/info/attributes").read_text().startswith("*.md merge=union\n")
    assert findings(root) == {}
    commit_all(root, "name the driver")
    git(root.parent, "clone", "--quiet", "project", "clone")
    assert read_merge_attribute(root.parent / "clone", HANDOFF) == "handoff-md"


def test_another_driver_that_comes_before_the_one_of_the_clone_is_taken_out(root: Path) -> None:
    carry_out(root)
    git(root, "config", "extensions.worktreeConfig", "true")
    git(root, "config", "--worktree", _KEY, "true")
    told = findings(root)["driver-overridden"]
    subprocess.run(["sh", "-c", told.mend], cwd=root.parent, check=True)
    assert git(root, "config", _KEY).decode().rstrip("\n") == DRIVER
    assert findings(root) == {}


def test_only_commands_are_led_to_the_folder_of_c_and_those_for_a_hook_are_not(
    root: Path, tell: Tell
) -> None:
    write(root / ".git/info/attributes", "*.md merge=union\n")
    write(root / ".pre-commit-config.yaml", "repos: []\n")
    said = tell(root.parent, "-C", root.name, "init", "--yes").stderr
    assert "note: git merges the handoff document as merge=union says" in said
    assert "entry `handoff-md guard`" in said
    assert f"`handoff-md -C {root.name} init --hook`" in said
