"""Clones whose sessions commit their summaries, over a bare remote on disk."""

from __future__ import annotations

from pathlib import Path

from agents import end, work
from checkouts import commit_all, make_checkout, write
from repositories import git

from handoff_md.config import Config

COMMITTED = Config().committed


def make_branched(root: Path, more: str = "", *, coordination: str = "branch") -> Path:
    """Make a checkout that is configured so."""
    make_checkout(root)
    write(root / "handoff-md.toml", f'coordination = "{coordination}"\n{more}')
    commit_all(root, "configure")
    return root


def make_remote(folder: Path, *, coordination: str = "branch", more: str = "") -> Path:
    """Make a bare repository with a document; branches ``agent/*`` are collected from."""
    more = f'collect-branches = ["origin/agent/*"]\n{more}'
    made = make_branched(folder / "made", more, coordination=coordination)
    git(folder, "clone", "--quiet", "--bare", str(made), str(folder / "remote.git"))
    return folder / "remote.git"


def clone_of(remote: Path, place: Path, *options: str) -> Path:
    """Clone it, as over a wire."""
    git(remote.parent, "clone", "--quiet", *options, remote.as_uri(), str(place))
    return place


def work_on(clone: Path, branch: str, *args: str, words: str = "Did the work.") -> str:
    """Start, do and end a session on a branch; give its id."""
    git(clone, "switch", "--quiet", "-C", branch)
    session = work(clone, "--title", f"Work on {branch}", words=words)
    done = end(clone, session["id"], *args)
    assert done.code == 0, done.stderr
    return str(session["id"])


def committed_of(session: str) -> str:
    """Give the path of the summary that a session commits whose id was drawn."""
    day = f"20{session[:2]}-{session[2:4]}-{session[4:6]}"
    return f"{COMMITTED}/{day}-session-{session}.md"
