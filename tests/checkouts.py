"""Checkouts with a handoff document and summaries, and the command run in them as a process."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repositories import git

HANDOFF = ".agents/HANDOFF.md"
SUMMARIES = ".agents/temp"
STATE = ".git/handoff-md"
DATE = "2025-12-18"
SUBJECT = "docs(handoff): merge parallel sessions 19, 20"
MERGE = ("merge", "--orchestrator", "22")

DOCUMENT = """\
# Handoff

**Last Updated**: 2025-12-17

## Recent Sessions

### Session 18: Keep the numbers (2025-12-17)

Kept.

### Session 17: Count them (2025-12-16)

Counted.

## Notes

Stay as they are.
"""


@dataclass(frozen=True, slots=True)
class Done:
    """How a process of the command ended; a negative code is the signal that ended it."""

    code: int
    stdout: str
    stderr: str

    @property
    def report(self) -> dict[str, Any]:
        """Give the JSON object on stdout, which must be the only thing there."""
        report = json.loads(self.stdout)
        assert isinstance(report, dict)
        return report

    @property
    def statuses(self) -> dict[str, str]:
        """Give each session's status, by its id."""
        return {session["id"]: session["status"] for session in self.report["sessions"]}


def start(
    folder: Path, *args: str, env: dict[str, str] | None = None, command: tuple[str, ...] = ()
) -> subprocess.Popen[str]:
    """Start ``handoff-md <args>`` in a folder, in a process group of its own."""
    return subprocess.Popen(
        [*(command or (sys.executable, "-m", "handoff_md")), *args],
        cwd=folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="surrogateescape",
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str], *, seconds: float = 120) -> Done:
    """Wait for a started command; it never shows a traceback, whatever becomes of it."""
    stdout, stderr = process.communicate(timeout=seconds)
    assert "Traceback" not in stderr, stderr
    assert "itself has failed" not in stderr, stderr
    return Done(process.returncode, stdout, stderr)


def run(folder: Path, *args: str, env: dict[str, str] | None = None) -> Done:
    """Run ``handoff-md <args>`` in a folder to its end."""
    return finish(start(folder, *args, env=env))


def merge(folder: Path, *args: str, env: dict[str, str] | None = None) -> Done:
    """Run a merge of orchestrator 22 to its end."""
    return run(folder, *MERGE, *args, env=env)


def merge_json(folder: Path, *args: str, env: dict[str, str] | None = None) -> Done:
    """Run a merge of orchestrator 22 that reports in JSON."""
    return merge(folder, "--json", *args, env=env)


def write(path: Path, text: str | bytes) -> Path:
    """Write a file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def age(path: Path, seconds: float = 60.0) -> Path:
    """Date a file back, so that nobody takes it for one that is still being written."""
    moment = time.time() - seconds
    os.utime(path, (moment, moment), follow_symlinks=False)
    return path


def summary_path(root: Path, session: str) -> Path:
    return root / SUMMARIES / f"handoff-session-{session}-summary.md"


def summary_text(session: str, *, date: str | None = DATE, words: str = "") -> str:
    front = f"---\nsession: {session}\ndate: {date}\n---\n" if date else ""
    return f"{front}# Session {session}: Work of {session}\n\n{words or f'Did {session}.'}\n"


def write_summary(root: Path, session: str, *, date: str | None = DATE, words: str = "") -> Path:
    """Write a summary that is finished and has settled."""
    return age(write(summary_path(root, session), summary_text(session, date=date, words=words)))


def commit_all(root: Path, message: str) -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", message)


def make_checkout(root: Path, *, document: str | bytes = DOCUMENT) -> Path:
    """Make a repository whose HEAD holds a document; its summaries are ignored by git."""
    root.mkdir(parents=True)
    git(root, "init", "--quiet", "--template=")
    write(root / HANDOFF, document)
    write(root / ".gitignore", f"{SUMMARIES}/\n")
    write(root / "other.txt", "other\n")
    commit_all(root, "first")
    return root


def make_ready(root: Path) -> Path:
    """Make a checkout with the summaries of sessions 19 and 20."""
    make_checkout(root)
    write_summary(root, "19")
    write_summary(root, "20")
    return root


def add_hook(root: Path, name: str, script: str) -> None:
    hook = write(root / ".git" / "hooks" / name, f"#!/bin/sh\n{script}\n")
    hook.chmod(0o755)


def document_of(root: Path) -> str:
    return (root / HANDOFF).read_bytes().decode()


def messages(root: Path, rev: str = "HEAD") -> list[str]:
    """Give the messages of all commits, the latest first."""
    return git(root, "log", "--format=%B%x00", rev).decode().replace("\0\n", "\0").split("\0")[:-1]


def subjects(root: Path, rev: str = "HEAD") -> list[str]:
    return git(root, "log", "--format=%s", rev).decode().splitlines()


def status(root: Path) -> str:
    return git(root, "status", "--porcelain", "--untracked-files=all").decode()


def changed_files(root: Path, rev: str = "HEAD") -> list[str]:
    """Give what a commit changes, as ``M path``."""
    listed = git(root, "show", "--format=", "--name-status", "--no-renames", rev).decode()
    return listed.replace("\t", " ").splitlines()


def archived(state: Path) -> list[tuple[str, bytes]]:
    """Give the name and content of every archived summary, whichever merge it is of."""
    files = (state / "archive").glob("*/*") if state.exists() else ()
    return sorted((file.name, file.read_bytes()) for file in files if file.name != "merge.json")


def snapshot(root: Path) -> dict[str, tuple[int, bytes]]:
    """Give the mode and content of everything below a folder, links not followed."""
    found: dict[str, tuple[int, bytes]] = {}
    for path in sorted(root.rglob("*")):
        mode = path.lstat().st_mode
        content = b""
        if stat.S_ISLNK(mode):
            content = os.fsencode(path.readlink())
        elif stat.S_ISREG(mode):
            content = path.read_bytes()
        found[str(path.relative_to(root))] = (mode, content)
    return found
