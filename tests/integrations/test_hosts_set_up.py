"""Claude Code and Codex, as `init --agent` sets them up, against a server of our own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from agents import states
from checkouts import STATE, commit_all, make_checkout, run, write
from model_server import Call, ModelServer, serve
from repositories import git

from handoff_md.app.setup.agents.hosts import CODEX

pytestmark = pytest.mark.hosts
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
    return made


def _call(root: Path, home: Path, command: list[str], **env: str) -> None:
    """Run a host's program, with the command on the PATH, as its hooks look for it there."""
    home.mkdir(exist_ok=True)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        command,
        cwd=root,
        env={**os.environ, "PATH": path, "HOME": str(home), **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_SECONDS,
        check=True,
    )


def _claude(root: Path, home: Path, prompt: str, server: ModelServer) -> None:
    _call(
        root,
        home,
        [_program("claude"), "-p", prompt, "--allowedTools", "Bash"],
        ANTHROPIC_API_KEY="none",
        ANTHROPIC_BASE_URL=server.url,
        DISABLE_AUTOUPDATER="1",
        DISABLE_TELEMETRY="1",
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1",
    )


def test_in_a_new_clone_a_session_of_claude_code_starts_with_what_the_last_one_left(
    root: Path, tmp_path: Path
) -> None:
    _program("claude")
    commit_all(root, "chore: set up")
    git(tmp_path, "clone", "--quiet", str(root), "clone")
    clone, home = tmp_path / "clone", tmp_path / "home"
    assert run(clone, "init", "--agent", "claude", "--yes").code == 0
    summary = r"# Session 19: Read lists\n\nLists.\n\n## Next steps\n\n- Read the tables."
    work = (
        "handoff-md session start --id 19 --title 'Read lists' && "
        f"printf '{summary}\\n' | handoff-md session end 19 --summary -"
    )

    def decide(asked: str) -> Sequence[Call]:
        return [("Bash", {"command": work})] if "tool_result" not in asked else []

    with serve(decide) as server:
        _claude(clone, home, "READ LISTS", server)
    assert states(clone) == {"19": "merged"}
    with serve(lambda _: ()) as server:
        _claude(clone, home, "READ ON", server)
    assert "Read the tables." in server.asked[0]
    assert "READ LISTS" not in server.asked[0]
    assert not (clone / STATE / "hooks.log").exists()


@pytest.mark.parametrize("settings", ["", "hooks.state = {}\n", "inline"])
def test_codex_reads_the_hooks_of_its_user(settings: str, root: Path, tmp_path: Path) -> None:
    program, home = _program("codex"), tmp_path / "home"
    with serve(lambda _: ()) as server:
        loop = (
            'model_provider = "loop"\n'
            f'[model_providers.loop]\nname = "loop"\nbase_url = "{server.url}/v1"\n'
            'wire_api = "responses"\nenv_key = "NO_KEY"\n'
        )
        other = '[[hooks.Stop]]\n[[hooks.Stop.hooks]]\ntype = "command"\ncommand = "true"\n'
        above, below = ("", other) if settings == "inline" else (settings, "")
        write(home / ".codex" / "config.toml", above + loop + below)
        env = {"HOME": str(home), "CODEX_HOME": str(home / ".codex")}
        assert run(root, "init", "--agent", "codex", "--user", env=env).code == 0
        assert (home / ".codex" / "hooks.json").exists() == (settings != "inline")
        assert run(root, "run", "start", "--orchestrator", "22").code == 0
        command = [
            program,
            "exec",
            "--skip-git-repo-check",
            "--dangerously-bypass-hook-trust",
            "hi",
        ]
        _call(root, home, command, NO_KEY="none", CODEX_HOME=str(home / ".codex"))
    assert server.asked[0].count("This is session 23.") == 1
    assert not (root / STATE / "hooks.log").exists()


def _ask_codex(home: Path, root: Path) -> dict[str, dict[str, str]]:
    """Ask Codex which hooks it knows, by their keys."""
    requests: list[dict[str, object]] = [
        {"id": 0, "method": "initialize", "params": {"clientInfo": {"name": "t", "version": "1"}}},
        {"method": "initialized"},
        {"id": 1, "method": "hooks/list", "params": {"cwds": [str(root)]}},
    ]
    with subprocess.Popen(
        [_program("codex"), "app-server"],
        env={**os.environ, "HOME": str(home), "CODEX_HOME": str(home / ".codex")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write("".join(f"{json.dumps(one)}\n" for one in requests).encode())
        server.stdin.flush()
        answers = (json.loads(line) for line in server.stdout)
        told = next(answer for answer in answers if answer.get("id") == 1)
        server.kill()
    return {hook["key"]: hook for hook in told["result"]["data"][0]["hooks"]}


def test_doctor_and_codex_agree_on_what_is_trusted(root: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    env = {"HOME": str(home), "CODEX_HOME": str(home / ".codex")}
    write(home / ".codex" / "hooks.json", '{"hooks": {"Stop": [{"hooks": []}]}}')
    assert run(root, "init", "--agent", "codex", "--user", env=env).code == 0
    hooks = _ask_codex(home, root)
    assert {hook["trustStatus"] for hook in hooks.values()} == {"untrusted"}
    trusted = "".join(
        f'[hooks.state."{key}"]\ntrusted_hash = "{hook["currentHash"]}"\n'
        for key, hook in hooks.items()
    )
    for settings in ("", trusted):
        write(home / ".codex" / "config.toml", settings)
        told = run(root, "doctor", env=env).stdout
        assert ("Codex skips hooks that nobody has trusted" in told) == (not settings)
    assert {hook["trustStatus"] for hook in _ask_codex(home, root).values()} == {"trusted"}
    assert CODEX.hooks is not None
    assert len(hooks) == len(CODEX.hooks.events)
