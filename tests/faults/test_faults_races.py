"""Others at work at the same time: further merges, agents that still write, editors, clocks."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from checkouts import (
    HANDOFF,
    MERGE,
    STATE,
    SUBJECT,
    add_hook,
    age,
    archived,
    commit_all,
    document_of,
    finish,
    make_checkout,
    make_ready,
    merge,
    merge_json,
    messages,
    snapshot,
    start,
    status,
    subjects,
    summary_path,
    summary_text,
    write,
    write_summary,
)
from repositories import git


def test_eight_merges_at_once_make_one_commit(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")

    all_done = [finish(process) for process in [start(root, *MERGE) for _ in range(8)]]

    assert [done.code for done in all_done] == [0] * 8, all_done
    assert subjects(root) == [SUBJECT, "first"]
    assert document_of(root).count("Parallel Sessions") == 1
    assert len(archived(root / STATE)) == 2
    assert status(root) == ""


def test_eight_merges_at_once_with_a_summary_each_lose_none(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    processes = []
    for number in range(30, 38):
        write_summary(root, str(number))
        processes.append(start(root, *MERGE))
        time.sleep(0.1)

    all_done = [finish(process) for process in processes]

    assert [done.code for done in all_done] == [0] * 8, all_done
    assert merge(root).code == 0
    together = "\n".join(messages(root))
    for number in range(30, 38):
        assert document_of(root).count(f"#### Session {number}: ") == 1
        assert together.count(f"Handoff-Session: {number}\n") == 1
    assert len(archived(root / STATE)) == 8
    assert status(root) == ""


def test_merges_in_eight_worktrees_at_once_end_in_one_that_has_it(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    roots = [root]
    for number in range(1, 4):
        roots.append(tmp_path / f"tree{number}")
        git(root, "worktree", "add", "--quiet", "-b", f"b{number}", str(roots[-1]))

    all_done = [finish(process) for process in [start(tree, *MERGE) for tree in roots]]

    assert [done.code for done in all_done] == [0] * 4, all_done
    held = [tree for tree in roots if "Parallel Sessions 19, 20" in document_of(tree)]
    assert len(held) == 1
    assert all(status(tree) == "" for tree in roots)
    assert len(archived(root / STATE)) == 2


def _write_slowly(path: Path, seconds: float) -> subprocess.Popen[bytes]:
    """Start to write a summary; its last line comes after so many seconds."""
    write(path, summary_text("21"))
    script = f"for i in $(seq {int(seconds * 4)}); do echo more >> {path}; sleep 0.25; done"
    return subprocess.Popen(["sh", "-c", f"{script}; echo 'The end.' >> {path}"])


def test_a_summary_that_is_being_written_is_waited_for(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    with _write_slowly(summary_path(root, "21"), 3):
        done = merge(root, "--wait", "30")

    assert done.code == 0, done
    assert "The end." in document_of(root)
    assert "21" in done.stderr


def test_a_summary_that_is_being_written_refuses_a_merge_that_does_not_wait(
    tmp_path: Path,
) -> None:
    root = make_ready(tmp_path / "root")
    before = document_of(root)
    with _write_slowly(summary_path(root, "21"), 6) as writer:
        done = merge_json(root)
        writer.kill()

    assert done.code == 1, done
    assert done.statuses["21"] == "in-progress"
    assert document_of(root) == before
    assert summary_path(root, "21").exists()


def test_a_summary_that_was_written_just_now_is_merged_once_it_has_settled(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    write(summary_path(root, "19"), summary_text("19"))

    assert merge(root).code == 0

    assert "Did 19." in document_of(root)


def test_a_summary_that_changes_before_it_is_archived_stays_and_is_named(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    late = summary_path(root, "20")
    add_hook(root, "pre-commit", f"echo 'One more thing.' >> {late}")

    done = merge(root)

    assert done.code == 0
    assert f"{late} changed after it was read" in " ".join(done.stderr.split())
    assert late.read_text().endswith("One more thing.\n")
    assert [name for name, _ in archived(root / STATE)] == ["handoff-session-19-summary.md"]
    age(late)
    again = merge_json(root)
    assert again.code == 1
    assert again.statuses == {"20": "conflicting"}


def test_a_tracked_summary_that_changes_before_it_is_archived_stays(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    git(root, "add", "--force", str(summary_path(root, "20")))
    commit_all(root, "summary")
    late = summary_path(root, "20")
    add_hook(root, "pre-commit", f"echo 'One more thing.' >> {late}")

    done = merge(root)

    assert done.code == 0
    assert "changed after it was read" in " ".join(done.stderr.split())
    assert late.read_text() == "One more thing.\n"
    assert archived(root / STATE)[1][1].endswith(b"Did 20.\n")


def test_a_document_edited_between_reading_and_writing_keeps_both(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    git(root, "rm", "--quiet", "--cached", HANDOFF)
    write(root / ".gitignore", ".agents/\n")
    commit_all(root, "ignore the document")
    edited = document_of(root) + "\nWritten meanwhile.\n"
    # git is asked about the document between its reading and its writing.
    script = f"""#!/bin/sh
