"""The skill and the plugin folder: what they hold, and that the hosts' own programs load them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from agents import states
from checkouts import commit_all, make_checkout, run, write
from model_server import ModelServer, serve

import handoff_md
from handoff_md.app.hook.event import EventKind, find_host
from handoff_md.app.setup.texts import skill_text

ROOT = Path(__file__).parents[2]
MARKETPLACE = ROOT / ".claude-plugin" / "marketplace.json"
HOSTS = ("claude", "codex")
_SILENT = "sh -c 'command -v handoff-md >/dev/null && handoff-md hook {host} {event}; exit 0'"
_NO_PLAIN_LINE = re.compile(r"<<|\bcd\b| -C |[{}&;]")
_SECONDS = 180


def _read(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def _plugin() -> Path:
    (entry,) = _read(MARKETPLACE)["plugins"]
    source: str = entry["source"]
    assert source.startswith("./.")
    assert entry["name"] == _read(ROOT / source / ".claude-plugin/plugin.json")["name"]
    return ROOT / source


def _front_matter() -> tuple[dict[str, str], str]:
    _, front, body = skill_text().split("---\n", 2)
    return yaml.safe_load(front), body


def test_the_skill_keeps_to_the_format() -> None:
    fields, body = _front_matter()
    assert fields.keys() <= {"name", "description", "license", "compatibility"}
    assert fields["name"] == "handoff"
    assert 100 < len(fields["description"]) <= 1024
    assert "Use it when" in fields["description"]
    assert len(fields["compatibility"]) <= 500
    assert len(body.splitlines()) < 500
    assert len(body.split()) < 600, "it is loaded whole, whenever it is used"


def test_the_format_s_own_program_finds_nothing_wrong_with_the_skill() -> None:
    library = pytest.importorskip("skills_ref", reason="the extra `test` has it")
    assert library.validate(_plugin() / "skills" / "handoff") == []


def test_each_command_of_the_skill_is_one_plain_line() -> None:
    lines = re.findall(r"`([^`]*handoff-md [^`]*)`", skill_text())
    assert len(lines) >= 10
    assert [line for line in lines if _NO_PLAIN_LINE.search(line) or "\n" in line] == []


def test_the_plugin_s_skill_is_the_one_that_init_installs() -> None:
    skills = {path.relative_to(_plugin()).as_posix() for path in _plugin().rglob("SKILL.md")}
    assert skills == {"skills/handoff/SKILL.md"}
    assert (_plugin() / "skills/handoff/SKILL.md").read_text("utf-8") == skill_text()


@pytest.mark.parametrize("host", HOSTS)
def test_the_plugin_hooks_every_event_that_the_host_has(host: str) -> None:
    manifest = _read(_plugin() / f".{host}-plugin" / "plugin.json")
    hooks = _read(_plugin() / manifest["hooks"])["hooks"]
    adapter = find_host(host)
    assert adapter
    kinds = {event: adapter.kind_of(event) for event in hooks}
    assert set(kinds.values()) == set(EventKind)
    for event, groups in hooks.items():
        command = _SILENT.format(host=host, event=kinds[event])
        assert groups == [{"hooks": [{"type": "command", "command": command}]}]


def test_both_hosts_get_one_plugin_of_this_version() -> None:
    claude, codex = (_read(_plugin() / f".{host}-plugin" / "plugin.json") for host in HOSTS)
    assert codex.pop("skills") == "./skills/"
    assert claude.pop("hooks") != codex.pop("hooks")
    assert claude == codex
    assert claude["version"] == handoff_md.__version__


def test_where_the_command_is_missing_a_hook_is_silent(tmp_path: Path) -> None:
    hooks = _read(_plugin() / "hooks/claude.json")["hooks"]
    command = hooks["SessionStart"][0]["hooks"][0]["command"]
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        env={"PATH": str(_with_sh(tmp_path))},
        input=b"{}",
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def _with_sh(folder: Path) -> Path:
    (folder / "sh").symlink_to("/bin/sh")
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = make_checkout(tmp_path / "root")
    assert run(made, "init", "--yes").code == 0
    commit_all(made, "chore: set up")
    assert run(made, "run", "start", "--orchestrator", "22").code == 0
    return made


def _call(folder: Path, command: list[str], **env: str) -> str:
    """Run a host's program in a home of its own, with this command on its path."""
    home = folder.parent / "home"
    tools = home / "bin"
    own = write(tools / "handoff-md", f'#!/bin/sh\nexec {sys.executable} -m handoff_md "$@"\n')
    own.chmod(0o755)
    name, *args = command
    program = os.environ.get(f"HANDOFF_MD_TEST_{name.upper()}") or shutil.which(name)
    if not program:
        pytest.skip(f"{name} is not installed: npm has it; HANDOFF_MD_TEST_{name.upper()} names it")
    done = subprocess.run(
        [program, *args],
        cwd=folder,
        env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(home), **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _hold_to_first_request(server: ModelServer, root: Path) -> None:
    """Hold what the model was asked first to what a plugin brings: the context, and the skill."""
    assert server.asked[0].count("This is session 23.") == 1
    assert "handoff-md:handoff: Hands work over" in server.asked[0]
    assert states(root) == {"23": "started"}


@pytest.mark.hosts
def test_claude_code_finds_the_plugin_valid_and_loads_it(root: Path) -> None:
    for path in (ROOT, _plugin()):
        assert "Validation passed" in _call(
            root, ["claude", "plugin", "validate", "--strict", str(path)]
        )
    with serve(lambda _: ()) as server:
        _call(
            root,
            ["claude", "-p", "hello", "--plugin-dir", str(_plugin())],
            ANTHROPIC_API_KEY="none",
            ANTHROPIC_BASE_URL=server.url,
            DISABLE_AUTOUPDATER="1",
            DISABLE_TELEMETRY="1",
            CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1",
        )
    _hold_to_first_request(server, root)


@pytest.mark.hosts
def test_codex_adds_the_plugin_from_the_same_marketplace(root: Path) -> None:
    config = root.parent / "home" / ".codex"
    with serve(lambda _: ()) as server:
        settings = (
            'model_provider = "loop"\n'
            f'[model_providers.loop]\nname = "loop"\nbase_url = "{server.url}/v1"\n'
            'wire_api = "responses"\nenv_key = "NO_KEY"\n'
            f'[projects."{root}"]\ntrust_level = "trusted"\n'
        )
        write(config / "config.toml", settings)
        env = {"NO_KEY": "none", "CODEX_HOME": str(config)}
        _call(root, ["codex", "plugin", "marketplace", "add", str(ROOT)], **env)
        _call(root, ["codex", "plugin", "add", "handoff-md@handoff-md"], **env)
        _call(root, ["codex", "exec", "--dangerously-bypass-hook-trust", "hello"], **env)
    _hold_to_first_request(server, root)
