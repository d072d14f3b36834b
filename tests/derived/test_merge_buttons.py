"""Branches of many sessions, merged as a hosting site's buttons do it: by plain git, in any order.

There is no merge driver. After each merge main builds, as the action does.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from checkouts import HANDOFF, commit_all, make_checkout, write
from inprocess import Tell, make_tell
from repositories import git

FOLDER = ".agents/handoff.d"
Button = Callable[[Path, str], None]


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tell:
    return make_tell(monkeypatch, capsys)


def merge(root: Path, branch: str) -> None:
    git(root, "merge", "--quiet", "--no-ff", "--no-edit", branch)


def squash(root: Path, branch: str) -> None:
    git(root, "merge", "--quiet", "--squash", branch)
    git(root, "commit", "--quiet", "--message", f"{branch} (#1)")


def rebase(root: Path, branch: str) -> None:
    git(root, "rebase", "--quiet", "main", branch)
    git(root, "switch", "--quiet", "main")
    git(root, "merge", "--quiet", "--ff-only", branch)


def make_branches(tell: Tell, root: Path, count: int) -> list[str]:
    """Make a split document, and branches of a session each; some are of one run."""
    make_checkout(root)
    git(root, "branch", "--move", "main")
    assert tell(root, "split").code == 0
    write(root / "handoff-md.toml", 'profile = "derived"\n')
    commit_all(root, "split")
    names = [f"work-{number}" for number in range(count)]
    for number, name in enumerate(names):
        git(root, "switch", "--quiet", "--create", name, "main")
        day, run = f"2025-12-{15 + number % 7}", "run: r\norchestrator: 9\n" * (number % 3 == 0)
        text = f"---\ntitle: Title {number}\n{run}---\nWords of {number:03}.\n"
        write(root / FOLDER / f"{day}-session-{100 + number}.md", text)
        write(root / f"src/{name}.txt", name)
        commit_all(root, name)
    git(root, "switch", "--quiet", "main")
    return names


def press(tell: Tell, root: Path, branches: list[str], button: Button) -> bytes:
    """Press a button for each branch; main builds behind each, and archives a piece meanwhile."""
    for number, branch in enumerate(branches):
        button(root, branch)
        if number % 2:
            built = tell(root, "build", "--commit")
            assert built.code == 0, built.stderr
        if number == len(branches) // 2:
            (root / FOLDER / "2025-12-16-entry-17-count-them.md").unlink()
            git(root, "commit", "--quiet", "--all", "--message", "archive an entry")
    assert tell(root, "build", "--commit").code == 0
    assert tell(root, "build", "--check").code == 0
    return (root / HANDOFF).read_bytes()


def hold_buttons(tell: Tell, tmp_path: Path, count: int, orders: int) -> None:
    branches = make_branches(tell, tmp_path / "made", count)
    random = Random(20261129)  # noqa: S311 - repeatable, not secret
    results: set[bytes] = set()
    for order in range(orders):
        random.shuffle(branches)
        for button in (merge, squash, rebase):
            root = shutil.copytree(
                tmp_path / "made", tmp_path / f"{order}-{button.__name__}", symlinks=True
            )
            results.add(press(tell, root, list(branches), button))
    (built,) = results
    for number in range(count):
        assert built.count(f"Words of {number:03}.".encode()) == 1
    assert built.count(b"### Parallel Sessions ") == 1
    assert b"Kept." in built
    assert b"Counted." not in built
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--config", "core.autocrlf=true", f"file://{root}", "clone")
    assert tell(clone, "build", "--check").code == 0
    assert (clone / HANDOFF).read_bytes().replace(b"\r\n", b"\n") == built


def test_branches_are_merged_by_any_button_in_any_order_to_one_document(
    tmp_path: Path, tell: Tell
) -> None:
    hold_buttons(tell, tmp_path, count=4, orders=1)


@pytest.mark.full
def test_twenty_branches_are_merged_by_any_button_in_any_order_to_one_document(
    tmp_path: Path, tell: Tell
) -> None:
    hold_buttons(tell, tmp_path, count=20, orders=6)


def test_a_branch_that_was_squashed_once_and_merged_again_tells_its_session_once(
    tmp_path: Path, tell: Tell
) -> None:
    (branch,) = make_branches(tell, tmp_path / "root", 1)
    root = tmp_path / "root"
    squash(root, branch)
    assert tell(root, "build", "--commit").code == 0
    write(root / HANDOFF, (root / HANDOFF).read_text().replace("Words of 000", "Best of 000"))
    assert tell(root, "split", "--update").code == 0
    commit_all(root, "edited")
    git(root, "switch", "--quiet", branch)
    write(root / "src/more.txt", "more")
    commit_all(root, "more")
    git(root, "switch", "--quiet", "main")
    merge(root, branch)
    assert (root / FOLDER / "2025-12-15-session-100.md").exists()
    checked = tell(root, "build", "--check")
    assert checked.code == 0, checked.stderr
    assert "became a piece: it is left out" in checked.stderr
    assert (root / HANDOFF).read_text().count("of 000") == 1
