"""Sessions of several clones: ids that are drawn, summaries that are committed and collected."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from itertools import cycle
from pathlib import Path

import agents
import pytest
from agents import LOGS, end, started, states, work
from branched import clone_of, committed_of, make_branched, make_remote, work_on
from checkouts import (
    changed_files,
    commit_all,
    document_of,
    status,
    subjects,
    write,
)
from inprocess import run_inside as run
from repositories import git

from handoff_md.app.session.start import StartRequest, start_session
from handoff_md.config import Config

COMMITTED = Config().committed


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "run", run)


NOW = dt.datetime(2026, 11, 28, 14, 3, 5, 7, tzinfo=dt.timezone(dt.timedelta(hours=2)))
DRAWN = re.compile(r"[0-9]{6}-[a-z][a-z0-9]{5}")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_branched(tmp_path / "root")


def draw(
    root: Path, letters: str, *, title: str = "", date: dt.date | None = None
) -> tuple[str, str]:
    """Start a session whose id is drawn of these letters; give its id, and its log's text."""
    source = cycle(letters)
    request = StartRequest(
        directory=root,
        today=NOW.date(),
        now=NOW,
        title=title,
        date=date,
        choose=lambda _: next(source),
    )
    session = start_session(request)
    return session.id, (root / session.log).read_text()


def test_an_id_is_drawn_and_the_log_tells_the_time_of_its_day(root: Path) -> None:
    session_id, log = draw(root, "k3f9a2", title="Write it")
    assert session_id == "261128-k3f9a2"
    assert "- **Date**: 2026-11-28\n- **Time**: 14:03:05+02:00\n" in log
    assert (root / ".agents/sessions/2026-11-28-session-261128-k3f9a2-write-it.md").exists()
    again, other = draw(root, "k3f9a2m4x8z1", date=dt.date(2026, 11, 28))
    assert again == "261128-m4x8z1"
    assert "2026-11-28-session-261128-m4x8z1" not in other
    past, log = draw(root, "k3f9a2", date=dt.date(2026, 11, 27))
    assert past == "261127-k3f9a2"
    assert "**Time**" not in log


def test_a_template_of_the_repository_gets_the_time_below_its_date(root: Path) -> None:
    template = "# Session NN - YYYY-MM-DD\n\n**Date**: YYYY-MM-DD\n**Objective**:\n\n## Work Log\n"
    write(root / ".agents/SESSION-PROTOCOL.md", f"# Protocol\n\n```markdown\n{template}```\n")
    _, log = draw(root, "k3f9a2")
    assert "**Date**: 2026-11-28\n**Time**: 14:03:05+02:00\n**Objective**:" in log


def test_an_id_is_drawn_though_the_branches_can_not_be_read(root: Path) -> None:
    (root / ".git" / "refs" / "heads" / "broken").write_text("1" * 40 + "\n")
    assert DRAWN.fullmatch(started(root)["id"])


def test_another_coordination_is_refused_by_name(root: Path) -> None:
    write(root / "handoff-md.toml", 'coordination = "tags"\n')
    done = run(root, "session", "start")
    assert done.code == 2
    assert "coordination must be one of local, branch, refs, auto, not 'tags'" in done.stderr


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    return make_remote(tmp_path)


def test_the_end_commits_log_and_summary_alone_on_the_agents_own_branch(root: Path) -> None:
    write(root / "other.txt", "staged\n")
    git(root, "add", "other.txt")
    git(root, "switch", "--quiet", "-c", "agent/a")
    session = work(root, "--title", "Write it")
    done = end(root, session["id"], "--json")
    assert done.code == 0, done.stderr
    path = committed_of(session["id"])
    assert changed_files(root) == [f"A {path}", f"A {session['log']}"]
    assert subjects(root)[0] == f"docs(session): log session {session['id']}"
    assert git(root, "diff", "--cached", "--name-only") == b"other.txt\n"
    assert (root / path).read_bytes() == (root / session["summary"]).read_bytes()
    time = re.search(r"Time\*\*: (.+)", (root / session["log"]).read_text())
    assert time is not None
    assert f"\ntime: {time[1]}\n" in (root / path).read_text().replace('"', "").replace("'", "")
    report = done.report
    assert (report["committed"], report["summary"]) == (path, session["summary"])
    assert (report["entry"], report["pushed"], report["run"]) == (None, None, None)
    context = run(root, "context", "--for", session["id"])
    assert "Off the main branch nobody writes .agents/HANDOFF.md" in context.stdout
    assert "the summary waits for whoever merges it" in report["notes"][-1]
    head = git(root, "rev-parse", "HEAD")
    again = end(root, session["id"])
    assert (again.code, git(root, "rev-parse", "HEAD")) == (0, head)
    assert f"for all  {path}" in again.stdout


