"""Setting real repositories up: what is created, what is kept, and what is refused."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from checkouts import STATE, commit_all, merge, run, snapshot, status, write, write_summary
from permissions import unprivileged_folder
from repositories import git

from handoff_md.app.setup.plan import SetupRequest, plan_setup
from handoff_md.errors import FileError
from handoff_md.semantics.logs.compliance import is_fulfilled
from handoff_md.store.files import ChangedMeanwhileError

BEGIN, END = b"handoff-md:begin", b"handoff-md:end"
PROTOCOL = """\
# Protocol

## Session End

| Req | Step | Status | Evidence |
|-----|------|--------|----------|
| MUST | Update `.agents/HANDOFF.md` (include session log link) | [ ] | File modified |
| MUST | Complete session log | [ ] | |

| Version | Change |
|---|---|
| 1.1 | Added a link to HANDOFF.md |
"""
BRIEF = "# Start here\n\n## Where we are (2026-07-04)\n\nHalf way.\n"
NEWEST_LAST = "# Log\n\n## 2025-01-01: One\n\n1\n\n## 2025-01-02: Two\n\n2\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "--quiet", "--template=")
    return folder


def init(folder: Path, *args: str, code: int = 0, env: dict[str, str] | None = None) -> str:
    """Run ``init`` and give what it says on both streams."""
    done = run(folder, "init", *args, env=env)
    assert done.code == code, done.stderr
    return done.stdout + done.stderr


def outside(data: bytes) -> bytes:
    """Give a file without its managed section; without the blank line that sets it off, too."""
    start = data.rindex(b"\n", 0, data.index(BEGIN)) + 1 if b"\n" in data else 0
    end = data.index(b"\n", data.index(END)) + 1
    return data[:start] + data[end:]


def test_a_new_repository_gets_all_and_a_second_run_changes_nothing(root: Path) -> None:
    said = init(root)
    made = [line.split()[1] for line in said.splitlines() if line.startswith("created")]
    assert made == [
        "handoff-md.toml",
        ".agents/HANDOFF.md",
        ".agents/SESSION-PROTOCOL.md",
        ".agents/ORCHESTRATOR.md",
        ".gitignore",
        ".gitattributes",
    ]
    assert "registered  the merge driver" in said
    attributes = git(root, "check-attr", "merge", "--", ".agents/HANDOFF.md")
    assert attributes == b".agents/HANDOFF.md: merge: handoff-md\n"
    before = snapshot(root)
    assert "Nothing to do" in init(root)
    assert snapshot(root) == before
    commit_all(root, "set up")
    write_summary(root, "19")
    assert status(root) == ""
    assert merge(root).code == 0
    assert status(root) == ""
    assert b"### Parallel Sessions 19 (2025-12-18)" in (root / ".agents/HANDOFF.md").read_bytes()
    assert "Nothing to do" in init(root)


def test_a_dry_run_fits_a_screen_and_the_diff_is_what_git_applies(root: Path) -> None:
    write(root / ".agents/SESSION-PROTOCOL.md", PROTOCOL.rstrip("\n"))
    write(root / ".gitignore", "*.pyc\r\n")
    before = snapshot(root)
    told = init(root, "--dry-run")
    assert "create      handoff-md.toml, .agents/HANDOFF.md" in told
    assert "update      .agents/SESSION-PROTOCOL.md (+" in told
    assert len(told.splitlines()) < 24
    assert snapshot(root) == before
    command = [sys.executable, "-m", "handoff_md", "init", "--diff"]
    diff = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout
    assert snapshot(root) == before
    subprocess.run(["git", "apply"], cwd=root, input=diff, check=True)
    assert init(root).startswith("registered")
    assert "Nothing to do" in init(root)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".agents/SESSION-PROTOCOL.md", PROTOCOL),
        (".agents/SESSION-PROTOCOL.md", PROTOCOL.replace("\n", "\r\n")),
        (".agents/SESSION-PROTOCOL.md", "\ufeff" + PROTOCOL),
        (".agents/SESSION-PROTOCOL.md", "# P\r\rText.\r"),
        (".agents/ORCHESTRATOR.md", "Ours.\n"),
        ("AGENTS.md", "# Agents\n\n- Be good.\n"),
        (".gitignore", "*.pyc\n"),
        (".gitattributes", "* text=auto\n"),
        (".gitignore", "*.pyc\r\n/build/\r\n"),
        (".pre-commit-config.yaml", "repos:\n  - repo: local\n    hooks: []\n"),
        (".pre-commit-config.yaml", "# c\nrepos: # x\n\n# y\n- repo: meta\n  hooks: []\nci: {}\n"),
        (".gitlab-ci.yml", "test:\n  script: [make]\n"),
    ],
)
def test_every_byte_outside_the_marked_section_stays(root: Path, path: str, text: str) -> None:
    old = write(root / path, text).read_bytes()
    said = init(root)
    assert f"updated  {path}" in said
    new = (root / path).read_bytes()
    assert new.count(BEGIN) == new.count(END) == 1
    ending = b"\r\n" if b"\r\n" in old else b"\r" if b"\r" in old else b"\n"
    assert outside(new.replace(ending, b"\n")) in (
        old.replace(ending, b"\n"),
        old.replace(ending, b"\n") + b"\n",
    )
    if ending != b"\n":
        assert b"\n" not in new.replace(ending, b"")
    before = snapshot(root)
    assert "Nothing to do" in init(root)
    assert snapshot(root) == before


def test_a_file_without_a_last_line_break_keeps_its_bytes(root: Path) -> None:
    write(root / ".gitignore", "*.pyc")
    init(root)
    assert (root / ".gitignore").read_bytes().startswith(b"*.pyc\n\n# handoff-md:begin")
    assert git(root, "check-ignore", "a.pyc", ".agents/temp/x.md", ".handoff-md-0.tmp")


def test_an_older_section_is_brought_up_to_date_in_its_place(root: Path) -> None:
    init(root)
    path = root / ".agents/SESSION-PROTOCOL.md"
    whole = path.read_bytes()
    begin = whole.index(b"\n") + 1
    old = b"# Before\n\n" + whole[:begin] + b"old words\n" + whole[whole.rindex(b"<!--") :] + b"Z"
    path.write_bytes(old)
    assert init(root).splitlines()[0] == "updated  .agents/SESSION-PROTOCOL.md"
    new = path.read_bytes()
    assert new.startswith(b"# Before\n\n<!-- handoff-md:begin")
    assert new.endswith(b"<!-- handoff-md:end -->\nZ")
    assert b"old words" not in new
    assert b"## Session protocol" in new, "below somebody's own title"


@pytest.mark.parametrize(
    "text",
    [
        "<!-- handoff-md:begin -->\nno end\n",
        "<!-- handoff-md:end -->\n<!-- handoff-md:begin -->\n",
        "<!-- handoff-md:begin -->\n<!-- handoff-md:end -->\n" * 2,
        "# Open\n\n```sh\nnever closed\n",
        "# Open\n\n<!-- never closed\n",
    ],
)
def test_a_file_that_can_not_take_a_section_is_refused_and_nothing_is_written(
    root: Path, text: str
) -> None:
    write(root / ".agents/SESSION-PROTOCOL.md", text)
    before = snapshot(root)
    assert "error: " in init(root, code=1)
    assert snapshot(root) == before


def test_a_step_that_updates_the_document_is_explained(root: Path) -> None:
    write(root / ".agents/SESSION-PROTOCOL.md", PROTOCOL)
    init(root)
    text = (root / ".agents/SESSION-PROTOCOL.md").read_text()
    row = "| Update `.agents/HANDOFF.md` (include session log link) | `handoff-md session end NN` |"
    assert text.count(row) == 1
    assert "| Added a link to HANDOFF.md | `" not in text


def test_a_step_in_other_words_is_made_known_to_session_end(root: Path) -> None:
    write(root / "SESSION_LOG.md", NEWEST_LAST)
    step = "Append an entry to `SESSION_LOG.md` [always]"
    protocol = PROTOCOL.replace("Update `.agents/HANDOFF.md` (include session log link)", step)
    write(root / ".agents/SESSION-PROTOCOL.md", protocol)
    init(root)
    patterns = tomllib.loads((root / "handoff-md.toml").read_text())["end-fulfils"]
    assert is_fulfilled(step, patterns[-1:])
    assert not is_fulfilled(step, patterns[:-1])
    assert "Nothing to do" in init(root)
    write(root / "handoff-md.toml", 'handoff = "SESSION_LOG.md"\n')
    assert f"add {patterns[-1]!r} to end-fulfils" in init(root)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SESSION_LOG.md", NEWEST_LAST),
        ("docs/PROGRESS.md", "## 2025-01-01: One\n\n1\n"),
        ("HANDOFF.md", BRIEF),
        (".claude/handover.md", BRIEF.rstrip()),
        ("WORKLOG.md", "# L\n\n## Recent Sessions (Last 5)\n\n### 2025-01-01: x\n\n1\n"),
    ],
)
def test_a_document_of_another_shape_is_taken_as_it_is(root: Path, name: str, text: str) -> None:
    write(root / name, text)
    said = init(root)
    assert f"note: {name} is taken as the handoff document" in said
    config = tomllib.loads((root / "handoff-md.toml").read_text())
    assert config["handoff"] == name
    new = (root / name).read_text()
    assert new.startswith(text)
    assert new == text or new.removeprefix(text).strip("\n") == (
        "## Recent Sessions\n\n<!-- handoff-md:sessions -->"
    )
    assert not (root / ".agents/HANDOFF.md").exists()
    assert "Nothing to do" in init(root)
    commit_all(root, "set up")
    write_summary(root, "19")
    done = merge(root)
    assert done.code == 0, done.stderr
    assert "Nothing to do" in init(root)


def test_a_document_with_conflict_markers_is_left_alone(root: Path) -> None:
    text = "# H\n\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n"
    write(root / ".agents/HANDOFF.md", text)
    assert "holds conflict markers" in init(root)
    assert (root / ".agents/HANDOFF.md").read_text() == text


@pytest.mark.parametrize(
    ("words", "profile"),
    [
        ("**This file is now READ-ONLY.** Do not update it.", "read-only"),
        ("Since June HANDOFF.md is read-only.", "read-only"),
        ("The settings are read-only. This file is not.", None),
    ],
)
def test_a_document_that_is_read_only_is_set_up_so(
    root: Path, words: str, profile: str | None
) -> None:
    write(root / ".agents/HANDOFF.md", f"# H\n\n{words}\n\n## Recent Sessions\n")
    said = init(root)
    assert tomllib.loads((root / "handoff-md.toml").read_text()).get("profile") == profile
    assert ("says that it is read-only" in said) is (profile is not None)


def test_a_configuration_that_is_there_stays_and_is_followed(root: Path) -> None:
    text = 'handoff = "notes/H.md"\nsummaries = "notes/in box"\nprotocol = "notes/P.md"\n'
    write(root / "handoff-md.toml", text)
    init(root)
    assert (root / "handoff-md.toml").read_text() == text
    protocol = (root / "notes/P.md").read_text()
    assert "`notes/in box/handoff-session-NN-summary.md`" in protocol
    assert "(.agents/" not in protocol
    assert (root / "notes/H.md").exists()
    assert git(root, "check-ignore", "notes/in box/handoff-session-1-summary.md")
    said = init(root, "--handoff", "OTHER.md", code=2)
    assert "says handoff = 'notes/H.md'" in said


def test_coordination_is_proposed_where_there_is_a_remote_and_not_switched_on(root: Path) -> None:
    git(root, "remote", "add", "origin", "/nowhere/x.git")
    for option in ("--dry-run", "--yes"):
        assert '`coordination = "auto"` in handoff-md.toml' in init(root, option)
    text = (root / "handoff-md.toml").read_text()
    assert "coordination" not in tomllib.loads(text)
    proposed = text.replace("# coordination", "coordination")
    assert tomllib.loads(proposed)["coordination"] == "auto"
    assert "coordination" not in init(root, "--yes")
    init(root, "--remove")
    assert not (root / "handoff-md.toml").exists()


def test_one_file_can_not_be_two(root: Path) -> None:
    write(root / "handoff-md.toml", 'protocol = "P.md"\nguide = "./P.md"\n')
    assert "one file for two" in init(root, code=2)


def test_session_logs_are_found_where_they_are(root: Path) -> None:
    write(root / "docs/sessions/2025-01-01-session-01-x.md", "# Session 01\n")
    init(root)
    assert tomllib.loads((root / "handoff-md.toml").read_text())["sessions"] == "docs/sessions"


def test_summaries_that_the_project_ignores_need_no_rule(root: Path) -> None:
    write(root / ".gitignore", ".agents/temp\n")
    init(root)
    assert (root / ".gitignore").read_text() == ".agents/temp\n"


def test_each_clone_registers_the_driver_for_itself(root: Path, tmp_path: Path) -> None:
    init(root)
    commit_all(root, "set up")
    git(tmp_path, "clone", "--quiet", str(root), "clone")
    said = init(tmp_path / "clone").splitlines()
    assert said[0] == "registered  the merge driver, in this clone's git configuration"
    assert len(said) == 2
    assert "`handoff-md init --hook` has it do so" in said[1]
    assert "Nothing to do" in init(tmp_path / "clone")


def test_an_attribute_that_is_there_needs_no_other(root: Path) -> None:
    text = "*.md text\n.agents/HANDOFF.md merge=handoff-md\n"
    write(root / ".gitattributes", text)
    init(root)
    assert (root / ".gitattributes").read_text() == text


def test_rules_of_the_user_alone_do_not_count(root: Path) -> None:
    write(root / ".git/info/exclude", ".agents/temp\n")
    assert "created  .gitignore" in init(root)


def test_agents_are_led_to_the_protocol_once(root: Path) -> None:
    write(root / "AGENTS.md", "# Agents\n")
    write(root / "CLAUDE.md", "@AGENTS.md\n")
    init(root)
    assert ".agents/SESSION-PROTOCOL.md" in (root / "AGENTS.md").read_text()
    assert (root / "CLAUDE.md").read_text() == "@AGENTS.md\n"


def test_a_link_to_the_other_file_is_one_file(root: Path) -> None:
    write(root / "AGENTS.md", "# Agents\n")
    (root / "CLAUDE.md").symlink_to("AGENTS.md")
    init(root)
    assert (root / "AGENTS.md").read_bytes().count(BEGIN) == 1
    assert (root / "CLAUDE.md").is_symlink()


def test_a_protocol_that_is_named_already_needs_no_pointer(root: Path) -> None:
    text = "Follow .agents/SESSION-PROTOCOL.md.\n"
    write(root / "CLAUDE.md", text)
    init(root)
    assert (root / "CLAUDE.md").read_text() == text


@pytest.mark.parametrize("text", ["repos: []\n", "repos: [{repo: meta}]\n", "a: 1\n", "repos:\n"])
def test_a_pre_commit_configuration_without_a_plain_list_is_left_alone(
    root: Path, text: str
) -> None:
    write(root / ".pre-commit-config.yaml", text)
    assert "has no `repos:` list to add to" in init(root)
    assert (root / ".pre-commit-config.yaml").read_text() == text


def test_a_guard_of_the_users_own_needs_no_other(root: Path) -> None:
    text = "repos:\n- repo: local\n  hooks:\n  - id: handoff-md-guard\n"
    write(root / ".pre-commit-config.yaml", text)
    init(root)
    assert (root / ".pre-commit-config.yaml").read_text() == text


@pytest.mark.parametrize(
    "text",
    [
        "repos:\n- repo: meta\n  hooks: [{id: identity}]\n",
        "ci: {}\nrepos: # ours\n\n  # first\n    - repo: meta\n      hooks: [{id: identity}]\n",
        "repos:\n  -\n    repo: meta\n    hooks: [{id: identity}]\nfail_fast: true\n",
    ],
)
def test_pre_commit_runs_guard_and_linter_before_its_own_hooks(root: Path, text: str) -> None:
    path = write(root / ".pre-commit-config.yaml", text)
    init(root)
    first, second = yaml.safe_load(path.read_text())["repos"]
    guard, lint = (hook["entry"] for hook in first["hooks"])
    assert guard == "handoff-md guard"
    assert lint == "handoff-md lint --since HEAD --skip-others --force-exclude"
    assert second == yaml.safe_load(text)["repos"][0]
    command = [sys.executable, "-m", "pre_commit", "validate-config", str(path)]
    assert subprocess.run(command, cwd=root, check=False).returncode == 0


def test_ci_gets_a_job_where_there_is_ci(root: Path) -> None:
    write(root / ".github/workflows/test.yml", "on: push\n")
    write(root / ".gitlab-ci.yml", "stages: [build]\n")
    said = init(root)
    assert "created  .github/workflows/handoff-md.yml" in said
    assert (root / ".github/workflows/test.yml").read_text() == "on: push\n"
    workflow = yaml.safe_load((root / ".github/workflows/handoff-md.yml").read_text())
    assert workflow["jobs"]["lint"]["steps"][1]["with"] == {"only-changed": True}
    pipeline = yaml.safe_load((root / ".gitlab-ci.yml").read_text())
    assert pipeline["stages"] == ["build"]
    job = pipeline["handoff-md"]
    assert job["stage"] == ".pre", "the one stage that every pipeline has"
    for kind, file in job["artifacts"]["reports"].items():
        assert f"--output {'gitlab' if kind == 'codequality' else kind}:{file}" in job["script"][1]


def test_a_hook_is_installed_when_asked_and_runs(root: Path) -> None:
    assert "created  .git/hooks/pre-commit" in init(root, "--hook")
    hook = root / ".git/hooks/pre-commit"
    assert os.access(hook, os.X_OK)
    assert "Nothing to do" in init(root, "--hook")
    git(root, "add", "--all")
    path = f"/nowhere:{os.environ['PATH']}"
    tools = write(
        root.parent / "tools/handoff-md",
        f'#!/bin/sh\necho "RAN $@"; exec {sys.executable} -m handoff_md "$@"\n',
    )
    tools.chmod(0o755)
    done = subprocess.run(
        ["git", "commit", "--message", "x"],
        cwd=root,
        env={**os.environ, "PATH": f"{tools.parent}:{path}"},
        capture_output=True,
        check=True,
    )
    assert b"RAN guard" in done.stdout + done.stderr
    git(root, "checkout", "--quiet", "-b", "side")
    git(root, "commit", "--quiet", "--allow-empty", "--no-verify", "--message", "y")
    git(root, "checkout", "--quiet", "-")
    done = subprocess.run(
        ["git", "merge", "--no-ff", "--no-edit", "side"],
        cwd=root,
        env={**os.environ, "PATH": f"{tools.parent}:{path}"},
        capture_output=True,
        check=True,
    )
    assert b"RAN guard" in done.stdout + done.stderr


def test_the_hook_guards_a_run_where_the_command_is_not_on_the_path(
    root: Path, tmp_path: Path
) -> None:
    init(root, "--hook")
    write(root / "other.txt", "other\n")
    commit_all(root, "set up")
    for tool in ("git", "sh"):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or "")
    bare = {"PATH": str(tmp_path / "bin")}
    document = root / ".agents/HANDOFF.md"
    document.write_text(document.read_text() + "\nBy hand.\n")
    assert run(root, "run", "start", "--orchestrator", "22").code == 0
    file = root / STATE / "run.json"
    token, whole = json.loads(file.read_text())["run"], file.read_text()

    def commit(*paths: str, claims: str = "") -> subprocess.CompletedProcess[str]:
        write(root / "other.txt", f"{paths}\n")
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-m", "x", *paths]
        env = {**os.environ, **bare, "HANDOFF_MD_RUN": claims}
        return subprocess.run(
            command, check=False, cwd=root, env=env, capture_output=True, text=True
        )

    refused = commit("--all")
    assert refused.returncode == 1
    assert "a parallel run is active" in refused.stderr
    passed = commit("other.txt")
    assert passed.returncode == 0, passed.stderr
    assert "is not guarded" in passed.stderr
    for claimed in ("1", f"{token}0", "*", file.read_text()):
        assert commit("--all", claims=claimed).returncode == 1
    file.write_text("{")
    assert commit("--all").returncode == commit("--all", claims=token).returncode == 1
    file.write_text(whole)
    assert commit("--all", claims=token).returncode == 0
    document.write_text(document.read_text() + "\nAgain.\n")
    assert run(root, "run", "cancel").code == 0
    assert commit("--all").returncode == 0


def test_somebody_elses_hook_is_never_touched(root: Path) -> None:
    hook = write(root / ".git/hooks/pre-commit", "#!/bin/sh\nexit 0\n")
    said = init(root, "--hook")
    assert "somebody else's hook" in said
    assert f"add `handoff-md guard || exit $?` yourself to {hook}" in said
    assert hook.read_text() == "#!/bin/sh\nexit 0\n"
    assert (root / ".git/hooks/pre-merge-commit").exists()
    again = init(root, "--hook")
    assert "No hook was installed: it is left to you." in again
    assert "set up already" not in again


def test_hooks_go_where_git_looks_for_them_inside_the_repository(root: Path) -> None:
    git(root, "config", "core.hooksPath", ".githooks")
    assert "created  .githooks/pre-commit" in init(root, "--hook")


def test_hooks_of_all_repositories_are_left_alone(root: Path, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    git(root, "config", "core.hooksPath", str(tmp_path / "shared"))
    assert "serves other repositories too" in init(root, "--hook")
    assert list((tmp_path / "shared").iterdir()) == []


def test_a_linked_worktree_is_set_up_like_the_main_one(root: Path) -> None:
    git(root, "commit", "--quiet", "--allow-empty", "--message", "first")
    git(root, "worktree", "add", "--quiet", "-b", "other", "../linked")
    linked = root.parent / "linked"
    init(linked, "--hook")
    assert (linked / ".agents/HANDOFF.md").exists()
    assert not (root / ".agents").exists()
    assert os.access(root / ".git/hooks/pre-commit", os.X_OK)


def test_it_works_without_git_and_says_so(tmp_path: Path) -> None:
    said = init(tmp_path)
    assert "this is no git repository" in said
    assert (tmp_path / ".agents/HANDOFF.md").exists()
    assert not (tmp_path / ".gitignore").exists()
    assert "Nothing to do" in init(tmp_path)


def test_a_folder_that_leads_outside_is_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (root / ".agents").symlink_to(tmp_path / "elsewhere")
    before = snapshot(root)
    assert "outside" in init(root, code=2)
    assert snapshot(root) == before
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_folder_behind_a_link_is_to_be_named_by_its_own_path(root: Path) -> None:
    (root / "real").mkdir()
    (root / ".agents").symlink_to("real")
    before = snapshot(root)
    assert "name the folder that it leads to in handoff-md.toml" in init(root, code=2)
    assert snapshot(root) == before
    keys = {"handoff": "HANDOFF.md", "summaries": "temp", "sessions": "sessions"}
    keys |= {"protocol": "PROTOCOL.md", "guide": "GUIDE.md"}
    text = "".join(f'{key} = "real/{name}"\n' for key, name in keys.items())
    write(root / "handoff-md.toml", text)
    init(root)
    commit_all(root, "set up")
    write_summary(root, "19")
    assert merge(root).code == 0
    assert b"Parallel Sessions 19" in git(root, "show", "HEAD:real/HANDOFF.md")


@pytest.fixture
def protected() -> Iterator[Path]:
    yield from unprivileged_folder()


def test_what_can_not_be_written_is_said_and_a_later_run_goes_on(protected: Path) -> None:
    request = SetupRequest(directory=protected, today=dt.date(2025, 12, 18))
    (protected / ".agents").mkdir()
    (protected / ".agents").chmod(0o500)
    with pytest.raises(FileError, match="permission is denied"):
        plan_setup(request).carry_out()
    (protected / ".agents").chmod(0o700)
    plan_setup(request).carry_out()
    assert plan_setup(request).changes == ()


def test_a_file_that_changes_meanwhile_is_not_overwritten(root: Path) -> None:
    planned = plan_setup(SetupRequest(directory=root, today=dt.date(2025, 12, 18)))
    write(root / ".gitignore", "*.pyc\n")
    with pytest.raises(ChangedMeanwhileError):
        planned.carry_out()
    assert (root / ".gitignore").read_text() == "*.pyc\n"


def test_what_init_wrote_is_removed_and_what_people_wrote_stays_and_is_named(root: Path) -> None:
    write(root / "AGENTS.md", "# Agents")
    before = snapshot(root)
    init(root, "--hook")
    shown = init(root, "--remove", "--diff")
    assert "--- a/handoff-md.toml\n+++ /dev/null\n" in shown
    assert (root / "handoff-md.toml").exists()
    init(root, "--remove")
    after = snapshot(root)
    for name in (".git/config", ".git/hooks"):
        before.pop(name, None)
        after.pop(name, None)
    assert after == before
    assert "Nothing to remove: `handoff-md init` has left" in init(root, "--remove")
    assert "excludes" in init(root, "--remove", "--hook", code=2)


def test_removing_keeps_entries_edits_claims_and_hooks_of_others(root: Path) -> None:
    write(root / ".git/hooks/pre-commit", "#!/bin/sh\nhandoff-md guard || exit $?\n")
    write(root / ".gitattributes", "*.txt text")
    init(root)
    commit_all(root, "set up")
    guide, protocol = root / ".agents/ORCHESTRATOR.md", root / ".agents/SESSION-PROTOCOL.md"
    with (root / ".gitattributes").open("a") as file:
        file.write("*.png binary\n")
    guide.write_text("# Ours\n\n" + guide.read_text())
    protocol.write_text(protocol.read_text().replace("MUST", "may"))
    with (root / "handoff-md.toml").open("a") as file:
        file.write("require-logs = false\n")
    write_summary(root, "19")
    assert merge(root).code == 0
    write_summary(root, "20")
    assert run(root, "run", "start", "--orchestrator", "22").code == 0
    edited = protocol.read_bytes()
    said = init(root, "--remove")
    assert guide.read_text() == "# Ours\n"
    assert (root / ".gitattributes").read_text() == "*.txt text\n*.png binary\n"
    assert protocol.read_bytes() == edited
    assert b"Session 19" in (root / ".agents/HANDOFF.md").read_bytes()
    assert (root / STATE / "run.json").exists()
    for words in (
        ".agents/SESSION-PROTOCOL.md stays",
        ".agents/HANDOFF.md stays",
        "handoff-md.toml stays",
        ".git/hooks/pre-commit calls the guard",
        "a run is active",
        "summaries wait in .agents/temp, and nobody has merged them: 20",
        f"`rm -r -- {root / STATE}` deletes it",
    ):
        assert words in said
    assert "driver" not in git(root, "config", "--list").decode()


def test_a_driver_of_somebody_else_stays_registered(root: Path) -> None:
    init(root)
    git(root, "config", "merge.handoff-md.driver", "true")
    assert "unregistered" not in init(root, "--remove")
    assert git(root, "config", "merge.handoff-md.driver") == b"true\n"


def test_a_linked_worktree_is_cleared_with_the_hooks_that_all_share(root: Path) -> None:
    git(root, "commit", "--quiet", "--allow-empty", "--message", "first")
    git(root, "worktree", "add", "--quiet", "-b", "other", "../linked")
    linked = root.parent / "linked"
    init(linked, "--hook")
    init(linked, "--remove")
    assert [path.name for path in linked.iterdir()] == [".git"]
    assert list((root / ".git/hooks").iterdir()) == []
