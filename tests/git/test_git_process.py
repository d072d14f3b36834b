from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from handoff_md.errors import GitError
from handoff_md.git.process import (
    Completed,
    GitMissingError,
    explain_failure,
    quote_output,
    run_git,
    say_failure,
)

if TYPE_CHECKING:
    from pathlib import Path

    from handoff_md.git.repository import Repository


def test_variables_of_another_repository_are_not_inherited(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.bare=true'")
    listed = run_git(["ls-files", "--", "*.md"], cwd=repository.root)
    assert listed.stdout == b"HANDOFF.md\n"


def test_identity_and_configuration_of_the_user_are_inherited(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "demo.key")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "demo value")
    assert run_git(["config", "demo.key"], cwd=repository.root).stdout == b"demo value\n"
    assert b"Ada Author" in run_git(["var", "GIT_AUTHOR_IDENT"], cwd=repository.root).stdout


def test_an_answer_counts_that_came_as_git_ended_while_nobody_listened(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess.Popen, "poll", lambda process: process.wait())
    slow = ["-c", "alias.slow=!sleep 0.7; echo late", "slow"]
    assert run_git(slow, cwd=repository.root).stdout == b"late\n"


def test_missing_git_is_an_error_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitMissingError, match="not installed or not on PATH"):
        run_git(["version"], cwd=tmp_path)


def test_a_missing_folder_is_not_taken_for_missing_git(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="is not a folder") as caught:
        run_git(["version"], cwd=tmp_path / "gone")
    assert not isinstance(caught.value, GitMissingError)


def test_a_failure_names_the_command_and_quotes_git(repository: Repository) -> None:
    with pytest.raises(GitError, match=r"git cat-file failed in .*: fatal: Not a valid object"):
        run_git(["cat-file", "-p", "nothing"], cwd=repository.root)


def test_an_argument_list_that_is_too_long_is_a_sentence(repository: Repository) -> None:
    with pytest.raises(GitError, match="argument list too long"):
        run_git(["ls-files", "x" * 5_000_000], cwd=repository.root)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_dubious_ownership_is_passed_on(repository: Repository) -> None:
    os.chown(repository.root, 12345, 12345)
    os.chown(repository.git_dir, 12345, 12345)
    with pytest.raises(GitError, match=r"dubious ownership|unsafe repository") as caught:
        run_git(["status"], cwd=repository.root)
    assert "safe.directory" in caught.value.message
    assert "If you trust it" in caught.value.hint


def test_quoted_output_is_bounded_and_safe_for_a_terminal() -> None:
    noise = b"".join(b"line %d\n" % number for number in range(100))
    said = quote_output(
        noise + b"\x1b[31mred\x1b[0m\a\xff \xe2\x80\xae end\r\nhint: no\n" + b"x" * 999
    )
    assert said.splitlines()[-2:] == ["red\N{REPLACEMENT CHARACTER}  end", "x" * 200]
    assert len(said.splitlines()) == 6


@pytest.mark.parametrize(
    ("stdout", "stderr", "said"),
    [
        (
            "",
            "fatal: unable to connect to 127.0.0.1:\n127.0.0.1[0]: errno=Connection refused\n",
            "unable to connect to 127.0.0.1: 127.0.0.1[0]: errno=Connection refused",
        ),
        (
            "",
            "error: These would be overwritten:\n\ta\n\tb c\nPlease move them.\nAborting\n",
            "These would be overwritten: a, b c",
        ),
        (
            "",
            "error: These would be overwritten:\n" + "".join(f"\t{n}\n" for n in range(9)),
            "These would be overwritten: 0, 1, 2, 3, 4, 5, and 3 more",
        ),
        (
            "Auto-merging f\nCONFLICT (content): Merge conflict in f\n",
            "error: could not apply it\n",
            "CONFLICT (content): Merge conflict in f",
        ),
        (
            "To /r.git\nDone\n",
            "Not on Fridays.\nAsk Ann.\nerror: failed to push some refs to 'https://a:b@c/r.git'\n",
            "failed to push some refs to 'https://c/r.git' (Not on Fridays. Ask Ann.)",
        ),
        ("", "hint: read on\nsomething else\n", "something else"),
        ("", "", "git has ended: exit code 7"),
    ],
)
def test_a_failure_is_told_whole_in_one_line(stdout: str, stderr: str, said: str) -> None:
    done = Completed("git x", 7, stdout.encode(), stderr.encode())
    assert say_failure(done) == said


@pytest.mark.parametrize(
    ("stderr", "code", "hint"),
    [
        (b"error: unable to write file: No space left on device\n", 128, "Make room where"),
        (b"", -signal.SIGXFSZ, "Make room where"),
        (b"fatal: could not open x: Read-only file system\n", 128, "Let yourself write where"),
    ],
)
def test_a_disk_that_takes_nothing_is_told_with_what_to_do(
    stderr: bytes, code: int, hint: str, tmp_path: Path
) -> None:
    error = explain_failure("it failed", Completed("git x", code, b"", stderr), cwd=tmp_path)
    assert error.hint.startswith(f"{hint} {tmp_path} lies")
