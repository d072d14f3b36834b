"""Real repositories with a history of a handoff document, and the linter run over their commits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from checkouts import HANDOFF, write
from repositories import git

from handoff_md.app.lint.history import lint_commits
from handoff_md.app.lint.invocation import LintReport, LintRequest, start_run

LOGS = ".agents/sessions"
DAY = "2025-12-18"


def entry(number: int | str, *, title: str = "", date: str = DAY, body: str = "") -> str:
    """Write an entry of a session, which differs from others in its text."""
    words = body or f"Session {number} did what it had to do, and wrote down what {number} means."
    return f"### {date}: {title or f'Work of {number}'} (Session {number})\n\n{words}\n\n"


def parallel(*numbers: int) -> str:
    """Write a parallel section."""
    ids = ", ".join(map(str, numbers))
    parts = "".join(
        f"#### Session {number}: Work of {number}\n\nDid {number} as planned.\n\n"
        for number in numbers
    )
    return (
        f"### Parallel Sessions {ids} ({DAY})\n\n**Orchestrator**: Session 99\n"
        f"**Parallel Executions**: {len(numbers)} agents\n\n{parts}"
    )


def document(*entries: str, tail: str = "") -> str:
    """Write a document with entries."""
    return f"# Handoff\n\n## Recent Sessions\n\n{''.join(entries)}## Notes\n\nStay.\n{tail}"


def table(*rows: str, last: int | None = None) -> str:
    """Write a section with a table keyed by session."""
    aside = f" (Last {last})" if last else ""
    lines = "".join(f"| {row} | {DAY} | done |\n" for row in rows)
    return f"\n## Session History{aside}\n\n| Session | Date | Outcome |\n|---|---|---|\n{lines}"


@dataclass(frozen=True, slots=True)
class Checkout:
    """A repository under test."""

    root: Path

    def write(self, text: str, path: str = HANDOFF) -> None:
        write(self.root / path, text)

    def commit(self, message: str, text: str | None = None, **files: str) -> str:
        """Commit a version of the document, and other files by their path; give the commit's id."""
        if text is not None:
            self.write(text)
        for path, content in files.items():
            self.write(content, path)
        git(self.root, "add", "--all")
        git(self.root, "commit", "--quiet", "--allow-empty", "--message", message)
        return self.head

    def add_logs(self, message: str, *names: str) -> str:
        return self.commit(message, **{f"{LOGS}/{name}.md": f"# {name}\n" for name in names})

    def branch(self, name: str, start: str = "HEAD") -> None:
        git(self.root, "checkout", "--quiet", "-b", name, start)

    def switch(self, name: str) -> None:
        git(self.root, "checkout", "--quiet", name)

    def merge(self, *branches: str, text: str | None, message: str = "Merge branches") -> str:
        """Merge branches, the document as it is given, whatever git would make of it.

        ``text`` None removes it.
        """
        git(self.root, "merge", "--quiet", "--strategy=ours", "--no-commit", *branches)
        if text is None:
            (self.root / HANDOFF).unlink()
        return self.commit(message, text)

    @property
    def head(self) -> str:
        return git(self.root, "rev-parse", "HEAD").decode().strip()

    def lint(self, revisions: str = "HEAD^!", *settings: str, select: str = "HG") -> LintReport:
        request = LintRequest(directory=self.root, select=(select,), settings=settings)
        return lint_commits(start_run(request), revisions)

    def found(self, revisions: str = "HEAD^!", *settings: str) -> list[tuple[str, str]]:
        """Give code and message of all findings."""
        report = self.lint(revisions, *settings)
        return [(found.code, found.message) for found in report.diagnostics]

    def codes(self, revisions: str = "HEAD^!", *settings: str) -> list[str]:
        return [code for code, _ in self.found(revisions, *settings)]


def start(root: Path, text: str, *, object_format: str = "sha1") -> Checkout:
    """Make a repository whose first commit holds a document."""
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "--quiet", "--template=", f"--object-format={object_format}")
    checkout = Checkout(root)
    checkout.commit("chore: start", text)
    return checkout
