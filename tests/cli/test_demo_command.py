from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from command_process import run_command, said
from repositories import git


def test_the_demo_works_without_any_git_identity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{role}_NAME")
        monkeypatch.delenv(f"GIT_{role}_EMAIL")
    before = set(Path(tempfile.gettempdir()).glob("handoff-*"))
    done = run_command(tmp_path, "demo")
    shown = done.stdout.decode()
    assert done.returncode == 0, said(done)
    assert "docs(handoff): merge parallel sessions 19, 20, 21" in shown
    assert "Handoff-Session: 20" in shown
    assert "#### Session 21: " in shown
    assert "an open code fence is closed" in shown
    assert "git status" in shown
    assert "What to try next" in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert set(Path(tempfile.gettempdir()).glob("handoff-*")) <= before


def test_a_users_own_git_settings_do_not_reach_the_demo(tmp_path: Path) -> None:
    settings = tmp_path / "gitconfig"
    settings.write_text(
        "[commit]\n\tgpgsign = true\n[core]\n\thooksPath = /nonexistent\n\tautocrlf = true\n"
        "[init]\n\ttemplateDir = /nonexistent\n[user]\n\tname =\n"
    )
    done = run_command(
        tmp_path,
        "demo",
        GIT_CONFIG_GLOBAL=str(settings),
        GIT_DIR="/nonexistent",
        GIT_INDEX_FILE="x",
    )
    assert done.returncode == 0, said(done)


def test_the_repository_can_be_kept(tmp_path: Path) -> None:
    done = run_command(tmp_path, "demo", "--keep", "kept")
    assert done.returncode == 0, said(done)
    root = tmp_path / "kept" / "shop"
    assert git(root, "status", "--porcelain") == b""
    assert git(root, "show", "--format=", "--name-only", "HEAD") == b".agents/HANDOFF.md\n"
    assert (tmp_path / "kept" / "session-19").is_dir()
    again = run_command(root, "merge", "--orchestrator", "22")
    assert again.returncode == 0, said(again)
    assert git(root, "status", "--porcelain") == b""


def test_the_colliding_label_points_where_each_author_meant(tmp_path: Path) -> None:
    run_command(tmp_path, "demo", "--keep", "kept")
    text = (tmp_path / "kept" / "shop" / ".agents" / "HANDOFF.md").read_text()
    assert "[template](https://shop.example/mail)" in text
    assert "[the template](https://other.example/template)" in text
    assert text.index("Session 21") < text.index("### 2025-12-17")


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "file").touch()
    done = run_command(tmp_path, "demo", "--keep", "used")
    assert done.returncode == 2
    assert "is not empty" in said(done)
    assert [path.name for path in (tmp_path / "used").iterdir()] == ["file"]


def test_without_git_the_demo_says_so(tmp_path: Path) -> None:
    done = run_command(tmp_path, "demo", PATH="/nonexistent")
    assert done.returncode == 2
    assert said(done).startswith("error: git is not installed")
