"""`context` ticks, in the log of the session that is told, that its context was read."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from agents import LOGS, add_worktrees
from checkouts import DOCUMENT, HANDOFF, STATE, commit_all, make_checkout, snapshot, write
from filelock import FileLock
from hosts import Fire, make_fire, payload_of, text_of
from inprocess import Tell, make_tell
from repositories import git

from handoff_md.store.hooks import allow_hooks

tell = pytest.fixture(make_tell)
_OPEN = "| [ ] | |"
_TEMPLATE = """\
# Protocol

```markdown
# Session NN - YYYY-MM-DD

## Protocol Compliance

### Session Start

| Req | Step | Status | Evidence |
|---|---|---|---|
| **MUST** | Read `.agents/HANDOFF.md` | [ ] | Content in context |
| MUST | Read CONSTRAINTS.md and HANDOFF.md | [ ] | |
| MUST | Update HANDOFF.md | [ ] | |
```
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_checkout(tmp_path / "root")


def _log_of(root: Path, session: str) -> Path:
    (log,) = (root / LOGS).glob(f"*-session-{session}*.md")
    return log


def _row(log: Path) -> str:
    (row,) = (line for line in log.read_text("utf-8").splitlines() if "Context was read" in line)
    return row


def _head(root: Path) -> str:
    return git(root, "rev-parse", "HEAD").decode()[:12]


def test_the_row_is_ticked_once_with_the_commit_that_was_read(root: Path, tell: Tell) -> None:
    assert tell(root, "session", "start", "--id", "19").code == 0
    log = _log_of(root, "19")
    assert _row(log).endswith(_OPEN)
    first = tell(root, "context", "--for", "19")
    row = f"`handoff-md context --for 19` | [x] | `handoff-md context` of commit {_head(root)} |"
    assert _row(log).endswith(row)
    commit_all(root, "later")
    before = snapshot(root)
    assert tell(root, "context", "--for", "19").stderr == first.stderr == ""
    assert snapshot(root) == before
    done = tell(root, "session", "end", "19", "--status", "partial", "--summary", str(log))
    assert "of the session's start" not in done.stderr


def test_who_is_not_the_session_writes_nothing(root: Path, tell: Tell) -> None:
    (place,) = add_worktrees(root, 1)
    assert tell(place, "session", "start", "--id", "19", "--title", "Elsewhere").code == 0
    assert tell(root, "session", "start", "--id", "20", "--title", "Ended").code == 0
    write(root / "summary.md", "Done.\n")
    assert tell(root, "session", "end", "20", "--summary", "summary.md").code == 0
    write(root / f"{LOGS}/2025-12-18-session-21.md", _log_of(place, "19").read_text("utf-8"))
    before = snapshot(root), snapshot(place)
    for args in ((), ("--for", "19"), ("--for", "20"), ("--for", "21", "--json")):
        told = tell(root, "context", *args)
        assert (told.code, told.stderr) == (0, ""), args
    assert (snapshot(root), snapshot(place)) == before


def test_a_repository_s_own_row_is_ticked_and_no_other_of_its_rows(root: Path, tell: Tell) -> None:
    write(root / ".agents/SESSION-PROTOCOL.md", _TEMPLATE)
    changed = DOCUMENT.replace("Kept.", "Kept here.")
    write(root / HANDOFF, changed)
    assert tell(root, "session", "start", "--id", "19").code == 0
    log = _log_of(root, "19")
    made = log.read_bytes().replace(b"\n", b"\r\n")
    log.write_bytes(made)
    assert tell(root, "context", "--for", "19").code == 0
    evidence = f"a document with SHA-256 {sha256(changed.encode()).hexdigest()[:12]}"
    before = b"| [ ] | Content in context |"
    after = f"| [x] | `handoff-md context` of {evidence} |".encode()
    assert log.read_bytes() == made.replace(before, after)


def test_a_log_that_nobody_wrote_to_still_gives_way_to_the_agent_s_own(
    root: Path, tell: Tell
) -> None:
    assert tell(root, "run", "start", "--orchestrator", "22", "--claim", "2").code == 0
    (place,) = add_worktrees(root, 1)
    for session in ("23", "24"):
        assert tell(place, "context", "--for", session).code == 0
        assert "[x]" in _row(_log_of(root, session))
    assert tell(place, "session", "start", "--id", "23", "--title", "Taken up").code == 0
    assert not list((root / LOGS).glob("*-session-23*"))
    made = _log_of(root, "24")
    written = made.read_text("utf-8").replace("**Objective**:", "**Objective**: Write it here")
    write(place / LOGS / made.name, written)
    done = tell(place, "session", "end", "24", "--no-commit", "--summary", "other.txt")
    assert (done.code, "differ" in done.stderr) == (0, False), done.stderr


def test_what_is_told_is_told_although_the_log_can_t_be_ticked(root: Path, tell: Tell) -> None:
    write(root / "handoff-md.toml", "lock-timeout = 0\n")
    assert tell(root, "session", "start", "--id", "19").code == 0
    with FileLock(root / STATE / "lock"):
        told = tell(root, "context", "--for", "19")
    assert (told.code, "This is session 19." in told.stdout) == (0, True)
    assert "note: the log of session 19 does not say so: another handoff-md holds" in told.stderr
    assert _row(_log_of(root, "19")).endswith(_OPEN)


def test_a_hook_that_tells_a_session_its_context_ticks_the_row(
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    allow_hooks(root / STATE)
    write(root / "handoff-md.toml", 'auto-start = "always"\n')
    fire: Fire = make_fire(monkeypatch, capfdbinary, tmp_path)
    text = text_of(fire("claude", "SessionStart", payload_of("s", root, source="startup")))
    assert "This is session 19." in text
    log = _log_of(root, "19")
    assert f"[x] | `handoff-md context` of commit {_head(root)} |" in _row(log)
    before = log.read_bytes()
    fire("claude", "SessionStart", payload_of("s", root, source="compact"))
    assert log.read_bytes() == before
    assert not (root / STATE / "hooks.log").exists()
