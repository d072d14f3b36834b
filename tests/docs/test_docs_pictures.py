"""The README's pictures show what the commands print today."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from checkouts import age, make_checkout, write
from documentation import ROOT
from inprocess import Tell, make_tell
from pictures import draw

_WIDTH, _WIDE = 84, 106
_DOCUMENT = """\
# Handoff

**Project**: A small web shop
**Last Updated**: 2025-12-17

## Recent Sessions

### 2025-12-17: The basket keeps its items (Session 18)

Items are kept in the database, not in the cookie.

## Open Questions

- Which currencies come next?
"""
_SUMMARIES = {
    "19": (
        "Orders are confirmed by mail",
        "- Each order is confirmed.\n- What can't be sent is tried again three times.\n",
    ),
    "20": (
        "The slow pages are fast",
        "| page | before | after |\n|---|--:|--:|\n| basket | 840 ms | 95 ms |\n",
    ),
    "21": ("Notes in a fence that is open", "```sql\nCREATE INDEX items_by_basket ON items;\n"),
}
_FAULTY = """\
# Handoff

**Last Updated**: 2025-12-12

## Recent Sessions

### 2025-12-16: First checkout (Session 17)

Paying works, see [the log](sessions/2025-12-16-session-17.md).

### 2025-12-17: The basket keeps its items (Session 18)

Items are kept in the database.

### 2025-12-17: The basket forgets (Session 18)

Items are kept in the cookie again.
"""
_LEFT = """\
# Handoff

**Last Updated**: 2025-12-17

## Recent Sessions

### 2025-12-17: The basket keeps its items (Session 18)

Items are kept in the database, not in the cookie.

#### Decisions

- Baskets are deleted after 90 days.

#### Open

- Two baskets of one customer are not joined yet.
- [ ] Measure the page with 200 items.

#### Next steps

1. Send a mail when an order is paid.

### 2025-12-16: First checkout (Session 17)

Paying works.

**Blocked**: refunds, until the bank has opened the test account.
"""


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tell:
    monkeypatch.setenv("COLUMNS", str(_WIDTH))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1766016000")
    return make_tell(monkeypatch, capsys)


def check(name: str, picture: str, *, update: bool) -> None:
    """Compare a picture with the one that is kept; it names nothing of this machine."""
    kept = ROOT / "docs" / "pictures" / name
    if update:
        write(kept, picture)
    assert ET.fromstring(picture).tag.endswith("svg")  # noqa: S314 - it is our own
    urls = set(re.findall(r"(?:https?|file)://[^\"' )]+", picture))
    assert urls <= {"http://www.w3.org/2000/svg"}
    assert not [word for word in ("/tmp", "/home", "/root", "Ada") if word in picture]  # noqa: S108 - nothing is written there
    assert picture == kept.read_text("utf-8"), "write it anew with --update-golden"


def test_the_preview_is_what_it_prints(tmp_path: Path, tell: Tell, *, update_golden: bool) -> None:
    root = make_checkout(tmp_path / "shop", document=_DOCUMENT)
    for session, (title, body) in _SUMMARIES.items():
        front = f"---\nsession: {session}\ntitle: {title}\ndate: 2025-12-18\n---\n\n"
        age(write(root / f".agents/temp/handoff-session-{session}-summary.md", front + body))
    command = "preview --orchestrator 22"
    done = tell(root, *command.split(), "--color", "always", "--no-pager")
    assert (done.code, "Parallel Sessions 19, 20, 21" in done.stdout) == (0, True)
    picture = draw(f"handoff-md {command}", done.stdout, width=_WIDTH)
    check("preview.svg", picture, update=update_golden)


def test_the_report_is_what_lint_prints(tmp_path: Path, tell: Tell, *, update_golden: bool) -> None:
    root = make_checkout(tmp_path / "shop", document=_FAULTY)
    done = tell(root, "lint", "--color", "always")
    assert (done.code, "HE003" in done.stdout) == (1, True)
    check("lint.svg", draw("handoff-md lint", done.stdout, width=_WIDTH), update=update_golden)


def test_the_start_of_a_session_is_what_an_agent_is_told(
    tmp_path: Path, tell: Tell, monkeypatch: pytest.MonkeyPatch, *, update_golden: bool
) -> None:
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_DATE", "2025-12-17T17:00:00Z")
    monkeypatch.setenv("COLUMNS", str(_WIDE))
    root = make_checkout(tmp_path / "shop", document=_LEFT)
    assert tell(root, "run", "start", "--orchestrator", "22").code == 0
    for title in ("Confirm orders by mail", "Speed up the slow pages"):
        assert tell(root, "session", "start", "--title", title, "--agent", "claude").code == 0
    command = "context --for 24"
    done = tell(root, *command.split(), "--color", "always")
    assert (done.code, "Two baskets" in done.stdout) == (0, True)
    picture = draw(f"handoff-md {command}", done.stdout, width=_WIDE)
    check("session-start.svg", picture, update=update_golden)
    assert "](pictures/session-start.svg)" in (ROOT / "docs/agents.md").read_text("utf-8")


def test_the_readme_begins_with_them() -> None:
    head = (ROOT / "README.md").read_text("utf-8").partition("\n## ")[0]
    assert re.findall(r"!\[[^\]]{20,}\]\((docs/pictures/[a-z]+\.svg)\)", head) == [
        "docs/pictures/preview.svg",
        "docs/pictures/lint.svg",
    ]
