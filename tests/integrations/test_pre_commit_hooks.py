"""The hooks run in pre-commit itself.

Only the installation is left out: ``language: system`` takes the command of this checkout from
PATH, where ``language: python`` would install the package with pip. The long proof does that too.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from lint_repositories import BAD, GOOD, HANDOFF, ROOT, make_repository, with_command
from repositories import git

MANIFEST = ROOT / ".pre-commit-hooks.yaml"
LINT, HISTORY = "handoff-md-lint", "handoff-md-lint-history"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    cache = {"PRE_COMMIT_HOME": str(tmp_path / "cache"), "PRE_COMMIT_COLOR": "never"}
    return with_command(tmp_path / "tools") | cache


@pytest.fixture
def hooks(tmp_path: Path) -> Path:
    """A repository that has the manifest, as pre-commit clones it."""
    folder = tmp_path / "hooks"
    folder.mkdir()
    shutil.copy(MANIFEST, folder)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "feat: have hooks")
    return folder


def use_hooks(repository: Path, hooks: Path, *settings: dict[str, object]) -> None:
    """Write the configuration that a user of the hooks writes."""
    entry = {
        "repo": str(hooks),
        "rev": git(hooks, "rev-parse", "HEAD").decode().strip(),
        "hooks": [{"language": "system", **hook} for hook in settings],
    }
    (repository / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [entry]}))
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--no-verify", "--message", "build: use hooks")


def pre_commit(
    folder: Path, environment: dict[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_manifest_is_valid(environment: dict[str, str]) -> None:
    done = pre_commit(ROOT, environment, "validate-manifest", str(MANIFEST))
    assert done.returncode == 0, done.stdout


def test_a_bad_document_stops_its_commit_and_a_good_one_passes(
    tmp_path: Path, hooks: Path, environment: dict[str, str]
) -> None:
    repository = make_repository(tmp_path / "repository")
    use_hooks(repository, hooks, {"id": LINT, "args": ["--select", "HE003"]})
    assert pre_commit(repository, environment, "install").returncode == 0
    handoff = repository / HANDOFF
    for text, accepted in ((BAD, False), (GOOD + "\nMore.\n", True)):
        handoff.write_text(text, "utf-8")
        done = subprocess.run(
            ["git", "commit", "--all", "--message", "docs: change the document"],
            cwd=repository,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode == 0) == accepted, done.stderr
        assert ("error[HE003] duplicate-session" in done.stderr) != accepted


def test_the_hook_takes_the_document_by_whatever_name_it_has_and_no_others(
    tmp_path: Path, hooks: Path, environment: dict[str, str]
) -> None:
    repository = make_repository(tmp_path / "repository")
    (repository / HANDOFF).rename(repository / "NOTES.txt")
    (repository / "handoff-md.toml").write_text('handoff = "NOTES.txt"\n', "utf-8")
    use_hooks(repository, hooks, {"id": LINT, "args": ["--select", "HE003"]})
    for name, refused in (
        ("README.md", False),
        ("docs/MY-HANDOFF.md", False),
        ("NOTES.txt", True),
        ("docs/HANDOFF.md", True),
    ):
        (repository / name).parent.mkdir(exist_ok=True)
        (repository / name).write_text(BAD, "utf-8")
        git(repository, "add", "--all")
        done = pre_commit(repository, environment, "run")
        assert (done.returncode == 1) is refused, (name, done.stdout)
        git(repository, "reset", "--quiet", "--hard")


def test_only_what_a_commit_brings_is_refused_with_since_head(
    tmp_path: Path, hooks: Path, environment: dict[str, str]
) -> None:
    repository = make_repository(tmp_path / "repository", BAD)
    use_hooks(repository, hooks, {"id": LINT, "args": ["--since", "HEAD"]})
    once_more = GOOD.partition("## Recent Sessions\n")[2].replace("exists", "is there")
    for text, code in ((BAD + "\nMore.\n", 0), (BAD + once_more, 1)):
        (repository / HANDOFF).write_text(text, "utf-8")
        git(repository, "add", "--all")
        done = pre_commit(repository, environment, "run")
        assert done.returncode == code, done.stdout
    assert done.stdout.count("error[HE003]") == 1


def test_a_fix_stops_the_commit_so_that_it_is_looked_at(
    tmp_path: Path, hooks: Path, environment: dict[str, str]
) -> None:
    repository = make_repository(tmp_path / "repository")
    arguments = ["--fix", "--select", "HX004"]
    use_hooks(repository, hooks, {"id": LINT, "args": arguments})
    (repository / HANDOFF).write_bytes(GOOD.encode().replace(b"\n", b"\r\n", 1))
    git(repository, "add", "--all")
    done = pre_commit(repository, environment, "run")
    assert done.returncode == 1
    assert "files were modified by this hook" in done.stdout
    assert (repository / HANDOFF).read_bytes() == GOOD.encode()


def test_what_is_pushed_is_checked_commit_by_commit(
    tmp_path: Path, hooks: Path, environment: dict[str, str]
) -> None:
    repository = make_repository(tmp_path / "repository")
    use_hooks(repository, hooks, {"id": HISTORY})
    git(tmp_path, "init", "--quiet", "--bare", "remote.git")
    git(repository, "remote", "add", "origin", str(tmp_path / "remote.git"))
    git(repository, "push", "--quiet", "origin", "main")
    assert pre_commit(repository, environment, "install", "-t", "pre-push").returncode == 0
    for numbers, accepted in (((19, 20), False), ((19,), True)):
        entries = (f"\n### 2025-12-18: Work (Session {number})\n\nDone.\n" for number in numbers)
        (repository / HANDOFF).write_text("".join([GOOD, *entries]), "utf-8")
        git(repository, "commit", "--quiet", "--all", "--message", "docs: enter session 19")
        done = subprocess.run(
            ["git", "push", "origin", "main"],
            cwd=repository,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode == 0) == accepted, done.stdout
        assert ("error[HG001] bundled-entries" in done.stdout) != accepted
        git(repository, "reset", "--quiet", "--hard", "HEAD~1")


@pytest.mark.full
def test_pre_commit_installs_the_package_and_runs_it(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    source = tmp_path / "source"
    kept = ("handoff_md", "README.md", "LICENSE", "pyproject.toml", MANIFEST.name)
    source.mkdir()
    for name in kept:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    git(source, "init", "--quiet")
    git(source, "add", "--all")
    git(source, "commit", "--quiet", "--message", "feat: be here")
    repository = make_repository(tmp_path / "repository", BAD)
    bare = {key: value for key, value in environment.items() if key != "PYTHONPATH"}
    done = pre_commit(repository, bare, "try-repo", str(source), LINT, "--all-files")
    assert done.returncode == 1
    assert "error[HE003]" in done.stdout, done.stdout
