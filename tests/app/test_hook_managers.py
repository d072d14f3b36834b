"""Where husky, lefthook or nobody runs git's hooks, the advice for the guard is the right one."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml
from checkouts import HANDOFF, add_hook, make_checkout, write
from driver_checkouts import put_command_on_path
from repositories import found, git

from handoff_md.app.checkup.finding import CheckupFinding, Urgency
from handoff_md.app.checkup.installation import check_hooks
from handoff_md.app.setup.git_files import HOOKS, hook_changes
from handoff_md.app.setup.inquiry import Inquiry
from handoff_md.app.workspace import open_workspace
from handoff_md.config import Config

_STUB = '#!/bin/sh\nsh -e "$(dirname "$0")/../$(basename "$0")" "$@"\n'


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    put_command_on_path(monkeypatch)
    return make_checkout(tmp_path / "project")


def findings(root: Path) -> list[CheckupFinding]:
    return list(check_hooks(open_workspace(root), Inquiry(found(root), HANDOFF)))


def paste(root: Path, found_ones: Iterable[CheckupFinding]) -> None:
    for finding in found_ones:
        subprocess.run(["sh", "-c", finding.mend], cwd=root / ".agents", check=True)


def install_husky(root: Path, folder: str) -> None:
    git(root, "config", "core.hooksPath", folder)
    for name in HOOKS if folder.endswith("_") else ():
        write(root / folder / name, _STUB).chmod(0o755)


@pytest.mark.parametrize("folder", [".husky/_", ".husky"])
def test_husky_runs_the_guard_by_the_files_of_the_project(root: Path, folder: str) -> None:
    write(root / ".husky/pre-commit", "npm test").chmod(0o755)
    install_husky(root, folder)
    (told,) = findings(root)
    assert (told.name, told.level) == ("hook-missing", Urgency.ADVICE)
    assert told.mend.endswith(f">> {root}/.husky/pre-commit")
    paste(root, [told])
    assert (root / ".husky/pre-commit").read_text() == "npm test\nhandoff-md guard || exit $?\n"
    (told,) = findings(root)
    assert (told.name, told.mend) == ("merge-hook-missing", "handoff-md init --hook")
    paste(root, [told])
    assert (root / ".husky/pre-merge-commit").exists()
    assert findings(root) == []
    git(root, "config", "--unset", "core.hooksPath")
    (told,) = findings(root)
    assert (told.level, told.mend) == (Urgency.PROBLEM, "npx husky")


def test_lefthook_runs_the_guard_by_its_configuration(root: Path) -> None:
    file = write(root / "lefthook.yml", "pre-push:\n  commands:\n    a:\n      run: make\n")
    assert findings(root)[0].mend.endswith("lefthook.yml && lefthook install")
    for name in HOOKS:
        assert hook_changes(Inquiry(found(root), HANDOFF), Config(), name)[0] == ()
        add_hook(root, name, f'call_lefthook run "{name}" "$@"')
    paste(root, findings(root))
    assert [told.name for told in findings(root)] == ["merge-hook-missing"]
    paste(root, findings(root))
    assert findings(root) == []
    read = yaml.safe_load(file.read_text())
    assert [next(iter(read[name]["commands"].values()))["run"] for name in HOOKS] == [
        "handoff-md guard"
    ] * 2
    (root / ".git/hooks/pre-commit").unlink()
    (told,) = findings(root)
    assert (told.level, told.mend) == (Urgency.PROBLEM, "lefthook install")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".lefthook.yaml", "pre-commit: {jobs: [{run: handoff-md guard}]}\n"),
        (".config/lefthook.yml", "pre-commit:\n  jobs:\n  - run: handoff-md guard\n"),
        ("lefthook.toml", '[pre-commit.commands.g]\nrun = "handoff-md guard"\n'),
    ],
)
def test_the_guard_is_seen_in_each_file_of_lefthook(root: Path, name: str, text: str) -> None:
    write(root / name, text)
    add_hook(root, "pre-commit", 'lefthook run pre-commit "$@"')
    assert [told.name for told in findings(root)] == ["merge-hook-missing"]
    assert str(root / name) in findings(root)[0].mend


def test_a_guard_of_another_hook_of_lefthook_is_none(root: Path) -> None:
    text = "pre-push:\n  jobs:\n  - run: handoff-md guard\npre-commit:\n  jobs: []\n"
    write(root / "lefthook.yml", text)
    add_hook(root, "pre-commit", "lefthook run pre-commit")
    (told,) = findings(root)
    assert "add a command that runs `handoff-md guard` to pre-commit in" in told.mend


def test_where_hooks_are_off_nothing_is_to_be_written_below_no_folder(root: Path) -> None:
    git(root, "config", "core.hooksPath", "/dev/null")
    (told,) = findings(root)
    assert (told.name, told.level) == ("hooks-off", Urgency.ADVICE)
    (changes, notes) = hook_changes(Inquiry(found(root), HANDOFF), Config(), "pre-commit")
    assert (changes, "which is no folder" in notes[0]) == ((), True)
    paste(root, [told])
    assert findings(root) == []