def test_a_session_that_is_known_by_its_log_alone_keeps_its_time(root: Path) -> None:
    git(root, "switch", "--quiet", "-c", "agent/a")
    session = work(root, "--title", "Write it")
    shutil.rmtree(root / ".git/handoff-md")
    time = re.search(r"Time\*\*: (.+)", (root / session["log"]).read_text())
    assert time is not None
    assert end(root, session["id"]).code == 0
    summary = (root / committed_of(session["id"])).read_text()
    assert f"\ntime: {time[1]}\n" in summary.replace('"', "").replace("'", "")


def test_the_end_on_the_main_branch_makes_the_entry_too(root: Path) -> None:
    session = work(root, "--title", "Write it")
    done = end(root, session["id"], "--json")
    assert done.report["entry"]["commit"]
    assert done.report["committed"] == committed_of(session["id"])
    assert f"(Session {session['id']})" in document_of(root) or (
        f"Session {session['id']}: Write it" in document_of(root)
    )
    assert status(root) == ""


def test_another_sessions_summary_and_links_that_lead_out_are_refused(
    root: Path, tmp_path: Path
) -> None:
    session = work(root, "--id", "40", "--title", "Write it")
    place = root / COMMITTED / f"{session['date']}-session-40.md"
    other = f"---\nsession: 40\nlog: {LOGS}/{session['date']}-session-40-other.md\n---\n# Other\n"
    write(place, other)
    head = git(root, "rev-parse", "HEAD")
    done = end(root, "40")
    assert (done.code, place.read_text()) == (1, other)
    assert "is another session's summary" in done.stderr
    place.unlink()
    place.parent.rmdir()
    place.parent.symlink_to(tmp_path)
    done = end(root, "40")
    assert (done.code, git(root, "rev-parse", "HEAD")) == (2, head)
    assert "lies outside" in done.stderr


def test_what_git_ignores_is_told_and_no_commit_commits_nothing(root: Path) -> None:
    write(root / ".gitignore", f".agents/temp/\n{COMMITTED}/\n")
    session = work(root, "--title", "Write it")
    git(root, "switch", "--quiet", "-c", "agent/a")
    done = end(root, session["id"])
    assert f"git ignores {committed_of(session['id'])}" in done.stderr.replace("\n", " ")
    assert changed_files(root) == [f"A {session['log']}"]
    write(root / ".gitignore", ".agents/temp/\n")
    commit_all(root, "ignore less")
    late = work(root, "--title", "Write more")
    head = git(root, "rev-parse", "HEAD")
    assert end(root, late["id"], "--no-commit").code == 0
    assert (root / committed_of(late["id"])).exists()
    assert git(root, "rev-parse", "HEAD") == head


def test_push_pushes_the_branch_and_nothing_else(remote: Path, tmp_path: Path) -> None:
    clone = clone_of(remote, tmp_path / "a")
    git(clone, "branch", "private")
    git(clone, "tag", "-a", "-m", "mine", "mine")
    session = work_on(clone, "agent/a", "--push")
    assert git(remote, "for-each-ref", "--format=%(refname)").split() == [
        b"refs/heads/agent/a",
        b"refs/heads/main",
    ]
    assert git(remote, "show", f"agent/a:{committed_of(session)}")
    assert end(clone, session, "--push", "--json").report["pushed"] == "origin/agent/a"


def test_a_push_that_fails_loses_nothing_and_names_the_command(
    remote: Path, tmp_path: Path
) -> None:
    clone = clone_of(remote, tmp_path / "a")
    hook = write(remote / "hooks" / "pre-receive", "#!/bin/sh\necho 'go away' >&2\nexit 1\n")
    hook.chmod(0o755)
    git(clone, "switch", "--quiet", "-c", "agent/a")
    session = work(clone, "--title", "Write it")
    done = end(clone, session["id"], "--push")
    said = " ".join(done.stderr.split())
    assert done.code == 2
    assert (
        "the branch agent/a is not pushed: the remote has refused it: [remote rejected] (pre-"
        in said
    )
    assert "`git push origin refs/heads/agent/a:refs/heads/agent/a` pushes it" in said
    assert states(clone)[session["id"]] == "ended"
    git(clone, "remote", "set-url", "origin", "https://me:secret@127.0.0.1:9/x.git")
    done = end(clone, session["id"], "--push", "--json")
    assert (done.code, done.report["pushed"]) == (2, None)
    assert "is not pushed" in done.report["notes"][-1]
    assert "secret" not in done.stdout + done.stderr
    git(clone, "switch", "--quiet", "--detach")
    done = end(clone, session["id"], "--push")
    assert (done.code, "HEAD is detached" in done.stderr) == (2, True)


def test_a_new_title_goes_to_the_committed_summary_in_the_logs_own_commit(root: Path) -> None:
    session = work_on(root, "agent/a")
    done = run(root, "session", "rename", session, "Another title", "--json")
    assert done.code == 0, done.stderr
    path = committed_of(session)
    assert "title: Another title" in (root / path).read_text()
    assert [line.split()[0] for line in changed_files(root)] == ["M", "M"]
    assert str(root / path) in done.report["summaries"]
    assert status(root) == ""
