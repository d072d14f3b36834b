"""A ``git`` on PATH that answers what is no answer: a sentence comes of it, and no harm."""

from __future__ import annotations

import io
import os
import shutil
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from checkouts import HANDOFF, MERGE, make_checkout, summary_path, write, write_summary
from repositories import git

from handoff_md.cli.commands import run

# What stands in for the answer of one process, by what a person would call it.
ANSWERS = {
    "words": "echo 'hello from the wrapper'",
    "nothing": ":",
    "too much": 'echo "warning: be careful"; "$REAL_GIT" "$@"',
    "bytes": r"printf '\377\376 \000\001 rubbish'",
    "zeros": r"printf '0\0000\0000\0000\000'",
    "killed": "kill -9 $$",
    "half": '"$REAL_GIT" "$@" </dev/null | head -c 20',
}
COMMANDS = {
    "merge": (*MERGE, "19"),
    "start": ("session", "start", "--title", "Work"),
    "list": ("session", "list"),
    "run": ("run", "start", "--orchestrator", "30"),
    "lint": ("lint",),
    "since": ("lint", "--since", "HEAD~1"),
    "commits": ("lint", "--commits", "HEAD~1..HEAD"),
    "doctor": ("doctor",),
    "init": ("init", "--dry-run"),
    "guard": ("guard",),
    "preview": ("preview", "--merge", "other"),
    "show": ("show",),
    "context": ("context", "--since", "HEAD~1"),
}


@pytest.fixture
def fake(tmp_path: Path) -> Path:
    """Write a git that counts its processes, and garbles the one that a file names."""
    real = shutil.which("git")
    assert real
    script = write(
        tmp_path / "bin/git",
        f"""#!/bin/sh
REAL_GIT={real}
read count <"{tmp_path}/count"; count=$((count + 1)); echo $count >"{tmp_path}/count"
read wanted <"{tmp_path}/wanted"
[ $count -ne $wanted ] || . "{tmp_path}/answer"
[ $count -ne $wanted ] || exit
exec "$REAL_GIT" "$@"
""",
    )
    script.chmod(0o755)
    write(tmp_path / "wanted", "0\n")
    return tmp_path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A repository in which each command has something to ask git about."""
    root = make_checkout(tmp_path / "model")
    git(root, "branch", "other")
    write(root / HANDOFF, (root / HANDOFF).read_text().replace("Kept.", "All are kept."))
    git(root, "commit", "--quiet", "--all", "--message", "second\n\nHandoff-Session: 18")
    write_summary(root, "19")
    return root


@pytest.mark.parametrize("name", ["merge", "start", "commits", "guard", "context"])
def test_an_answer_of_git_that_is_none_ends_as_a_sentence(
    fake: Path, model: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _garble_each_process(fake, model, name, monkeypatch, answers=1)


@pytest.mark.full
@pytest.mark.parametrize("name", COMMANDS)
def test_no_answer_of_git_that_is_none_does_harm(
    fake: Path, model: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _garble_each_process(fake, model, name, monkeypatch, answers=len(ANSWERS))


def _garble_each_process(
    fake: Path, model: Path, name: str, monkeypatch: pytest.MonkeyPatch, *, answers: int
) -> None:
    """Run a command once for each git process that it starts, and for so many answers of that."""
    path = os.environ["PATH"]
    scripts, count, wanted = list(ANSWERS.values()), 0, -1
    while wanted < count:
        wanted += 1  # with 0 none is garbled, and all are counted
        for answer in range(answers if wanted else 1):
            script = scripts[(wanted + answer + list(COMMANDS).index(name)) % len(scripts)]
            root = fake / f"{wanted}-{answer}"
            shutil.copytree(model, root)
            write(fake / "count", "0\n")
            write(fake / "wanted", f"{wanted}\n")
            write(fake / "answer", script)
            monkeypatch.setenv("PATH", f"{fake / 'bin'}:{path}")
            monkeypatch.chdir(root)
            said = io.StringIO()
            with redirect_stderr(said), redirect_stdout(io.TextIOWrapper(io.BytesIO())):
                code = run(COMMANDS[name])
            count = max(count, int((fake / "count").read_text()))
            told = f"process {wanted} answers {script!r}: {code} {said.getvalue()}"
            assert code in (0, 1, 2), told
            assert "itself has failed" not in said.getvalue(), told
            monkeypatch.setenv("PATH", path)
            _check_the_merge(root, code, name, told)


def _check_the_merge(root: Path, code: int, name: str, told: str) -> None:
    """No merge is called done that HEAD does not hold, and no summary goes without one."""
    held = git(root, "show", f"HEAD:{HANDOFF}")
    if name == "merge" and code == 0:
        assert b"Session 19" in held, told
    if b"Session 19" not in held:
        assert summary_path(root, "19").exists(), told
