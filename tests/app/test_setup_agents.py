"""Setting the hosts of coding agents up: what is written, what stays, and what is given back."""

from __future__ import annotations

import json
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from checkouts import STATE, age, commit_all, snapshot, status, write
from inprocess import Tell, make_tell
from permissions import unprivileged_folder
from repositories import git
from settings_shapes import REFUSED, SHAPES

from handoff_md.app.checkup.installation import check_agents
from handoff_md.app.hook.event import find_host
from handoff_md.app.setup.agents.hook_file import put_hooks
from handoff_md.app.setup.agents.hosts import AGENT_HOSTS, command_of
from handoff_md.app.setup.texts import is_untouched, seal_skill, skill_text
from handoff_md.app.workspace import open_workspace
from handoff_md.text.source import decode

USER = ("init", "--agent", "claude", "--user")
CLAUDE, SKILL = ".claude/settings.json", ".agents/skills/handoff/SKILL.md"
FILES = {
    "claude": CLAUDE,
    "copilot": ".github/hooks/handoff-md.json",
    "cursor": ".cursor/hooks.json",
    "gemini": ".gemini/settings.json",
}
OLD = "handoff-md hook claude SessionStart"


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tell:
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "COPILOT_HOME", "OPENCODE_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    return make_tell(monkeypatch, capsys)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tell: Tell) -> Path:  # noqa: ARG001 - its variables
    folder = tmp_path / "user"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("XDG_CONFIG_HOME")
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "--quiet", "--template=")
    return folder


def commands_in(settings: object) -> list[str]:
    """Give all commands in settings, wherever they stand."""
    if isinstance(settings, dict):
        own = [settings[key] for key in ("command", "bash") if isinstance(settings.get(key), str)]
        return own + [one for value in settings.values() for one in commands_in(value)]
    if isinstance(settings, list):
        return [one for value in settings for one in commands_in(value)]
    return []


def read_strictly(data: bytes) -> dict[str, Any]:
    """Read JSON as Python does; nothing where that takes it for none, for its comments."""
    try:
        read = json.loads(data.decode("utf-8-sig", "surrogateescape"), parse_int=float)
    except json.JSONDecodeError:
        return {}
    assert isinstance(read, dict)
    return read


@pytest.mark.parametrize("shape", SHAPES)
def test_settings_of_any_shape_get_hooks_once_and_are_given_back(
    shape: str, home: Path, tell: Tell
) -> None:
    before = SHAPES[shape]
    file = write(home / CLAUDE, before)
    done = tell(home, *USER)
    assert (done.code, done.stdout.splitlines()[0]) == (0, f"updated  ~/{CLAUDE}"), done.stderr
    after = file.read_bytes()
    assert after.count(b"handoff-md hook claude ") == 6
    was, now = read_strictly(before), read_strictly(after)
    if now:
        hooks = now.pop("hooks")
        ours = [hooks[event][-1] for event in ("SessionStart", "SessionEnd")]
        assert [one["hooks"][0].get("timeout") for one in ours] == [None, 10]
        assert now == {key: value for key, value in was.items() if key != "hooks"}
    assert "Nothing to do" in tell(home, *USER).stdout
    assert tell(home, *USER, "--check").code == 0
    assert file.read_bytes() == after
    assert tell(home, *USER, "--remove").code == 0
    assert file.read_bytes() == before
    assert [path for path in home.rglob("*") if path.is_file()] == [file]


def test_what_json_with_comments_becomes_is_read_by_another_program() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    hosts = [AGENT_HOSTS[name] for name in ("claude", "gemini", "cursor")]
    texts = {
        f"{shape} {host.name}": put_hooks(decode(data), "", host).apply().text
        for shape, data in SHAPES.items()
        if b"\xff" not in data and "an event twice" not in shape
        for host in hosts
    }
    program = (
        "const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        "for (const name in texts) texts[name] = eval('(' + texts[name].trim() + '\\n)').hooks;"
        "console.log(JSON.stringify(texts))"
    )
    read = subprocess.run(
        [node, "-e", program], input=json.dumps(texts), capture_output=True, text=True, check=False
    )
    assert read.returncode == 0, read.stderr
    for name, hooks in json.loads(read.stdout).items():
        host = AGENT_HOSTS[name.rpartition(" ")[2]]
        assert host.hooks is not None
        for event in host.hooks.events:
            assert hooks[event][-1] == host.hooks.element(host.name, event), name


