"""What a session's new title reaches, and where it is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from agents import add_worktrees, fill_log
from checkouts import (
    HANDOFF,
    STATE,
    Done,
    changed_files,
    commit_all,
    make_checkout,
    subjects,
    summary_path,
    write,
    write_summary,
)
from inprocess import Tell, make_tell
from repositories import git

from handoff_md.errors import FileError
from handoff_md.store.files import digest

_TITLED = ("--title", "Old words", "--date", "2025-12-18")
_NEW = 'New: "words", and C#'


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tell:
    return make_tell(monkeypatch, capsys)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "root")


@pytest.fixture
def log(root: Path, tell: Tell) -> Path:
    """The log of session 19, which is at work."""
    started = tell(root, "session", "start", "--json", *_TITLED).report
    return root / str(started["log"])


def rename(tell: Tell, root: Path, *words: str) -> Done:
    return tell(root, "session", "rename", "19", *words)


def claim(root: Path) -> dict[str, str]:
    return dict(json.loads((root / STATE / "claims/19.json").read_text()))


def test_a_title_is_changed_in_log_and_claim_and_the_log_keeps_its_name(
    root: Path, tell: Tell, log: Path
) -> None:
    fill_log(log)
    before = log.read_text()
    done = rename(tell, root, _NEW, "--json")
    assert done.code == 0, done.stderr
    assert log.read_text() == before.replace("Old words", _NEW)
    assert log.read_text().count(_NEW) == 2
    assert (claim(root)["title"], done.report["title"]) == (_NEW, _NEW)
    assert (done.report["previous_title"], done.report["commit"]) == ("Old words", None)
    assert (done.report["version"], done.report["summaries"]) == (1, [])
    again = rename(tell, root, _NEW)
    assert (again.code, log.read_text()) == (0, before.replace("Old words", _NEW))
    assert tell(root, "session", "end", "19").code == 0
    assert f"### Session 19: {_NEW} (2025-12-18)" in (root / HANDOFF).read_text()


def test_what_its_agent_has_written_as_objective_stays(root: Path, tell: Tell, log: Path) -> None:
    log.write_text(log.read_text().replace("**Objective**: Old words", "**Objective**: Mine"))
    assert rename(tell, root, _NEW).code == 0
    assert "**Objective**: Mine\n" in log.read_text()
    assert log.read_text().startswith(f"# Session 19: {_NEW}\n")


def test_a_session_without_a_title_gets_one_where_its_log_has_room_for_it(
    root: Path, tell: Tell
) -> None:
    started = tell(root, "session", "start", "--json", "--date", "2025-12-18").report
    assert rename(tell, root, _NEW).code == 0
    text = (root / started["log"]).read_text()
    assert f"- **Objective**: {_NEW}\n" in text
    protocol = "```markdown\n# Session NN - YYYY-MM-DD\n\n**Objective**: [what]\n```\n"
    write(root / ".agents/SESSION-PROTOCOL.md", protocol)
    again = tell(root, "session", "start", "--json", *_TITLED).report
    assert tell(root, "session", "rename", again["id"], _NEW).code == 0
    text = (root / again["log"]).read_text()
    assert text == f"# Session 20 - 2025-12-18\n\n**Objective**: {_NEW}\n"


def test_a_committed_log_gets_a_commit_of_its_own_with_nothing_else(
    root: Path, tell: Tell, log: Path
) -> None:
    commit_all(root, "log")
    write(root / "other.txt", "mine\n")
    git(root, "add", "other.txt")
    done = rename(tell, root, _NEW, "--json")
    assert done.report["commit"] == git(root, "rev-parse", "HEAD").decode().strip()
    assert subjects(root)[0] == "docs(session): rename session 19"
    assert changed_files(root) == [f"M {log.relative_to(root)}"]
    assert git(root, "status", "--porcelain").decode() == "M  other.txt\n"
    # The log is at work: what is not committed of it is not committed by a new title.
    log.write_text(log.read_text() + "\nMore.\n")
    done = rename(tell, root, "Third words", "--json")
    assert (done.code, done.report["commit"]) == (0, None)
    assert "not committed" in done.report["notes"][0]
    assert len(subjects(root)) == 3
    done = rename(tell, root, "Fourth words", "--no-commit", "--json")
    assert (done.code, done.report["commit"], done.report["notes"]) == (0, None, [])


def test_a_refused_commit_is_made_when_it_is_run_again(root: Path, tell: Tell, log: Path) -> None:
    commit_all(root, "log")
    hook = write(root / ".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    assert rename(tell, root, _NEW).code == 2
    hook.unlink()
    assert rename(tell, root, _NEW).code == 0
    assert subjects(root)[0] == "docs(session): rename session 19"
    assert (claim(root)["title"], _NEW in log.read_text()) == (_NEW, True)


@pytest.mark.parametrize("given", [False, True])
def test_a_summary_that_waits_gets_the_title_and_stays_known(
    root: Path, tell: Tell, log: Path, *, given: bool
) -> None:
    assert tell(root, "run", "start", "--orchestrator", "22").code == 0
    fill_log(log)
    if given:
        write_summary(root, "19").write_text("# Session 19: Old words\n\n## What\n\nDid it.\n")
    assert tell(root, "session", "end", "19").code == 0
    copy = root / STATE / "summaries/handoff-session-19-summary.md"

    done = rename(tell, root, _NEW, "--json")

    assert done.code == 0, done.stderr
    assert done.report["summaries"] == [str(copy), str(summary_path(root, "19"))]
    text = summary_path(root, "19").read_text()
    assert ("Old words" in text, copy.read_text()) == (False, text)
    before = claim(root)
    assert tell(root, "session", "end", "19").code == 0
    after = claim(root)
    assert (after["digest"], after["given"]) == (before["digest"], before["given"])
    assert tell(root, "run", "finish").code == 0
    assert f"{_NEW}" in (root / HANDOFF).read_text()
    assert "Old words" not in (root / HANDOFF).read_text()
    refused = rename(tell, root, "Too late")
    assert (refused.code, "session 19 is merged" in refused.stderr) == (1, True)


def test_a_claimed_session_that_was_renamed_can_be_taken_up(root: Path, tell: Tell) -> None:
    words = ("run", "start", "--orchestrator", "18", "--claim", "1", "--json")
    assert tell(root, *words).report["sessions"][0]["id"] == "19"
    (tree,) = add_worktrees(root, 1)
    assert rename(tell, root, _NEW).code == 0
    started = tell(tree, "session", "start", "--id", "19", "--json").report
    assert started["title"] == _NEW
    assert not list((root / ".agents/sessions").glob("*-19*"))


def test_a_log_that_nobody_has_written_to_gives_way_still(
    root: Path, tell: Tell, log: Path
) -> None:
    (tree,) = add_worktrees(root, 1)
    copy = write(tree / log.relative_to(root), log.read_bytes())
    assert rename(tell, root, _NEW).code == 0
    fill_log(copy)
    assert tell(tree, "session", "end", "19", "--status", "partial").code == 0


@pytest.mark.parametrize(
    ("title", "code", "said"),
    [
        ("", 2, "it is empty"),
        (" \n ", 2, "it is empty"),
        ("Key ghp_" + "aB3" * 12, 1, "holds"),
        ("Turn \u202e around", 1, "the title holds"),
        ("Session 18: Another's", 1, "would not read"),
        ("2025-12-19", 1, "would not read"),
        ("Closed #", 1, "would not read"),
    ],
)
def test_a_title_that_can_not_be_one_is_refused_before_anything_is_written(
    root: Path, tell: Tell, log: Path, title: str, code: int, said: str
) -> None:
    before = log.read_bytes(), claim(root)
    done = rename(tell, root, title)
    assert (done.code, done.stdout) == (code, "")
    assert said in done.stderr
    assert (log.read_bytes(), claim(root)) == before


def test_what_is_not_the_session_s_own_is_refused_or_left(
    root: Path, tell: Tell, log: Path
) -> None:
    foreign = write(
        summary_path(root, "19"), "---\nsession: 19\ndate: 2020-01-01\ntitle: Old words\n---\nx\n"
    )
    before = foreign.read_text()
    assert rename(tell, root, "One").code == 0
    assert foreign.read_text() == before
    log.write_text(log.read_text().replace("# Session 19", "# Session 18"))
    refused = rename(tell, root, "Two")
    assert (refused.code, "is session 18's by its heading" in refused.stderr) == (1, True)
    log.unlink()
    assert rename(tell, root, "Three").code == 2
    unknown = tell(root, "session", "rename", "77", "Four")
    assert (unknown.code, "nothing is known of session 77" in unknown.stderr) == (2, True)


@pytest.mark.parametrize("step", ["commit_paths", "update_claim", "share"])
def test_a_renaming_that_was_cut_off_is_finished_by_the_same_command(
    root: Path, tell: Tell, log: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tell(root, "run", "start", "--orchestrator", "22").code == 0
    fill_log(log)
    assert tell(root, "session", "end", "19").code == 0

    def stop(*_: object, **__: object) -> None:
        raise FileError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(f"handoff_md.app.session.rename.{step}", stop)
        assert rename(tell, root, _NEW).code == 2
    assert rename(tell, root, _NEW).code == 0

    text = summary_path(root, "19").read_bytes()
    assert (root / STATE / "summaries/handoff-session-19-summary.md").read_bytes() == text
    assert (claim(root)["title"], claim(root)["digest"]) == (_NEW, digest(text))
    assert subjects(root)[0] == "docs(session): rename session 19"
    assert not git(root, "status", "--porcelain")
