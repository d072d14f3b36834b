"""What ``merge`` writes introduces no finding, given that each session has a log in HEAD."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from checkouts import HANDOFF, commit_all, make_checkout, run, write, write_summary
from repositories import git

_NESTED = """\
# Handoff

**Last Updated**: 2025-12-17

## State

### Recent Sessions

#### 2025-12-16: Count them (Session 17)

**Session Log**: [Session 17](./sessions/2025-12-16-session-17.md)

---

#### 2025-12-17: Keep the numbers (Session 18)

**Session Log**: [Session 18](./sessions/2025-12-17-session-18.md)

---

## Notes

Stay as they are.
"""
_FLAT = """\
# Handoff

## Recent Sessions

### Session 18: Keep the numbers (2025-12-17)

- **Session log**: [Session 18](./sessions/2025-12-17-session-18.md)
"""
_EMPTY = "# Handoff\n\n## Recent Sessions\n"
_BODIES = {
    "19": "## Done\n\nSee [the log](../sessions/{log}) and [notes](.agents/notes.md#open).\n",
    "20": "Setext\n------\n\n<details>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```sh\nmake\n",
    "21": "See [x].\n\n[x]: ../notes.md\n\n- [ ] open\n- [x] done\n\n> quoted\n",
}
_LOG = """\
# Session {session} - {date}

## Protocol Compliance

### Session Start (COMPLETE ALL before work)

| Req | Step | Status | Evidence |
|-----|------|--------|----------|
| MUST | Read `.agents/HANDOFF.md` | [x] | Sessions 17 and 18 |

## Session End (COMPLETE ALL before closing)

| Req | Step | Status | Evidence |
|-----|------|--------|----------|
| MUST | Commit all changes | [x] | See the branch |
"""


def _log(root: Path, session: str, date: str) -> str:
    name = f"{date}-session-{session}.md"
    write(root / ".agents/sessions" / name, _LOG.format(session=session, date=date))
    return name


def _findings(root: Path) -> Counter[str]:
    """Give all findings of all rules by code and text."""
    done = run(root, "lint", "--output-format", "json")
    assert done.code in (0, 1), done.stderr
    found = json.loads(done.stdout)["diagnostics"]
    return Counter(f"{one['path']} {one['code']} {one['message']}" for one in found)


def _clone(root: Path, name: str) -> Path:
    git(root.parent, "clone", "--quiet", f"file://{root}", name)
    return root.parent / name


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("document", [_NESTED, _FLAT, _EMPTY], ids=["nested", "flat", "empty"])
def test_a_merge_introduces_no_finding(tmp_path: Path, document: str, newline: str) -> None:
    text = document.replace("\n", newline).encode()
    root = make_checkout(tmp_path / "main", document=text)
    write(root / ".agents/notes.md", "# Notes\n\n## Open\n")
    for session, date in (("17", "2025-12-16"), ("18", "2025-12-17"), ("22", "2025-12-18")):
        _log(root, session, date)
    for session, date in (("19", "2025-12-18"), ("20", "2025-12-17"), ("21", "2025-12-18")):
        log = _log(root, session, date)
        words = _BODIES[session].replace("{log}", log)
        write_summary(root, session, date=date, words=words)
    commit_all(root, "logs")
    before = _findings(_clone(root, "before"))
    merged = run(root, "merge", "--orchestrator", "22")
    assert merged.code == 0, merged.stderr
    clone = _clone(root, "after")
    assert "Parallel Sessions 19, 20, 21 (2025-12-18)" in (clone / HANDOFF).read_text()
    assert not _findings(clone) - before
    if document == _NESTED:
        assert not _findings(clone)


def test_a_late_session_and_a_partial_merge_introduce_no_finding(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "main", document=_FLAT)
    for session in ("19", "20", "21", "22"):
        _log(root, session, "2025-12-18")
    _log(root, "18", "2025-12-17")
    write_summary(root, "19")
    write_summary(root, "20", words="\u202e")
    commit_all(root, "logs")
    run(root, "merge", "--orchestrator", "22", "--allow-partial", "--expect", "21")
    write_summary(root, "21", date="2025-12-18")
    (root / ".agents/temp/handoff-session-20-summary.md").unlink()
    late = run(root, "merge", "--orchestrator", "22")
    assert late.code == 0, late.stderr
    clone = _clone(root, "after")
    assert "Parallel Sessions 21" in (clone / HANDOFF).read_text()
    assert "Parallel Sessions 19 " in (clone / HANDOFF).read_text()
    # Session 20 has a log and no entry: that is what was found, and it is true.
    assert list(_findings(clone)) == [
        ".agents/sessions/2025-12-18-session-20.md HS010 No entry tells of session 20 of 2025-12-18"
    ]


def test_a_session_without_a_log_is_found(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "main", document=_EMPTY)
    _log(root, "22", "2025-12-18")
    write_summary(root, "19")
    commit_all(root, "log")
    assert run(root, "merge", "--orchestrator", "22").code == 0
    found = _findings(_clone(root, "after"))
    assert list(found) == [f"{HANDOFF} HS011 Session 19 has no session log"]
