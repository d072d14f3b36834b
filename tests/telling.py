"""Sessions that tell a remote of themselves by refs, in the process of the test."""

from __future__ import annotations

import json
from pathlib import Path

from agents import fill_log
from inprocess import Tell
from repositories import git

ROOT = "refs/handoff/"


def begin(tell: Tell, clone: Path, *args: str) -> tuple[str, list[str]]:
    """Start a session; give its id, and the notes."""
    done = tell(clone, "session", "start", "--json", "--title", "Work", *args)
    assert done.code == 0, done.stderr
    return done.report["id"], done.report["notes"]


def finish(tell: Tell, clone: Path, session: str, *args: str) -> list[str]:
    """Do a session's work and end it; give the notes."""
    shown = json.loads(tell(clone, "session", "show", session, "--json").stdout)
    fill_log(clone / shown["log"])
    done = tell(clone, "session", "end", session, "--json", *args)
    assert done.code == 0, (done.stderr, done.stdout)
    notes: list[str] = done.report["notes"]
    return notes


def refs_of(remote: Path) -> list[str]:
    """Name the refs of a bare repository that are about sessions."""
    listed = git(remote, "for-each-ref", "--format=%(refname)", ROOT).decode()
    return [line.removeprefix(ROOT) for line in listed.splitlines()]
