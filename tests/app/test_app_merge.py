"""The merge over the command line: what it writes, commits, archives and reports."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from checkouts import (
    DOCUMENT,
    HANDOFF,
    MERGE,
    STATE,
    SUBJECT,
    SUMMARIES,
    add_hook,
    age,
    archived,
    changed_files,
    commit_all,
    document_of,
    finish,
    make_checkout,
    make_ready,
    merge,
    merge_json,
    messages,
    run,
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

SECTION = """\
### Parallel Sessions 19, 20 (2025-12-18)

**Orchestrator**: Session 22
**Parallel Executions**: 2 agents

#### Session 19: Work of 19

Did 19.

#### Session 20: Work of 20

Did 20.

"""
MESSAGE = f"""\
{SUBJECT}

Handoff-Orchestrator: 22
Handoff-Session: 19
Handoff-Session: 20
"""


def _worktrees(root: Path, *names: str) -> list[Path]:
    trees = [root.parent / name for name in names]
    for tree in trees:
        git(root, "worktree", "add", "--quiet", "-b", tree.name, str(tree))
    return trees


def test_the_section_and_the_commit_are_as_documented(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")

    done = merge(root)

    assert done.code == 0, done
    before, heading, after = DOCUMENT.replace("2025-12-17\n\n##", "2025-12-18\n\n##").partition(
        "### Session 18"
    )
    assert document_of(root) == before + SECTION + heading + after
    assert messages(root)[0] == MESSAGE
    assert changed_files(root) == [f"M {HANDOFF}"]
    assert status(root) == ""
    assert list((root / SUMMARIES).iterdir()) == []
    assert archived(root / STATE) == [
        (summary_path(root, session).name, summary_text(session).encode())
        for session in ("19", "20")
    ]


def test_the_report_in_json_is_as_documented(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    write_summary(root, "19")
    log = ".agents/sessions/2025-12-18-session-19-work.md"
    write(root / log, "# Session 19\n")
    commit_all(root, "log")

    done = merge_json(root)

    report = done.report
    commit = git(root, "rev-parse", "HEAD").decode().strip()
    place = report["sessions"][0].pop("archived_to")
    assert Path(place).read_bytes() == summary_text("19").encode()
    assert report == {
        "version": 1,
        "status": "merged",
        "handoff": HANDOFF,
        "orchestrator": "22",
        "date": "2025-12-18",
        "commit": commit,
        "section": [7, 16],
        "sessions": [
            {
                "id": "19",
                "title": "Work of 19",
                "status": "merged",
                "work": "complete",
                "summary": str(summary_path(root, "19")),
                "log": log,
                "notes": [],
                "problems": [],
            }
        ],
        "files": [],
        "notes": [],
        "problems": [],
    }
    lines = document_of(root).splitlines()
    assert lines[6] == "### Parallel Sessions 19 (2025-12-18)"
    assert lines[15] == "Did 19."
    assert done.stderr == ""


def test_other_changes_stay_exactly_as_they_were(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    write(root / "deleted.txt", "deleted\n")
    write(root / "renamed.txt", "renamed, and long enough to be known again\n")
    commit_all(root, "more")
    write(root / "other.txt", "staged\n")
    write(root / "added.txt", "added\n")
    git(root, "add", "--all")
    git(root, "rm", "--quiet", "deleted.txt")
    git(root, "mv", "renamed.txt", "other-name.txt")
    write(root / "other.txt", "staged, then changed\n")
    write(root / "untracked.txt", "untracked\n")
    write(root / "intended.txt", "intended\n")
    git(root, "add", "--intent-to-add", "intended.txt")
    index = _index_without_document(root)
    before = status(root)

    assert merge(root).code == 0

    assert changed_files(root) == [f"M {HANDOFF}"]
    assert _index_without_document(root) == index
    assert status(root) == before


def _index_without_document(root: Path) -> list[bytes]:
    listed = git(root, "ls-files", "--stage", "-z").split(b"\0")
    return [entry for entry in listed if not entry.endswith(HANDOFF.encode())]


def test_three_worktrees_with_a_branch_each_are_collected(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    for number, tree in enumerate(_worktrees(root, "a", "b", "c"), start=19):
        write_summary(tree, str(number))

    done = merge_json(root)

    assert done.code == 0, done
    assert list(done.statuses) == ["19", "20", "21"]
    assert subjects(root)[0] == "docs(handoff): merge parallel sessions 19, 20, 21"
    assert len(archived(root / STATE)) == 3
    assert [subjects(tree) for tree in (tmp_path / "a", tmp_path / "b")] == [["first"]] * 2


def test_without_worktrees_this_checkout_alone_is_collected(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    (tree,) = _worktrees(root, "tree")
    write_summary(root, "19")
    write_summary(tree, "20")

    assert merge_json(root, "--no-worktrees").statuses == {"19": "merged"}

    assert summary_path(tree, "20").exists()


def test_a_linked_worktree_may_be_the_orchestrators(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    (tree,) = _worktrees(root, "lead")
    write_summary(root, "19")
    write_summary(tree, "20")

    assert merge(tree).code == 0

    assert subjects(root) == ["first"]
    assert subjects(tree) == [SUBJECT, "first"]
    assert document_of(root) == DOCUMENT
    assert status(root) == status(tree) == ""
    assert len(archived(root / STATE)) == 2


@pytest.mark.parametrize("given", ["other", f"other/{SUMMARIES}", "flat"])
def test_a_further_folder_is_only_read(tmp_path: Path, given: str) -> None:
    root = make_checkout(tmp_path / "root")
    write_summary(tmp_path / "other", "19")
    name = summary_path(tmp_path, "19").name
    age(write(tmp_path / "flat" / name, summary_text("19")))
    before = snapshot(tmp_path / "other"), snapshot(tmp_path / "flat")

    done = merge_json(root, "--from", str(tmp_path / given))

    assert done.statuses == {"19": "merged"}
    assert (snapshot(tmp_path / "other"), snapshot(tmp_path / "flat")) == before
    again = snapshot(root)
    assert merge_json(root, "--from", str(tmp_path / given)).statuses == {"19": "already-merged"}
    assert snapshot(root) == again


def test_the_same_summary_twice_counts_once(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    (tree,) = _worktrees(root, "tree")
    write_summary(root, "19")
    write_summary(tree, "19")

    done = merge_json(root)

    assert done.code == 0
    assert document_of(root).count("#### Session 19") == 1
    assert not summary_path(root, "19").exists()
    assert not summary_path(tree, "19").exists()
    assert len(archived(root / STATE)) == 2


def test_the_same_id_with_other_content_is_refused_and_both_files_are_named(
    tmp_path: Path,
) -> None:
    root = make_checkout(tmp_path / "root")
    (tree,) = _worktrees(root, "tree")
    write_summary(root, "19")
    write_summary(tree, "19", words="Something else.")
    before = snapshot(root / ".agents")

    done = merge_json(root)

    assert done.code == 1
    assert set(done.statuses.values()) == {"conflicting"}
    assert str(summary_path(root, "19")) in done.stdout
    assert str(summary_path(tree, "19")) in done.stdout
    assert snapshot(root / ".agents") == before


def test_the_orchestrators_own_summary_is_merged_only_when_named(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    write_summary(root, "22")

    done = merge_json(root)

    assert list(done.statuses) == ["19", "20"]
    assert "orchestrator's own" in str(done.report["notes"])
    assert summary_path(root, "22").exists()
    assert merge_json(root, "22").statuses == {"22": "merged"}


def test_ids_choose_what_is_merged(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")

    assert merge_json(root, "020").statuses == {"20": "merged"}

    assert summary_path(root, "19").exists()


def test_a_missing_expected_session_refuses(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    before = snapshot(root / ".agents")

    done = merge_json(root, "--expect", "19,20,21")

    assert done.code == 1
    assert done.statuses["21"] == "missing"
    assert snapshot(root / ".agents") == before


def test_too_few_sessions_refuse(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")

    done = merge_json(root, "--expect-count", "3")

    assert done.code == 1
    assert done.report["problems"] == ["3 sessions were expected, 2 found"]
    assert merge(root, "--expect-count", "2").code == 0


@pytest.mark.parametrize(
    ("expected", "awaited"),
    [
        (("--expect", "19,20,21"), ("no summary yet of 20, 21;", "no summary yet of 21;")),
        (("--expect-count", "3"), ("1 of 3 sessions are ready", "2 of 3 sessions are ready")),
    ],
)
def test_sessions_that_arrive_are_waited_for(
    tmp_path: Path, expected: tuple[str, str], awaited: tuple[str, str]
) -> None:
    root = make_checkout(tmp_path / "root")
    write_summary(root, "19")
    process = start(root, *MERGE, *expected, "--wait", "60")
    assert process.stderr is not None
    for session, words in zip(("20", "21"), awaited, strict=True):
        assert any(words in line for line in process.stderr)
        write_summary(root, session)

    done = finish(process)

    assert done.code == 0, done
    assert subjects(root)[0] == "docs(handoff): merge parallel sessions 19, 20, 21"


def test_the_wait_ends_when_the_time_is_up(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")

    done = merge(root, "--expect", "19,20,21", "--wait", "1")

    assert done.code == 1
    assert "has no summary" in done.stdout


def test_sessions_that_were_merged_before_are_not_waited_for(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    assert merge(root).code == 0
    write_summary(root, "21")
    assert merge(root).code == 0
    began = time.monotonic()

    done = merge_json(root, "--expect", "19,20,21", "--wait", "60")

    assert time.monotonic() - began < 30
    assert done.code == 0
    assert set(done.statuses.values()) == {"already-merged"}


def test_a_killed_merge_is_finished_before_anybody_waits(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    assert merge(root, "--no-commit").code == 0
    for session in ("19", "20"):
        summary_path(root, session).unlink()

    done = merge_json(root, "--expect", "19,20", "--wait", "60")

    assert done.code == 0, done
    assert done.statuses == {"19": "merged", "20": "merged"}


def test_a_partial_merge_records_what_is_not_merged(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    age(write(summary_path(root, "21"), "---\nstatus: in-progress\n---\n# Work\n\nDoing.\n"))
    age(write(summary_path(root, "23"), "# Work\n\nBad \0 byte.\n"))

    refused = merge_json(root, "--expect", "24")
    done = merge_json(root, "--expect", "24", "--allow-partial")

    assert refused.code == 1
    assert done.code == 0
    assert done.statuses == {
        "19": "merged",
        "20": "merged",
        "21": "in-progress",
        "23": "invalid",
        "24": "missing",
    }
    line = next(li for li in document_of(root).splitlines() if li.startswith("**Not merged**"))
    assert "Session 21 (in progress), Session 23 (invalid: " in line
    assert line.endswith("Session 24 (missing)")
    assert str(tmp_path) not in document_of(root)
    assert summary_path(root, "21").exists()
    assert summary_path(root, "23").exists()


def test_the_path_of_a_refused_summary_stays_out_of_the_document(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    write_summary(root, "21", words="Work.\n" * 60_000)

    assert merge(root, "--allow-partial").code == 0

    assert "Session 21 (invalid: can't be used: it has" in document_of(root)
    assert str(tmp_path) not in document_of(root)


def test_a_late_session_makes_a_section_of_its_own(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    assert merge(root).code == 0
    write_summary(root, "21")

    assert merge(root, "--expect", "19,20,21").code == 0

    assert subjects(root)[0] == "docs(handoff): merge session 21"
    assert "### Parallel Sessions 21 (2025-12-18)" in document_of(root)
    assert "**Parallel Executions**: 1 agent\n" in document_of(root)
    before = snapshot(root)
    again = merge_json(root, "--expect", "19,20,21")
    assert again.code == 0
    assert set(again.statuses.values()) == {"already-merged"}
    assert snapshot(root) == before


def test_other_content_is_refused_unless_it_is_to_replace(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    write(root / ".agents/sessions/2025-12-18-session-19.md", "# Session 19\n")
    commit_all(root, "log")
    write_summary(root, "19")
    assert merge(root).code == 0
    write_summary(root, "19", words="Did it again.")

    refused = merge_json(root)
    done = merge_json(root, "--replace")

    assert refused.code == 1
    assert refused.statuses == {"19": "conflicting"}
    assert done.code == 0, done
    assert "Did it again." in document_of(root)
    assert "Did 19." not in document_of(root)
    assert status(root) == ""


def test_kept_summaries_are_known_again_and_nothing_changes(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    assert merge(root, "--keep").code == 0
    assert summary_path(root, "19").exists()
    before = snapshot(root)

    again = merge_json(root, "--keep")

    assert again.code == 0
    assert again.statuses == {"19": "already-merged", "20": "already-merged"}
    assert [session["notes"] for session in again.report["sessions"]] == [[], []]
    assert snapshot(root) == before
    assert merge(root).code == 0
    assert len(archived(root / STATE)) == 2
    assert subjects(root) == [SUBJECT, "first"]


def test_tracked_summaries_are_removed_by_the_same_commit(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    git(root, "add", "--force", SUMMARIES)
    commit_all(root, "summaries")

    assert merge(root).code == 0

    assert changed_files(root) == [
        f"M {HANDOFF}",
        f"D {SUMMARIES}/handoff-session-19-summary.md",
        f"D {SUMMARIES}/handoff-session-20-summary.md",
    ]
    assert status(root) == ""
    assert len(archived(root / STATE)) == 2


def test_a_summary_tracked_on_an_agents_branch_stays_until_that_arrives(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    (tree,) = _worktrees(root, "agent")
    path = write_summary(tree, "19")
    git(tree, "add", "--force", str(path))
    commit_all(tree, "summary")

    assert merge_json(root).statuses == {"19": "merged"}
    assert path.exists()
    assert status(tree) == ""
    before = snapshot(root)
    assert merge_json(root).statuses == {"19": "already-merged"}
    assert snapshot(root) == before

    git(root, "merge", "--quiet", "--no-edit", "agent")
    age(summary_path(root, "19"))
    arrived = merge_json(root)

    assert arrived.code == 0
    assert arrived.statuses == {"19": "already-merged"}
    assert document_of(root).count("Did 19.") == 1
    assert status(root) == ""
    assert subjects(root)[0] == "docs(handoff): archive the summary of session 19"
    assert changed_files(root) == [f"D {SUMMARIES}/handoff-session-19-summary.md"]
    assert messages(root)[0].count("Handoff-Session") == 0


def test_ids_that_restart_by_day_are_two_sessions(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    write_summary(root, "07", date="2025-12-18")
    assert merge(root).code == 0
    write_summary(root, "07", date="2025-12-19", words="Another day.")

    done = merge_json(root)

    assert done.code == 0, done
    assert done.statuses == {"07": "merged"}
    assert "Did 07." in document_of(root)
    assert "Another day." in document_of(root)
    assert document_of(root).count("#### Session 07: ") == 2


def test_an_undated_summary_takes_the_day_of_the_merge(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    write_summary(root, "19", date=None)

    done = merge_json(root, env={"SOURCE_DATE_EPOCH": "1766102400"})

    assert done.report["date"] == "2025-12-19"
    assert "### Parallel Sessions 19 (2025-12-19)" in document_of(root)
    assert "**Last Updated**: 2025-12-19" in document_of(root)


def test_the_date_may_be_given(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")

    assert merge(root, "--date", "2025-12-20").code == 0

    assert "### Parallel Sessions 19, 20 (2025-12-20)" in document_of(root)


def test_the_message_may_be_given(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")

    assert merge(root, "--message", "docs: my words\n\n# Not a comment.").code == 0

    trailers = MESSAGE.partition("\n\n")[2]
    assert messages(root)[0] == f"docs: my words\n\n# Not a comment.\n\n{trailers}"


def test_a_long_subject_is_shortened_and_the_trailers_are_complete(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    for number in range(10_001, 10_013):
        write_summary(root, str(number))

    assert merge(root).code == 0

    assert subjects(root)[0] == "docs(handoff): merge 12 parallel sessions"
    assert messages(root)[0].count("Handoff-Session: 100") == 12


def test_an_untracked_document_that_holds_the_sessions_is_committed(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    assert merge(root, "--keep").code == 0
    git(root, "rm", "--quiet", "--cached", HANDOFF)
    git(root, "commit", "--quiet", "--message", "gone")

    done = merge_json(root)

    assert done.code == 0, done
    assert done.statuses == {"19": "already-merged", "20": "already-merged"}
    assert messages(root)[0] == MESSAGE
    assert done.report["commit"] == git(root, "rev-parse", "HEAD").decode().strip()
    assert status(root) == ""
    assert len(archived(root / STATE)) == 2


@pytest.mark.parametrize("options", [(), ("--expect", "21", "--allow-partial"), ("--replace",)])
def test_a_dry_run_writes_nothing_at_all(tmp_path: Path, options: tuple[str, ...]) -> None:
    root = make_ready(tmp_path / "root")
    before = snapshot(root)

    done = merge_json(root, "--dry-run", *options)

    assert done.code == 0
    assert done.report["status"] == "would-merge"
    assert done.report["commit"] is None
    assert snapshot(root) == before


def test_a_dry_run_refuses_what_a_merge_would(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    write(root / HANDOFF, DOCUMENT + "\nMine.\n")

    done = merge(root, "--dry-run")

    assert done.code == 2
    assert "git diff" in done.stderr


def test_nothing_to_merge_is_no_error_and_changes_nothing(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    before = document_of(root), subjects(root), status(root)

    done = merge_json(root)

    assert done.code == 0
    assert done.report["status"] == "nothing-to-merge"
    assert (document_of(root), subjects(root), status(root)) == before


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("merge",), 2, "--orchestrator"),
        (("merge", "--orchestrator", "../x"), 2, "no session id"),
        ((*MERGE, "no/id"), 2, "no session id"),
        ((*MERGE, "--date", "18.12.2025"), 2, "YYYY-MM-DD"),
        ((*MERGE, "--expect-count", "0"), 2, "expect-count"),
        ((*MERGE, "--wiat", "3"), 2, "Did you mean --wait?"),
        ((*MERGE, "--expect", "21"), 1, "has no summary"),
        ((*MERGE, "--into", "Nowhere"), 2, "Nowhere"),
        ((*MERGE, "--from", "nowhere"), 2, "nowhere"),
        (MERGE, 0, "Merged 2 sessions"),
    ],
)
def test_exit_codes(tmp_path: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    root = make_ready(tmp_path / "root")

    done = run(root, *arguments)

    assert done.code == code, done
    assert words in done.stdout + done.stderr


def test_a_bad_source_date_epoch_is_named(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")

    done = merge(root, env={"SOURCE_DATE_EPOCH": "yesterday"})

    assert done.code == 2
    assert "SOURCE_DATE_EPOCH" in done.stderr


def test_the_orchestrator_may_come_from_the_environment(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")

    assert run(root, "merge", env={"HANDOFF_MD_SESSION": "22"}).code == 0

    assert messages(root)[0] == MESSAGE


@pytest.mark.parametrize("where", [".", "sub/folder"])
def test_it_runs_in_a_sub_folder_and_from_elsewhere(tmp_path: Path, where: str) -> None:
    root = make_ready(tmp_path / "root")
    (root / where).mkdir(parents=True, exist_ok=True)

    done = run(tmp_path, "-C", str(root), *MERGE) if where == "." else merge(root / where)

    assert done.code == 0, done
    assert messages(root)[0] == MESSAGE


def test_git_of_a_hook_that_runs_it_does_not_confuse_it(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    other = make_checkout(tmp_path / "other")

    done = merge(root, env={"GIT_DIR": str(other / ".git"), "GIT_INDEX_FILE": "/nowhere"})

    assert done.code == 0
    assert subjects(root)[0] == SUBJECT
    assert subjects(other) == ["first"]


def test_without_git_installed_the_document_is_written_all_the_same(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root / HANDOFF, DOCUMENT)
    write_summary(root, "19")
    write_summary(root, "20")
    (tmp_path / "bin").mkdir()

    done = merge(root, env={"PATH": str(tmp_path / "bin")})

    assert done.code == 0, done
    assert "git is not installed" in done.stderr
    assert SECTION in document_of(root)
    assert len(archived(root / ".agents/.handoff-md")) == 2
    before = snapshot(root)
    assert merge(root, env={"PATH": str(tmp_path / "bin")}).code == 0
    assert snapshot(root) == before


def test_without_a_repository_it_says_so(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root / HANDOFF, DOCUMENT)
    write_summary(root, "19")

    done = merge(root / ".agents")

    assert done.code == 0, done
    assert "no git repository" in done.stderr
    assert "Did 19." in document_of(root)


def test_without_git_in_a_repository_nothing_is_committed(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    (tmp_path / "bin").mkdir()

    done = merge(root, env={"PATH": str(tmp_path / "bin")})

    assert done.code == 0, done
    assert "nothing is committed" in done.stderr
    assert SECTION in document_of(root)


def test_the_commit_of_what_is_merged_already_is_told(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    assert merge(root, "--keep").code == 0
    git(root, "rm", "--quiet", "--cached", HANDOFF)
    git(root, "commit", "--quiet", "--message", "gone")

    done = merge(root)

    commit = git(root, "rev-parse", "--short=12", "HEAD").decode().strip()
    assert done.stdout.splitlines()[0] == f"Nothing new to merge, commit {commit}."


def test_a_failing_hook_leaves_summaries_that_were_merged_already(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    assert merge(root, "--keep").code == 0
    git(root, "add", "--force", SUMMARIES)
    commit_all(root, "summaries")
    add_hook(root, "pre-commit", "exit 1")

    done = merge(root)

    assert done.code == 2
    assert status(root) == ""
    assert not (root / STATE / "journal.json").exists()
    assert merge(root, "--no-verify").code == 0
    assert subjects(root)[0] == "docs(handoff): archive the summaries of sessions 19, 20"
    assert status(root) == ""


def test_the_report_for_people_goes_to_stdout_and_notes_to_stderr(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")

    done = merge(root)

    commit = git(root, "rev-parse", "--short=12", "HEAD").decode().strip()
    first = done.stdout.splitlines()[0]
    assert first == f"Merged 2 sessions into {HANDOFF} (lines 7-18), commit {commit}."
    assert done.stderr == ""