@pytest.mark.parametrize("shape", REFUSED)
def test_settings_that_nothing_can_be_added_to_are_refused_with_their_place(
    shape: str, home: Path, tell: Tell
) -> None:
    data, says = REFUSED[shape]
    write(home / CLAUDE, data)
    before = snapshot(home)
    done = tell(home, "init", "--agent", "all", "--user")
    assert done.code == 1
    assert f"~/{CLAUDE}" in done.stderr
    assert says in done.stderr
    assert "then run it again." in done.stderr
    assert snapshot(home) == before


def test_all_hosts_are_set_up_in_a_new_repository_and_taken_out_of_it(
    root: Path, home: Path, tell: Tell
) -> None:
    told = tell(root, "init", "--agent", "all")
    assert told.code == 0, told.stderr
    assert "created  .claude/settings.json" in told.stdout
    assert (root / STATE / "hooks-allowed").is_file(), "hooks may write in this clone"
    for name, path in FILES.items():
        settings = json.loads((root / path).read_bytes())
        shape = AGENT_HOSTS[name].hooks
        assert shape is not None
        assert list(settings["hooks"]) == list(shape.events)
        assert commands_in(settings) == [command_of(name, own) for own in shape.events.values()]
        assert settings.get("version") == shape.top.get("version")
    gemini = json.loads((root / FILES["gemini"]).read_bytes())["hooks"]
    assert gemini["SessionEnd"][0]["hooks"][0]["timeout"] == 10_000, "in milliseconds"
    assert (root / "CLAUDE.md").read_text("utf-8").splitlines()[2] == "@AGENTS.md"
    assert (root / "GEMINI.md").read_text("utf-8").splitlines()[2] == "@./AGENTS.md"
    assert "SESSION-PROTOCOL.md" in (root / "AGENTS.md").read_text("utf-8")
    assert (root / ".claude/skills/handoff/SKILL.md").read_bytes() == (root / SKILL).read_bytes()
    assert not (root / ".codex").exists()
    assert "init --agent codex --user" in told.stderr
    before = snapshot(root)
    assert "Nothing to do" in tell(root, "init", "--agent", "all").stdout
    assert "Nothing to do" in tell(root, "init").stdout, "a set-up without agents keeps them"
    assert tell(root, "init", "--check", "--agent", "all").stdout == "Nothing is missing.\n"
    assert snapshot(root) == before
    commit_all(root, "chore: set up")
    assert tell(root, "init", "--agent", "all", "--remove").code == 0
    assert not (root / "AGENTS.md").exists()
    again = tell(root, "init", "--agent", "gemini", "--remove").stdout
    assert "`handoff-md init --agent gemini` has left nothing here" in again
    assert tell(root, "init", "--check").code == 0, "the rest of the set-up stays"
    git(root, "restore", ".")
    assert tell(root, "init", "--remove").code == 0
    assert [path.name for path in root.iterdir()] == [".git"]
    assert list(home.iterdir()) == []


