"""Makes a repository with a history of a handoff document; seeded, by one ``git fast-import``."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmark_folders import environment
from generator import NEWEST, SUB_HEADINGS, make_document

_HEADING = "## Recent Sessions\n\n"
_HANDOFF = ".agents/HANDOFF.md"
_START = 1_766_000_000  # behind the dates of the entries
_FIRST_SESSION = 401
_MERGE_EVERY = 10
_EDIT_EVERY = 3


def write_history(path: Path, commits: int, size: int, *, seed: int = 1) -> None:
    """Make a repository whose ``main`` has a first commit and so many after it.

    The document has ``size`` bytes at first, and grows by half in 150 commits. Two of three commits
    enter a session with its log, one of three edits the document elsewhere, and each tenth merges
    a branch that has entered one.
    """
    path.mkdir(parents=True)
    git = ["git", "-C", str(path)]
    subprocess.run(
        [*git, "init", "--quiet", "--initial-branch=main"], env=environment(), check=True
    )
    stream = "".join(_History(Random(seed), make_document(size, seed=seed)).stream(commits))  # noqa: S311 - text for a benchmark, no secret
    subprocess.run(
        [*git, "fast-import", "--quiet"], env=environment(), check=True, input=stream.encode()
    )
    subprocess.run([*git, "reset", "--quiet", "--hard"], env=environment(), check=True)


@dataclass
class _History:
    """The document as it stands, and the marks of the commits so far."""

    random: Random
    text: str
    mark: int = 0
    session: int = _FIRST_SESSION

    def stream(self, commits: int) -> Iterator[str]:
        yield self._commit("docs: start", {_HANDOFF: self.text})
        done = 0
        while done < commits:
            if done % _MERGE_EVERY == _MERGE_EVERY - 2 and done + 1 < commits:
                yield from self._merge()
                done += 2
            else:
                yield self._edit() if done % _EDIT_EVERY == 0 else self._enter()
                done += 1

    def _enter(self) -> str:
        session, name = self._open()
        self.text = self._with_entry(self.text, session, name)
        return self._commit(f"feat: session {session}", {_HANDOFF: self.text, name: "# Log\n"})

    def _edit(self) -> str:
        place = self.text.index("\n\n", self.random.randrange(len(self.text) - 5_000))
        self.text = f"{self.text[:place]}\nOne more line.{self.text[place:]}"
        return self._commit("docs: add a line", {_HANDOFF: self.text})

    def _merge(self) -> Iterator[str]:
        """Give a commit on a branch, and the merge of it."""
        base = self.mark
        session, name = self._open()
        theirs = self._with_entry(self.text, session, name)
        yield self._commit(
            f"feat: session {session}", {_HANDOFF: theirs, name: "# Log\n"}, branch="topic"
        )
        self.text = theirs
        yield self._commit(
            "Merge branch 'topic'",
            {_HANDOFF: self.text, name: "# Log\n"},
            parents=(base, self.mark),
        )

    def _open(self) -> tuple[int, str]:
        session = self.session
        self.session += 1
        return session, f".agents/sessions/{NEWEST}-session-{session}-work.md"

    def _with_entry(self, text: str, session: int, log: str) -> str:
        lines = "".join(f"#### {name}\n\n{self._lines()}\n" for name in SUB_HEADINGS)
        entry = (
            f"### {NEWEST}: Work of the session (Session {session})\n\n"
            f"**Session Log**: [Session {session}](./{log.removeprefix('.agents/')})\n\n"
            f"{lines}```sh\n# {session}\nmake all\n```\n\n---\n\n"
        )
        return text.replace(_HEADING, _HEADING + entry, 1)

    def _lines(self) -> str:
        return "".join(
            f"- **Step {number}**: {self.random.getrandbits(64):x} was checked and written down\n"
            for number in range(self.random.randint(2, 5))
        )

    def _commit(
        self,
        message: str,
        files: dict[str, str],
        *,
        branch: str = "main",
        parents: tuple[int, ...] = (),
    ) -> str:
        parents = parents or ((self.mark,) if self.mark else ())
        self.mark += 1
        who = f"Ada Author <ada@example.org> {_START + self.mark} +0000"
        told = f"commit refs/heads/{branch}\nmark :{self.mark}\nauthor {who}\ncommitter {who}\n"
        told += _data(message)
        for word, parent in zip(("from", *["merge"] * 9), parents, strict=False):
            told += f"{word} :{parent}\n"
        return told + "".join(
            f"M 100644 inline {name}\n{_data(text)}" for name, text in files.items()
        )


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}\n"
