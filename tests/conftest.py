"""What all tests share: isolated git, real repositories in temporary folders, golden files."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from repositories import found, git

if TYPE_CHECKING:
    from pathlib import Path

    from handoff_md.git.repository import Repository


def pytest_configure() -> None:
    """Let processes that tests start be interrupted, also where the suite runs in the background.

    A shell starts a background job with SIGINT ignored, and children inherit that.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write what is as what is expected"
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether to write expectations instead of comparing with them; never in CI."""
    wanted = bool(request.config.getoption("--update-golden"))
    if wanted and os.environ.get("CI"):
        pytest.fail("--update-golden is refused in CI")
    return wanted


@pytest.fixture(autouse=True)
def isolated_git(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    config = home / "gitconfig"
    config.write_text('[init]\n\tdefaultBranch = main\n[protocol "file"]\n\tallow = always\n')
    settings = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(config),
        "GIT_AUTHOR_NAME": "Ada Author",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Carl Committer",
        "GIT_COMMITTER_EMAIL": "carl@example.org",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def empty(tmp_path: Path) -> Repository:
    """A repository before its first commit."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    return found(folder)


@pytest.fixture
def repository(empty: Repository) -> Repository:
    """A repository whose HEAD holds HANDOFF.md, other.txt and staged.txt."""
    for name in ("HANDOFF.md", "other.txt", "staged.txt"):
        (empty.root / name).write_text(f"old {name}\n")
    git(empty.root, "add", "--all")
    git(empty.root, "commit", "--quiet", "--message", "first")
    return empty
