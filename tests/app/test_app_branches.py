"""Sessions of several clones: ids that are drawn, summaries that are committed and collected."""

from __future__ import annotations

import datetime as dt
import re
from itertools import cycle
from pathlib import Path

import pytest
from agents import started
from checkouts import commit_all, make_checkout, run, write
from repositories import git

from handoff_md.app.session.start import StartRequest, start_session

NOW = dt.datetime(2026, 11, 28, 14, 3, 5, 7, tzinfo=dt.timezone(dt.timedelta(hours=2)))
DRAWN = re.compile(r"[0-9]{6}-[a-z][a-z0-9]{5}")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_branched(tmp_path / "root")


def make_branched(root: Path, more: str = "") -> Path:
    make_checkout(root)
    write(root / "handoff-md.toml", f'coordination = "branch"\n{more}')
    commit_all(root, "configure")
    return root


def draw(root: Path, letters: str, **more: object) -> tuple[str, str]:
    """Start a session whose id is drawn of these letters; give its id, and its log's text."""
    source = cycle(letters)
    request = StartRequest(
        directory=root, today=NOW.date(), now=NOW, choose=lambda _: next(source), **more
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


def test_ids_are_drawn_where_there_is_a_remote_and_numbered_where_not(root: Path) -> None:
    write(root / "handoff-md.toml", 'coordination = "auto"\n')
    assert started(root)["id"] == "19"
    git(root, "remote", "add", "origin", "https://example.org/x.git")
    assert DRAWN.fullmatch(started(root)["id"])
    assert started(root, "--id", "40")["id"] == "40"
    write(root / "handoff-md.toml", "")
    assert started(root)["id"] == "41"


def test_an_id_is_drawn_though_the_branches_can_not_be_read(root: Path) -> None:
    (root / ".git" / "refs" / "heads" / "broken").write_text("1" * 40 + "\n")
    assert DRAWN.fullmatch(started(root)["id"])


def test_another_coordination_is_refused_by_name(root: Path) -> None:
    write(root / "handoff-md.toml", 'coordination = "refs"\n')
    done = run(root, "session", "start")
    assert done.code == 2
    assert "coordination must be one of local, branch, auto, not 'refs'" in done.stderr
