"""``--require-session``: a branch that changes files says which session did it."""

from __future__ import annotations

from pathlib import Path

import pytest
from checkouts import HANDOFF
from histories import Checkout, document, entry, parallel, start
from inprocess import Tell, make_tell
from repositories import git

OLD = document(entry(18))
REQUIRE = ("lint", "--output-format", "concise", "--require-session")


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tell:
    return make_tell(monkeypatch, capsys)


@pytest.fixture
def branch(tmp_path: Path) -> Checkout:
    """A branch ``work`` that has changed a file, of a repository whose ``base`` went on, too."""
    checkout = start(tmp_path / "repository", OLD)
    git(checkout.root, "branch", "base")
    checkout.branch("work")
    checkout.commit("feat: work", **{"src/a.py": "a\n", "src/b.py": "b\n"})
    checkout.switch("base")
    checkout.commit("docs: enter 19", document(entry(19), entry(18)))
    checkout.switch("work")
    return checkout


def test_a_branch_without_a_session_is_told_with_what_it_changes(
    branch: Checkout, tell: Tell
) -> None:
    done = tell(branch.root, *REQUIRE, "base..work")
    place = f"{branch.head[:12]}:{HANDOFF}:1:1"
    assert done.stdout == (
        f"{place}: HG008 The branch changes 2 files (src/a.py, src/b.py), and brings no session "
        "log, entry or summary\nFound 1 error in 1 commit.\n"
    )
    assert done.code == 1
    assert tell(branch.root, *REQUIRE, "base...").code == 1
    assert tell(branch.root, *REQUIRE, "base").code == 1
    assert tell(branch.root, "lint", "--commits", "base..work", "--select", "HG008").code == 0


@pytest.mark.parametrize(
    "files",
    [
        {".agents/sessions/2025-12-18-session-20.md": "# Session 20\n"},
        {".agents/temp/handoff-session-20-summary.md": "# Session 20\n"},
        {HANDOFF: document(entry(20), entry(18))},
        {HANDOFF: document(parallel(20, 21), entry(18))},
    ],
    ids=["log", "summary", "entry", "parallel section"],
)
def test_any_commit_of_the_branch_may_bring_the_session(
    branch: Checkout, tell: Tell, files: dict[str, str]
) -> None:
    branch.commit("docs: tell", **files)
    branch.commit("fix: more", **{"src/a.py": "c\n"})
    assert tell(branch.root, *REQUIRE, "base..work").code == 0


def test_an_edited_document_or_a_deleted_log_brings_no_session(
    branch: Checkout, tell: Tell
) -> None:
    branch.commit("docs: a word", OLD.replace("Stay.", "Stay here."))
    assert tell(branch.root, *REQUIRE, "base..").code == 1
    log = ".agents/sessions/2025-12-18-session-20.md"
    branch.switch("base")
    branch.commit("docs: log", **{log: "# Session 20\n"})
    branch.branch("gone")
    (branch.root / log).unlink()
    branch.commit("chore: delete it", **{"src/c.py": "c\n"})
    assert tell(branch.root, *REQUIRE, "base..").code == 1


def test_what_is_exempt_or_the_protocols_own_needs_no_session(branch: Checkout, tell: Tell) -> None:
    exempt = ("--config", 'lint.session-exempt=["src/"]')
    assert tell(branch.root, *REQUIRE, "base..work", *exempt).code == 0
    some = ("--config", 'lint.session-exempt=["a.py"]')
    assert "(src/b.py)" in tell(branch.root, *REQUIRE, "base..work", *some).stdout
    branch.branch("words", "base")
    branch.commit("docs: a word", document(entry(19), entry(18), tail="More.\n"))
    assert tell(branch.root, *REQUIRE, "base..").code == 0
    assert tell(branch.root, *REQUIRE, "base..base").code == 0


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("nowhere..work",), "nowhere"),
        (("-x..work",), "names no commit"),
        (("base..work", "--fix"), "--require-session excludes paths, fixes, --since and --commits"),
        (("base..work", HANDOFF), "--require-session excludes paths"),
    ],
)
def test_a_range_that_cannot_be_is_an_error(
    branch: Checkout, tell: Tell, args: tuple[str, ...], said: str
) -> None:
    done = tell(branch.root, *REQUIRE, *args)
    assert done.code == 2
    assert said in done.stderr