def test_one_host_is_set_up_and_check_names_what_each_lacks(root: Path, tell: Tell) -> None:
    assert tell(root, "init", "--agent", "cursor", "--yes").code == 0
    names = {path.name for path in root.iterdir()}
    assert {".claude", ".gemini", ".opencode", "CLAUDE.md"}.isdisjoint(names)
    done = tell(root, "init", "--check", "--agent", "claude,opencode", "--agent", "cursor")
    assert done.code == 1
    assert done.stdout.splitlines() == [
        "missing  CLAUDE.md: handoff-md init --agent claude",
        "missing  .claude/settings.json: handoff-md init --agent claude",
        "missing  .claude/skills/handoff/SKILL.md: handoff-md init --agent claude",
        "missing  .opencode/plugins/handoff-md.js: handoff-md init --agent opencode",
    ]
    assert tell(root, "init", "--agent", "claude").code == 0
    assert tell(root, "init", "--agent", "cursor", "--remove").code == 0
    assert not (root / ".cursor").exists()
    assert not (root / SKILL).exists(), "nobody reads it any more"
    assert (root / "AGENTS.md").is_file(), "Claude Code still reads it"


def test_a_created_file_is_told_from_one_that_was_there_and_empty(home: Path, tell: Tell) -> None:
    for name in ("claude", "cursor", "copilot", "gemini"):
        host = AGENT_HOSTS[name]
        file = host.user_home() / host.user.hooks
        tell(home, "init", "--agent", name, "--user")
        made = file.read_bytes()
        tell(home, "init", "--agent", name, "--user", "--remove")
        assert not list(home.iterdir()), name
        bare = json.loads(made)
        del bare["hooks"]
        # What is left of such a file, as a person may have written it.
        written = json.dumps(bare, indent=2).encode() + b"\n"
        for before in (
            written,
            b"{\n}\n",
            b'{"version": 1}',
            b'{\n  "version": 1,\n  "hooks": {}\n}\n',
        ):
            write(file, before)
            tell(home, "init", "--agent", name, "--user")
            assert file.read_bytes() != made
            tell(home, "init", "--agent", name, "--user", "--remove")
            assert file.read_bytes() == before, (name, before)
        shutil.rmtree(home / file.relative_to(home).parts[0])


def test_an_old_hook_is_brought_up_to_date_and_a_persons_stays(home: Path, tell: Tell) -> None:
    own = "HANDOFF_MD_HOOKS=1 /opt/bin/handoff-md hook claude stop"
    hooks = {
        "SessionStart": [{"matcher": "startup", "hooks": [{"command": OLD, "timeout": 90}]}],
        "Stop": [{"hooks": [{"type": "command", "command": own}]}],
    }
    file = write(home / CLAUDE, json.dumps({"hooks": hooks}, indent=1))
    checked = tell(home, *USER, "--check")
    assert f"outdated  ~/{CLAUDE}: handoff-md init --agent claude --user" in checked.stdout
    tell(home, *USER)
    now = json.loads(file.read_bytes())["hooks"]
    current = command_of("claude", "session-start")
    assert now["SessionStart"] == [
        {"matcher": "startup", "hooks": [{"command": current, "timeout": 90}]}
    ]
    assert now["Stop"] == hooks["Stop"]
    removed = tell(home, *USER, "--remove")
    assert f"~/{CLAUDE} keeps hooks that people have written: Stop" in removed.stderr
    assert commands_in(json.loads(file.read_bytes())) == [own]


def test_a_hook_that_a_later_key_hides_does_not_count(home: Path, tell: Tell) -> None:
    tell(home, *USER)
    file = home / CLAUDE
    hidden = file.read_text("utf-8").replace("\n}\n", ',\n  "hooks": {"PreToolUse": []}\n}\n')
    file.write_text(hidden, "utf-8")
    assert tell(home, *USER, "--check").code == 1
    tell(home, *USER)
    assert len(json.loads(file.read_bytes())["hooks"]) == 7
    tell(home, *USER, "--remove")
    assert json.loads(file.read_bytes()) == {"hooks": {"PreToolUse": []}}
    assert b"handoff-md" not in file.read_bytes()


