"""``handoff-md merge``: the main job, and what it and `preview` report."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click
from msgspec.structs import replace

from handoff_md.app.merge.report import MergeReport, MergeStatus, SessionReport
from handoff_md.cli.command import Command
from handoff_md.cli.options import WaitingOptions, collection_options, today, waiting_options
from handoff_md.cli.terminal import Terminal
from handoff_md.cli.views import watch_and_tell
from handoff_md.errors import ContentError
from handoff_md.merge.result import Outcome
from handoff_md.text.visible import break_words, visible

if TYPE_CHECKING:
    from handoff_md.app.merge.request import MergeRequest

_WIDTH = 80
_LEAST = 40
_ROUTINE = "headings are moved"
_UNFINISHED = "says that its work is"
_MANY = 3
_DONE = {MergeStatus.MERGED: "merged", MergeStatus.HANDED_IN: "handed-in"}
_STYLES = {
    Outcome.MERGED: "green",
    Outcome.ALREADY_MERGED: "cyan",
    Outcome.MISSING: "red",
    Outcome.IN_PROGRESS: "yellow",
    Outcome.INVALID: "red",
    Outcome.CONFLICTING: "red",
}


@click.command("merge", cls=Command)
@collection_options
@waiting_options
@click.option("--no-commit", is_flag=True, help="Write the document; the next merge commits it.")
@click.option("--message", metavar="TEXT", help="The commit message; its trailers are added.")
@click.option("--no-verify", is_flag=True, help="Skip the pre-commit and commit-msg hooks.")
@click.option("--keep", is_flag=True, help="Leave the summaries where they are.")
@click.option("--format", "formats", is_flag=True, help="Format the summaries with mdformat.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
@click.pass_obj
def command(
    terminal: Terminal,
    *,
    no_commit: bool,
    message: str | None,
    no_verify: bool,
    keep: bool,
    formats: bool,
    dry_run: bool,
    as_json: bool,
    **collection: Unpack[WaitingOptions],
) -> int:
    """Merge the summaries of parallel sessions into HANDOFF.md, in one commit.

    Collects .agents/temp/handoff-session-NN-summary.md from this checkout and all linked
    worktrees, checks everything, inserts one "Parallel Sessions" section, proves that nothing
    else has changed, commits HANDOFF.md alone, and moves the summaries to the archive. Name ids to
    merge only those sessions. Running it again changes nothing.

    \b
    Examples:
      handoff-md merge --orchestrator 22
      handoff-md merge --orchestrator 22 --expect 19,20,21 --wait 600
      handoff-md merge --orchestrator 22 19 20 --dry-run
      handoff-md merge --orchestrator 22 --branches 'origin/claude/*' --fetch

    \b
    Exit codes:
      0  merged, or nothing to merge
      1  refused: a summary or the document has a problem; nothing was changed
      2  usage, configuration, file or git environment; nothing was changed
    """
    from handoff_md.app.derived.merging import merge_or_hand_in
    from handoff_md.app.merge.request import MergeRequest

    if collection["expect"] and collection["expect_count"] is not None:
        raise click.UsageError("--expect and --expect-count exclude each other")
    request = MergeRequest(
        directory=Path.cwd(),
        today=today(),
        **collection,
        commit=not no_commit,
        message=message,
        verify=not no_verify,
        keep=keep,
        format=formats,
        dry_run=dry_run,
    )
    return watch_and_tell(
        terminal,
        partial(merge_or_hand_in, request),
        tell=partial(tell_merge, terminal),
        refused=partial(refused_report, request),
        as_json=as_json,
    )


def refused_report(request: MergeRequest, error: ContentError) -> MergeReport:
    """Report a document that can't take a section, for programs."""
    from handoff_md.app.workspace import open_workspace

    return MergeReport(
        MergeStatus.REFUSED,
        open_workspace(request.directory).config.handoff,
        request.orchestrator or "",
        problems=(error.message, error.hint),
    )


def tell_merge(terminal: Terminal, report: MergeReport) -> None:
    """Print the report: what was done to stdout, what is notable about the whole to stderr."""
    click.echo(terminal.broken(visible(_headline(report)), sys.stdout))
    report, shared = fold_notes(report)
    done = _DONE.get(report.status, "ready")
    width = max((len(str(s.outcome.session_id)) for s in report.sessions), default=0)
    lines = [
        line
        for session in report.sessions
        for line in _session_lines(terminal, session, width, done)
    ]
    if lines:
        click.echo("\n".join(lines), color=True)
    terminal.say_all("problem", report.problems, "red")
    terminal.say_all("note", (*report.notes, *shared))
    if report.status is MergeStatus.REFUSED:
        tell_verdict(terminal, report)


