"""Prepares the folders that are measured: a git repository, the document, what is to be merged."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from generator import FIRST_SUMMARY, NEWEST, log_name, make_document, make_entry, make_summary
from lint_generator import count_entries, log_path, make_handoff, make_log, make_table

DOCUMENT_SIZE = 120_000

_SECONDS_BACK = 60
_IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada Author",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Carl Committer",
    "GIT_COMMITTER_EMAIL": "carl@example.org",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
}
_SCRIV = """\
[scriv]
format = md
changelog = .agents/HANDOFF.md
fragment_directory = .agents/temp
"""
_TOWNCRIER = """\
[tool.towncrier]
filename = ".agents/HANDOFF.md"
directory = ".agents/temp"
title_format = "### {version} ({project_date})"
issue_format = "Session {issue}"
"""


@dataclass(frozen=True, slots=True)
class Folder:
    """A prepared folder; it is never measured itself, only copies of it."""

    path: Path

    def copy_to(self, target: Path) -> None:
        """Make ``target`` a fresh copy whose index git need not read again.

        Every file's time lies in the past: nothing in it looks as if it were being written.
        """
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.path, target)
        git(target, "update-index", "--really-refresh")


def environment() -> dict[str, str]:
    """Give an environment in which git and Python know no settings but a name for the commit.

    A variable that keeps Python from storing compiled modules would otherwise be measured as ours:
    a package that is installed comes with them.
    """
    kept = {k: value for k, value in os.environ.items() if not k.startswith(("GIT_", "PYTHON"))}
    return kept | _IDENTITY


def prepare_handoff(path: Path, summaries: int) -> Folder:
    """Prepare summaries for ``handoff-md merge``, each session with its log, which is committed."""
    logs = path / ".agents" / "sessions"
    logs.mkdir(parents=True)
    numbers = range(FIRST_SUMMARY, FIRST_SUMMARY + summaries)
    for number in numbers:
        (logs / log_name(number)).write_text(f"# Session {number}\n", "utf-8")
    texts = {f"handoff-session-{number}-summary.md": make_summary(number) for number in numbers}
    return _prepare(path, texts)


def prepare_branches(path: Path, summaries: int, branches: int) -> Folder:
    """Prepare the same summaries as so many branches of a remote hold them, with their logs."""
    path.mkdir(parents=True)
    (path / "handoff-md.toml").write_text('collect-branches = ["origin/*"]\n', "utf-8")
    folder = _prepare(path, {})
    stream = []
    for branch in range(branches):
        stream.append(f"commit refs/remotes/origin/agent-{branch}\n")
        stream.append("committer Ada <ada@example.org> 1766000000 +0000\ndata 4\nwork\n")
        stream.append("from refs/heads/main^0\n")
        for number in range(FIRST_SUMMARY + branch, FIRST_SUMMARY + summaries, branches):
            log, text = log_name(number), make_summary(number)
            name = f"{log[:10]}-session-{number}.md"
            files = {
                f".agents/sessions/{log}": f"# Session {number}\n",
                f".agents/handoff.d/{name}": text,
            }
            for file, content in files.items():
                size = len(content.encode())
                stream.append(f"M 100644 inline {file}\ndata {size}\n{content}\n")
    command = ["git", "fast-import", "--quiet"]
    subprocess.run(command, cwd=path, env=environment(), input="".join(stream).encode(), check=True)
    return folder


def prepare_session(room: Path, name: str, *, running: bool) -> Folder:
    """Prepare a session that is about to end, with its work log written, in a run or in none.

    It is made where copies are made: a session knows the work tree in which it was started.
    """
    place = room / "copy"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    _prepare(place, {})
    if running:
        _handoff(place, "run", "start", "--orchestrator", "9")
    _handoff(place, "session", "start", "--id", str(FIRST_SUMMARY), "--title", "Measure it")
    _write_log(place)
    place.rename(room / name)
    return Folder(room / name)


def prepare_hooks(room: Path, name: str, *, begun: bool) -> Folder:
    """Prepare a run in which a host's session is about to begin, or to end with its log written.

    It is made where copies are made, as with `prepare_session`.
    """
    place = room / "copy"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    _prepare(place, {})
    _handoff(place, "init", "--yes")
    git(place, "add", "--all")
    git(place, "commit", "--quiet", "--message", "chore: prepare for parallel sessions")
    _handoff(place, "run", "start", "--orchestrator", "9")
    if begun:
        _handoff(place, "hook", "claude", "session-start", text=tell_event(place))
        _write_log(place)
    place.rename(room / name)
    return Folder(room / name)


def tell_event(place: Path) -> str:
    """Give what a host sends with an event of a session that works in a folder."""
    return json.dumps({"session_id": "measured", "cwd": str(place), "source": "startup"})


def _write_log(place: Path) -> None:
    """Fill in the log of the one session that was started."""
    (log,) = (place / ".agents" / "sessions").iterdir()
    body = make_summary(FIRST_SUMMARY, front_matter=False).partition("\n")[2]
    text = log.read_text("utf-8").replace("| [ ] | |", "| [x] | done |", 1)
    log.write_text(text.replace("## Work Log\n", f"## Work Log\n\n{body}\n"), "utf-8")


def prepare_claims(path: Path, count: int, *, ended: bool) -> Path:
    """Prepare a repository with a run of so many sessions, which are at work or have handed over.

    One is started and ended by the command; the others are copies of all that it has written.
    """
    prepare_text(path, make_document(DOCUMENT_SIZE))
    first = FIRST_SUMMARY
    _handoff(path, "run", "start", "--orchestrator", "9")
    _handoff(path, "session", "start", "--id", str(first), "--title", "Measure it")
    if ended:
        _write_log(path)
        _handoff(path, "session", "end", str(first))
    written = [file for file in path.rglob(f"*{first}*") if file.is_file()]
    for number in range(first + 1, first + count):
        for file in written:
            text = file.read_text("utf-8").replace(str(first), str(number))
            file.with_name(file.name.replace(str(first), str(number))).write_text(text, "utf-8")
    return path


def prepare_worktrees(path: Path, count: int) -> Path:
    """Prepare a repository with so many linked work trees beside it, each with its own branch."""
    prepare_text(path, make_document(DOCUMENT_SIZE))
    for number in range(count):
        tree = path.with_name(f"{path.name}-tree-{number}")
        git(path, "worktree", "add", "--quiet", "-b", f"topic-{number}", str(tree))
    return path


def _handoff(folder: Path, *args: str, text: str = "") -> None:
    command = [sys.executable, "-m", "handoff_md", *args]
    subprocess.run(
        command,
        cwd=folder,
        env=environment(),
        capture_output=True,
        check=True,
        input=text.encode(),
    )


def prepare_scriv(path: Path, fragments: int) -> Folder:
    """Prepare the same texts, without their front matter, for ``scriv collect``."""
    path.mkdir(parents=True)
    (path / "setup.cfg").write_text(_SCRIV, "utf-8")
    return _prepare(path, _bodies("{number}.md", fragments))


def prepare_towncrier(path: Path, fragments: int) -> Folder:
    """Prepare the same texts, without their front matter, for ``towncrier build``."""
    path.mkdir(parents=True)
    (path / "pyproject.toml").write_text(_TOWNCRIER, "utf-8")
    return _prepare(path, _bodies("{number}.feature.md", fragments))


def prepare_lint(path: Path, size: int) -> Path:
    """Prepare a repository with a document of ``size`` bytes, and a log for each of its entries."""
    document = make_handoff(size)
    logs = {log_path(number): "# Session log\n" for number in range(count_entries(document))}
    return _prepare_lint(path, document, logs)


def prepare_logs(path: Path, count: int) -> Path:
    """Prepare a repository with ``count`` logs of 4.5 KB, which a table of the document links."""
    logs = {log_path(number): make_log(number) for number in range(count)}
    return _prepare_lint(path, make_table(count), logs)


def _prepare_lint(path: Path, document: str, logs: dict[str, str]) -> Path:
    folder = path / ".agents"
    (folder / "sessions").mkdir(parents=True)
    (folder / "HANDOFF.md").write_text(document, "utf-8")
    for name, text in logs.items():
        (folder / name).write_text(text, "utf-8")
    (path / ".gitignore").write_text(".agents/temp/\n", "utf-8")
    git(path, "init", "--quiet", "--initial-branch=main")
    git(path, "add", "--all")
    git(path, "commit", "--quiet", "--message", "docs: start the handoff document")
    return path


def prepare_versions(path: Path, size: int) -> Folder:
    """Prepare what git hands to a merge driver: ``O``, ``A`` and ``B``; each side adds an entry.

    Each version has about ``size`` bytes.
    """
    base = make_document(size)
    heading = "### "
    ours, theirs = (
        base.replace(heading + str(NEWEST), make_entry(number) + heading + str(NEWEST), 1)
        for number in (FIRST_SUMMARY, FIRST_SUMMARY + 1)
    )
    return prepare_sides(path, (base, ours, theirs))


def prepare_text(path: Path, document: str) -> Path:
    """Prepare a repository with this document, and no log."""
    return _prepare_lint(path, document, {})


def prepare_pieces(place: Path, sessions: int, *, in_runs: bool = False) -> Path:
    """Split a repository's document, and add files of so many later sessions, three a day.

    With ``in_runs`` every other two of them were in a run together.
    """
    _handoff(place, "split")
    first = dt.date(2026, 1, 1)
    for number in range(sessions):
        name = f"{first + dt.timedelta(days=number // 3)}-session-{900_000 + number}.md"
        run = f"run: r{number // 4}\norchestrator: 9\n" if in_runs and number % 4 < 2 else ""
        text = f"---\ntitle: Work {number}\n{run}---\nWords {number}.\n"
        (place / ".agents" / "handoff.d" / name).write_text(text, "utf-8")
    return place


def prepare_sides(path: Path, texts: tuple[str, str, str]) -> Folder:
    """Prepare what git hands to a merge driver: ``O``, ``A`` and ``B``."""
    path.mkdir(parents=True)
    for name, text in zip("OAB", texts, strict=True):
        (path / name).write_text(text, "utf-8")
    return _commit(path)


def _bodies(name: str, count: int) -> dict[str, str]:
    return {
        name.format(number=number): make_summary(number, front_matter=False)
        for number in range(FIRST_SUMMARY, FIRST_SUMMARY + count)
    }


def _prepare(path: Path, texts: dict[str, str]) -> Folder:
    """Add the document, commit, then add the texts, which git ignores as in a real repository."""
    temp = path / ".agents" / "temp"
    temp.mkdir(parents=True)
    (path / ".agents" / "HANDOFF.md").write_text(make_document(DOCUMENT_SIZE), "utf-8")
    (path / ".gitignore").write_text(".agents/temp/\n", "utf-8")
    _commit(path)
    for name, text in texts.items():
        (temp / name).write_text(text, "utf-8")
    for file in path.rglob("*"):
        back = file.stat().st_mtime - _SECONDS_BACK
        os.utime(file, (back, back))
    return Folder(path)


def _commit(path: Path) -> Folder:
    git(path, "init", "--quiet", "--initial-branch=main")
    git(path, "add", "--all")
    git(path, "commit", "--quiet", "--message", "docs: start the handoff document")
    return Folder(path)


def git(folder: Path, *args: str, text: str = "") -> None:
    """Run git in a folder, with a text as its input."""
    command = ["git", *args]
    subprocess.run(command, cwd=folder, env=environment(), check=True, input=text.encode())