def test_what_a_person_has_put_around_our_hooks_stays(home: Path, tell: Tell) -> None:
    tell(home, *USER)
    file = home / CLAUDE
    text = file.read_text("utf-8")
    text = text.replace('"timeout": 10', '"timeout": 60').replace(
        '{\n  "hooks"', '{\n  "model": "opus", // dear\n  "hooks"', 1
    )
    stop = '"Stop": [\n'
    text = text.replace(
        stop, f'{stop}      {{"hooks": [{{"type": "command", "command": "ls"}}]}},\n'
    )
    file.write_text(text, "utf-8")
    assert "Nothing to do" in tell(home, *USER).stdout
    tell(home, *USER, "--remove")
    assert file.read_text("utf-8") == (
        '{\n  "model": "opus", // dear\n  "hooks": {\n    "Stop": [\n'
        '      {"hooks": [{"type": "command", "command": "ls"}]}\n    ]\n  }\n}\n'
    )


def test_commands_are_what_the_hooks_understand_and_silent_where_they_are_missing(
    tmp_path: Path,
) -> None:
    for host in AGENT_HOSTS.values():
        adapter = find_host(host.name)
        assert adapter is not None
        for event, own in host.hooks.events.items() if host.hooks else ():
            assert adapter.kind_of(event) == adapter.kind_of(own) == own
    shell = shutil.which("sh")
    assert shell is not None
    (tmp_path / "sh").symlink_to(shell)
    command = command_of("claude", "stop")
    broken = write(tmp_path / "bin/handoff-md", "#!/bin/sh\nexit 2\n")
    broken.chmod(0o755)
    for path in (tmp_path, broken.parent):
        done = subprocess.run(
            [shell, "-c", command],
            env={"PATH": f"{path}:{tmp_path}"},
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_the_skill_keeps_to_the_format_with_its_digest() -> None:
    _, front, body = seal_skill(skill_text()).split("---\n", 2)
    fields = yaml.safe_load(front)
    assert fields.keys() <= {"name", "description", "license", "compatibility", "metadata"}
    assert fields["name"] == Path(SKILL).parent.name
    assert 1 <= len(fields["description"]) <= 1024
    assert all(isinstance(value, str) for value in fields["metadata"].values())
    assert skill_text().endswith(body)
    known = '---\nname: x\nmetadata:\n  by: "me"\n---\nText.\n'
    assert yaml.safe_load(seal_skill(known).split("---")[1])["metadata"]["by"] == "me"
    assert is_untouched(decode(seal_skill(known)))


def test_a_skill_that_somebody_has_changed_is_told_and_stays(root: Path, tell: Tell) -> None:
    tell(root, "init", "--agent", "claude")
    skill = root / ".claude/skills/handoff/SKILL.md"
    written = skill.read_bytes()
    older = seal_skill(skill_text() + "\nMore.\n")
    for untouched in (written.replace(b"\n", b"\r\n"), older.encode()):
        skill.write_bytes(untouched)
        assert is_untouched(decode(untouched))
        tell(root, "init", "--agent", "claude")
        assert skill.read_bytes().replace(b"\r\n", b"\n") == written
    skill.write_bytes(written + b"Ours.\n")
    told = tell(root, "init", "--agent", "claude")
    assert "Nothing to do" in told.stdout
    assert ".claude/skills/handoff/SKILL.md is not as `handoff-md init` writes it" in told.stderr
    assert "move it away and run `handoff-md init --agent claude`" in told.stderr
    told = tell(root, "init", "--agent", "claude", "--remove")
    assert ".claude/skills/handoff/SKILL.md stays" in told.stderr
    assert skill.read_bytes() == written + b"Ours.\n"


def test_instructions_take_agents_md_in_where_a_host_does_not_read_it(
    root: Path, tell: Tell
) -> None:
    write(root / ".claude/CLAUDE.md", "# Rules\n")
    write(root / "AGENTS.md", "# Agents\n")
    write(root / ".gemini/settings.json", '{"context": {"fileName": ["AGENTS.md"]}}')
    tell(root, "init", "--agent", "claude,gemini")
    assert "@../AGENTS.md" in (root / ".claude/CLAUDE.md").read_text("utf-8")
    assert not (root / "CLAUDE.md").exists()
    assert not (root / "GEMINI.md").exists(), "its settings have it read AGENTS.md"
    assert "Nothing to do" in tell(root, "init").stdout
    agents = (root / "AGENTS.md").read_bytes()
    (root / "AGENTS.md").unlink()
    assert "Nothing to do" in tell(root, "init").stdout, "no line leads to what is gone"
    write(root / "AGENTS.md", agents)
    tell(root, "init", "--remove")
    assert (root / ".claude/CLAUDE.md").read_text("utf-8") == "# Rules\n"
    assert (root / "AGENTS.md").read_text("utf-8") == "# Agents\n"
    write(root / "CLAUDE.md", "See @AGENTS.md.\n")
    tell(root, "init", "--agent", "claude")
    assert (root / "CLAUDE.md").read_text("utf-8") == "See @AGENTS.md.\n"


def test_a_set_up_without_agents_comes_back_when_they_are_removed(root: Path, tell: Tell) -> None:
    write(root / "CLAUDE.md", "# Rules\n")
    tell(root, "init")
    before = snapshot(root)
    tell(root, "init", "--agent", "all")
    assert "@AGENTS.md" in (root / "CLAUDE.md").read_text("utf-8")
    tell(root, "init", "--agent", "all", "--remove")
    assert snapshot(root) == before


@pytest.mark.parametrize("obstacle", ["a folder", "no folder above", "a link out", "no JSON"])
def test_one_file_in_the_way_lets_nothing_be_written(
    obstacle: str, root: Path, tell: Tell, tmp_path: Path
) -> None:
    file = root / ".gemini/settings.json"
    if obstacle == "a folder":
        file.mkdir(parents=True)
    elif obstacle == "no folder above":
        write(root / ".gemini", "")
    elif obstacle == "a link out":
        file.parent.mkdir()
        file.symlink_to(write(tmp_path / "elsewhere.json", "{}"))
    else:
        write(file, "{")
    before = snapshot(root)
    done = tell(root, "init", "--agent", "all")
    assert done.code in (1, 2)
    assert ".gemini" in done.stderr
    assert snapshot(root) == before


def test_a_file_that_nobody_may_write_to_lets_nothing_be_written(
    tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in unprivileged_folder():
        monkeypatch.setenv("HOME", str(folder))
        monkeypatch.delenv("XDG_CONFIG_HOME")
        write(folder / ".gemini/settings.json", "{}").chmod(0o444)
        done = tell(folder, "init", "--agent", "all", "--user")
        assert done.code == 2
        assert ".gemini/settings.json is write-protected" in done.stderr
        assert not (folder / ".claude").exists()
        (folder / ".gemini/settings.json").unlink()
        (folder / ".cursor").mkdir(mode=0o555)
        done = tell(folder, "init", "--agent", "all", "--user")
        assert done.code == 2
        assert ".cursor/hooks.json: permission is denied" in done.stderr
        assert not (folder / ".claude").exists()


def test_settings_behind_a_link_are_changed_where_they_are(home: Path, tell: Tell) -> None:
    real = write(home / "dotfiles/claude.json", b'{"a": 1}')
    (home / ".claude").mkdir()
    (home / CLAUDE).symlink_to(real)
    tell(home, *USER)
    assert (home / CLAUDE).is_symlink()
    assert "hooks" in json.loads(real.read_bytes())
    tell(home, *USER, "--remove")
    assert real.read_bytes() == b'{"a": 1}'
    assert (home / CLAUDE).is_symlink()


def test_folders_that_are_links_to_each_other_get_a_skill_once(root: Path, tell: Tell) -> None:
    (root / ".agents/skills").mkdir(parents=True)
    (root / ".claude").mkdir()
    (root / ".claude/skills").symlink_to("../.agents/skills")
    assert tell(root, "init", "--agent", "all").code == 0
    assert "Nothing to do" in tell(root, "init", "--agent", "all").stdout
    assert tell(root, "init", "--agent", "claude", "--remove").code == 0
    assert (root / SKILL).is_file(), "the others read it"
    assert tell(root, "init", "--agent", "all", "--remove").code == 0
    assert not (root / SKILL).exists()
    assert (root / ".claude/skills").is_symlink()


def test_the_users_folders_are_where_variables_say(
    home: Path, tell: Tell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    assert tell(home, "init", "--agent", "claude,codex,opencode", "--user").code == 0
    for path in (
        "CLAUDE_CONFIG_DIR/settings.json",
        "CLAUDE_CONFIG_DIR/skills/handoff/SKILL.md",
        "CODEX_HOME/hooks.json",
        "XDG_CONFIG_HOME/opencode/plugins/handoff-md.js",
    ):
        assert (tmp_path / path).is_file()
    assert [path.name for path in home.iterdir()] == [".agents"]


def test_codex_gets_hooks_where_its_others_are(home: Path, tell: Tell) -> None:
    user = ("init", "--agent", "codex", "--user")
    other = (
        'model = "x" # dear\n\n[[hooks.Stop]]\n[[hooks.Stop.hooks]]\n'
        'type = "command"\ncommand = "ls"'
    )
    toml = home / ".codex/config.toml"
    for before in (other, other + "\n", other.replace("\n", "\r\n")):
        write(toml, before)
        told = tell(home, *user)
        assert "updated  ~/.codex/config.toml" in told.stdout, told.stderr
        assert "enter /hooks, and trust" in told.stderr
        hooks = tomllib.loads(toml.read_text("utf-8"))["hooks"]
        assert [len(hooks[event]) for event in ("SessionStart", "Stop")] == [1, 2]
        assert not (home / ".codex/hooks.json").exists()
        assert "Nothing to do" in tell(home, *user).stdout
        tell(home, *user, "--remove")
        assert toml.read_bytes() == before.encode()
    write(toml, other)
    tell(home, *user)
    text = toml.read_text("utf-8")
    # Codex writes what is trusted behind the last table, which is ours.
    state = '\n[hooks.state]\n\n[hooks.state."x:stop:0:0"]\ntrusted_hash = "sha256:1"\n'
    stop = command_of("codex", "stop")
    text = text.replace("# handoff-md:end", f"{state}# handoff-md:end")
    write(toml, text.replace(f'"{stop}"', '"handoff-md hook codex Stop"\ntimeout = 60'))
    assert "updated" in tell(home, *user).stdout
    assert "Nothing to do" in tell(home, *user).stdout
    assert toml.read_text("utf-8") == text.replace(f'"{stop}"', f'"{stop}"\ntimeout = 60')
    tell(home, *user, "--remove")
    left = tomllib.loads(toml.read_text("utf-8"))
    assert left == tomllib.loads(other + "\n" + state)
    assert "handoff-md" not in toml.read_text("utf-8")
    write(toml, f'{other}\n[[hooks.Stop.hooks]]\ncommand = "/opt/handoff-md hook codex stop"\n')
    tell(home, *user)
    write(home / ".codex/hooks.json", '{"hooks": {}}')
    assert "Nothing to do" in tell(home, *user).stdout, "ours stay where they are"
    (home / ".codex/hooks.json").unlink()
    write(toml, toml.read_text("utf-8").replace("# handoff-md:end", f"{state}# handoff-md:end"))
    assert "people have written: Stop" in tell(home, *user, "--remove").stderr
    assert toml.read_text("utf-8").count("handoff-md") == 1
    inline = 'hooks.Stop = [{ hooks = [{ type = "command", command = "ls" }] }]\n'
    for data, says in ((inline, "in a form that nothing can be added to"), ("a = \n", "line 1")):
        write(toml, data)
        done = tell(home, *user)
        assert done.code in (1, 2)
        assert says in done.stderr
        assert toml.read_text("utf-8") == data
    write(toml, 'model = "x"\n[hooks.state]\n')
    assert "created  ~/.codex/hooks.json" in tell(home, *user).stdout
    assert set(json.loads((home / ".codex/hooks.json").read_bytes())) == {"hooks"}


def test_ignored_files_are_told_and_folders_of_agents_are_seen(root: Path, tell: Tell) -> None:
    write(root / ".gitignore", ".claude/\n")
    (root / ".cursor").mkdir()
    told = tell(root, "init")
    assert "agents are at work here (.cursor): `handoff-md init --agent cursor`" in told.stderr
    told = tell(root, "init", "--agent", "claude")
    assert "git ignores .claude/settings.json, .claude/skills/handoff/SKILL.md" in told.stderr
    assert "by a rule in .gitignore" in told.stderr


def test_a_linked_work_tree_and_a_folder_below_set_the_same_up(root: Path, tell: Tell) -> None:
    write(root / "src/a.py", "")
    commit_all(root, "feat: begin")
    git(root, "worktree", "add", "--quiet", str(root.parent / "linked"))
    linked = root.parent / "linked"
    assert tell(linked / "src", "init", "--agent", "claude").code == 0
    assert (linked / CLAUDE).is_file()
    assert not (root / CLAUDE).exists()
    assert (root / STATE / "hooks-allowed").is_file(), "one clone, one mark"
    assert tell(linked / "src", "init", "--agent", "claude", "--remove").code == 0
    assert not (linked / ".claude").exists()


def test_the_plugin_of_opencode_calls_the_hooks(root: Path, tell: Tell, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    tell(root, "init", "--agent", "opencode")
    plugin = tmp_path / "plugin.mjs"
    shutil.copyfile(root / ".opencode/plugins/handoff-md.js", plugin)
    log = tmp_path / "log"
    fake = write(
        tmp_path / "bin/handoff-md",
        f'#!/bin/sh\necho "$2 $3 $(cat)" >> {log}\n[ "$3" = session-start ] && echo "Notes."\n',
    )
    fake.chmod(0o755)
    program = """
    const { HandoffMd } = await import(process.argv[2])
    const hooks = await HandoffMd({ directory: "/repo" })
    const say = (type, properties) => hooks.event({ event: { type, properties } })
    await say("session.created", { info: { id: "child", parentID: "one" } })
    const told = []
    for (const sessionID of ["one", "one", "child"]) {
      const output = { system: [], context: [] }
      await hooks["experimental.chat.system.transform"]({ sessionID }, output)
      if (sessionID === "one")
        await hooks["experimental.session.compacting"]({ sessionID }, output)
      told.push([output.system, output.context])
    }
    await say("session.idle", { sessionID: "one" })
    await say("session.idle", { sessionID: "child" })
    await say("session.deleted", { info: { id: "one" } })
    await say("file.edited", {})
    console.log(JSON.stringify(told))
    """
    script = write(tmp_path / "script.mjs", program)
    for path, notes in ((f"{fake.parent}:/usr/bin:/bin", ["Notes."]), (str(root), [])):
        done = subprocess.run(
            [node, str(script), str(plugin)], env={"PATH": path}, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        assert json.loads(done.stdout) == [[notes, notes], [notes, notes], [[], []]]
    calls = [line.split(" ", 2) for line in log.read_text("utf-8").splitlines()]
    events = ["start", "compacting", "compacting", "idle", "deleted"]
    assert [event for _, event, _ in calls] == [f"session-{event}" for event in events]
    assert all(json.loads(sent) == {"sessionID": "one", "directory": "/repo"} for *_, sent in calls)
    adapter = find_host("opencode")
    assert adapter is not None
    assert all(adapter.kind_of(event) for _, event, _ in calls)


def test_dry_run_and_diff_write_nothing(root: Path, home: Path, tell: Tell) -> None:
    write(root / CLAUDE, '{"model": "opus"}')
    before = snapshot(root)
    told = tell(root, "init", "--agent", "all", "--dry-run").stdout
    assert ".claude/settings.json (+" in told
    diff = tell(root, "init", "--agent", "all", "--diff").stdout
    assert snapshot(root) == before
    subprocess.run(["git", "apply"], cwd=root, input=diff.encode(), check=True)
    assert tell(root, "init", "--agent", "all", "--check").code == 0
    assert "create" in tell(home, *USER, "--dry-run").stdout
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--agent", "claud"), "Did you mean claude?"),
        (("--agent", ""), "it is empty"),
        (("--user",), "name an --agent"),
        (("--user", "--agent", "all", "--hook"), "--user excludes --hook"),
    ],
)
def test_what_can_not_be_meant_is_a_usage_error(
    words: tuple[str, ...], says: str, root: Path, tell: Tell
) -> None:
    done = tell(root, "init", *words)
    assert done.code == 2
    assert says in done.stderr
    assert status(root) == ""


def test_doctor_tells_what_keeps_agents_hooks_from_running(
    root: Path, home: Path, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(name: str) -> list[tuple[str, str]]:
        findings = check_agents(open_workspace(root))
        return [(one.message, one.mend) for one in findings if one.name == name]

    tell(root, "init", "--agent", "claude")
    for name in ("idle", "outdated", "doubled", "untrusted"):
        assert found(f"agent-hooks-{name}") == []
    tell(root, "init", "--agent", "claude,codex", "--user")
    [(message, mend)] = found("agent-hooks-doubled")
    assert "Claude Code has hooks from the project's file and the user's file: no harm" in message
    assert mend == "handoff-md init --agent claude --user --remove"
    [(message, mend)] = found("agent-hooks-untrusted")
    assert message.startswith("Codex skips hooks that nobody has trusted: SessionStart, Sub")
    hooks = home / ".codex/hooks.json"
    labels = (
        "session_start",
        "subagent_start",
        "subagent_stop",
        "stop",
        "pre_compact",
        "session_end",
    )
    states = "".join(
        f'[hooks.state."{hooks}:{label}:0:0"]\ntrusted_hash = "sha256:0"\n' for label in labels
    )
    write(home / ".codex/config.toml", states)
    assert found("agent-hooks-untrusted") == []
    write(home / ".codex/config.toml", states + "enabled = false\n")
    assert found("agent-hooks-untrusted")[0][0].endswith("trusted: SessionEnd")
    settings = root / CLAUDE
    text = settings.read_text("utf-8")
    settings.write_text(text.replace(command_of("claude", "session-start"), OLD), "utf-8")
    [(message, mend)] = found("agent-hooks-outdated")
    assert message == f"{CLAUDE} has hooks of another version of handoff-md: SessionStart"
    assert mend == "handoff-md init --agent claude"
    (root / STATE / "hooks-allowed").unlink()
    [(message, mend)] = found("agent-hooks-idle")
    assert message == "hooks of Claude Code write nothing in this clone: `init` was not run in it"
    assert mend == "handoff-md init"
    age(write(settings.with_name(f".handoff-md-{0:016x}.tmp"), ""), 3600)
    told = json.loads(tell(root, "doctor", "--json").stdout)["findings"]
    mends = {one["name"]: one["mend"] for one in told}
    assert f"{settings.parent.name}/.handoff-md-" in mends["temporary-files"]
    assert mends["agent-hooks-doubled"] == "handoff-md init --agent claude --user --remove"
    settings.unlink()
    assert found("agent-hooks-idle")[0][0].startswith(
        "hooks of Claude Code and Codex write nothing"
    )
    monkeypatch.setenv("PATH", str(Path(shutil.which("git") or "").parent))
    assert any("hooks of coding agents run" in message for message, _ in found("command-not-found"))
    write(root / CLAUDE, '{"enabledPlugins": {"handoff-md@handoff-md": true}}')
    assert "the user's file and a plugin" in found("agent-hooks-doubled")[0][0]
