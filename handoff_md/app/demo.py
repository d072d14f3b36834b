"""The whole flow in a throw-away repository: set-up, three agents in worktrees, one run."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from handoff_md.app.merge.report import MergeReport, MergeStatus, Watch
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.run.finish import finish_run
from handoff_md.app.run.start import RunRequest, begin_run
from handoff_md.app.session.end import end_session
from handoff_md.app.session.ended import EndRequest
from handoff_md.app.session.start import StartRequest, start_session
from handoff_md.app.setup.plan import SetupRequest, plan_setup
from handoff_md.defaults import HANDOFF
from handoff_md.errors import ContentError, FileError
from handoff_md.git import sandbox
from handoff_md.reading import read_regular
from handoff_md.value import Value

ORCHESTRATOR = "22"
_DAY = dt.date(2025, 12, 18)
_NOW = dt.datetime(2025, 12, 18, 9, 0, tzinfo=dt.UTC)
_SETTLE_SECONDS = 30.0

_START = """\
# Handoff

**Project**: A small web shop
**Last Updated**: 2025-12-17

## Current State

The shop sells; the basket forgets.

## Recent Sessions

### 2025-12-17: The basket keeps its items (Session 18)

- Items are kept in the database, not in the cookie.

### 2025-12-16: First checkout (Session 17)

- Paying works with the test card.
"""

_PLAIN = """\
## What was done

- Orders are confirmed by mail, with the shop's own [template][t].
- A mail that can't be sent is tried again three times.

## Left open

- The text is in English only.

[t]: https://shop.example/mail
"""

_TABLE = """\
## What was done

Measured every page, then cached the two slow ones.

| page     | before | after |
|----------|-------:|------:|
| basket   | 840 ms | 95 ms |
| search   | 610 ms | 80 ms |

```sql
CREATE INDEX items_by_basket ON items (basket_id);
```
"""

_HOSTILE = """\
# Notes

See [the template][t]: a label that another summary uses too, for another page.

[t]: https://other.example/template

# Recent Sessions

<details><summary>Never closed</summary>

