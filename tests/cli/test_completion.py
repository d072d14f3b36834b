"""What a shell is told that may come next on a command line; and the command ``help``."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import click
import pytest
from checkouts import make_checkout
from inprocess import Tell, make_tell

from handoff_md.cli.commands import group
from handoff_md.cli.main import _COMPLETING
from handoff_md.cli.reference import VARIABLE, complete

Offered: TypeAlias = Callable[[Path, str], list[str]]
_DAY = ("--date", "2025-12-18")


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tell:
    return make_tell(monkeypatch, capsys)


@pytest.fixture
def root(tmp_path: Path, tell: Tell) -> Path:
    root = make_checkout(tmp_path / "root")
    assert tell(root, "session", "start", "--title", "Write: the parser", *_DAY).code == 0
    assert tell(root, "session", "start", "--title", "Try \x1b[31m", *_DAY).code == 1
    assert tell(root, "session", "start", "--id", "57-PR201", *_DAY).code == 0
    return root


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Offered:
    def ask(folder: Path, line: str) -> list[str]:
        """Give what may follow a line, as zsh is told: each with a colon and what it is about."""
        monkeypatch.chdir(folder)
        monkeypatch.setenv(VARIABLE, "zsh_complete")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
        capsys.readouterr()
        assert complete() == 0
        said = capsys.readouterr()
        assert said.err == ""
        lines = said.out.strip("\n").split("\n")
        return [": ".join(pair) for pair in zip(lines[1::3], lines[2::3], strict=True)]

    return ask


def files_below(folder: Path) -> dict[str, tuple[int, int]]:
    """Give all files and folders with size and time of their last change."""
    known = ((path, path.lstat()) for path in folder.rglob("*"))
    return {str(path): (stat.st_size, stat.st_mtime_ns) for path, stat in known}


def test_it_offers_what_there_is_and_writes_nothing(root: Path, offered: Offered) -> None:
    before = files_below(root)
    assert "session: Start and end sessions: an id of its own, a log, and the hand-over." in (
        offered(root, "handoff-md se")
    )
    assert offered(root, "handoff-md session end ") == ["19: Write: the parser", "57-PR201: _"]
    assert offered(root, "handoff-md session show 57-p") == ["57-PR201: _"]
    assert offered(root, "handoff-md run start --expect 19,5") == ["19,57-PR201: _"]
    assert offered(root.parent, "handoff-md -C root session abandon 1") == ["19: Write: the parser"]
    assert offered(root, "handoff-md merge ") == []
    assert offered(root, "handoff-md rule HX001") == ["HX001: conflict-marker"]
    assert offered(root, "handoff-md lint --select HE001,conflict-m") == [
        "HE001,conflict-marker: HX001"
    ]
    assert "json: _" in offered(root, "handoff-md lint --output-format ")
    assert offered(root, "handoff-md help session sta") == [
        "start: Claim the next free session id, and create..."
    ]
    assert [one.partition(":")[0] for one in offered(root, "handoff-md session end 19 --no-")] == [
        "--no-commit",
        "--no-verify",
    ]
    assert files_below(root) == before


def test_waiting_summaries_are_offered_to_merge(root: Path, offered: Offered) -> None:
    summary = root / ".agents/temp/handoff-session-57-PR201-summary.md"
    summary.parent.mkdir(exist_ok=True)
    summary.write_text("# Session 57-PR201: Try it\n\nTried.\n")
    assert offered(root, "handoff-md preview ") == ["57-PR201: _"]


def test_runs_are_offered_by_their_names(root: Path, tell: Tell, offered: Offered) -> None:
    token = tell(root, "run", "start", "--orchestrator", "22", "--json").report["run"]
    (found,) = offered(root, f"handoff-md run show {token[:3]}")
    assert found.startswith(f"{token}: session 22, ")


@pytest.mark.parametrize("line", ["handoff-md nothing ", "handoff-md session nothing 1", "x 'y "])
def test_what_is_not_understood_is_no_error(tmp_path: Path, offered: Offered, line: str) -> None:
    offered(tmp_path, line)
    (tmp_path / "handoff-md.toml").write_text("[broken\n")
    assert offered(tmp_path, "handoff-md session end ") == []


def test_a_shell_is_answered_without_the_parser_or_rich(root: Path) -> None:
    words = "import sys; from handoff_md.cli.reference import complete; complete()"
    shown = "print(sorted({'markdown_it', 'rich', 'git', 'mdformat'} & {*sys.modules}))"
    asked = {VARIABLE: "zsh_complete", "COMP_WORDS": "x session end ", "COMP_CWORD": "3"}
    done = subprocess.run(
        [sys.executable, "-c", f"{words}; {shown}"],
        cwd=root,
        env=os.environ | asked,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[1::3] == ["19", "57-PR201"]
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_entry_asks_for_what_the_scripts_set() -> None:
    assert _COMPLETING == VARIABLE


def test_each_hidden_command_stays_known_to_help(tell: Tell, tmp_path: Path) -> None:
    for name in group.list_commands(click.Context(group)):
        done = tell(tmp_path, "help", name)
        assert (done.code, done.stdout) == (0, tell(tmp_path, name, "--help").stdout)
    done = tell(tmp_path, "help", "session", "start")
    assert done.stdout == tell(tmp_path, "session", "start", "--help").stdout
    assert done.stdout.startswith("Usage: handoff-md session start [OPTIONS]\n")
    assert tell(tmp_path, "help").stdout == tell(tmp_path, "--help").stdout
    assert tell(tmp_path, "-V").stdout == tell(tmp_path, "--version").stdout


def test_help_of_what_is_no_command_names_what_was_meant(tell: Tell, tmp_path: Path) -> None:
    for words, said in (
        (("sesion",), "there is no command 'sesion'"),
        (("session", "strat"), "no such command 'strat'"),
        (("merge", "all"), "`handoff-md merge` has no commands of its own"),
    ):
        done = tell(tmp_path, "help", *words)
        assert (done.code, done.stdout) == (2, "")
        assert said in done.stderr
