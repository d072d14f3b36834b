"""A journal that a merge has left: damaged, of another worktree, or followed by a user's work."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from checkouts import (
    DOCUMENT,
    HANDOFF,
    STATE,
    SUBJECT,
    SUMMARIES,
    archived,
    changed_files,
    commit_all,
    document_of,
    make_checkout,
    make_ready,
    merge,
    merge_json,
    snapshot,
    status,
    subjects,
    summary_path,
    write,
    write_summary,
)
from repositories import git

_JOURNAL = f"{STATE}/journal.json"


def _written(tmp_path: Path) -> Path:
    """Make a checkout whose merge is written, not committed."""
    root = make_ready(tmp_path / "root")
    done = merge(root, "--no-commit")
    assert done.code == 0, done
    assert status(root) == f" M {HANDOFF}\n"
    assert summary_path(root, "19").exists()
    return root


def _check_done(root: Path) -> None:
    assert document_of(root).count("Parallel Sessions 19, 20") == 1
    assert len(archived(root / STATE)) == 2
    assert not (root / _JOURNAL).exists()
    assert status(root) == ""


@pytest.mark.parametrize("garbage", ["", "{", "[]", '{"version": 99}', "\0", '{"version": 1}'])
def test_a_damaged_journal_is_named(tmp_path: Path, garbage: str) -> None:
    root = make_ready(tmp_path / "root")
    journal = write(root / _JOURNAL, garbage)

    done = merge(root)

    assert done.code == 2
    assert "journal.json" in done.stderr
    assert document_of(root) == DOCUMENT
    journal.unlink()
    assert merge(root).code == 0
    _check_done(root)


def test_a_journal_must_not_lead_out_of_the_archive(tmp_path: Path) -> None:
    root = _written(tmp_path)
    record = json.loads((root / _JOURNAL).read_text())
    record["sessions"][0]["archived_to"] = "../../../../escaped.md"
    write(root / _JOURNAL, json.dumps(record))

    done = merge(root)

    assert done.code == 2
    assert "damaged" in done.stderr
    assert summary_path(root, "19").exists()


def test_the_next_merge_commits_what_was_written(tmp_path: Path) -> None:
    root = _written(tmp_path)

    done = merge_json(root)

    assert done.code == 0, done
    assert done.report["status"] == "merged"
    assert done.statuses == {"19": "merged", "20": "merged"}
    assert done.report["commit"] == git(root, "rev-parse", "HEAD").decode().strip()
    notes = done.report["sessions"][0]["notes"]
    assert notes == ["was written earlier with --no-commit; it is committed now"]
    assert subjects(root)[0] == SUBJECT
    _check_done(root)


def test_without_a_commit_twice_changes_nothing_more(tmp_path: Path) -> None:
    root = _written(tmp_path)
    before = snapshot(root)

    done = merge_json(root, "--no-commit")

    assert done.code == 0
    assert snapshot(root) == before


def test_without_a_commit_further_summaries_have_to_wait(tmp_path: Path) -> None:
    root = _written(tmp_path)
    write_summary(root, "21")

    done = merge(root, "--no-commit")

    assert done.code == 2
    assert "not committed yet" in done.stderr
    assert merge(root).code == 0
    assert subjects(root)[:2] == ["docs(handoff): merge session 21", SUBJECT]


def test_a_dry_run_beside_a_written_merge_is_no_error(tmp_path: Path) -> None:
    root = _written(tmp_path)
    before = snapshot(root)

    done = merge_json(root, "--dry-run")

    assert done.code == 0, done
    assert "not finished" in str(done.report["notes"])
    assert snapshot(root) == before


def test_the_users_edits_of_a_written_merge_are_refused_until_they_are_committed(
    tmp_path: Path,
) -> None:
    root = _written(tmp_path)
    write(root / HANDOFF, document_of(root) + "\nMine.\n")

    refused = merge(root)

    assert refused.code == 2
    assert "git diff HEAD" in refused.stderr
    git(root, "commit", "--quiet", "--all", "--message", "mine")
    assert merge(root).code == 0
    assert subjects(root) == ["mine", "first"]
    assert document_of(root).endswith("Mine.\n")
    _check_done(root)


def test_the_users_own_commit_counts(tmp_path: Path) -> None:
    root = _written(tmp_path)
    git(root, "commit", "--quiet", "--all", "--message", "mine")

    done = merge_json(root)

    assert done.code == 0
    assert done.report["commit"] == git(root, "rev-parse", "HEAD").decode().strip()
    assert subjects(root) == ["mine", "first"]
    _check_done(root)


def test_the_users_own_commit_leaves_tracked_summaries_to_remove(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    git(root, "add", "--force", SUMMARIES)
    commit_all(root, "summaries")
    assert merge(root, "--no-commit").code == 0
    git(root, "commit", "--quiet", "--message", "mine", HANDOFF)

    assert merge(root).code == 0

    assert subjects(root)[:2] == [
        "docs(handoff): archive the summaries of sessions 19, 20",
        "mine",
    ]
    _check_done(root)


def test_the_users_checkout_takes_a_written_merge_back(tmp_path: Path) -> None:
    root = _written(tmp_path)
    git(root, "checkout", "--quiet", HANDOFF)

    assert merge(root).code == 0

    assert subjects(root) == [SUBJECT, "first"]
    _check_done(root)


def test_the_users_reset_of_half_a_merge_is_merged_again(tmp_path: Path) -> None:
    root = _written(tmp_path)
    write(root / HANDOFF, DOCUMENT.replace("Kept.", "Kept well."))
    git(root, "commit", "--quiet", "--all", "--message", "mine")

    assert merge(root).code == 0

    assert subjects(root) == [SUBJECT, "mine", "first"]
    _check_done(root)


def test_a_staged_written_merge_is_committed_alone(tmp_path: Path) -> None:
    root = _written(tmp_path)
    write(root / "other.txt", "staged\n")
    git(root, "add", "--all")

    assert merge(root).code == 0

    assert changed_files(root) == [f"M {HANDOFF}"]
    assert status(root) == "M  other.txt\n"


def test_a_deleted_document_is_told(tmp_path: Path) -> None:
    root = _written(tmp_path)
    (root / HANDOFF).unlink()

    done = merge(root)

    assert done.code == 2
    assert HANDOFF in done.stderr
    git(root, "checkout", "--quiet", HANDOFF)
    assert merge(root).code == 0
    _check_done(root)


def test_a_written_merge_without_git_is_archived_by_the_next(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root / HANDOFF, DOCUMENT)
    write_summary(root, "19")
    assert merge(root, "--no-commit").code == 0
    assert summary_path(root, "19").exists()

    assert merge(root).code == 0

    assert len(archived(root / ".agents/.handoff-md")) == 1
    assert document_of(root).count("Did 19.") == 1


def test_a_written_merge_of_another_worktree_is_committed_there(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    tree = tmp_path / "tree"
    git(root, "worktree", "add", "--quiet", "-b", "side", str(tree))
    write_summary(tree, "19")
    assert merge(tree, "--no-commit").code == 0

    done = merge(root)

    assert done.code == 0, done
    assert subjects(tree)[0] == "docs(handoff): merge session 19"
    assert subjects(root) == ["first"]
    assert status(tree) == ""
    assert document_of(root) == DOCUMENT


def test_a_journal_of_a_worktree_that_is_gone_is_dropped(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    tree = tmp_path / "tree"
    git(root, "worktree", "add", "--quiet", "-b", "side", str(tree))
    write_summary(root, "19")
    assert merge(tree, "--no-commit").code == 0
    shutil.rmtree(tree)

    assert merge(root).code == 0

    assert "Did 19." in document_of(root)
    assert subjects(root)[0] == "docs(handoff): merge session 19"
