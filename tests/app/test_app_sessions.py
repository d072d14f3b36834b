from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from agents import LOGS, add_worktrees, end, fill_log, lead, started, states, work
from checkouts import (
    HANDOFF,
    STATE,
    add_hook,
    archived,
    changed_files,
    commit_all,
    document_of,
    finish,
    make_checkout,
    messages,
    run,
    start,
    status,
    subjects,
    summary_path,
    write,
    write_summary,
)
from repositories import git

from handoff_md.store.lock import hold_lock

DAY = ("--date", "2025-12-18")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "root")


def test_the_next_id_is_one_above_the_document(root: Path) -> None:
    session = started(root, "--title", "Write the parser", *DAY)

    assert session["id"] == "19"
    assert session["log"] == f"{LOGS}/2025-12-18-session-19-write-the-parser.md"
    assert session["summary"] == ".agents/temp/handoff-session-19-summary.md"
    assert session["run"] is None
    assert (root / session["log"]).read_text().startswith("# Session 19: Write the parser\n")


def test_the_next_id_is_above_logs_of_worktrees_and_branches_claims_and_summaries(
    root: Path,
) -> None:
    (tree,) = add_worktrees(root, 1)
    write(tree / LOGS / "2025-12-18-session-30-here.md", "# Log\n")
    assert started(root)["id"] == "31"
    git(root, "switch", "--quiet", "-c", "other")
    write(root / LOGS / "2025-12-18-session-40-branch.md", "# Log\n")
    commit_all(root, "log")
    git(root, "switch", "--quiet", "main")
    assert started(root)["id"] == "41"
    git(root, "update-ref", "refs/remotes/origin/far", "other")
    git(root, "branch", "--quiet", "-D", "other")
    write(summary_path(tree, "50"), "# Session 50: Far\n\nDone.\n")
    assert started(root)["id"] == "51"
    assert started(tree)["id"] == "52"