case " $* " in *" status "*)
  [ -e {tmp_path}/edited ] || {{ cp {tmp_path}/new {root}/{HANDOFF}; touch {tmp_path}/edited; }};;
esac
exec {shutil.which("git")} "$@"
"""
    write(tmp_path / "new", edited)
    write(tmp_path / "bin/git", script).chmod(0o755)

    done = merge(root, env={"PATH": f"{tmp_path}/bin:/usr/bin:/bin"})

    assert done.code == 0, done
    assert (tmp_path / "edited").exists()
    assert "Written meanwhile." in document_of(root)
    assert document_of(root).count("Parallel Sessions 19, 20") == 1
    assert len(archived(root / STATE)) == 2


def test_a_document_that_keeps_changing_is_given_up(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    git(root, "rm", "--quiet", "--cached", HANDOFF)
    write(root / ".gitignore", ".agents/\n")
    commit_all(root, "ignore the document")
    script = f"""#!/bin/sh
case " $* " in *" status "*) echo more >> {root}/{HANDOFF};; esac
exec {shutil.which("git")} "$@"
"""
    write(tmp_path / "bin/git", script).chmod(0o755)

    done = merge(root, env={"PATH": f"{tmp_path}/bin:/usr/bin:/bin"})

    assert done.code == 2
    assert "kept changing" in done.stderr
    assert "Parallel Sessions" not in document_of(root)
    assert summary_path(root, "19").exists()


def _with_worktree(tmp_path: Path) -> tuple[Path, Path]:
    root = make_checkout(tmp_path / "root")
    tree = tmp_path / "tree"
    git(root, "worktree", "add", "--quiet", "-b", "agent", str(tree))
    write_summary(tree, "19")
    return root, tree


def test_a_worktree_removed_while_git_commits_is_named(tmp_path: Path) -> None:
    root, tree = _with_worktree(tmp_path)
    add_hook(root, "pre-commit", f"rm -rf {tree}")

    done = merge(root)

    assert done.code == 0, done
    assert "is gone" in done.stderr
    assert "Did 19." in document_of(root)
    assert merge(root).code == 0
    assert document_of(root).count("Did 19.") == 1


def test_a_worktree_removed_right_after_reading_is_no_error(tmp_path: Path) -> None:
    root, tree = _with_worktree(tmp_path)
    script = f"""#!/bin/sh
case " $* " in *" status "*) rm -rf {tree};; esac
exec {shutil.which("git")} "$@"
"""
    write(tmp_path / "bin/git", script).chmod(0o755)

    done = merge(root, env={"PATH": f"{tmp_path}/bin:/usr/bin:/bin"})

    assert done.code == 0, done
    assert "Did 19." in document_of(root)


def test_a_worktree_whose_folder_is_gone_is_passed_over(tmp_path: Path) -> None:
    root, tree = _with_worktree(tmp_path)
    write_summary(root, "20")
    shutil.rmtree(tree)

    done = merge_json(root)

    assert done.code == 0, done
    assert done.statuses == {"20": "merged"}


def test_an_interrupt_while_waiting_leaves_nothing(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    before = snapshot(root)
    process = start(root, *MERGE, "--expect", "21", "--wait", "60")
    assert process.stderr is not None
    assert "waiting" in process.stderr.readline()
    process.send_signal(signal.SIGINT)

    done = finish(process)

    assert done.code == 130
    assert snapshot(root) == before


@pytest.mark.parametrize("seconds", [-86_400.0, -30.0, 10 * 365 * 86_400.0])
def test_summaries_dated_oddly_by_a_wrong_clock_are_merged(tmp_path: Path, seconds: float) -> None:
    root = make_checkout(tmp_path / "root")
    age(write_summary(root, "19"), seconds)

    done = merge(root)

    assert done.code == 0, done
    assert "Did 19." in document_of(root)


def test_a_second_run_changes_nothing_at_all(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    assert merge(root).code == 0
    before = snapshot(root)

    again = merge_json(root, "--expect", "19,20")

    assert again.code == 0
    assert again.report["status"] == "nothing-to-merge"
    assert again.statuses == {"19": "already-merged", "20": "already-merged"}
    assert snapshot(root) == before
