"""What an agent does between the start and the end of its session, in the checkouts of tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from checkouts import Done, run
from repositories import git

LOGS = ".agents/sessions"


def started(folder: Path, *args: str, env: dict[str, str] | None = None) -> dict[str, Any]:
    """Start a session and give its JSON."""
    done = run(folder, "session", "start", "--json", *args, env=env)
    assert done.code == 0, done.stderr
    return done.report


def fill_log(log: Path, words: str = "Did the work.") -> None:
    """Tick the start checklist and write the work log, as an agent does."""
    text = log.read_text("utf-8")
    start, heading, rest = text.partition("### Session End")
    start = start.replace("| [ ] | |", "| [x] | its newest entry is known |")
    rest = rest.replace("## Work Log\n", f"## Work Log\n\n{words}\n", 1)
    log.write_text(start + heading + rest, "utf-8")


def work(folder: Path, *args: str, words: str = "Did the work.") -> dict[str, Any]:
    """Start a session and do its work, up to its end."""
    session = started(folder, *args)
    fill_log(folder / session["log"], words)
    return session


def end(folder: Path, session: str, *args: str, env: dict[str, str] | None = None) -> Done:
    """End a session."""
    return run(folder, "session", "end", session, *args, env=env)


def states(folder: Path) -> dict[str, str]:
    """Give the state of each session, by its id."""
    done = run(folder, "session", "list", "--json")
    assert done.code == 0, done.stderr
    return {session["id"]: session["state"] for session in done.report["sessions"]}


def add_worktrees(root: Path, count: int) -> list[Path]:
    """Add linked worktrees on branches of their own."""
    made = [root.parent / f"{root.name}-{number}" for number in range(1, count + 1)]
    for number, place in enumerate(made, 1):
        git(root, "worktree", "add", "--quiet", "-b", f"agent-{number}", str(place))
    return made


def lead(root: Path, *args: str, orchestrator: str = "22") -> dict[str, Any]:
    """Start a run."""
    done = run(root, "run", "start", "--orchestrator", orchestrator, "--json", *args)
    assert done.code == 0, done.stderr
    return done.report
