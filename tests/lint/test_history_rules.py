"""The rules about commits, each on real repositories: what they flag, and what they leave alone."""

from __future__ import annotations

import datetime as dt
import inspect
from pathlib import Path

import pytest
from checkouts import HANDOFF
from histories import DAY, LOGS, Checkout, document, entry, parallel, start, table
from repositories import git

from handoff_md.linter.rule import list_rules, load_rule

OLD = entry(18, date="2025-12-17")
BASE = document(OLD)
LONG = "\n".join(f"- Line {number} of a long report on the cache" for number in range(9))


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A repository with a document that has the entry of session 18."""
    return start(tmp_path / "repository", BASE)


def diverge(checkout: Checkout, ours: str, theirs: str) -> None:
    """Change the document on ``main`` and on ``topic``; ``main`` is checked out."""
    checkout.branch("topic")
    checkout.commit("theirs", theirs)
    checkout.switch("main")
    checkout.commit("ours", ours)


def test_every_rule_about_commits_has_cases_here() -> None:
    functions = [
        name for name, _ in inspect.getmembers(inspect.getmodule(checkout), inspect.isfunction)
    ]
    codes = [code for code in list_rules() if load_rule(code).check_commit]
    codes.remove("HG008")  # it is about a branch: tests/app/test_lint_required.py
    assert codes == ["HG001", "HG002", "HG003", "HG006", "HG007", "HG009", "HG010"]
    for code in codes:
        assert len([name for name in functions if f"_{code.lower()}_" in name]) > 2


# HG001


def test_hg001_flags_the_entries_of_two_sessions_and_names_them(checkout: Checkout) -> None:
    commit = checkout.commit("feat: two", document(entry(20), entry(19), OLD))
    (found,) = checkout.lint().diagnostics
    assert found.code == "HG001"
    assert found.message.endswith(
        "adds the entries of 2 sessions outside a parallel section: 19 and 20"
    )
    assert [str(session) for session in found.sessions] == ["19", "20"]
    assert (found.commit, found.path) == (commit, HANDOFF)
    assert (found.start.line, found.start.column) == (5, 5)
    assert found.text == f"{DAY}: Work of 20 (Session 20)"


def test_hg001_is_silent_on_one_entry_and_on_a_second_of_the_same_session(
    checkout: Checkout,
) -> None:
    checkout.commit("one", document(entry(19), OLD))
    checkout.commit("again", document(entry(20), entry(20, title="More"), entry(19), OLD))
    assert checkout.codes("HEAD~2..") == []


def test_hg001_flags_one_entry_of_two_sessions(checkout: Checkout) -> None:
    checkout.commit("both", document(f"### Sessions 2 & 3: both ({DAY})\n\nDone.\n", OLD))
    assert checkout.found() == [
        (
            "HG001",
            "One commit adds one entry of 2 sessions outside a parallel section: 2 and 3",
        )
    ]


@pytest.mark.parametrize(
    "words",
    [
        f"### Sessions 19-21: What we learned ({DAY})\n",
        f"### {DAY}: Sessions 15 & 16 Retrospective\n",
        f"### Sessions 15 & 16: What we saw\n\n**Session Log**: {DAY}-session-22-review.md\n",
    ],
)
def test_hg001_takes_sessions_that_a_title_is_about_for_no_claim(
    checkout: Checkout, words: str
) -> None:
    checkout.commit("one", document(words, OLD))
    assert checkout.codes() == []


@pytest.mark.parametrize(
    "topic",
    [
        "## Next Steps\n\n### Priority of the next session (Session 64)\n\n- Rest.\n\n",
        "### Session 15 retrospective\n\n- Seen.\n\n",
        "### The look-ups need a cache (session 21)\n\n- They do.\n\n",
    ],
)
def test_hg001_takes_a_topic_that_mentions_a_session_for_no_entry(
    checkout: Checkout, topic: str
) -> None:
    checkout.commit("one", document(entry(22), OLD) + topic)
    assert checkout.codes() == []


def test_a_log_that_the_configuration_names_is_read_so_in_every_commit(tmp_path: Path) -> None:
    def version(*numbers: int) -> str:
        topics = "".join(f"### Work (Session {number})\n\n- {number}\n\n" for number in numbers)
        return f"# Handoff\n\n## Ledger\n\n{topics}### Open\n\n### Rest\n"

    checkout = start(tmp_path / "a", version(18))
    checkout.commit("two", version(20, 19, 18))
    assert checkout.codes() == []
    assert checkout.codes("HEAD^!", 'entries-heading="Ledger"') == ["HG001"]


def test_hg001_takes_titles_with_a_session_behind_them_for_entries_where_all_are(
    tmp_path: Path,
) -> None:
    def words(number: int) -> str:
        return f"### Work of {number} (Session {number})\n\n- Did {number}.\n\n"

    checkout = start(tmp_path / "a", document(words(18)))
    checkout.commit("two", document(words(20), words(19), words(18)))
    assert checkout.codes() == ["HG001"]


def test_hg001_is_silent_on_a_parallel_section_and_one_entry_beside_it(checkout: Checkout) -> None:
    checkout.commit("merge", document(entry(22), parallel(19, 20, 21), OLD))
    assert checkout.codes() == []


def test_hg001_flags_two_entries_beside_a_parallel_section(checkout: Checkout) -> None:
    checkout.commit("merge", document(entry(22), entry(23), parallel(19, 20), OLD))
    assert checkout.found() == [
        ("HG001", "One commit adds the entries of 2 sessions outside a parallel section: 22 and 23")
    ]


@pytest.mark.parametrize(
    "message",
    [
        "feat: cache (#59)",
        "feat: cache (!59)",
        "Merged in topic (pull request #59)",
        "Merged PR 59: cache",
        "Squashed commit of the following:\n\ncommit 1234567",
        "feat: cache\n\nSee merge request group/project!59",
        "Merge branch 'topic' into main",
        'Revert "docs: archive"\n\nThis reverts commit 1234567.',
    ],
)
def test_hg001_exempts_squash_merges_and_reverts(checkout: Checkout, message: str) -> None:
    checkout.commit(message, document(entry(20), entry(19), OLD))
    assert checkout.codes() == []


@pytest.mark.parametrize("message", ["feat: cache (fixes #59)", "Merge the caches", "reverts"])
def test_hg001_takes_no_other_subject_for_a_squash_merge(checkout: Checkout, message: str) -> None:
    checkout.commit(message, document(entry(20), entry(19), OLD))
    assert checkout.codes() == ["HG001"]


def test_hg001_takes_moved_and_edited_entries_for_what_they_were(checkout: Checkout) -> None:
    one, two = entry(20, body=LONG), entry(19)
    checkout.commit("19", document(two, OLD))
    checkout.commit("20", document(one, two, OLD))
    checkout.commit("moved", document(OLD, two, one))
    checkout.commit(
        "edited",
        document(OLD, entry(19, title="Other words"), entry("20-PR7", title="New", body=LONG)),
    )
    checkout.commit("joined", document(OLD, parallel(19), entry(20, date="2025-12-19", body=LONG)))
    checkout.commit("parted", document(OLD, two, one))
    assert checkout.codes("HEAD~4..") == []


def test_hg001_takes_entries_from_another_document_for_moved(checkout: Checkout) -> None:
    both = entry(20) + entry(19)
    checkout.commit("archived", document(OLD), **{".agents/archive/2025.md": document(both)})
    checkout.commit("brought back", document(both, OLD), **{".agents/archive/2025.md": "# Old\n"})
    assert checkout.codes() == []


def test_hg001_takes_entries_that_the_document_once_had_for_restored(checkout: Checkout) -> None:
    checkout.commit("19", document(entry(19), OLD))
    checkout.commit("20", document(entry(20), entry(19), OLD))
    checkout.commit("lost", document(OLD))
    checkout.commit("restored", document(entry(20), entry(19), OLD))
    assert checkout.codes("HEAD~4..") == []


def test_hg001_does_not_judge_the_commit_that_brings_the_document(tmp_path: Path) -> None:
    checkout = start(tmp_path / "a", document(entry(20), entry(19)))
    assert checkout.codes("HEAD") == []
    git(checkout.root, "mv", HANDOFF, "HANDOFF.md")
    checkout.commit("moved away")
    checkout.branch("new")
    git(checkout.root, "mv", "HANDOFF.md", HANDOFF)
    checkout.commit("moved back")
    assert checkout.lint("HEAD").diagnostics == ()


def test_hg001_counts_no_entry_without_an_id(checkout: Checkout) -> None:
    plain = "### 2025-12-18: Cache\n\nText.\n\n### 2025-12-18: Queue\n\nText.\n\n"
    checkout.commit("two topics", document(plain, OLD))
    checkout.commit("one session more", document(entry(19), f"{plain}### 2025-12-18: Log\n\n", OLD))
    assert checkout.codes("HEAD~2..") == []


def test_hg001_knows_undated_entries_by_their_numbers(checkout: Checkout) -> None:
    undated = [f"### Session {number}: Words {number}\n\nText {number}.\n\n" for number in (19, 20)]
    checkout.commit("two", document(*undated))
    assert checkout.codes() == ["HG001"]
    checkout.commit("edited", document(undated[0].replace("Words", "New words"), undated[1]))
    assert checkout.codes() == []


def test_hg001_tells_two_sessions_of_one_number_apart_by_their_dates(checkout: Checkout) -> None:
    checkout.commit("two", document(entry(19), entry(19, date="2025-12-19"), OLD))
    assert checkout.codes() == ["HG001"]


def test_hg001_reads_a_document_with_conflict_markers(checkout: Checkout) -> None:
    text = f"<<<<<<< HEAD\n{entry(19)}=======\n{entry(20)}>>>>>>> topic\n\n"
    checkout.commit("bad", document(text, OLD))
    assert [str(found) for found in checkout.lint().diagnostics[0].sessions] == ["19", "20"]


# HG002


def test_hg002_warns_of_two_logs_at_the_first(checkout: Checkout) -> None:
    checkout.add_logs("docs: logs", f"{DAY}-session-19-a", f"{DAY}-session-20-b")
    (found,) = checkout.lint().diagnostics
    assert (found.code, found.severity.value) == ("HG002", "warning")
    assert found.message == "One commit adds the logs of 2 sessions: 19 and 20"
    assert (found.path, str(found.start)) == (f"{LOGS}/{DAY}-session-19-a.md", "1:1")


def test_hg002_is_silent_on_one_log_another_file_and_the_first_commit(tmp_path: Path) -> None:
    checkout = start(tmp_path / "a", BASE)
    checkout.add_logs("one", f"{DAY}-session-19-a", "notes", "README")
    assert checkout.codes() == []
    git(checkout.root, "checkout", "--quiet", "--orphan", "fresh")
    checkout.add_logs("first", f"{DAY}-session-20-a", f"{DAY}-session-21-b")
    assert checkout.codes() == []


def test_hg002_takes_renamed_logs_for_what_they_were(checkout: Checkout) -> None:
    checkout.add_logs("19", f"{DAY}-session-19-a")
    checkout.add_logs("20", f"{DAY}-session-20-b")
    for old, new in (("19-a", "21-a"), ("20-b", "20-c")):
        git(checkout.root, "mv", f"{LOGS}/{DAY}-session-{old}.md", f"{LOGS}/{DAY}-session-{new}.md")
    checkout.commit("renamed")
    git(checkout.root, "mv", LOGS, "logs")
    checkout.commit("away")
    git(checkout.root, "mv", "logs", LOGS)
    checkout.commit("back")
    assert checkout.codes("HEAD~5..") == []


@pytest.mark.parametrize(
    "message", ["x (#7)", "x\n\nHandoff-Session: 19\nHandoff-Session: 20", 'Revert "x"']
)
def test_hg002_exempts_squash_merges_and_commits_that_name_all(
    checkout: Checkout, message: str
) -> None:
    checkout.add_logs(message, f"{DAY}-session-19-a", f"{DAY}-session-20-b")
    assert checkout.codes() == []


def test_hg002_is_silent_where_the_same_commit_enters_the_sessions_as_parallel(
    checkout: Checkout,
) -> None:
    checkout.write(document(parallel(19, 20), OLD))
    checkout.add_logs("merge", *(f"{DAY}-session-{number}-a" for number in (19, 20, 99)))
    assert checkout.codes() == []


# HG003


def test_hg003_flags_what_either_parent_has_added_and_the_merge_lacks(checkout: Checkout) -> None:
    diverge(checkout, document(entry(19), OLD), document(entry(20), OLD))
    ours, theirs = checkout.head, git(checkout.root, "rev-parse", "topic").decode().strip()
    checkout.merge("topic", text=document(OLD))
    found = checkout.lint().diagnostics
    assert [item.code for item in found] == ["HG003", "HG003"]
    for item, number, place, parent in zip(found, (19, 20), (1, 2), (ours, theirs), strict=True):
        assert item.message == (
            f"The entry `{DAY}: Work of {number} (Session {number})` that parent {place} "
            f"({parent[:12]}) has added is missing from this merge"
        )
    assert [str(item.start) for item in found] == ["5:5", "5:5"]
    assert found[0].fingerprint != found[1].fingerprint


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_hg003_sees_a_merge_that_took_one_side_whole(checkout: Checkout, side: str) -> None:
    texts = {"ours": document(entry(19), OLD), "theirs": document(entry(20), OLD)}
    diverge(checkout, texts["ours"], texts["theirs"])
    checkout.merge("topic", text=texts[side])
    (found,) = checkout.lint().diagnostics
    assert [str(session) for session in found.sessions] == ["20" if side == "ours" else "19"]


def test_hg003_is_silent_where_both_sides_are_kept_in_any_order(checkout: Checkout) -> None:
    diverge(checkout, document(entry(19), OLD), document(entry(20), OLD))
    checkout.merge("topic", text=document(OLD, entry(20), entry(19)))
    assert checkout.codes("HEAD") == []


def test_hg003_is_silent_on_an_edited_heading_and_a_parallel_section(checkout: Checkout) -> None:
    diverge(checkout, document(entry(19, body=LONG), OLD), document(entry(20), OLD))
    checkout.merge(
        "topic",
        text=document(entry(21, title="Renumbered", body=LONG), parallel(20), OLD),
    )
    assert checkout.codes() == []


def test_hg003_is_silent_on_what_a_side_has_removed(checkout: Checkout) -> None:
    diverge(checkout, document(entry(19), OLD), document(entry(20)))
    checkout.merge("topic", text=document(entry(20), entry(19)))
    assert checkout.codes() == []


def test_hg003_is_silent_on_what_the_merge_archives(checkout: Checkout) -> None:
    diverge(checkout, document(entry(19), OLD), document(entry(20), OLD))
    checkout.write(document(entry(19), entry(20)), ".agents/archive/HANDOFF-2025.md")
    checkout.merge("topic", text=document(OLD))
    assert checkout.codes() == []


def test_hg003_takes_a_log_or_a_mention_for_no_archive(checkout: Checkout) -> None:
    diverge(checkout, document(entry(19), OLD), document(entry(20), OLD))
    checkout.write(f"# {DAY}: Work of 19 (Session 19)\n", f"{LOGS}/{DAY}-session-19-a.md")
    checkout.write(f"See {DAY}: Work of 19 (Session 19).\n", "notes.md")
    checkout.merge("topic", text=document(entry(20), OLD))
    assert checkout.codes() == ["HG003"]


@pytest.mark.parametrize("end", ["---\n", "---\n\n*Updated by session 19*\n"])
def test_hg003_takes_an_undated_entry_of_both_sides_for_one_whatever_follows_it(
    checkout: Checkout, end: str
) -> None:
    words = "### Session 19 wrap-up\n\n- Done.\n\n"
    diverge(checkout, document(OLD, words) + end, document(OLD, words))
    checkout.merge("topic", text=document(OLD, words))
    assert checkout.codes() == []


def test_hg003_tells_undated_entries_of_one_heading_apart_by_their_text(checkout: Checkout) -> None:
    words = "### Session 19 wrap-up\n\n- {}.\n\n"
    ours, theirs = words.format("Cached"), words.format("Queued")
    diverge(checkout, document(OLD, ours), document(OLD, theirs))
    checkout.merge("topic", text=document(OLD, theirs))
    assert checkout.codes() == ["HG003"]


def test_hg003_tells_colliding_numbers_apart(checkout: Checkout) -> None:
    ours, theirs = entry(19, title="The cache"), entry(19, title="The queue", body="Other text.")
    diverge(checkout, document(ours, OLD), document(theirs, OLD))
    checkout.merge("topic", text=document(theirs, OLD))
    assert [code for code, _ in checkout.found()] == ["HG003"]
    assert "The cache" in checkout.found()[0][1]


def test_hg003_takes_one_entry_that_both_sides_tell_for_one(checkout: Checkout) -> None:
    words = entry(19, title="The cache", body=LONG)
    diverge(
        checkout, document(words, OLD), document(words.replace("The cache", "The whole cache"), OLD)
    )
    checkout.merge("topic", text=document(words, OLD))
    assert checkout.codes() == []


def test_hg003_flags_rows_of_a_session_table(checkout: Checkout) -> None:
    old = "[Session 18](./sessions/2025-12-17-session-18-a.md)"
    checkout.commit("table", BASE + table(old))
    diverge(checkout, BASE + table("Session 19", old), BASE + table("**Session 20**", old))
    checkout.merge("topic", text=BASE + table("Session 20", old))
    assert [code for code, _ in checkout.found()] == ["HG003"]
    assert "The table row `Session 19` that parent 1" in checkout.found()[0][1]


def test_hg003_grants_a_full_table_of_the_last_n_that_rows_leave(checkout: Checkout) -> None:
    checkout.commit("table", BASE + table("Session 18", "Session 17", last=2))
    diverge(
        checkout,
        BASE + table("Session 19", "Session 18", last=2),
        BASE + table("Session 21", "Session 20", last=2),
    )
    checkout.merge("topic", text=BASE + table("Session 21", "Session 20", last=2))
    assert checkout.codes() == []
    git(checkout.root, "reset", "--quiet", "--hard", "HEAD~1")
    checkout.merge("topic", text=BASE + table("Session 21", last=2))
    assert checkout.codes() == ["HG003", "HG003"]


def test_hg003_judges_an_octopus_by_every_parent(checkout: Checkout) -> None:
    for number in (19, 20, 21):
        checkout.branch(f"b{number}", "main")
        checkout.commit(str(number), document(entry(number), OLD))
    checkout.switch("main")
    checkout.commit("main", document(entry(22), OLD))
    checkout.merge("b19", "b20", "b21", text=document(entry(22), entry(21), entry(19), OLD))
    (found,) = checkout.lint().diagnostics
    assert [str(session) for session in found.sessions] == ["20"]
    assert "that parent 3" in found.message


def test_hg003_judges_a_criss_cross_by_all_common_ancestors(checkout: Checkout) -> None:
    diverge(checkout, document(entry(19), OLD), document(entry(20), OLD))
    main, both = checkout.head, document(entry(20), entry(19), OLD)
    checkout.merge("topic", text=both)
    checkout.switch("topic")
    checkout.merge(main, text=both)
    checkout.commit("archives 19", document(entry(21), entry(20), OLD))
    checkout.switch("main")
    checkout.commit(
        "22", document(entry(22), both.partition("Sessions\n\n")[2].partition("## N")[0])
    )
    checkout.merge("topic", text=document(entry(22), entry(21), entry(20), OLD))
    assert checkout.codes() == []
    git(checkout.root, "reset", "--quiet", "--hard", "HEAD~1")
    checkout.merge("topic", text=document(entry(22), entry(20), OLD))
    assert [str(f) for found in checkout.lint().diagnostics for f in found.sessions] == ["21"]


def test_hg003_flags_a_merge_that_removes_the_document(checkout: Checkout) -> None:
    diverge(checkout, document(entry(19), OLD), document(entry(20), OLD))
    checkout.merge("topic", text=None)
    assert checkout.codes() == ["HG003", "HG003"]


def test_hg003_judges_histories_that_never_met(checkout: Checkout) -> None:
    git(checkout.root, "checkout", "--quiet", "--orphan", "other")
    checkout.commit("other", document(entry(20)))
    checkout.switch("main")
    git(checkout.root, "merge", "--quiet", "-s", "ours", "--allow-unrelated-histories", "other")
    assert checkout.codes() == ["HG003"]


# HG006

READ_ONLY = 'profile="read-only"'


def test_hg006_flags_a_change_on_a_branch_and_none_on_the_main_branch(checkout: Checkout) -> None:
    checkout.commit("on main", document(entry(19), OLD))
    assert checkout.codes("HEAD", READ_ONLY) == []
    checkout.branch("topic")
    checkout.commit("on a branch", document(entry(20), entry(19), OLD))
    assert checkout.found("main..", READ_ONLY) == [
        ("HG006", f"{HANDOFF} is changed off the main branch")
    ]
    assert checkout.codes("main..") == []


def test_hg006_takes_a_merge_that_brings_the_main_document_for_no_change(
    checkout: Checkout,
) -> None:
    checkout.branch("topic")
    checkout.commit("other", **{"other.txt": "x"})
    checkout.switch("main")
    checkout.commit("on main", document(entry(19), OLD))
    checkout.switch("topic")
    git(checkout.root, "merge", "--quiet", "--no-edit", "main")
    assert checkout.codes("main..", READ_ONLY) == []


def test_hg006_finds_the_main_branch_by_setting_by_the_remotes_head_and_by_name(
    checkout: Checkout, tmp_path: Path
) -> None:
    git(checkout.root, "branch", "-m", "main", "trunk")
    clone = Checkout(tmp_path / "clone")
    git(tmp_path, "clone", "--quiet", str(checkout.root), "clone")
    git(clone.root, "checkout", "--quiet", "--detach")
    clone.commit("on no branch", document(entry(19), OLD))
    assert clone.codes("HEAD", READ_ONLY) == ["HG006"]
    git(clone.root, "branch", "release")
    assert clone.codes("HEAD", READ_ONLY, "main-branch=release") == []
    git(clone.root, "remote", "remove", "origin")
    git(clone.root, "branch", "-D", "trunk")
    report = clone.lint("HEAD", READ_ONLY)
    assert report.diagnostics == ()
    assert report.notes == ("the main branch is not known: set `main-branch` for the rule HG006",)


# HG010

DERIVED = 'profile="derived"'
PIECE = ".agents/handoff.d/2025-12-17-entry-18-numbers.md"
SESSION = ".agents/handoff.d/2025-12-18-session-20.md"


def test_hg010_flags_the_document_and_an_old_piece_that_change_on_a_branch(
    checkout: Checkout,
) -> None:
    checkout.commit("on main", document(entry(19), OLD), **{PIECE: "old\n"})
    checkout.commit("edited", **{PIECE: "older\n"})
    assert checkout.codes("HEAD", DERIVED) == []
    checkout.branch("topic")
    checkout.commit("on a branch", document(entry(20), entry(19), OLD), **{PIECE: "new\n"})
    assert checkout.found("main..", DERIVED) == [
        ("HG010", f"{HANDOFF} is changed off the main branch, and is built there"),
        ("HG010", f"{PIECE} is an old piece, and is changed off the main branch"),
    ]
    assert checkout.codes("main..") == []


def test_hg010_lets_a_branch_add_and_mend_its_session_s_file(checkout: Checkout) -> None:
    checkout.commit("on main", **{PIECE: "old\n"})
    checkout.branch("topic")
    checkout.commit("session", **{SESSION: "words\n"})
    checkout.commit("again", **{SESSION: "better words\n", ".agents/handoff.d/head.md": "head\n"})
    other = SESSION.replace("session-20", "session-21")
    checkout.commit("two files are no logs", **{SESSION: "words\n", other: "words\n"})
    assert checkout.codes("main..", DERIVED) == []


def test_hg010_takes_a_merge_that_brings_the_main_branch_s_pieces_for_no_change(
    checkout: Checkout,
) -> None:
    checkout.commit("on main", **{PIECE: "old\n"})
    checkout.branch("topic")
    checkout.commit("session", **{SESSION: "words\n"})
    checkout.switch("main")
    checkout.commit("archived", **{PIECE: "shorter\n"})
    checkout.switch("topic")
    git(checkout.root, "merge", "--quiet", "--no-edit", "main")
    assert checkout.codes("main..", DERIVED) == []


# HG007


def trailers(*lines: str) -> str:
    return "docs(handoff): merge\n\n" + "\n".join(lines)


def test_hg007_is_silent_where_trailers_and_entries_agree(checkout: Checkout) -> None:
    checkout.commit(
        trailers("Handoff-Orchestrator: 99", "Handoff-Session: 19", "Handoff-Session: 020"),
        document(entry(99), parallel(19, 20), OLD),
    )
    assert checkout.codes() == []


def test_hg007_flags_a_session_without_its_entry_and_an_entry_without_its_trailer(
    checkout: Checkout,
) -> None:
    checkout.commit(
        trailers("Handoff-Session: 19, 21", "Handoff-Session: x y"),
        document(parallel(19, 20), OLD),
    )
    assert checkout.found() == [
        ("HG007", "The trailer `Handoff-Session: x y` holds no session's id"),
        ("HG007", "The commit adds the entry of Session 20, which no trailer names"),
        ("HG007", "A trailer names Session 21, whose entry the commit neither adds nor changes"),
    ]


def test_hg007_accepts_an_entry_that_is_changed(checkout: Checkout) -> None:
    checkout.commit("one", document(parallel(19, 20), OLD))
    text = document(parallel(19, 20).replace("Did 20", "Did all of 20"), OLD)
    checkout.commit(trailers("Handoff-Orchestrator: 99", "Handoff-Session: 20"), text)
    assert checkout.codes() == []


def test_hg007_wants_an_orchestrators_commit_to_change_the_document(checkout: Checkout) -> None:
    checkout.commit(trailers("Handoff-Orchestrator: 99", "Handoff-Session: 19"))
    assert checkout.codes() == ["HG007"]
    checkout.commit(trailers("Handoff-Orchestrator: 99"))
    assert checkout.codes() == []


def test_hg007_leaves_trailers_alone_that_claim_nothing_of_the_document(
    checkout: Checkout,
) -> None:
    checkout.commit(trailers("Handoff-Session: 19"), **{"code.py": "x = 1\n"})
    checkout.commit(trailers("Handoff-Session: 19"), document(OLD, tail="\nMore notes.\n"))
    assert checkout.codes("HEAD~2..") == []


def test_hg007_knows_a_suffix_that_a_logs_name_leaves_out(checkout: Checkout) -> None:
    checkout.commit(trailers("Handoff-Session: 57-PR201"), document(entry(57), OLD))
    assert checkout.codes() == []


# HG009


def test_hg009_flags_an_entry_that_is_dated_after_its_commit(checkout: Checkout) -> None:
    checkout.commit("one", document(entry(19, date="2999-12-18"), OLD))
    ((code, message),) = checkout.found()
    assert code == "HG009"
    assert message.startswith("The entry is dated 2999-12-18, the commit that brings it 20")


def test_hg009_allows_a_day_for_other_zones_and_entries_that_were_there(
    checkout: Checkout,
) -> None:
    made = dt.date.fromisoformat(git(checkout.root, "log", "-1", "--format=%cs").decode().strip())
    tomorrow = str(made + dt.timedelta(days=1))
    checkout.commit("one", document(entry(19, date=tomorrow), OLD))
    assert checkout.codes() == []
    late = entry(3, date="2999-01-01")
    checkout.commit("two", document(entry(19, date=tomorrow), late, OLD))
    assert checkout.codes() == ["HG009"]
    checkout.commit("three", document(late, entry(19, date=tomorrow), OLD))
    assert checkout.codes() == []


def test_hg009_leaves_squashes_and_the_commit_that_brings_the_document_alone(
    tmp_path: Path,
) -> None:
    checkout = start(tmp_path / "new", document(entry(19, date="2999-12-18")))
    assert checkout.codes("HEAD") == []
    text = document(entry(20, date="2999-12-19"), entry(19, date="2999-12-18"))
    checkout.commit("feat: all of it (#12)", text)
    assert checkout.codes() == []
