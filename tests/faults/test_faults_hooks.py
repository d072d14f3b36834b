"""A hook that is killed at any step loses nothing, and the next one does what it did not."""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from checkouts import STATE, document_of, make_checkout, run, write
from hosts import Fire, agent_of, make_fire, payload_of, start_hook

from handoff_md.store.hooks import allow_hooks

_DYING = (sys.executable, str(Path(__file__).with_name("dying.py")))
_MOST_STEPS = 200
_STRIDES = pytest.mark.parametrize("stride", [12, pytest.param(1, marks=pytest.mark.full)])


@pytest.fixture
def fire(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Fire:
    return make_fire(monkeypatch, capfdbinary, tmp_path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = make_checkout(tmp_path / "root")
    allow_hooks(made / STATE)
    assert run(made, "run", "start", "--orchestrator", "22").code == 0
    return made


def _kill_at_each_step(
    event: str, sent: dict[str, str], check: Callable[[], None], stride: int
) -> None:
    """Fire an event again and again, killed at one step after the other; then check."""
    for step in range(1, _MOST_STEPS, stride):
        hook = start_hook("claude", event, sent, command=(*_DYING, str(step)))
        hook.communicate()
        if hook.returncode == 0:
            assert step > 1, "it was never killed"
            return
        assert hook.returncode == -signal.SIGKILL
        check()
    pytest.fail("it has more steps than that")


@_STRIDES
def test_the_summary_of_a_subagent_is_kept_whenever_its_hook_is_killed(
    root: Path, fire: Fire, stride: int
) -> None:
    sent = payload_of("main", root, **agent_of("a1"))
    fire("claude", "SubagentStart", sent)
    written = write(
        root / ".agents/temp/handoff-session-23-summary.md", "# Session 23: By hand\n\nDone.\n"
    )

    def check() -> None:
        assert fire("claude", "SubagentStop", sent) == ""
        kept = root / STATE / "summaries" / written.name
        assert kept.read_bytes() == written.read_bytes()
        shutil.rmtree(kept.parent)

    _kill_at_each_step("SubagentStop", sent, check, stride)


@_STRIDES
def test_a_draft_is_whole_whenever_its_hook_is_killed(root: Path, fire: Fire, stride: int) -> None:
    sent = payload_of("s", root, source="startup")
    assert "This is session 23." in fire("claude", "SessionStart", sent)

    def check() -> None:
        assert fire("claude", "SessionEnd", sent) == ""
        drafts = root / STATE / "drafts"
        draft = (drafts / "handoff-session-23-summary.md").read_text("utf-8")
        assert draft.endswith("nobody has checked it.\n")
        shutil.rmtree(drafts)

    _kill_at_each_step("SessionEnd", sent, check, stride)
    assert run(root, "run", "finish", "--salvage").code == 0
    assert "nobody has checked it" in document_of(root)


@_STRIDES
def test_a_session_whose_start_is_killed_takes_no_second_id(
    root: Path, fire: Fire, stride: int
) -> None:
    for step in range(1, _MOST_STEPS, stride):
        sent = payload_of(f"s{step}", root, source="startup")
        before = len(list((root / STATE / "claims").glob("*.json")))
        hook = start_hook("claude", "SessionStart", sent, command=(*_DYING, str(step)))
        answer = hook.communicate()[0]
        fire("claude", "SessionStart", sent)
        fire("claude", "SessionStart", {**sent, "source": "resume"})
        claims = len(list((root / STATE / "claims").glob("*.json")))
        assert claims - before <= 1
        if hook.returncode == 0:
            assert b"This is session" in answer
            return
    pytest.fail("it has more steps than that")