```text
A fence that is left open would swallow the rest of the file.
"""


class Agent(Value):
    """An agent of the demonstration: its session, what it is about, and what it hands over."""

    session: str
    title: str
    summary: str

    @property
    def branch(self) -> str:
        """Give the branch that the agent works on, in a worktree of the same name."""
        return f"session-{self.session}"


AGENTS = (
    Agent("19", "Orders are confirmed by mail", _PLAIN),
    Agent("20", "The slow pages are fast", _TABLE),
    Agent("21", "Notes that break other tools", _HOSTILE),
)


class DemoStep(Value):
    """Something that has just happened; ``actor`` is an agent's session, empty for the stage."""

    actor: str
    words: str


class Demonstration(Value):
    """What came of it.

    ``section`` is the new section as it stands in the document; ``files`` the lines of the
    commit's ``--name-status``; ``kept`` tells whether the repository at ``root`` outlives the
    demonstration.
    """

    root: Path
    report: MergeReport
    message: str
    files: tuple[str, ...]
    section: str
    kept: bool


def demonstrate(keep: Path | None, tell: Callable[[DemoStep], None], watch: Watch) -> Demonstration:
    """Make the repository, let three agents work in a run, finish it, and check what came of it.

    Args:
        keep: the folder to make and leave it in; else a temporary one, removed at the end.
        tell: called for each step as it happens, by several threads.
        watch: the merge's progress.

    Raises:
        FileError: ``keep`` exists and is not empty.
        GitError: git is missing or fails.
        ContentError: the merge did not do what it promises.
    """
    with ExitStack() as stack:
        stack.enter_context(sandbox.own_git_settings())
        folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="handoff-")))
        root = _make_stage(folder.absolute(), tell)
        ids = tuple(agent.session for agent in AGENTS)
        begin_run(
            RunRequest(directory=root, today=_DAY, now=_NOW, orchestrator=ORCHESTRATOR, expect=ids)
        )
        tell(DemoStep(ORCHESTRATOR, "run start: from now on agents leave HANDOFF.md alone"))
        _let_agents_work(root, tell)
        sandbox.merge_branches(root, [agent.branch for agent in AGENTS])
        tell(DemoStep("", "merged the three branches: no conflict, for none touched HANDOFF.md"))
        request = MergeRequest(directory=root, today=_DAY, wait=_SETTLE_SECONDS)
        report = finish_run(request, watch, take_over=False, clock=lambda: _NOW).report
        _check(root, report)
        tell(DemoStep(ORCHESTRATOR, "run finish: all summaries into HANDOFF.md, in one commit"))
        return _look_at(root, report, kept=keep is not None)


def _make_stage(folder: Path, tell: Callable[[DemoStep], None]) -> Path:
    """Make the repository, set it up, and add its worktrees; give the root of the main one."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise FileError(f"{folder} is not empty", "Name a folder that is, or a new one.")
        root = folder / "shop"
        root.mkdir()
        _write(root, HANDOFF, _START)
    except OSError as error:
        raise FileError(f"{folder} can't be used: {error.strerror}") from error
    sandbox.make_repository(root, message="feat: a small web shop")
    tell(DemoStep("", f"made a repository with a HANDOFF.md of two entries in {root}"))
    plan_setup(SetupRequest(directory=root, today=_DAY)).carry_out()
    sandbox.commit_everything(root, message="chore: prepare for parallel sessions")
    tell(DemoStep("", "init: the protocol, the orchestrator's guide, the ignore rules"))
    for agent in AGENTS:
        sandbox.add_worktree(root, folder / agent.branch, agent.branch)
    return root


def _write(root: Path, path: str, text: str) -> None:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8", newline="\n")


def _let_agents_work(root: Path, tell: Callable[[DemoStep], None]) -> None:
    """Let all agents work at the same time, each in its own worktree."""
    with ThreadPoolExecutor(len(AGENTS)) as pool:
        for work in [pool.submit(_work, root.parent, agent, tell) for agent in AGENTS]:
            work.result()


def _work(folder: Path, agent: Agent, tell: Callable[[DemoStep], None]) -> None:
    """Start a session, work, end it: the two commands that an agent has to know."""
    place = folder / agent.branch
    started = start_session(
        StartRequest(
            directory=place,
            today=_DAY,
            now=_NOW,
            title=agent.title,
            session_id=agent.session,
        )
    )
    tell(DemoStep(agent.session, f"session start: its log is {Path(started.log).name}"))
    ended = end_session(
        EndRequest(
            directory=place,
            today=_DAY,
            now=_NOW,
            session_id=agent.session,
            title=agent.title,
            summary=agent.summary.encode(),
        ),
        Watch(),
    )
    if problems := ended.told.problems:
        raise ContentError(f"session {agent.session} could not be ended: {problems[0]}")
    tell(DemoStep(agent.session, "session end: the log is committed, the summary is handed over"))


def _check(root: Path, report: MergeReport) -> None:
    """Refuse to call it a success (ContentError) unless it is one."""
    if report.status is not MergeStatus.MERGED or report.commit is None:
        problems = [*report.problems]
        problems += [problem for found in report.sessions for problem in found.outcome.problems]
        said = "; ".join(problems) or report.status.value
        raise ContentError(f"the demonstration's merge did not go through: {said}")
    status = sandbox.read_status(root)
    if status:
        raise ContentError(f"the work tree is not clean after the merge: {status}")


def _look_at(root: Path, report: MergeReport, *, kept: bool) -> Demonstration:
    message, files = sandbox.read_last_commit(root)
    return Demonstration(root, report, message, files, _section(root, report.section), kept)


def _section(root: Path, lines: Sequence[int] | None) -> str:
    if lines is None:
        return ""
    text = read_regular(root / HANDOFF).decode("utf-8")
    return "\n".join(text.split("\n")[lines[0] - 1 : lines[1]])
