"""What parallel sessions did to each other, told by their branches."""

from __future__ import annotations

from pathlib import Path

import agents
import pytest
from agents import add_worktrees, end, lead, work
from branched import clone_of, make_remote, work_on
from checkouts import commit_all, document_of, make_checkout, write
from inprocess import run_inside as run
from repositories import git


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "run", run)


def change(tree: Path, *names: str) -> None:
    for name in names:
        write(tree / name, f"changed in {tree.name}\n")
    git(tree, "add", "--", *names)
    git(tree, "commit", "--quiet", "-m", "work", "--", *names)


def test_files_that_several_sessions_changed_are_told_with_the_sessions(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    lead(root)
    trees = add_worktrees(root, 3)
    sessions = [str(work(tree, "--title", f"Task {tree.name}")["id"]) for tree in trees]
    for tree, names in zip(
        trees, (["a.py", "b\té.py"], ["b\té.py", "c.py"], ["d.py"]), strict=True
    ):
        change(tree, *names)
    git(root, "commit", "--quiet", "--allow-empty", "-m", "meanwhile")
    git(trees[1], "merge", "--quiet", "--no-edit", "main")
    told = run(root, "run", "status", "--json").report
    assert told["overlaps"] == [{"path": "b\té.py", "sessions": sessions[:2]}]
    assert [one["branch"] for one in told["unmerged"]] == ["agent-1", "agent-2", "agent-3"]
    for tree, session in zip(trees, sessions, strict=True):
        assert end(tree, session).code == 0
    git(root, "merge", "--quiet", "--no-edit", "agent-3")
    shown = run(root, "preview", "--section-only", "--raw")
    assert f"sessions {sessions[0]} and {sessions[1]} both changed b" in shown.stderr
    assert f"not merged into this branch yet: {sessions[0]} (agent-1), {sessions[1]}" in (
        " ".join(shown.stderr.split())
    )
    done = run(root, "run", "finish", "--json").report
    assert (done["closed"], done["overlaps"]) == (True, told["overlaps"])
    assert [one["session"] for one in done["unmerged"]] == sessions[:2]
    assert "b\té.py" not in document_of(root)


def test_branches_of_other_clones_count_and_what_head_has_has_arrived(tmp_path: Path) -> None:
    remote = make_remote(tmp_path)
    lead_clone, agent = (clone_of(remote, tmp_path / name) for name in ("lead", "agent"))
    lead(lead_clone)
    made = []
    for name in ("a", "b"):
        git(agent, "switch", "--quiet", "-c", f"agent/{name}", "main")
        change(agent, "same.py")
        made.append(work_on(agent, f"agent/{name}", "--push"))
    told = run(lead_clone, "run", "status", "--fetch", "--json").report
    assert told["overlaps"] == [{"path": "same.py", "sessions": sorted(made)}]
    assert {one["branch"] for one in told["unmerged"]} == {"origin/agent/a", "origin/agent/b"}
    git(lead_clone, "merge", "--quiet", "--squash", "origin/agent/a")
    git(lead_clone, "commit", "--quiet", "-m", "squashed")
    told = run(lead_clone, "run", "status", "--json").report
    assert [one["session"] for one in told["unmerged"]] == [made[1]]


def test_sessions_that_share_a_branch_are_not_compared(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    lead(root, "--claim", "2")
    change(root, "a.py")
    commit_all(root, "logs")
    told = run(root, "run", "status", "--json").report
    assert (told["overlaps"], told["unmerged"], told["notes"]) == ([], [], [])
