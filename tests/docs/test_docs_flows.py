from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path

import pytest
from documentation import ROOT
from repositories import git
from shell_sessions import shell_environment

import handoff_md

FLOWS = ("flow-worktrees.sh", "flow-shared-checkout.sh")


@pytest.mark.parametrize("name", FLOWS)
def test_the_whole_flow_runs_from_init_to_the_end_of_the_run(name: str, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()

    done = subprocess.run(
        ["bash", str(ROOT / "docs" / name)],
        cwd=work,
        env=shell_environment(tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    root = work / "project"
    document = handoff_md.parse((root / ".agents/HANDOFF.md").read_bytes())
    told = [entry.title for entry in document.entries]
    assert told == ["Lead the run", "Parallel Sessions 02, 03, 04 (" + told[1][-11:]]
    assert git(root, "status", "--porcelain") == b""
    assert git(root, "worktree", "list").count(b"\n") == 1
    listed = git(root, "log", "--no-merges", "--format=%s", "--", ".agents/HANDOFF.md").decode()
    assert Counter(listed.splitlines()) == {
        "docs(handoff): add session 01": 1,
        "docs(handoff): merge parallel sessions 02, 03, 04": 1,
        "chore: prepare for parallel sessions": 1,
    }
    assert done.stdout.rstrip().endswith("All checks passed (7 files).")


@pytest.mark.full
def test_the_flow_of_cloud_agents_merges_each_session_once(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()

    done = subprocess.run(
        ["bash", str(ROOT / "docs" / "flow-cloud-agents.sh")],
        cwd=work,
        env=shell_environment(tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    root = work / "project"
    (entry,) = handoff_md.parse((root / ".agents/HANDOFF.md").read_bytes()).entries
    assert sorted(part.title for part in entry.parts) == [
        "Write the parser",
        "Write the printer",
        "Write the tester",
    ]
    assert done.stdout.rstrip().endswith("Nothing to merge.")
    assert git(root, "status", "--porcelain") == b""
    listed = git(work / "site.git", "log", "--format=%s", "-1", "main").decode()
    assert listed.startswith("docs(handoff): merge ")


def test_the_flow_of_several_machines_merges_all_sessions_and_leaves_one_mark(
    tmp_path: Path,
) -> None:
    work = tmp_path / "work"
    work.mkdir()

    done = subprocess.run(
        ["bash", str(ROOT / "docs" / "flow-several-machines.sh")],
        cwd=work,
        env=shell_environment(tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    root = work / "project"
    document = handoff_md.parse((root / ".agents/HANDOFF.md").read_bytes())
    (lead, entry) = document.entries
    assert lead.title == "Lead the run"
    assert sorted(part.title for part in entry.parts) == [
        "Write the parser",
        "Write the printer",
        "Write the tester",
    ]
    assert "on branches that are not merged here yet: " in done.stderr
    assert "All checks passed" in done.stdout
    assert git(root, "rev-parse", "HEAD") == git(work / "site.git", "rev-parse", "main")
    refs = [line.split("\t")[1] for line in done.stdout.splitlines() if "\trefs/" in line]
    assert len(refs) == 1, "the highest number stays"
    assert refs[0].startswith("refs/handoff/claims/")
