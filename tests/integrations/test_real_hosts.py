"""Hooks in the real programs, which talk to a server of our own; none of them needs an account."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event

import pytest
from agents import states
from checkouts import STATE, commit_all, document_of, make_checkout, run, write
from model_server import Call, Calls, ModelServer, serve
from repositories import git

from handoff_md.mcp.tools import TOOLS

pytestmark = pytest.mark.hosts
EVENTS = ("SessionStart", "SubagentStart", "SubagentStop", "Stop", "PreCompact", "SessionEnd")
_CLAUDE = {
    "ANTHROPIC_API_KEY": "none",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_TELEMETRY": "1",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
}
_SECONDS = 180


def _program(name: str) -> str:
    found = os.environ.get(f"HANDOFF_MD_TEST_{name.upper()}") or shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not installed: npm has it; HANDOFF_MD_TEST_{name.upper()} names it")
    return found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = make_checkout(tmp_path / "root")
    assert run(made, "init", "--yes").code == 0
    write(made / ".gitignore", f"{(made / '.gitignore').read_text()}\n.claude/worktrees/\n")
    return made


def _hook_twice(root: Path, host: str, path: str) -> None:
    """Name each event in two hooks, as a project file and a plugin do."""
    commands = {
        event: {"type": "command", "command": f"{sys.executable} -m handoff_md hook {host} {event}"}
        for event in EVENTS
    }
    hooks = {event: [{"hooks": [command]}] * 2 for event, command in commands.items()}
    write(root / path, json.dumps({"hooks": hooks}))
    commit_all(root, "chore: set hooks up")
    assert run(root, "run", "start", "--orchestrator", "22").code == 0


def _prepare(
    host: str, root: Path, home: Path, server: ModelServer
) -> tuple[list[str], dict[str, str]]:
    """Give the command of a host that talks to our server, without its prompt, and what it needs.

    Each of its events is named in two hooks.
    """
    if host == "claude":
        _hook_twice(root, host, ".claude/settings.json")
        command = [_program(host), "--allowedTools", "Bash,Agent,Task", "-p"]
        return command, {**_CLAUDE, "HOME": str(home), "ANTHROPIC_BASE_URL": server.url}
    _hook_twice(root, host, ".codex/hooks.json")
    settings = (
        'model_provider = "loop"\n'
        f'[model_providers.loop]\nname = "loop"\nbase_url = "{server.url}/v1"\n'
        'wire_api = "responses"\nenv_key = "NO_KEY"\n'
        f'[projects."{root}"]\ntrust_level = "trusted"\n'
    )
    write(home / ".codex" / "config.toml", settings)
    command = [_program(host), "exec", "--dangerously-bypass-hook-trust"]
    return command, {"HOME": str(home), "NO_KEY": "none", "CODEX_HOME": str(home / ".codex")}


def _start(root: Path, command: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
    Path(env["HOME"]).mkdir(exist_ok=True)
    return subprocess.Popen(
        command,
        cwd=root,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _call(root: Path, command: list[str], env: dict[str, str]) -> None:
    process = _start(root, command, env)
    try:
        assert process.wait(_SECONDS) == 0
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _count(server: ModelServer, words: str) -> list[int]:
    return [asked.count(words) for asked in server.asked if words in asked]


def _writes(session: str) -> Call:
    """Give the call by which a subagent writes its summary by hand."""
    path = f".agents/temp/handoff-session-{session}-summary.md"
    text = f"# Session {session}: By hand\\n\\nDone by {session}.\\n"
    return "Bash", {"command": f"mkdir -p .agents/temp && printf '{text}' > {path}"}


def _ends(session: str) -> Call:
    """Give the call by which an agent ends its session."""
    end = f"{sys.executable} -m handoff_md session end {session} --summary -"
    return "Bash", {"command": f"printf '# The whole\\n\\nLed them.\\n' | {end}"}


def _delegate(parts: int) -> Callable[[str], Calls]:
    """Give an agent that leads subagents, each with a work tree and a summary of its own.

    Then it ends its session, by the command that it was told.
    """
    task = {"prompt": "DO A PART", "isolation": "worktree", "subagent_type": "general-purpose"}
    calls: list[Call] = [
        ("Agent", {**task, "description": f"part {number}"}) for number in range(parts)
    ]

    def decide(asked: str) -> Calls:
        if "LEAD THEM" in asked and "tool_result" in asked:
            return () if "Led them." in asked else [_ends("23")]
        if "tool_result" in asked:
            return ()
        if "LEAD THEM" in asked:
            return calls
        own = re.search(r"This is session ([0-9]+)\.", asked)
        return [_writes(own[1])] if "DO A PART" in asked and own else ()

    return decide


@pytest.mark.parametrize("parts", [1, 20])
def test_claude_code_is_told_once_and_loses_no_summary(
    root: Path, tmp_path: Path, parts: int
) -> None:
    with serve(_delegate(parts)) as server:
        command, env = _prepare("claude", root, tmp_path / "home", server)
        _call(root, [*command, "LEAD THEM"], env)
    subagents = [str(number) for number in range(24, 24 + parts)]
    for session in ("23", *subagents):
        assert set(_count(server, f"This is session {session}.")) == {1}
    assert "This is session 23." in server.asked[0]
    assert git(root, "worktree", "list").count(b"\n") == 1, "the subagents' work trees are gone"
    assert not (root / STATE / "hooks.log").exists()
    assert run(root, "run", "finish").code == 0
    assert states(root) == dict.fromkeys(("23", *subagents), "merged")
    document = document_of(root)
    assert "Session 23: The whole" in document
    assert [document.count(f"Done by {session}.") for session in subagents] == [1] * parts


def test_claude_code_lists_the_tools_and_hands_over_by_them(root: Path, tmp_path: Path) -> None:
    program = _program("claude")
    commit_all(root, "chore: set up")
    served = {"command": sys.executable, "args": ["-m", "handoff_md", "mcp"]}
    config = write(tmp_path / "mcp.json", json.dumps({"mcpServers": {"handoff-md": served}}))
    allowed = ("--allowedTools", "mcp__handoff-md")
    calls: list[Call] = [
        ("WaitForMcpServers", {}),  # it begins before its servers answer, where these are slow
        ("mcp__handoff-md__session_start", {"title": "Work"}),
        ("mcp__handoff-md__session_end", {"id": "19", "summary": "# Work\n\nBy a tool.\n"}),
    ]

    def decide(asked: str) -> Calls:
        return [calls.pop(0)] if calls and "WORK ON" in asked else ()

    with serve(decide) as server:
        env = {**_CLAUDE, "HOME": str(tmp_path / "home"), "ANTHROPIC_BASE_URL": server.url}
        _call(root, [program, "-p", "WORK ON", "--mcp-config", str(config), *allowed], env)
    last = json.loads(server.asked[-1])
    named = {tool["name"].removeprefix("mcp__handoff-md__") for tool in last["tools"]}
    assert named >= TOOLS.keys()
    assert "Hands context on between coding sessions" in server.asked[-1]
    assert states(root) == {"19": "merged"}
    assert "By a tool." in document_of(root)


def test_codex_is_told_once(root: Path, tmp_path: Path) -> None:
    with serve(lambda _: ()) as server:
        command, env = _prepare("codex", root, tmp_path / "home", server)
        _call(root, [*command, "hello"], env)
    assert _count(server, "This is session 23.") == [1]
    assert not (root / STATE / "hooks.log").exists()
    assert (root / STATE / "drafts" / "handoff-session-23-summary.md").is_file()
    assert run(root, "run", "finish").code == 0


@pytest.mark.parametrize("host", ["claude", "codex"])
def test_the_next_session_is_told_of_one_that_was_killed_and_salvages_it(
    root: Path, tmp_path: Path, host: str
) -> None:
    reached, over = Event(), Event()

    def decide(asked: str) -> Calls:
        if "GO ON" in asked and not over.is_set():
            reached.set()
            over.wait(_SECONDS)
        return ()

    with serve(decide) as server:
        command, env = _prepare(host, root, tmp_path / "home", server)
        process = _start(root, [*command, "GO ON"], env)
        try:
            assert reached.wait(_SECONDS)
            assert run(root, "session", "note", "23", "Half of it.").code == 0
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            over.set()
        server.asked.clear()
        _call(root, [*command, "hello"], env)
    assert "This is session 24." in server.asked[0]
    assert "> 23: no title, agent " in server.asked[0]
    assert run(root, "session", "salvage", "23").code == 0
    assert run(root, "run", "finish").code == 0
    assert states(root) == {"23": "merged", "24": "merged"}
    assert document_of(root).count("- Half of it.") == 1
