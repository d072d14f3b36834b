"""A hook that is killed at any step loses nothing, and the next one does what it did not."""

from __future__ import annotations

import re
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
_OWN = re.compile(r"This is session ([0-9]+)\.")
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
    given: list[str] = []
    for step in range(1, _MOST_STEPS, stride):
        sent = payload_of(f"s{step}", root, source="startup")
        before = _count_claims(root)
        hook = start_hook("claude", "SessionStart", sent, command=(*_DYING, str(step)))
        answer = hook.communicate()[0].decode()
        again = fire("claude", "SessionStart", sent)
        resumed = fire("claude", "SessionStart", {**sent, "source": "resume"})
        assert "A run is active" in resumed
        claimed = _count_claims(root) - before
        assert claimed <= 1
        own = set(_OWN.findall(answer + again + resumed))
        assert len(own) == claimed, "whoever has a claim is told, if not at once"
        given += own
        if hook.returncode == 0:
            assert own == set(_OWN.findall(answer))
            break
    else:
        pytest.fail("it has more steps than that")
    assert len(given) == len(set(given)) > 0
    assert not (root / STATE / "hooks.log").exists()


@_STRIDES
def test_a_subagent_whose_start_is_killed_takes_no_second_id(
    root: Path, fire: Fire, stride: int
) -> None:
    parts: list[str] = []
    for step in range(1, _MOST_STEPS, stride):
        sent = payload_of("main", root, **agent_of(f"a{step}"))
        before = _count_claims(root)
        hook = start_hook("claude", "SubagentStart", sent, command=(*_DYING, str(step)))
        hook.communicate()
        fire("claude", "SubagentStart", sent)
        fire("claude", "SubagentStop", {**sent, "last_assistant_message": f"Part {step}."})
        claimed = _count_claims(root) - before
        assert claimed <= 1
        parts += [f"Part {step}."] * claimed
        if hook.returncode == 0:
            break
    else:
        pytest.fail("it has more steps than that")
    assert run(root, "run", "finish").code == 0
    assert parts
    assert [document_of(root).count(part) for part in parts] == [1] * len(parts)


def _count_claims(root: Path) -> int:
    return len(list((root / STATE / "claims").glob("*.json")))
