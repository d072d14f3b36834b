from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from handoff_md.errors import GitError
from handoff_md.git.process import GitMissingError, quote_output, run_git

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
