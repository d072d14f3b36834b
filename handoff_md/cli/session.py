"""The commands ``session …``: what an agent runs at its start and at its end."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import asdict

from handoff_md.answer import write_answer
from handoff_md.cli.command import CommandGroup
from handoff_md.cli.options import DATE, complete_sessions, complete_sessions_at_work, now, today
from handoff_md.cli.terminal import Terminal
from handoff_md.reading import read_given
from handoff_md.store.files import file_error
from handoff_md.text.visible import visible

if TYPE_CHECKING:
    from handoff_md.app.run.start import ClaimedSessionAnswer
    from handoff_md.app.session.ended import EndAnswer
    from handoff_md.app.session.salvage import SalvageAnswer
    from handoff_md.app.session.start import StartAnswer
    from handoff_md.git.remotes import Pushed

_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
_NO_COMMIT = click.option("--no-commit", is_flag=True, help="Commit nothing.")
_NO_VERIFY = click.option(
    "--no-verify", is_flag=True, help="Skip the pre-commit and commit-msg hooks."
)


@click.group("session", cls=CommandGroup)
def command() -> None:
    """Start and end sessions: an id of its own, a log, and the hand-over.

    An agent runs `session start` first and `session end` last, in a parallel run and alone alike.

    \b
    Examples:
      handoff-md session start --title "Write the parser"
      handoff-md session end 19
      handoff-md session list
    """


@command.command("start")
@click.option("--title", default="", metavar="TEXT", help="What the session is about.")
@click.option("--agent", default="", metavar="NAME", help="Who works in it.")
@click.option(
    "--id", "session_id", metavar="ID", help="The id, where it was given out (default: next free)."
)
@click.option("--date", type=DATE, metavar="YYYY-MM-DD", help="Its date (default: today).")
@_JSON
@click.pass_obj
def start(
    terminal: Terminal,
    *,
    title: str,
    agent: str,
    session_id: str | None,
    date: dt.date | None,
    as_json: bool,
) -> int:
    """Claim the next free session id, and create the session's log.

    No two sessions get one id, in whatever worktrees they start at the same time. The next id is
    one above all that is known: claims, logs in all worktrees and branches, entries. With
    `coordination = "refs"` it is claimed on the remote, for all clones. The log has
    the protocol's checklists; keep it as you go. With the --id of a session that `run start
    --claim` has made for you, it is named, and its log comes to your worktree.

    \b
    Examples:
      handoff-md session start --title "Write the parser" --agent implementer
      handoff-md session start --id 57-PR201 --json

    \b
    Exit codes: 0 started; 1 the id is taken, or the title can't be one;
    2 usage, configuration, file or git environment.
    """
    from handoff_md.app.session.start import StartRequest, start_session

    started = start_session(
        StartRequest(
            directory=Path.cwd(),
            today=today(),
            now=now(),
            title=title,
            agent=agent,
            session_id=session_id,
            date=date,
        )
    )
    if as_json:
        click.echo(write_answer(started))
        return 0
    tell_started(terminal, started, in_run=started.run is not None)
    terminal.say_all("note", started.notes)
    return 0


def tell_started(
    terminal: Terminal, started: StartAnswer | ClaimedSessionAnswer, *, in_run: bool
) -> None:
    """Print what an agent has to know of its session."""
    click.echo(f"Session {visible(started.id)}")
    click.echo(f"  log      {visible(terminal.path_to(started.root, started.log))}")
    click.echo(f"  summary  {visible(terminal.path_to(started.root, started.summary))}")
    if in_run:
        click.echo("  a run is active: leave the handoff document alone")
    end_it = terminal.command_for_user(f"handoff-md session end {started.id}")
    click.echo(f"  at the end, run: {visible(end_it)}")
    sys.stdout.flush()


@command.command("end")
@click.argument("session_id", metavar="ID", shell_complete=complete_sessions)
@click.option(
    "--summary",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    help="The summary, - for stdin (default: the log's own sections).",
)
@click.option("--title", metavar="TEXT", help="The title (default: as started, else the log's).")
@click.option(
    "--status",
    type=click.Choice(["complete", "partial", "blocked"]),
    help="How far it came (default: as the summary says or as before, else complete).",
)
@click.option("--into", metavar="HEADING", help="The entry's section, or its line: LINE:79.")
@click.option("--create-section", is_flag=True, help="Add that section where there is none.")
@_NO_COMMIT
@_NO_VERIFY
@click.option("--push", is_flag=True, help="Push the branch that it is committed on.")
@_JSON
@click.pass_obj
def end(  # noqa: PLR0913 - one for each option
    terminal: Terminal,
    *,
    session_id: str,
    summary: Path | None,
    title: str | None,
    status: str | None,
    into: str | None,
    create_section: bool,
    no_commit: bool,
    no_verify: bool,
    push: bool,
    as_json: bool,
) -> int:
    """End a session: check its log, commit it, and hand over.

    The log has to have an objective and something to say, and each MUST of its end checklist has
    to be ticked, save those that this command fulfils: it ticks these itself. The log is committed
    alone. During a parallel run the summary is written for the orchestrator, and that is all. With
    no run active the session's entry is made in HANDOFF.md, in a commit of its own; where that is
    built (profile derived), the session's file is added that it is built of. Where sessions work in
    several clones, the summary is committed with the log, and entries are made on the main
    branch only. Running it again changes nothing.

    \b
    Examples:
      handoff-md session end 19
      handoff-md session end 19 --summary - < summary.md
      handoff-md session end 19 --status blocked
      handoff-md session end 261128-k3f9a2 --push

    \b
    Exit codes: 0 ended; 1 the log, the summary or the document has a problem;
    2 usage, configuration, file or git environment; the branch is not pushed.
    """
    from handoff_md.app.session.end import end_session
    from handoff_md.app.session.ended import EndRequest
    from handoff_md.cli.views import watch_merge
    from handoff_md.syntax.summary import Status

    if push and no_commit:
        raise click.UsageError("--push and --no-commit exclude each other")
    request = EndRequest(
        directory=Path.cwd(),
        today=today(),
        now=now(),
        session_id=session_id,
        summary=_read_summary(summary) if summary else None,
        title=title,
        status=Status(status) if status else None,
        into=into,
        create_section=create_section,
        commit=not no_commit,
        verify=not no_verify,
        push=push,
    )
    with watch_merge(terminal) as watch:
        done = end_session(request, watch)
    if as_json:
        click.echo(write_answer(done.to_json()))
        return done.exit_code
    ended = done.told
    if ended.summary or not ended.problems:
        _tell_ended(terminal, ended, done.pushed)
    _tell_what_is_left(terminal, ended, f"`handoff-md session end {ended.id}`")
    if ended.problems and not ended.summary:
        terminal.say("error", f"session {ended.id} is not ended", "red")
        log = terminal.path_to(ended.log_root, ended.log)
        terminal.say("hint", f"Mend what the problems name, then run it again. Log: {log}")
    elif done.pushed and done.pushed.failed:
        terminal.say("error", done.pushed.note, "red")
    return done.exit_code


def _read_summary(path: Path) -> bytes:
    if str(path) == "-":
        return sys.stdin.buffer.read()
    try:
        return read_given(path)
    except OSError as error:
        raise file_error("read", path, error) from error


def _tell_ended(terminal: Terminal, ended: EndAnswer, pushed: Pushed | None) -> None:
    click.echo(f"Session {visible(ended.id)} has ended: {visible(ended.title)}")
    commit = _behind(ended.commit)
    click.echo(f"  log      {visible(terminal.path_to(ended.log_root, ended.log))}{commit}")
    if ended.committed:
        committed = terminal.path_to(ended.log_root, ended.committed)
        click.echo(f"  for all  {visible(committed)}{commit}")
    if pushed and ended.pushed:
        before = "" if pushed.is_new else " (it was there already)"
        click.echo(f"  pushed   {visible(ended.pushed)}{before}")
    _tell_handed_over(terminal, ended, _behind(ended.entry.commit) if ended.entry else "")


def _tell_handed_over(
    terminal: Terminal, ended: EndAnswer | SalvageAnswer, commit: str = ""
) -> None:
    """Say where the hand-over has led: a summary that waits, a session's file, an entry."""
    if ended.summary:
        click.echo(f"  summary  {visible(terminal.path_to(ended.root, ended.summary))}")
    if file := ended.handed_in:
        place = terminal.path_to(ended.root, file.path)
        click.echo(f"  file     {visible(place)}{_behind(file.commit)}")
    if (entry := ended.entry) and (entry.lines or ended.handed_in):
        lines = ", lines {}-{}".format(*entry.lines) if entry.lines else ""
        click.echo(f"  entry    {visible(entry.handoff)}{lines}{commit}")


def _behind(commit: str | None) -> str:
    return f" (commit {commit[:12]})" if commit else ""


def _tell_what_is_left(terminal: Terminal, ended: EndAnswer | SalvageAnswer, again: str) -> None:
    """Print notes and problems; ``again`` makes the entry of a summary that waits for one."""
    terminal.say_all("note", ended.notes)
    terminal.say_all("problem", ended.problems, "red")
    if ended.problems and ended.summary:
        terminal.say("error", "its entry is not made: the summary waits", "red")
        terminal.say("hint", f"When that is mended, {again} makes the entry.")


@command.command("list")
@_JSON
@click.pass_obj
def list_(terminal: Terminal, *, as_json: bool) -> int:
    """List all sessions that were started, and how far each has come.

    \b
    States: started (at work), no-log (claimed, its log is gone or was never
    made), ended (its summary waits), merged (HANDOFF.md tells of it), dropped (it
    did, in a commit that is in no branch any more: end the session again),
    abandoned.

    \b
    Exit codes: 0 listed; 2 configuration, file or git environment.
    """
    from handoff_md.app.session.listing import list_sessions

    listed = list_sessions(Path.cwd(), now())
    if as_json:
        click.echo(write_answer(listed.told))
    elif listed.told.sessions:
        from handoff_md.cli.views import show_table

        show_table(terminal, listed.told.sessions)
        terminal.say_all("note", listed.notes)
    else:
        click.echo("No session was started.")
    return 0


@command.command("show")
@click.argument("session_id", metavar="ID", shell_complete=complete_sessions)
@_JSON
@click.pass_obj
def show(terminal: Terminal, *, session_id: str, as_json: bool) -> int:
    """Show what is known of a session: its state, its log, its summary, and where it works.

    \b
    Exit codes: 0 shown; 1 several logs may be its own;
    2 nothing is known of it; configuration, file or git environment.
    """
    from handoff_md.app.session.listing import show_session

    session = show_session(Path.cwd(), session_id, now())
    if as_json:
        click.echo(write_answer(session))
        return 0
    found = asdict(session)
    if root := found.pop("log_root"):
        found["log"] = terminal.path_to(root, session.log)
    from handoff_md.cli.views import describe_age

    width = max(map(len, found))
    for key, value in found.items():
        if value not in (None, ""):
            told = describe_age(session.age) if key == "age" else str(value)
            click.echo(f"{key.replace('_', ' '):<{width}}  {visible(told)}")
    return 0


@command.command("abandon")
@click.argument("session_id", metavar="ID", shell_complete=complete_sessions_at_work)
@_JSON
@click.pass_obj
def abandon(terminal: Terminal, *, session_id: str, as_json: bool) -> int:
    """Release the id of a session that was cut off and will not end.

    Its log stays. The id is never given out by itself again; who wants it back says so with
    `session start --id`.

    \b
    Exit codes: 0 released; 1 the session has ended; 2 nothing is known of it;
    configuration, file or git environment.
    """
    from handoff_md.app.session.abandon import abandon_session

    released = abandon_session(Path.cwd(), session_id, now())
    if as_json:
        click.echo(write_answer(released))
        return 0
    click.echo(f"Session {visible(released.id)} is abandoned.")
    if released.log:
        terminal.say("note", f"its log stays: {released.log}")
    terminal.say_all("note", released.notes)
    return 0


@command.command("note")
@click.argument("session_id", metavar="ID", shell_complete=complete_sessions_at_work)
@click.argument("text", metavar="TEXT")
@_JSON
@click.pass_obj
def note(terminal: Terminal, *, session_id: str, text: str, as_json: bool) -> int:
    """Add an item to a session's work log; TEXT - is standard input.

    So the log tells the truth when the session is cut off. Nothing is committed.

    \b
    Examples:
      handoff-md session note 19 "The parser reads lists."
      git log -1 --format=%s | handoff-md session note 19 -

    \b
    Exit codes: 0 noted; 1 the text can't be, or several logs may be its own;
    2 nothing is known of it; configuration, file or git environment.
    """
    from handoff_md.app.session.work_log import note_in_log

    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    noted = note_in_log(Path.cwd(), session_id, text)
    if as_json:
        click.echo(write_answer(noted))
    else:
        log = terminal.path_to(noted.log_root, noted.log)
        click.echo(f"Noted in the log of session {visible(noted.id)}: {visible(log)}")
    return 0


@command.command("salvage")
@click.argument("session_id", metavar="ID", shell_complete=complete_sessions_at_work)
@_NO_COMMIT
@_NO_VERIFY
@_JSON
@click.pass_obj
def salvage(
    terminal: Terminal, *, session_id: str, no_commit: bool, no_verify: bool, as_json: bool
) -> int:
    """Hand over for a session that died, from what it has left behind.

    The summary is drafted from its log, the commits of its branch since it began, and the files
    that differ; or it is the draft that a hook has made. It says `partial`, and that nobody has
    checked it. During a run it waits for the orchestrator; else it is handed in as
    `session end` does.

    \b
    Examples:
      handoff-md session salvage 19

    \b
    Exit codes: 0 handed over; 1 the session has handed over itself, or the
    document has a problem; 2 usage, configuration, file or git environment.
    """
    from handoff_md.app.session.ended import EndRequest
    from handoff_md.app.session.salvage import salvage_session
    from handoff_md.cli.views import watch_merge

    request = EndRequest(
        directory=Path.cwd(),
        today=today(),
        now=now(),
        session_id=session_id,
        commit=not no_commit,
        verify=not no_verify,
    )
    with watch_merge(terminal) as watch:
        salvaged = salvage_session(request, watch)
    if as_json:
        click.echo(write_answer(salvaged))
    else:
        _tell_salvaged(terminal, salvaged)
    return 1 if salvaged.problems else 0


def _tell_salvaged(terminal: Terminal, salvaged: SalvageAnswer) -> None:
    click.echo(f"Session {visible(salvaged.id)} is handed over: {visible(salvaged.title)}")
    _tell_handed_over(terminal, salvaged)
    _tell_what_is_left(terminal, salvaged, f"`handoff-md session salvage {salvaged.id}`")


@command.command("rename")
@click.argument("session_id", metavar="ID", shell_complete=complete_sessions)
@click.argument("title")
@_NO_COMMIT
@_NO_VERIFY
@_JSON
@click.pass_obj
def rename(
    terminal: Terminal,
    *,
    session_id: str,
    title: str,
    no_commit: bool,
    no_verify: bool,
    as_json: bool,
) -> int:
    """Give a session another title: in its log, its claim, and its summary if there is one.

    The log keeps its file's name, for links lead to it. Where it is committed the new title gets a
    commit of its own. A session that is merged stays as it is.

    \b
    Examples:
      handoff-md session rename 19 "Write the parser, and its tests"

    \b
    Exit codes: 0 renamed; 1 the title can't be one, or the session is merged;
    2 nothing is known of it; configuration, file or git environment.
    """
    from handoff_md.app.session.rename import RenameRequest, rename_session

    renamed = rename_session(
        RenameRequest(
            directory=Path.cwd(),
            session_id=session_id,
            title=title,
            commit=not no_commit,
            verify=not no_verify,
        )
    )
    if as_json:
        click.echo(write_answer(renamed))
        return 0
    click.echo(f"Session {visible(renamed.id)} is renamed: {visible(renamed.title)}")
    log = terminal.path_to(renamed.log_root, renamed.log)
    click.echo(f"  log      {visible(log)}{_behind(renamed.commit)}")
    terminal.say_all("note", renamed.notes)
    return 0