def _headline(report: MergeReport) -> str:
    count = sum(1 for s in report.sessions if s.outcome.outcome is Outcome.MERGED)
    sessions = "1 session" if count == 1 else f"{count} sessions"
    lines = " (lines {}-{})".format(*report.section) if report.section else ""
    commit = f", commit {report.commit[:12]}" if report.commit else ""
    folder = report.files[0].rpartition("/")[0] if report.files else ""
    as_files = f" as files in {folder}" if count != 1 else f" as a file in {folder}"
    match report.status:
        case MergeStatus.MERGED:
            return f"Merged {sessions} into {report.handoff}{lines}{commit}."
        case MergeStatus.WOULD_MERGE:
            return f"Would merge {sessions} into {report.handoff}{lines}; nothing was written."
        case MergeStatus.HANDED_IN:
            return f"Handed in {sessions}{as_files}{commit}."
        case MergeStatus.WOULD_HAND_IN:
            return f"Would hand in {sessions}{as_files}; nothing was written."
        case MergeStatus.NOTHING_TO_MERGE:
            return f"Nothing new to merge{commit}." if commit else "Nothing to merge."
        case MergeStatus.REFUSED:
            return f"Refused: {report.handoff} was not changed."


def _session_lines(
    terminal: Terminal, session: SessionReport, width: int, done: str
) -> Iterator[str]:
    """Give a session's line, and below it its problems and notes, within 80 columns or fewer.

    ``done`` is what became of a session that could be merged.
    """
    outcome = session.outcome
    name = f"{outcome.session_id!s:>{width}}"
    label = f"{done if outcome.outcome is Outcome.MERGED else outcome.outcome.value:<14}"
    colored = terminal.colors(sys.stdout)
    shown = click.style(label, fg=_STYLES[outcome.outcome]) if colored else label
    indent = " " * (width + 4)
    columns = max(min(terminal.width, _WIDTH), _LEAST)
    title = break_words(visible(outcome.title), columns - len(indent) - len(label) - 1)
    yield f"  {name}  {shown} {title[0]}".rstrip()
    for words in title[1:]:
        yield " " * (len(indent) + len(label) + 1) + words
    for clause in (*outcome.problems, *outcome.notes):
        first, *others = break_words(visible(clause), columns - len(indent) - 2)
        yield f"{indent}- {first}"
        for words in others:
            yield f"{indent}  {words}"


def _by_importance(notes: Iterable[str]) -> list[str]:
    """Order a session's notes: unfinished work first, what every merge does last."""
    return sorted(
        notes, key=lambda note: (note.startswith(_ROUTINE), not note.startswith(_UNFINISHED))
    )


def fold_notes(report: MergeReport) -> tuple[MergeReport, tuple[str, ...]]:
    """Take the notes out that many sessions share, and tell each once, with their ids."""
    sharing: defaultdict[str, list[str]] = defaultdict(list)
    for session in report.sessions:
        for kind in dict.fromkeys(map(_kind, session.outcome.notes)):
            sharing[kind].append(str(session.outcome.session_id))
    folded = {kind: ids for kind, ids in sharing.items() if len(ids) >= _MANY}
    sessions = tuple(
        replace(
            session,
            outcome=replace(
                session.outcome,
                notes=tuple(
                    _by_importance(n for n in session.outcome.notes if _kind(n) not in folded)
                ),
            ),
        )
        for session in report.sessions
    )
    told = _by_importance(folded)
    return replace(report, sessions=sessions), tuple(
        f"{kind}: sessions {', '.join(folded[kind])}" for kind in told
    )


def _kind(note: str) -> str:
    """Give what notes of several sessions are told as one by: how far headings move differs."""
    return _ROUTINE if note.startswith(_ROUTINE) else note


def tell_notes(terminal: Terminal, report: MergeReport) -> None:
    """Tell all notes, then all problems, each with the session that it is about."""
    report, shared = fold_notes(report)
    told = [(f"session {found.outcome.session_id}", found.outcome) for found in report.sessions]
    terminal.say_all("note", report.notes)
    for name, outcome in told:
        for note in outcome.notes:
            terminal.say("note", f"{name}: {note}")
    terminal.say_all("note", shared)
    for name, outcome in told:
        for problem in outcome.problems:
            terminal.say("problem", f"{name}: {problem}", "red")
    terminal.say_all("problem", report.problems, "red")


def tell_verdict(terminal: Terminal, report: MergeReport) -> None:
    """Tell of a merge that adds nothing why that is; say nothing of one that does."""
    if report.status is MergeStatus.REFUSED:
        terminal.say("error", "the merge is refused, and nothing is changed", "red")
        if any(s.outcome.outcome is Outcome.MERGED for s in report.sessions):
            rest = terminal.again("--allow-partial")
            terminal.say("hint", f"Mend what the problems name, or merge the rest: `{rest}`.")
        else:
            terminal.say("hint", "Mend what the problems name, then run the command again.")
    elif report.status is MergeStatus.NOTHING_TO_MERGE:
        terminal.say("note", "there is nothing to merge")