def test_ids_of_a_new_repository_begin_with_01_and_keep_their_width(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    git(root, "init", "--quiet")
    assert [started(root)["id"] for _ in range(2)] == ["01", "02"]
    assert started(root, "--id", "0099")["id"] == "0099"
    assert started(root)["id"] == "0100"


def test_ids_beyond_ten_thousand_with_suffixes_and_as_hashes(root: Path) -> None:
    for wanted in ("10004", "57-PR201", "a1b2c3d4"):
        session = work(root, "--id", wanted, "--title", f"Work {wanted}", *DAY)
        assert session["id"] == wanted
        assert end(root, wanted).code == 0
        assert f"### Session {wanted}: " in document_of(root)
    assert started(root)["id"] == "10005"


def test_an_id_that_is_taken_is_refused(root: Path) -> None:
    started(root, "--id", "19")
    again = run(root, "session", "start", "--id", "019")
    assert again.code == 1
    assert "session 019 is claimed since" in again.stderr


def test_a_broken_branch_is_an_error_and_not_nothing(root: Path) -> None:
    broken = root / ".git" / "refs" / "heads" / "broken"
    broken.write_text("1" * 40 + "\n")
    done = run(root, "session", "start")
    assert done.code == 2
    assert "branch" in done.stderr
    assert not (root / LOGS).exists()


def test_a_document_that_can_not_be_read_is_an_error(root: Path) -> None:
    (root / HANDOFF).unlink()
    (root / HANDOFF).mkdir()
    assert run(root, "session", "start").code == 2


def test_a_repository_without_commits(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    git(root, "init", "--quiet")
    write(root / HANDOFF, "# Handoff\n\n## Recent Sessions\n")
    session = work(root, "--title", "First")
    assert end(root, session["id"]).code == 0
    assert subjects(root) == ["docs(handoff): add session 01", "docs(session): log session 01"]


def test_a_title_with_every_awkward_character(root: Path) -> None:
    title = "a|b `c` *d* [e](f) <b>\"q\" 'r' #h: é—ß 日本 (Session 9) \\ {} ~~s~~ & 2020-01-01 #"
    session = work(root, "--title", title, *DAY)
    assert session["title"] == title
    done = end(root, session["id"], "--json")
    assert done.code == 0, done.stderr
    shown = run(root, "show", "--json").report["entries"][0]
    assert (shown["ids"], shown["date"]) == (["19"], "2025-12-18")


@pytest.mark.parametrize("title", ["\x1b[31mred", "a\u202eb", "a\x07"])
def test_a_title_with_control_characters_is_refused(root: Path, title: str) -> None:
    done = run(root, "session", "start", "--title", title)
    assert done.code == 1
    assert not (root / LOGS).exists()


def test_the_end_without_a_run_makes_the_entry(root: Path) -> None:
    write(root / "other.txt", "staged\n")
    git(root, "add", "other.txt")
    session = work(root, "--title", "Write the parser", *DAY, words="- It reads *lists*.")
    done = end(root, "19", "--json")

    assert done.code == 0, done.stderr
    assert done.report["summary"] is None
    assert done.report["entry"]["lines"] == [7, 13]
    assert document_of(root).splitlines()[4:14] == [
        "## Recent Sessions",
        "",
        "### Session 19: Write the parser (2025-12-18)",
        "",
        f"**Session Log**: [Session 19](./sessions/{Path(session['log']).name})",
        "",
        "#### Work Log",
        "",
        "- It reads *lists*.",
        "",
    ]
    assert changed_files(root) == [f"M {HANDOFF}"]
    assert changed_files(root, "HEAD~1") == [f"A {session['log']}"]
    assert messages(root)[0] == "docs(handoff): add session 19\n\nHandoff-Session: 19\n"
    assert status(root) == "M  other.txt\n"
    assert not summary_path(root, "19").exists()
    assert [name for name, _ in archived(root / STATE)] == ["handoff-session-19-summary.md"]
    assert states(root) == {"19": "merged"}


def test_ending_twice_changes_nothing(root: Path) -> None:
    work(root, "--title", "Once", *DAY)
    assert end(root, "19").code == 0
    before = (messages(root), document_of(root), status(root))
    again = end(root, "19")
    assert again.code == 0
    assert "tells of this session already" in again.stderr
    assert (messages(root), document_of(root), status(root)) == before


def test_a_blocked_session_that_is_ended_again_stays_blocked(root: Path) -> None:
    lead(root)
    session = work(root, "--title", "Stuck", *DAY)
    first = end(root, session["id"], "--status", "blocked")
    assert "note: the summary says that its work is blocked" in first.stderr
    summary = (root / session["summary"]).read_text()
    assert end(root, session["id"]).code == 0
    assert (root / session["summary"]).read_text() == summary
    assert end(root, session["id"], "--status", "complete").code == 0
    assert "status: complete" in (root / session["summary"]).read_text()


def test_a_log_without_objective_is_not_told_to_write_front_matter(root: Path) -> None:
    session = work(root, *DAY)
    refused = end(root, session["id"])
    assert refused.code == 1
    assert "the log has no objective" in refused.stderr
    assert "front matter" not in refused.stderr
    log = root / session["log"]
    log.write_text(log.read_text().replace("**Objective**:", "**Objective**: Find it"))
    assert end(root, session["id"]).code == 0


def test_what_the_log_lacks_is_named_and_nothing_is_done(root: Path) -> None:
    config = 'end-rows = ["MUST: Run the tests"]\n'
    write(root / "handoff-md.toml", config)
    session = started(root, *DAY)
    before = (root / session["log"]).read_bytes()
    done = end(root, "19", "--json")
    assert done.code == 1
    assert done.report["problems"] == [
        "the log says nothing of the work: write its Work Log, or give --summary",
        "the log has no objective: fill in its **Objective**",
        "a MUST of the session's end is not ticked: Run the tests",
    ]
    assert (root / session["log"]).read_bytes() == before
    assert len(messages(root)) == 1


def test_a_blocked_session_may_leave_steps_open(root: Path) -> None:
    write(root / "handoff-md.toml", 'end-rows = ["MUST: Run the tests"]\n')
    work(root, "--title", "Stuck", *DAY)
    done = end(root, "19", "--status", "blocked")
    assert done.code == 0
    assert "note: a MUST of the session's end is not ticked: Run the tests" in done.stderr


def test_the_steps_that_the_end_fulfils_are_ticked_with_evidence(root: Path) -> None:
    session = work(root, "--title", "Tick", *DAY)
    assert end(root, "19").code == 0
    rows = [line for line in (root / session["log"]).read_text().splitlines() if "MUST" in line]
    assert all("| [x] |" in row for row in rows)
    assert sum("`handoff-md session end`" in row for row in rows) == 3
    assert run(root, "lint", session["log"]).code == 0


@pytest.mark.parametrize("way", ["file", "stdin", "own"])
def test_the_summary_comes_from_where_it_is_given(root: Path, tmp_path: Path, way: str) -> None:
    started(root, "--title", "Given", *DAY)
    text = "# Session 19: Another title\n\nGiven words.\n"
    if way == "own":
        write(summary_path(root, "19"), text)
        code = end(root, "19").code
    elif way == "file":
        code = end(root, "19", "--summary", str(write(tmp_path / "s.md", text))).code
    else:
        command = [sys.executable, "-m", "handoff_md", "session", "end", "19", "--summary", "-"]
        code = subprocess.run(command, cwd=root, input=text.encode(), check=False).returncode
    assert code == 0
    assert "### Session 19: Another title (2025-12-18)" in document_of(root)
    assert "Given words." in document_of(root)


def test_a_summary_that_merge_would_refuse_is_refused(root: Path, tmp_path: Path) -> None:
    started(root, "--title", "Bad", *DAY)
    bad = write(tmp_path / "bad.md", "Text\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n")
    done = end(root, "19", "--summary", str(bad), "--json")
    assert done.code == 1
    assert any("conflict marker" in problem for problem in done.report["problems"])
    wrong = write(tmp_path / "wrong.md", "---\nsession: 20\n---\nText\n")
    assert end(root, "19", "--summary", str(wrong)).code == 1
    assert len(messages(root)) == 1


def test_another_sessions_summary_is_left_as_it_is(root: Path) -> None:
    lead(root)
    work(root, "--id", "19", "--title", "Mine", *DAY)
    other = write(summary_path(root, "19"), "---\ndate: 2024-01-01\n---\n# Session 19: Old\n\nX\n")
    done = end(root, "19")
    assert done.code == 1
    assert "another session's summary" in done.stderr
    assert "Old" in other.read_text()


def test_during_a_run_the_summary_is_all(root: Path) -> None:
    run_ = lead(root)
    session = work(root, "--title", "In a run", *DAY)
    assert session["run"] == run_["run"]
    before = document_of(root)
    done = end(root, session["id"], "--json")
    assert done.code == 0
    assert done.report["summary"] == session["summary"]
    assert document_of(root) == before
    assert subjects(root)[0] == f"docs(session): log session {session['id']}"
    copy = root / STATE / "summaries" / Path(session["summary"]).name
    assert copy.read_bytes() == (root / session["summary"]).read_bytes()


def test_a_run_that_ends_while_the_end_waits_for_the_lock_is_over(root: Path) -> None:
    lead(root)
    session = work(root, "--title", "Late", *DAY)
    with hold_lock(root / STATE, timeout=5, on_wait=lambda: None):
        process = start(root, "session", "end", session["id"])
        assert process.stderr
        assert process.stderr.readline().startswith("waiting")
        (root / STATE / "run.json").unlink()
    assert finish(process).code == 0
    assert f"### Session {session['id']}: " in document_of(root)


def test_no_commit_writes_and_the_next_merge_commits(root: Path) -> None:
    work(root, "--title", "Later", *DAY)
    done = end(root, "19", "--no-commit", "--json")
    assert (done.code, done.report["commit"]) == (0, None)
    assert len(messages(root)) == 1
    assert "### Session 19: " in document_of(root)


def test_an_end_after_one_without_commit_commits_the_entry(root: Path) -> None:
    work(root, "--title", "Write the parser", *DAY)
    assert end(root, "19", "--no-commit").code == 0
    assert end(root, "19").code == 0
    assert subjects(root)[0] == "docs(handoff): add session 19"
    assert status(root) == ""


def test_a_summary_that_was_handed_over_stands_when_the_session_is_ended_again(
    root: Path, tmp_path: Path
) -> None:
    lead(root)
    session = work(root, "--title", "Careful", *DAY, words="Rough notes.")
    given = write(tmp_path / "given.md", "# Careful\n\nThe careful words.\n")
    assert end(root, session["id"], "--summary", str(given), "--status", "blocked").code == 0
    before = summary_path(root, session["id"]).read_bytes()
    assert end(root, session["id"]).code == 0
    assert summary_path(root, session["id"]).read_bytes() == before
    summary_path(root, session["id"]).unlink()
    assert end(root, session["id"]).code == 0
    assert summary_path(root, session["id"]).read_bytes() == before
    assert run(root, "run", "cancel").code == 0
    assert end(root, session["id"]).code == 0
    assert "The careful words." in document_of(root)
    assert "Rough notes." not in document_of(root)


def test_a_summary_that_is_gone_is_asked_for_and_not_replaced_by_the_log(
    root: Path, tmp_path: Path
) -> None:
    lead(root)
    session = work(root, "--title", "Careful", *DAY, words="Rough notes.")
    given = write(tmp_path / "given.md", "# Careful\n\nThe careful words.\n")
    assert end(root, session["id"], "--summary", str(given)).code == 0
    for copy in (summary_path(root, "x").parent, root / STATE / "summaries"):
        for path in copy.iterdir():
            path.unlink()
    done = end(root, session["id"])
    assert done.code == 1
    assert "give it again with --summary" in done.stderr


def test_what_the_log_gains_counts_as_long_as_it_is_not_merged(root: Path) -> None:
    lead(root)
    session = work(root, "--title", "Rough", *DAY, words="First.")
    assert end(root, session["id"]).code == 0
    log = root / session["log"]
    log.write_text(log.read_text().replace("First.", "First.\n\nSecond."))
    assert end(root, session["id"]).code == 0
    assert "Second." in summary_path(root, session["id"]).read_text()


def test_a_summary_beside_the_log_counts_from_another_checkout(root: Path) -> None:
    (tree,) = add_worktrees(root, 1)
    lead(root)
    session = work(tree, "--title", "There", *DAY, words="Rough notes.")
    own = write(summary_path(tree, session["id"]), "# There\n\nWritten by hand.\n")
    assert end(root, session["id"]).code == 0
    assert "Written by hand." in summary_path(root, session["id"]).read_text()
    assert own.read_bytes() == summary_path(root, session["id"]).read_bytes()
    assert run(root, "run", "finish").code == 0
    assert "Written by hand." in document_of(root)


def test_an_id_that_was_merged_or_expected_is_not_given_again(root: Path) -> None:
    lead(root, "--expect", "30,31")
    write_summary(root, "30", date=None)
    assert run(root, "run", "finish", "--allow-partial").code == 0
    git(root, "reset", "--quiet", "--hard", "HEAD~1")
    assert started(root)["id"] == "32"


def test_other_content_after_the_end_is_an_error_and_changes_nothing(
    root: Path, tmp_path: Path
) -> None:
    work(root, "--title", "Write the parser", *DAY)
    assert end(root, "19").code == 0
    before = document_of(root)
    other = write(tmp_path / "other.md", "# Write the parser\n\nSomething else.\n")
    done = end(root, "19", "--summary", str(other))
    assert done.code == 1
    assert "with other content" in done.stderr
    assert document_of(root) == before
    assert end(root, "19").code == 0


def test_a_failing_hook_leaves_the_document_as_it_was(root: Path) -> None:
    work(root, "--title", "Hooked", *DAY)
    before = document_of(root)
    add_hook(
        root, "pre-commit", "git diff --cached --name-only | grep -q HANDOFF && exit 1; exit 0"
    )
    done = end(root, "19")
    assert done.code == 2
    assert document_of(root) == before
    assert subjects(root)[0] == "docs(session): log session 19"
    (root / ".git/hooks/pre-commit").unlink()
    assert end(root, "19").code == 0
    assert subjects(root)[0] == "docs(handoff): add session 19"


def test_abandon_releases_an_id_and_it_is_not_given_out_again_by_itself(root: Path) -> None:
    session = started(root, "--title", "Gone", *DAY)
    done = run(root, "session", "abandon", "19")
    assert done.code == 0
    assert states(root) == {"19": "abandoned"}
    assert end(root, "19").code == 1
    assert started(root, *DAY)["id"] == "20"
    (root / session["log"]).unlink()
    assert started(root, "--id", "19", *DAY)["id"] == "19"
    assert run(root, "session", "abandon", "77").code == 2


def test_an_abandoned_id_that_is_taken_up_again_goes_on_in_its_log(root: Path) -> None:
    session = work(root, "--title", "Again", *DAY, words="Half done.")
    assert run(root, "session", "abandon", "19").code == 0
    again = started(root, "--id", "19")
    assert (again["log"], again["title"]) == (session["log"], "Again")
    assert end(root, "19").code == 0
    assert "Half done." in document_of(root)


def test_an_ended_session_can_not_be_abandoned(root: Path) -> None:
    lead(root)
    session = work(root, "--title", "Done", *DAY)
    assert end(root, session["id"]).code == 0
    assert run(root, "session", "abandon", session["id"]).code == 1


def test_a_session_that_was_started_by_hand_can_be_ended(root: Path) -> None:
    log = f"{LOGS}/2025-12-18-session-19-by-hand.md"
    write(root / log, "# Session 19: By hand\n\n**Objective**: Do it.\n\n## Work\n\nDone.\n")
    done = end(root, "19")
    assert done.code == 0, done.stderr
    assert "### Session 19: By hand (2025-12-18)" in document_of(root)


def test_the_repositorys_own_template_is_used(root: Path) -> None:
    template = (
        "# Session NN - YYYY-MM-DD\n\n## Session Info\n\n- **Date**: YYYY-MM-DD\n"
        "- **Branch**: [branch name]\n- **Objective**: [What it is for]\n\n"
        "## Protocol Compliance\n\n### Session Start\n\n| Req | Step | Status | Evidence |\n"
        "|-----|------|--------|----------|\n| MUST | Create this session log | [ ] | This file |\n"
        "\n## Work Log\n\n### [Topic]\n\n- [Action]\n\n## Session End\n\n"
        "| Req | Step | Status | Evidence |\n|---|---|---|---|\n"
        "| MUST | Update `.agents/HANDOFF.md` (include log link) | [ ] | File modified |\n"
        "| MUST | Run markdown lint | [ ] | Output below |\n"
    )
    protocol = f"# Protocol\n\n## Template\n\n```markdown\n{template}```\n"
    write(root / ".agents/SESSION-PROTOCOL.md", protocol)
    write(root / "handoff-md.toml", 'start-rows = ["SHOULD: Look around"]\n')
    session = started(root, "--title", "Own shape", *DAY)
    log = root / session["log"]
    text = log.read_text()
    assert text.startswith("# Session 19 - 2025-12-18\n")
    assert "- **Branch**: main\n- **Objective**: Own shape\n" in text
    assert "| SHOULD | Look around | [ ] | |\n" in text
    assert "| MUST | Create this session log | [x] | `handoff-md session start` of" in text
    done = end(root, "19", "--json")
    assert done.report["problems"] == [
        "the log says nothing of the work: write its Work Log, or give --summary",
        "a MUST of the session's end is not ticked: Run markdown lint",
    ]
    text = text.replace("### [Topic]\n\n- [Action]", "### Parser\n\n- Wrote it")
    log.write_text(text.replace("lint | [ ] | Output below", "lint | [x] | clean"))
    assert end(root, "19").code == 0
    assert "| [x] | `handoff-md session end` |" in log.read_text()
    assert "##### Parser\n\n- Wrote it" in document_of(root)


def test_a_session_of_a_worktree_can_be_ended_from_another(root: Path) -> None:
    (tree,) = add_worktrees(root, 1)
    session = work(tree, "--title", "Elsewhere", *DAY)
    assert end(root, session["id"]).code == 0
    assert subjects(tree)[0] == f"docs(session): log session {session['id']}"
    assert subjects(root)[0] == f"docs(handoff): add session {session['id']}"


def test_it_works_without_git(tmp_path: Path) -> None:
    root = tmp_path / "plain"
    write(root / HANDOFF, "# Handoff\n\n## Recent Sessions\n")
    session = work(root, "--title", "No git")
    done = end(root, session["id"])
    assert done.code == 0, done.stderr
    assert "this is no git repository" in done.stderr
    assert "No git (Session 01)" in document_of(root)


def test_links_of_the_logs_own_words_lead_from_where_the_log_lies(root: Path) -> None:
    older = f"{LOGS}/2025-12-16-session-17-count.md"
    write(root / older, "# Session 17: Count\n")
    work(root, "--title", "Link", *DAY, words="See [17](./2025-12-16-session-17-count.md).")
    assert end(root, "19").code == 0
    assert "See [17](./sessions/2025-12-16-session-17-count.md)." in document_of(root)


def test_without_git_in_a_repository_a_run_is_seen_and_no_id_is_guessed(
    root: Path, tmp_path: Path
) -> None:
    (tree,) = add_worktrees(root, 1)
    session = work(tree, "--title", "Before", *DAY)
    lead(root)
    (tmp_path / "bin").mkdir()
    no_git = {"PATH": str(tmp_path / "bin")}
    before = document_of(tree)
    for place in (tree, tree / ".agents"):
        assert run(place, "run", "status", "--quiet", env=no_git).code == 1
    done = end(tree, session["id"], env=no_git)
    assert done.code == 0, done.stderr
    assert "git is not installed" in done.stderr
    assert document_of(tree) == before
    assert summary_path(tree, session["id"]).is_file()
    refused = run(tree, "session", "start", env=no_git)
    assert refused.code == 2
    assert "give an id that is free with --id" in refused.stderr
    assert started(tree, "--id", "77", env=no_git)["id"] == "77"
    assert run(root, "session", "start", "--id", "77").code == 1
    assert not (tree / ".agents/.handoff-md").exists()


def test_show_and_list_tell_of_a_session(root: Path) -> None:
    started(root, "--title", "Seen", "--agent", "ada", *DAY)
    shown = run(root, "session", "show", "19", "--json").report
    assert (shown["id"], shown["agent"], shown["state"]) == ("19", "ada", "started")
    assert "Seen" in run(root, "session", "show", "19").stdout
    assert "Seen" in run(root, "session", "list").stdout
    assert run(root, "session", "show", "99").code == 2
    listed = json.loads(run(root, "session", "list", "--json").stdout)
    assert listed["version"] == 1


def test_log_notes_for_the_next_session_are_handed_over(root: Path) -> None:
    session = started(root, "--title", "Notes", *DAY)
    log = root / session["log"]
    fill_log(log)
    log.write_text(log.read_text() + "\n- Mind the gap.\n")
    assert end(root, "19").code == 0
    assert "#### Notes for Next Session\n\n- Mind the gap." in document_of(root)


def test_in_the_read_only_profile_the_entry_is_made_on_the_main_branch_only(root: Path) -> None:
    write(root / "handoff-md.toml", 'profile = "read-only"\n')
    commit_all(root, "profile")
    (tree,) = add_worktrees(root, 1)
    session = work(tree, "--title", "Branch", *DAY)
    before = document_of(tree)
    done = end(tree, session["id"], "--json")
    assert done.code == 1
    assert "changes on the main branch only" in done.report["problems"][0]
    assert document_of(tree) == before
    assert subjects(tree)[0] == f"docs(session): log session {session['id']}"
    assert summary_path(tree, session["id"]).is_file()
    refused = run(tree, "merge", "--orchestrator", "22")
    assert refused.code == 1
    assert "this is agent-1" in refused.stderr
    told = end(tree, session["id"])
    assert "has ended: Branch" in told.stdout
    assert "its entry is not made: the summary waits" in told.stderr
    assert end(root, session["id"]).code == 0
    assert subjects(root)[0] == f"docs(handoff): add session {session['id']}"
    assert f"(./sessions/{Path(session['log']).name})" in document_of(root)
    git(root, "merge", "--quiet", "--no-edit", "agent-1")
    found = run(root, "lint", "--output-format", "concise", HANDOFF, LOGS)
    assert f"Session {session['id']}" not in found.stdout


def test_a_document_without_a_place_for_entries_keeps_the_summary_waiting(root: Path) -> None:
    write(root / HANDOFF, "# A brief\n\n## What is\n\nThis.\n\n## What is not\n\nThat.\n")
    commit_all(root, "brief")
    session = work(root, "--title", "Nowhere to go", *DAY)
    done = end(root, session["id"], "--json")
    assert done.code == 1
    assert "no section for entries" in done.report["problems"][0]
    assert "init" in done.report["notes"][-1]
    assert summary_path(root, session["id"]).is_file()
    write(root / HANDOFF, document_of(root) + "\n## Recent Sessions\n")
    commit_all(root, "section")
    assert end(root, session["id"]).code == 0
    assert status(root) == ""
