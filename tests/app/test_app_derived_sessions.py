"""Sessions and runs where the document is built: files on branches, builds on the main branch."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from agents import add_worktrees, fill_log
from checkouts import (
    HANDOFF,
    age,
    changed_files,
    commit_all,
    document_of,
    make_checkout,
    status,
    subjects,
    summary_path,
    write,
)
from inprocess import Tell, make_tell
from repositories import git

FOLDER = ".agents/handoff.d"
DAY = ("--date", "2025-12-18")


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tell:
    return make_tell(monkeypatch, capsys)


@pytest.fixture
def root(tmp_path: Path, tell: Tell) -> Path:
    """Make a repository on main whose document is split, and built from then on."""
    root = make_checkout(tmp_path / "root")
    git(root, "branch", "--move", "main")
    assert tell(root, "split").code == 0
    write(root / "handoff-md.toml", 'profile = "derived"\n')
    commit_all(root, "split")
    return root


def work(tell: Tell, folder: Path, title: str) -> str:
    session = tell(folder, "session", "start", "--json", "--title", title, *DAY).report
    fill_log(folder / session["log"], f"Words of {title}.")
    return str(session["id"])


def test_a_session_hands_a_file_in_on_a_branch_and_builds_on_main(root: Path, tell: Tell) -> None:
    (tree,) = add_worktrees(root, 1)
    before = document_of(tree)
    branch = work(tell, tree, "Branch")
    ended = tell(tree, "session", "end", branch)
    assert ended.code == 0, ended.stderr
    assert document_of(tree) == before
    assert changed_files(tree) == [f"A {FOLDER}/2025-12-18-session-{branch}.md"]
    assert status(tree) == ""
    assert not summary_path(tree, branch).exists()
    assert tell(tree, "build", "--check").code == 0

    own = work(tell, root, "Main")
    ended = tell(root, "session", "end", own)
    assert ended.code == 0, ended.stderr
    assert f"### Session {own}: Main (2025-12-18)" in document_of(root)
    assert set(changed_files(root)) == {
        f"M {HANDOFF}",
        f"A {FOLDER}/2025-12-18-session-{own}.md",
        f"M {FOLDER}/built",
    }
    assert status(root) == ""
    again = tell(root, "session", "end", own)
    assert (again.code, len(subjects(root))) == (0, 4)
    assert tell(tree, "session", "end", branch).code == 0
    assert status(tree) == ""
    states = tell(root, "session", "list", "--json").report["sessions"]
    assert [one["state"] for one in states] == ["merged", "merged"]
    nothing = tell(root, "merge", "--orchestrator", "22", "--json")
    assert (nothing.code, nothing.report["status"]) == (0, "nothing-to-merge")

    git(root, "merge", "--quiet", "--no-edit", "agent-1")
    assert tell(root, "build").code == 0
    assert [line for line in document_of(root).splitlines() if line.startswith("### ")] == [
        f"### Session {own}: Main (2025-12-18)",
        f"### Session {branch}: Branch (2025-12-18)",
        "### Session 18: Keep the numbers (2025-12-17)",
        "### Session 17: Count them (2025-12-16)",
    ]


def test_a_run_s_sessions_become_one_section_whoever_builds_it(root: Path, tell: Tell) -> None:
    one, two = add_worktrees(root, 2)
    assert tell(root, "run", "start", "--orchestrator", "22", "--json").code == 0
    first, second = work(tell, one, "One"), work(tell, two, "Two")
    assert tell(one, "session", "end", first).code == 0
    assert tell(two, "session", "end", second).code == 0
    git(root, "switch", "--quiet", "--create", "lead")
    before = document_of(root)
    finished = tell(root, "run", "finish")
    assert finished.code == 0, finished.stderr
    assert document_of(root) == before
    assert set(changed_files(root)) == {
        f"A {FOLDER}/2025-12-18-session-{first}.md",
        f"A {FOLDER}/2025-12-18-session-{second}.md",
    }
    assert f"Handoff-Session: {first}\n" in git(root, "log", "-1", "--format=%B").decode()
    assert tell(root, "run", "status").stdout.startswith("No run is active")
    git(root, "switch", "--quiet", "main")
    git(root, "merge", "--quiet", "lead")
    assert tell(root, "build").code == 0
    built = document_of(root)
    assert f"### Parallel Sessions {first}, {second} (2025-12-18)" in built
    assert "**Orchestrator**: Session 22" in built
    assert "Words of One." in built
    assert "Words of Two." in built


def test_a_merge_on_main_builds_and_an_edited_document_is_left_alone(
    root: Path, tell: Tell
) -> None:
    thirty = "---\ntitle: Thirty\ndate: 2025-12-20\n---\nWords.\n"
    age(write(summary_path(root, "30"), thirty))
    write(root / HANDOFF, document_of(root).replace("Kept.", "Kept by hand."))
    commit_all(root, "edited by hand")
    edited = document_of(root)
    done = tell(root, "merge", "--orchestrator", "22")
    assert done.code == 0, done.stderr
    assert document_of(root) == edited
    assert "`handoff-md split --update`" in done.stderr
    assert changed_files(root) == [f"A {FOLDER}/2025-12-20-session-30.md"]
    assert tell(root, "split", "--update").code == 0
    assert "### Parallel Sessions 30 (2025-12-20)" in document_of(root)
    assert "Kept by hand." in document_of(root)


def test_a_file_that_is_there_with_other_words_stays(root: Path, tell: Tell) -> None:
    session = work(tell, root, "Main")
    path = write(root / FOLDER / f"2025-12-18-session-{session}.md", "# Own\n\nOwn words.\n")
    ended = tell(root, "session", "end", session)
    assert ended.code == 0, ended.stderr
    assert "is there with other words, and stays" in ended.stderr
    assert path.read_text() == "# Own\n\nOwn words.\n"


def test_two_builds_that_conflict_are_resolved_by_a_build_of_what_both_have(
    root: Path, tell: Tell
) -> None:
    git(root, "branch", "other")
    for branch, number in (("main", 30), ("other", 31)):
        git(root, "switch", "--quiet", branch)
        text = f"---\ntitle: Of {branch}\n---\nWords.\n"
        write(root / FOLDER / f"2025-12-20-session-{number}.md", text)
        assert tell(root, "build").code == 0
        commit_all(root, f"built on {branch}")
    merged = subprocess.run(
        ["git", "merge", "--quiet", "main"], cwd=root, capture_output=True, check=False
    )
    assert merged.returncode == 1
    assert "UU .agents/HANDOFF.md" in status(root)
    resolved = tell(root, "resolve", "--add")
    assert resolved.code == 0, resolved.stderr
    assert "UU" not in status(root)
    assert "Of main" in document_of(root)
    assert "Of other" in document_of(root)
    assert tell(root, "build", "--check").code == 0
