"""Starts a session: claims an id that nobody has, and creates the session's log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

from msgspec.structs import replace

from handoff_md.answer import Answer
from handoff_md.app.belonging import find_other_run, find_run, is_own_root, tell_copied
from handoff_md.app.contact import Contact, reach_remote
from handoff_md.app.documents import refuse_elsewhere, say_where
from handoff_md.app.joint import meet
from handoff_md.app.session.naming import (
    MOST_DIGITS,
    checked_title,
    claim_given,
    claim_number,
    find_known,
    plan_claim,
)
from handoff_md.app.snapshot import take_snapshot
from handoff_md.app.work_trees import is_written, read_log_bytes, remove_copies
from handoff_md.app.workspace import Workspace, open_workspace, sweep
from handoff_md.errors import ContentError, FileError, GitError, HandoffError
from handoff_md.git.index import list_tracked
from handoff_md.git.objects import HeadPosition, read_position
from handoff_md.ledger.ids import KnownSessions, draw_id, id_of, time_of_day
from handoff_md.ledger.records import Claim, Run
from handoff_md.ledger.state import HANDED_OVER, state_of
from handoff_md.reading import read_regular
from handoff_md.semantics.logs.own_log import fits
from handoff_md.sessions.template import LogFacts, find_template, log_name, render_log
from handoff_md.store.claims import claim_session, list_released, load_claim, update_claim
from handoff_md.store.files import (
    NO_FILE,
    create_bytes,
    create_folder,
    digest,
    digest_of,
    file_error,
    replace_bytes,
)
from handoff_md.syntax.grammar import read_log_name
from handoff_md.syntax.session_id import SessionId, given_id, read_session_id
from handoff_md.text.source import encode
from handoff_md.value import Value


class StartRequest(Value, kw_only=True):
    """What a session is started with; ``session_id`` is None for the next free id.

    ``reserve`` starts it for an agent that will take it up by its id, and may move and name it.
    ``position`` is where the work tree stands, None where git is still to be asked; ``claimed_for``
    what a hook claims it for, as in `Claim`. ``choose`` gives a character of a text, at random, for
    an id that is drawn; None for `secrets`.
    """

    directory: Path
    today: dt.date
    now: dt.datetime
    title: str = ""
    agent: str = ""
    reserve: bool = False
    session_id: str | None = None
    date: dt.date | None = None
    position: HeadPosition | None = None
    choose: Callable[[str], str] | None = None
    claimed_for: str = ""


class StartAnswer(Answer):
    """What `session start --json` prints.

    Attributes:
        id: the session.
        title: its title.
        date: its date.
        root: the work tree in which it was started, absolute.
        log: the path of its log, relative to `root`.
        summary: the path of its summary to come, relative to `root`.
        run: the token of the run that it is part of, or null.
        notes: what is worth knowing.
    """

    id: str
    title: str
    date: str
    root: str
    log: str
    summary: str
    run: str | None
    notes: tuple[str, ...]


def start_session(request: StartRequest) -> StartAnswer:
    """Claim an id and create the session's log.

    Raises:
        ContentError: the id that was asked for is taken, or the title can't be one.
        HandoffError: usage, configuration, files or git stand in the way.
    """
    workspace = open_workspace(request.directory)
    sweep(workspace)
    if not workspace.uses_refs:
        return Starter(workspace, find_run(workspace), request).start()
    # What is known here is found out before others wait for this one.
    known = None if request.session_id else find_known(workspace, find_run(workspace))
    with reach_remote(workspace) as contact:
        meet(workspace, contact)
        return Starter(workspace, find_run(workspace), request, contact, known).start()


class Starter:
    """Starts sessions in one workspace; what is known of others is looked up once, if it counts."""

    def __init__(
        self,
        workspace: Workspace,
        run: Run | None,
        request: StartRequest,
        contact: Contact | None = None,
        known: KnownSessions | None = None,
    ) -> None:
        self._workspace = workspace
        self._run = run
        self._request = request
        # Nobody may wait for the remote in a hook, say: what is to be told is told later then.
        self._contact = (contact or Contact(workspace)) if workspace.uses_refs else None
        self._known_before = known
        self._title = checked_title(request.title, hint="Give another one with --title.")
        self._date = request.date or request.today
        workspace.refuse_outer_folders()
        repository = workspace.repository
        if repository:
            # What can't be committed is said before an id is claimed, not when the session ends.
            for path in (workspace.git_path, f"{workspace.config.sessions}/*.md"):
                refuse_elsewhere(repository, path)
        self._position = request.position or (
            read_position(repository) if repository else HeadPosition(None, None)
        )
        self._template = _find_template(workspace)
        self._draws = workspace.commits_summaries
        self._started: set[SessionId] = set()

    def start(self) -> StartAnswer:
        """Claim an id, and create its log; see `start_session`."""
        wanted = self._request.session_id
        if wanted is not None:
            claim, notes = self._start_wanted(wanted)
        else:
            claim, notes = self._claim_free()
            claim = self._create_log(claim)
        started = StartAnswer(
            id=claim.id,
            title=claim.title,
            date=claim.date,
            root=claim.root,
            log=claim.log,
            summary=claim.summary,
            run=claim.run or None,
            notes=(*notes, *self._notes()),
        )
        self._started.add(id_of(claim))
        return started

    @cached_property
    def _found(self) -> KnownSessions:
        return self._known_before or find_known(self._workspace, self._run)

    @property
    def _known(self) -> KnownSessions:
        """Give what is known anywhere, what was started here since, and whom the run names."""
        found, run = self._found, self._run
        named = [run.orchestrator, *run.expect, *run.sessions] if run else []
        own = self._started | {known for text in named if (known := read_session_id(text))}
        return replace(found, ids=found.ids | own, held=found.held | own)

    def _notes(self) -> Iterator[str]:
        if self._workspace.note:
            yield self._workspace.note
        if not self._workspace.handoff.exists():
            where = say_where(self._workspace, "session start")
            if where:
                yield f"there is no {self._workspace.config.handoff}. {where}"
        if self._run:
            yield from tell_copied("the run that is active", self._run)
        elif other := find_other_run(self._workspace):
            yield f"a run is active for another document, {other.document}: this is no part of it"

    def _claim_free(self) -> tuple[Claim, tuple[str, ...]]:
        """Claim an id that nobody has: in all clones, where these coordinate."""
        if not self._draws:
            return self._claim_next(), ()
        contact = self._contact
        if contact is None:
            return self._claim_drawn(), ()
        claim = None
        if contact.works:
            claim = claim_number(contact, self._known, self._describe, self._take, self._choose)
        if claim is None:
            claim = self._claim_drawn(contact)
            contact.settle()
        return claim, contact.take_notes()

    def _take(self, claim: Claim) -> bool:
        return claim_session(self._workspace.state, claim)

    def _choose(self, characters: str) -> str:
        if self._request.choose:
            return self._request.choose(characters)
        from secrets import choice

        return choice(characters)

    def _claim_drawn(self, contact: Contact | None = None) -> Claim:
        """Claim an id that no other clone need be asked for; it can't be anybody's here."""
        while True:
            claim = self._describe(draw_id(self._date, self._choose))
            if contact:
                plan_claim(contact, claim)
            if self._take(claim):
                return claim

    def _claim_next(self) -> Claim:
        if self._workspace.lacks_git:
            raise GitError(
                "git is not installed: the next free id, above the logs in all branches and "
                "worktrees, is not known",
                "Install git, or give an id that is free with --id.",
            )
        number = self._known.next_number
        while True:
            if len(str(number)) > MOST_DIGITS:
                raise HandoffError(
                    f"the next session id, {number}, would have more than {MOST_DIGITS} digits",
                    "Give an id with --id.",
                )
            claim = self._describe(self._known.write(number))
            try:
                if claim_session(self._workspace.state, claim):
                    return claim
            except FileError as error:
                hint = "Ask whoever can write there for an id, and give it with --id."
                raise FileError(error.message, hint) from error
            number += 1

    def _start_wanted(self, text: str) -> tuple[Claim, tuple[str, ...]]:
        session_id = given_id(text)
        claim = self._describe(session_id)
        contact = self._contact
        if contact is None:
            return self._start_given(session_id, claim)
        held = load_claim(self._workspace.state, claim.key)
        is_free = held is None or bool(held.reserved)
        if is_free and contact.works:
            claim_given(contact, claim)
        later = _plan(contact, claim) if is_free and not contact.works else ()
        claim, notes = self._start_given(session_id, claim)
        return claim, (*contact.take_notes(), *notes, *later)

    def _start_given(self, session_id: SessionId, claim: Claim) -> tuple[Claim, tuple[str, ...]]:
        """Start the session here that an id was given out for: new, reserved, or abandoned."""
        held = load_claim(self._workspace.state, claim.key)
        if held and held.reserved:
            return self._take_up(held, claim), ()
        if held:
            raise _taken(self._workspace, claim)
        if resumed := self._resume(claim):
            return resumed, (f"it goes on in its log: {resumed.log}",)
        self._refuse_known_log(session_id)
        try:
            if not claim_session(self._workspace.state, claim):
                raise _taken(self._workspace, claim)
        except FileError as error:
            # Whoever gave the id out has made sure that it is free.
            return self._create_log(claim), (f"the id is not claimed: {error.message}",)
        return self._create_log(claim), ()

    def _resume(self, claim: Claim) -> Claim | None:
        """Claim an id again that was abandoned, with the log that it has left here, if it has."""
        state, root = self._workspace.state, self._workspace.root
        left = [
            released
            for released in list_released(state)
            if released.key == claim.key and (root / released.log).is_file()
        ]
        if not left:
            return None
        last = max(left, key=lambda released: released.released_at)
        again = replace(
            claim,
            title=claim.title or last.title,
            date=last.date,
            log=last.log,
            made=last.made,
        )
        if not claim_session(state, again):
            raise _taken(self._workspace, claim)
        return again

    def _take_up(self, held: Claim, claim: Claim) -> Claim:
        """Make a reserved session one's own: named, and in this work tree.

        The log that was made for it is replaced, unless somebody has written to it; one that git
        tracks keeps its name. What the agent has written in a work tree of its own, at the path
        that it was told, is its log. The claim changes last, and knows before what is made for it:
        after a crash the session is still reserved, and can be taken up again.
        """
        workspace = self._workspace
        with workspace.locked():
            if workspace.root != Path(held.root) and is_written(held, workspace.root):
                if load_claim(workspace.state, claim.key) != held:
                    raise _taken(workspace, claim)
                mine = self._named_anew(held, claim, keeps_log=True)
                remove_copies(workspace, held, workspace.root, read_log_bytes(workspace.root, held))
                update_claim(workspace.state, mine)
                return mine
            # A claim may name a place that is not this repository's: it was copied, or moved.
            place = Path(held.root)
            place = place if is_own_root(workspace, place) else workspace.root
            tracked = bool(workspace.repository and list_tracked(place, [held.log]))
            mine = self._named_anew(held, claim, keeps_log=tracked)
            data = self._render_log(mine)
            old, new = place / held.log, Path(mine.root) / mine.log
            made = f"{held.reserved} {digest(data)}"
            untouched = {*made.split(), NO_FILE}
            as_reserved = load_claim(workspace.state, claim.key) == held
            if not as_reserved or not untouched.issuperset((digest_of(old), digest_of(new))):
                raise _taken(workspace, claim)
            update_claim(workspace.state, replace(held, reserved=made))
            create_folder(new.parent)
            replace_bytes(new, data)
            if not tracked:
                others = {old, *new.parent.glob(f"*-{mine.id}*.md")} - {new}
                self._remove_made(mine, others, untouched)
            mine = replace(mine, made=digest(data))
            update_claim(workspace.state, mine)
        return mine

    def _named_anew(self, held: Claim, claim: Claim, *, keeps_log: bool) -> Claim:
        """Give the claim of whoever takes a reserved session up; its id stays as it is written."""
        mine = replace(
            claim,
            id=held.id,
            title=claim.title or held.title,
            date=held.date,
            started_at=held.started_at,
            log=held.log,
            summary=held.summary,
            made=held.made,
            claimed_for=claim.claimed_for or held.claimed_for,
        )
        if keeps_log:
            return mine
        name = log_name(id_of(mine), dt.date.fromisoformat(mine.date), mine.title)
        return replace(mine, log=f"{self._workspace.config.sessions}/{name}")

    @staticmethod
    def _remove_made(claim: Claim, logs: set[Path], untouched: set[str]) -> None:
        """Remove the logs that were made for a session, and that nobody has written to."""
        for log in logs:
            known = read_log_name(log.name)
            if known and known.session_id.key == claim.key and digest_of(log) in untouched:
                log.unlink(missing_ok=True)

    def _refuse_known_log(self, session_id: SessionId) -> None:
        for log in self._known.logs:
            is_named = session_id.stem is not None and log.session_id.stem == session_id.stem
            if is_named and fits(log, session_id, self._date):
                raise ContentError(
                    f"session {session_id} of {self._date} has a log already: {log.name}",
                    "Choose another id, or leave --id away to get the next free one.",
                )

    def _describe(self, session_id: SessionId) -> Claim:
        config, date = self._workspace.config, self._date
        claim = Claim(
            key=session_id.key,
            id=str(session_id),
            title=self._title,
            agent=self._request.agent,
            date=date.isoformat(),
            started_at=self._request.now.astimezone(dt.UTC).isoformat(timespec="seconds"),
            root=str(self._workspace.root),
            branch=self._position.branch or "",
            commit=self._position.commit or "",
            log=f"{config.sessions}/{log_name(session_id, date, self._title)}",
            summary=f"{config.summaries}/{session_id.summary_name}",
            run=self._run.token if self._run else "",
            document=config.handoff,
            claimed_for=self._request.claimed_for,
        )
        made = digest(self._render_log(claim))
        return replace(claim, made=made, reserved=made if self._request.reserve else "")

    def _render_log(self, claim: Claim) -> bytes:
        run, config = self._run, self._workspace.config
        facts = LogFacts(
            session_id=id_of(claim),
            title=claim.title,
            date=dt.date.fromisoformat(claim.date),
            agent=" ".join(claim.agent.split()),
            orchestrator=run.orchestrator if run and run.orchestrator != claim.id else "",
            branch=claim.branch,
            commit=claim.commit,
            handoff=config.handoff,
            evidence=f"`handoff-md session start` of {claim.started_at}",
            time=time_of_day(claim, self._request.now.tzinfo),
            pieces=config.committed if self._workspace.is_derived else "",
        )
        text = render_log(
            facts, self._template, start_rows=config.start_rows, end_rows=config.end_rows
        )
        return encode(text)

    def _create_log(self, claim: Claim) -> Claim:
        path = self._workspace.root / claim.log
        create_folder(path.parent)
        data = self._render_log(claim)
        if not create_bytes(path, data):
            raise FileError(
                f"{path} is there already, and is left as it is",
                f"Session {claim.id} is claimed: go on in that log, or start another session.",
            )
        return claim


def _plan(contact: Contact, claim: Claim) -> tuple[str, ...]:
    """Write down that the remote is to be told of a claim: a sandbox may not let that be done."""
    try:
        plan_claim(contact, claim)
    except HandoffError as error:
        return (f"other clones do not know of the session: {error.message}",)
    return ()


def _taken(workspace: Workspace, wanted: Claim) -> ContentError:
    holder = load_claim(workspace.state, wanted.key)
    message = f"session {wanted.id} is claimed"
    hint = "Choose another id: `handoff-md session start` takes the next free one."
    if holder is None:
        return ContentError(message, hint)
    state = state_of(take_snapshot(workspace, [holder]), holder)
    if state not in HANDED_OVER:
        hint += f" If its agent is gone, `handoff-md session abandon {holder.id}` releases it."
    return ContentError(
        f"{message} since {holder.started_at}, in {holder.root}, and is {state}", hint
    )


def _find_template(workspace: Workspace) -> str | None:
    path = workspace.root / workspace.config.protocol
    try:
        return find_template(read_regular(path))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise file_error("read", path, error) from error
