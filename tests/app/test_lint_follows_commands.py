"""What the commands make or accept, the linter takes as they do."""

from __future__ import annotations

from pathlib import Path

import pytest
from agents import add_worktrees, end, fill_log, lead, started, work
from checkouts import HANDOFF, commit_all, make_checkout, run, write, write_summary
from repositories import git

from handoff_md.app.lint.check import lint_files
from handoff_md.app.lint.invocation import LintRequest

_DAY = ("--date", "2025-12-18")
_DOCUMENT = "# Handoff\n\n## Recent Sessions\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "root", document=_DOCUMENT)


def _found(root: Path, *codes: str) -> list[str]:
    report = lint_files(LintRequest(directory=root, select=codes or None))
    return [f"{one.severity} {one.code}" for one in report.diagnostics]


def test_a_fresh_log_has_warnings_and_an_abandoned_one_none(root: Path) -> None:
    started(root, "--title", "Fresh", *_DAY)
    assert _found(root) == ["warning HS004"]
    assert run(root, "session", "abandon", "01").code == 0
    work(root, "--title", "Later", "--date", "2025-12-19")
    write(root / HANDOFF, _DOCUMENT + "\n### 2025-12-20: Work\n\n### 2025-12-01: Work\n")
    commit_all(root, "entries")
    assert end(root, "02").code == 0
    assert _found(root, "HS") == []
    started(root, "--id", "01")
    assert sorted(_found(root, "HS")) == ["warning HS004", "warning HS010"]


def test_steps_that_the_end_will_tick_are_not_asked_for_before(root: Path) -> None:
    write(root / "handoff-md.toml", 'end-rows = ["MUST: Run the tests", "MUST: Read"]\n')
    log = root / work(root, "--title", "Test", *_DAY)["log"]
    row = "| MUST | Run the tests |"
    log.write_text(log.read_text().replace(f"{row} [ ] | |", f"{row} [x] | 3 pass |"))
    assert _found(root, "HS") == ["error HS004"]
    assert end(root, "01").code == 1
    assert end(root, "01", "--status", "partial").code == 0
    assert _found(root, "HS") == ["warning HS004"]
    log.write_text(log.read_text().replace(" (partial)", ""))
    assert _found(root, "HS") == ["warning HS004"]
    document = root / HANDOFF
    document.write_text(document.read_text().replace("**Status**: partial\n", ""))
    assert _found(root, "HS") == ["error HS004"]


def test_a_merge_without_logs_is_a_warning_unless_logs_are_required(root: Path) -> None:
    write_summary(root, "19")
    assert run(root, "merge", "--orchestrator", "22").code == 0
    assert _found(root) == ["warning HS011"]
    write(root / "handoff-md.toml", "require-logs = true\n")
    assert _found(root) == ["error HS011"]
    write(root / "handoff-md.toml", 'require-logs = true\n[lint.severity]\nHS011 = "info"\n')
    assert _found(root) == ["info HS011"]


def test_a_log_that_the_session_has_left_for_its_own_worktree_is_let_be(root: Path) -> None:
    session = lead(root, "--claim", "1")["sessions"][0]
    commit_all(root, "claim")
    (tree,) = add_worktrees(root, 1)
    log = tree / session["log"]
    fill_log(log)
    log.write_text(log.read_text().replace("**Objective**:", "**Objective**: Work"))
    assert end(tree, session["id"], "--title", "Work").code == 0
    assert run(root, "run", "finish").code == 0
    assert _found(root) == []
    git(root, "merge", "--quiet", "--no-edit", "agent-1")
    assert _found(root) == []


def test_a_log_of_a_template_without_checklists_is_made_and_ended_and_no_error(root: Path) -> None:
    template = "# Session NN - YYYY-MM-DD\n\n**Objective**: x\n\n## Work\n"
    write(root / ".agents/SESSION-PROTOCOL.md", f"# Protocol\n\n```markdown\n{template}```\n")
    log = root / started(root, "--title", "Plain", *_DAY)["log"]
    log.write_text(log.read_text() + "\nDone.\n")
    assert end(root, "01").code == 0
    assert not [one for one in _found(root, "HS") if one.startswith("error")]
