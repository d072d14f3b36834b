"""Hosts of coding agents, as tests play them: an event, with its payload, and what is answered."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from checkouts import Done

from handoff_md.cli.commands import run
from handoff_md.cli.hooks import run_hook

FIXTURES = Path(__file__).parent / "fixtures" / "hooks"
Fire = Callable[..., str]
Tell = Callable[..., Done]


def make_fire(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Fire:
    """Give what fires an event in this process, and returns what is told; each has to give 0."""
    sent = tmp_path / "payload"

    def fire(host: str, event: str, payload: dict[str, Any] | bytes) -> str:
        sent.write_bytes(payload if isinstance(payload, bytes) else json.dumps(payload).encode())
        capfdbinary.readouterr()
        with sent.open() as stdin:
            monkeypatch.setattr(sys, "stdin", stdin)
            assert run_hook([host, event]) == 0
        told = capfdbinary.readouterr()
        assert told.err == b""
        return told.out.decode()

    return fire


def make_tell(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Tell:
    """Give what runs ``handoff-md <args>`` in a folder, in this process, beside events."""

    def tell(folder: Path, *args: str) -> Done:
        monkeypatch.chdir(folder)
        capfdbinary.readouterr()
        code = run(args)
        told = capfdbinary.readouterr()
        return Done(code, told.out.decode(), told.err.decode())

    return tell


def text_of(answer: str) -> str:
    """Give the text in an answer to Claude Code or Codex, which has nothing else."""
    if not answer:
        return ""
    told = json.loads(answer)
    assert told.keys() == {"hookSpecificOutput"}
    assert told["hookSpecificOutput"].keys() == {"hookEventName", "additionalContext"}
    text = told["hookSpecificOutput"]["additionalContext"]
    assert isinstance(text, str)
    return text


def payload_of(session: str, cwd: Path, **more: object) -> dict[str, Any]:
    """Make what Claude Code sends."""
    return {"session_id": session, "cwd": str(cwd), **more}


def agent_of(name: str, **more: object) -> dict[str, Any]:
    """Make what a subagent's events have more."""
    return {"agent_id": name, "agent_type": "general-purpose", **more}


def start_hook(
    host: str, event: str, payload: dict[str, Any], *, command: tuple[str, ...] = ()
) -> subprocess.Popen[bytes]:
    """Start the command for an event as a process of its own, in a group of its own."""
    process = subprocess.Popen(
        [*(command or (sys.executable, "-m", "handoff_md")), "hook", host, event],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(payload).encode())
    process.stdin.close()
    process.stdin = None
    return process


def recorded(host: str) -> list[dict[str, Any]]:
    """Give the events of a host, in their order, with ``{root}`` and ``{agent}`` in their paths."""
    events = json.loads((FIXTURES / f"{host}.json").read_text("utf-8"))["events"]
    assert isinstance(events, list)
    return events
