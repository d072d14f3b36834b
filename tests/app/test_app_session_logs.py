"""Which log counts, where a session's log lies in several work trees."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from agents import add_worktrees, fill_log
from checkouts import commit_all, make_checkout, run, status, summary_path, write
from repositories import git

from handoff_md.app.merge.report import Watch
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.run.finish import finish_run
from handoff_md.app.run.start import ClaimedSessionAnswer, RunRequest, RunStartAnswer, begin_run
from handoff_md.app.session.end import end_session
from handoff_md.app.session.ended import EndAnswer, EndRequest
from handoff_md.app.session.listing import show_session
from handoff_md.app.session.start import StartAnswer, StartRequest, start_session
from handoff_md.errors import ContentError
from handoff_md.syntax.summary import Status

_DAY = dt.date(2025, 12, 18)
_NOW = dt.datetime(2025, 12, 18, 12, tzinfo=dt.UTC)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "root")


def _begin(root: Path, claim: int = 1) -> RunStartAnswer:
    asked = RunRequest(directory=root, today=_DAY, now=_NOW, orchestrator="22", claim=claim)
    return begin_run(asked)


def _end(folder: Path, session: str, status: Status | None = None) -> EndAnswer:
    request = EndRequest(
        directory=folder,
        today=_DAY,
        now=_NOW,
        session_id=session,
        title="Work",
        status=status,
    )
    return end_session(request, Watch()).told


def _write_log(
    root: Path, session: StartAnswer | ClaimedSessionAnswer, words: str, *, into: Path
) -> Path:
    """Fill a session's log in as its agent does; where it has none it makes one of the claimed."""
    log = into / session.log
    if not log.exists():
        log.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / session.log, log)
    fill_log(log, words)
    log.write_text(log.read_text().replace("**Objective**:", "**Objective**: Do it."))
    return log


def test_an_agent_that_writes_at_the_path_it_was_told_ends_from_its_own_worktree(
    root: Path,
) -> None:
    (before,) = add_worktrees(root, 1)
    first, second, third = _begin(root, claim=3).sessions
    after = root.parent / "after"
    git(root, "worktree", "add", "--quiet", "-b", "after", str(after))
    _write_log(root, first, "Before the claim.", into=before)
    _write_log(root, second, "After the claim.", into=after)
    _write_log(root, third, "In the shared checkout.", into=root)
    write(before / "src/deep/a.txt", "a\n")

    ended = [
        _end(before / "src/deep", first.id),
        _end(after, second.id, Status.BLOCKED),
        _end(root, third.id),
    ]

    assert [one.problems for one in ended] == [(), (), ()]
    assert [one.log_root for one in ended] == [str(before), str(after), str(root)]
    assert show_session(root, first.id, _NOW).log_root == str(before)
    asked = MergeRequest(directory=root, today=_DAY)
    finished = finish_run(asked, Watch(), take_over=False, clock=lambda: _NOW)
    assert finished.closed
    text = (root / ".agents/HANDOFF.md").read_text()
    assert all(words in text for words in ("Before the claim.", "After the claim.", "shared"))
    assert text.count("**Status**: blocked") == 1
    assert status(root) == ""
    for branch in ("agent-1", "after"):
        git(root, "merge", "--quiet", "--no-edit", branch)
    listed = run(root, "session", "list").stdout
    assert "merged (blocked)" in listed
    assert run(root, "lint").code == 0


def test_a_log_that_is_committed_as_it_was_made_gives_way_to_the_written_one(root: Path) -> None:
    (session,) = _begin(root).sessions
    commit_all(root, "claim")
    (tree,) = add_worktrees(root, 1)
    log = _write_log(root, session, "There.", into=tree)
    assert _end(root, session.id).log_root == str(tree)
    git(tree, "checkout", "--quiet", "HEAD~1", "--", session.log)
    _write_log(root, session, "Here.", into=root)
    assert _end(tree, session.id).log_root == str(root)
    assert "There." not in log.read_text()


def test_two_logs_that_were_both_written_to_are_named_and_equal_ones_are_one(root: Path) -> None:
    (session,) = _begin(root).sessions
    (tree,) = add_worktrees(root, 1)
    own = _write_log(root, session, "Mine.", into=tree)
    other = _write_log(root, session, "Other.", into=root)
    for folder in (root, tree):
        with pytest.raises(ContentError) as caught:
            _end(folder, session.id)
        assert str(own) in caught.value.message
        assert str(other) in caught.value.message
    git(tree, "add", session.log)
    git(tree, "commit", "--quiet", "-m", "log")
    with pytest.raises(ContentError):
        _end(root, session.id)
    shutil.copy(own, other)
    assert _end(tree, session.id).problems == ()
    assert not other.exists()


def test_a_committed_log_gives_way_to_a_later_version_of_itself(root: Path) -> None:
    (session,) = _begin(root).sessions
    (tree,) = add_worktrees(root, 1)
    log = _write_log(root, session, "First.", into=tree)
    assert _end(tree, session.id).problems == ()
    git(root, "merge", "--quiet", "--no-edit", "agent-1")
    log.write_text(log.read_text().replace("First.", "First.\n\nSecond."))
    for folder in (root, tree):
        assert _end(folder, session.id).log_root == str(tree)
        assert "Second." in summary_path(folder, session.id).read_text()


def test_what_an_agent_wrote_before_it_took_its_session_up_is_its_log(root: Path) -> None:
    (session,) = _begin(root).sessions
    (tree,) = add_worktrees(root, 1)
    log = _write_log(root, session, "Mine.", into=tree)
    asked = StartRequest(directory=tree, today=_DAY, now=_NOW, title="X", session_id=session.id)
    taken = start_session(asked)
    assert (taken.root, taken.log) == (str(tree), session.log)
    assert "Mine." in log.read_text()
    assert not (root / session.log).exists()
    assert _end(tree, session.id).problems == ()


def test_summaries_that_differ_are_named_and_none_is_lost(root: Path) -> None:
    (session,) = _begin(root).sessions
    (tree,) = add_worktrees(root, 1)
    _write_log(root, session, "Mine.", into=tree)
    texts = {place: f"# Work\n\nFrom {place.name}.\n" for place in (root, tree)}
    for place, text in texts.items():
        write(summary_path(place, session.id), text)
    with pytest.raises(ContentError, match="has summaries that differ"):
        _end(root, session.id)
    assert all(summary_path(place, session.id).read_text() == texts[place] for place in texts)


def test_paths_are_absolute_where_they_would_lead_elsewhere(root: Path) -> None:
    folder = write(root / "src/a.txt", "a\n").parent
    started = run(folder, "session", "start", "--title", "Deep", "--date", "2025-12-18")
    log = root / ".agents/sessions/2025-12-18-session-19-deep.md"
    assert f"  log      {log}\n" in started.stdout
    assert str(summary_path(root, "19")) in started.stdout
    refused = run(folder, "session", "end", "19")
    assert refused.code == 1
    assert f"Log: {log}" in refused.stderr
