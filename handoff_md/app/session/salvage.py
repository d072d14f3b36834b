"""Hands over for a session that died: a draft of its summary, which says that nobody checked it."""

from __future__ import annotations

from msgspec.structs import replace

from handoff_md.answer import Answer
from handoff_md.app.belonging import find_run
from handoff_md.app.merge.report import Watch
from handoff_md.app.session.committing import publish_end
from handoff_md.app.session.draft import compose_draft
from handoff_md.app.session.end import WAITS, hear_before_entry, make_own_entry
from handoff_md.app.session.ended import EndRequest, EntryAnswer, HandedInAnswer
from handoff_md.app.session.find import find_session
from handoff_md.app.session.handover import Handover, write_handover
from handoff_md.app.snapshot import find_told
from handoff_md.app.work_trees import is_left_uncommitted
from handoff_md.app.workspace import open_workspace
from handoff_md.errors import ContentError
from handoff_md.ledger.records import Claim
from handoff_md.store.claims import read_draft
from handoff_md.syntax.summary import Status, parse_summary


class SalvageAnswer(Answer):
    """What `session salvage --json` prints.

    Attributes:
        id: the session.
        title: its title.
        root: the work tree in which the command ran, absolute.
        summary: the summary that waits, relative to `root`; null where none does.
        run: the token of the run that it is part of, or null.
        entry: the entry that was made; null where none was.
        handed_in: the session's file, where the document is built of such; else null.
        notes: what is worth knowing.
        problems: why its entry could not be made.
    """

    id: str
    title: str
    root: str
    summary: str | None
    run: str | None
    entry: EntryAnswer | None
    handed_in: HandedInAnswer | None
    notes: tuple[str, ...]
    problems: tuple[str, ...]


def salvage_session(request: EndRequest, watch: Watch) -> SalvageAnswer:
    """Hand over for a session that will not do so itself, as partial.

    A draft that waits is taken, else one is made. During a run the summary waits for the
    orchestrator; else the session's entry is made. Doing it again after a crash goes on with it.

    Raises:
        ContentError: the session has handed over itself, or was merged.
        HandoffError: usage, configuration, files or git stand in the way.
    """
    workspace = open_workspace(request.directory)
    workspace.refuse_outer_folders()
    heard = hear_before_entry(workspace)
    with workspace.locked(watch.on_lock):
        run = find_run(workspace)
        found = find_session(workspace, request.session_id, command="session salvage")
        claim = found.claim
        if find_told(workspace, claim) or not (claim.at_work or _was_salvaged(claim)):
            raise _handed_over(claim)
        notes: tuple[str, ...] = ()
        summary: bytes | None = None
        if claim.at_work:
            data = read_draft(workspace.state, claim) or compose_draft(workspace, claim)
            title = parse_summary(data, name=claim.summary).title or claim.title
            handover = Handover(title, Status.PARTIAL, data, given=True, notes=(), problems=())
            claim, notes = write_handover(workspace, found, handover, request.now, run)
            summary = data
            if is_left_uncommitted(claim):
                notes = (f"its log is not committed: {claim.log}", *notes)
    entry, handed_in = None, None
    problems: tuple[str, ...] = ()
    waits: str | None = claim.summary
    if heard.unread:
        notes = (*notes, WAITS)
    elif run is None:
        outcome = make_own_entry(workspace, claim, request, watch)
        waits, entry, problems = outcome.summary or None, outcome.entry, outcome.problems
        handed_in = outcome.handed_in
        notes = (*notes, *outcome.notes)
    ended = replace(claim, run=run.token if run else "")
    published = publish_end(workspace, ended, summary if waits else None)
    told = (*heard.notes, *notes, *published.notes)
    return SalvageAnswer(
        id=claim.id,
        title=claim.title,
        root=str(workspace.root),
        summary=waits,
        run=published.run or None,
        entry=entry,
        handed_in=handed_in,
        notes=(f"nobody has checked it: it says `{Status.PARTIAL}`", *dict.fromkeys(told)),
        problems=problems,
    )


def _was_salvaged(claim: Claim) -> bool:
    """Tell whether a claim reads as this command leaves it before the entry is made."""
    return bool(claim.given) and claim.status == Status.PARTIAL


def _handed_over(claim: Claim) -> ContentError:
    return ContentError(
        f"session {claim.id} has handed over already: there is nothing to salvage",
        f"`handoff-md session show {claim.id}` tells how far it is; if only its entry is missing, "
        f"`handoff-md session end {claim.id}` makes it.",
    )
