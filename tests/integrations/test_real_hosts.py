"""Hooks in the real programs, which talk to a server of our own; none of them needs an account."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from agents import states
from checkouts import STATE, commit_all, document_of, make_checkout, run, write
from model_server import Call, ModelServer, serve
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


def _call(root: Path, home: Path, command: list[str], **env: str) -> None:
    home.mkdir(exist_ok=True)
    subprocess.run(
        command,
        cwd=root,
        env={**os.environ, "HOME": str(home), **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_SECONDS,
        check=True,
    )


def _count(server: ModelServer, words: str) -> list[int]:
    return [asked.count(words) for asked in server.asked if words in asked]


def test_claude_code_is_told_once_and_loses_no_summary(root: Path, tmp_path: Path) -> None:
    program = _program("claude")
    _hook_twice(root, "claude", ".claude/settings.json")
    summary = ".agents/temp/handoff-session-24-summary.md"
    writes = f"mkdir -p .agents/temp && printf '# Session 24: By hand\\n\\nDone.\\n' > {summary}"

    def decide(asked: str) -> Call | None:
        if "tool_result" in asked:
            return None
        if "LEAD THEM" in asked:
            task = {"description": "part", "prompt": "DO A PART", "isolation": "worktree"}
            return "Agent", {**task, "subagent_type": "general-purpose"}
        return ("Bash", {"command": writes}) if "DO A PART" in asked else None

    with serve(decide) as server:
        _call(
            root,
            tmp_path / "home",
            [program, "-p", "LEAD THEM", "--allowedTools", "Bash,Agent,Task"],
            **_CLAUDE,
            ANTHROPIC_BASE_URL=server.url,
        )
    assert set(_count(server, "This is session 23.")) == {1}
    assert set(_count(server, "This is session 24.")) == {1}
    assert "This is session 23." in server.asked[0]
    assert git(root, "worktree", "list").count(b"\n") == 1, "the subagent's work tree is gone"
    assert "Done." in (root / STATE / "summaries" / Path(summary).name).read_text("utf-8")
    assert not (root / STATE / "hooks.log").exists()
    assert run(root, "run", "finish").code == 0
    assert states(root) == {"23": "merged", "24": "merged"}
    assert "Done." in document_of(root)


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

    def decide(asked: str) -> Call | None:
        return calls.pop(0) if calls and "WORK ON" in asked else None

    with serve(decide) as server:
        _call(
            root,
            tmp_path / "home",
            [program, "-p", "WORK ON", "--mcp-config", str(config), *allowed],
            **_CLAUDE,
            ANTHROPIC_BASE_URL=server.url,
        )
    last = json.loads(server.asked[-1])
    named = {tool["name"].removeprefix("mcp__handoff-md__") for tool in last["tools"]}
    assert named >= TOOLS.keys()
    assert "Hands context on between coding sessions" in server.asked[-1]
    assert states(root) == {"19": "merged"}
    assert "By a tool." in document_of(root)


def test_codex_is_told_once(root: Path, tmp_path: Path) -> None:
    program = _program("codex")
    _hook_twice(root, "codex", ".codex/hooks.json")
    home = tmp_path / "home"
    with serve(lambda _: None) as server:
        settings = (
            'model_provider = "loop"\n'
            f'[model_providers.loop]\nname = "loop"\nbase_url = "{server.url}/v1"\n'
            'wire_api = "responses"\nenv_key = "NO_KEY"\n'
            f'[projects."{root}"]\ntrust_level = "trusted"\n'
        )
        write(home / ".codex" / "config.toml", settings)
        _call(
            root,
            home,
            [program, "exec", "--dangerously-bypass-hook-trust", "hello"],
            NO_KEY="none",
            CODEX_HOME=str(home / ".codex"),
        )
    assert _count(server, "This is session 23.") == [1]
    assert not (root / STATE / "hooks.log").exists()
    assert (root / STATE / "drafts" / "handoff-session-23-summary.md").is_file()
    assert run(root, "run", "finish").code == 0
