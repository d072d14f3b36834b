"""Checks what the remote takes, and whether what this clone has told it is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from handoff_md.app.checkup.finding import CheckupFinding, Urgency, quoted
from handoff_md.app.contact import Contact, describe_probe, reach_remote
from handoff_md.app.elsewhere import describe_unread, list_unread
from handoff_md.app.joint import describe_lost, find_gone, find_unread_run, list_lost, write_delete
from handoff_md.app.workspace import Workspace
from handoff_md.git.refs import find_coordinator
from handoff_md.git.remotes import list_remotes
from handoff_md.ledger.announced import CLAIMS, PublishedRef
from handoff_md.store.published import list_refs, load_probe, probe_path

_TELL = "handoff-md run status  # it tells the remote what waits"
_MOST = 5


def check_remote(workspace: Workspace) -> Iterator[CheckupFinding]:
    """Tell what the remote takes, and of refs that are not there as they should be.

    It is asked where it is known to take refs; nothing is told it.

    Raises:
        HandoffError: files or git stand in the way.
    """
    if not workspace.uses_refs:
        return
    kept = [*list_refs(workspace.state)]
    probe = load_probe(workspace.state)
    if probe and probe.result != "works":
        mend = f"rm -- {quoted(probe_path(workspace.state))}  # the next session tries again"
        yield CheckupFinding("refs-refused", Urgency.ADVICE, describe_probe(probe), mend)
    elif probe:
        with reach_remote(workspace) as contact:
            works, seen = contact.works, contact.seen
            notes = contact.take_notes()
            found = [*_check_run(workspace, contact)] if works else []
        for note in notes:
            yield CheckupFinding("remote-unreached", Urgency.ADVICE, note, _TELL)
        if works:
            yield from _check_claims(kept, seen)
            yield from found
            unread = list_unread(workspace)
            for said in describe_unread(unread):
                look = f"git show {quoted(unread[0])}"
                yield CheckupFinding("refs-unread", Urgency.ADVICE, said, look)
    waiting = [one for one in kept if one.wanted and not one.is_settled]
    if waiting:
        message = f"the remote is not told yet of {_names(waiting)}"
        yield CheckupFinding("refs-waiting", Urgency.ADVICE, message, _way_to_tell(workspace))


def _check_run(workspace: Workspace, contact: Contact) -> Iterator[CheckupFinding]:
    """Check that summaries that wait are there, and the run; and that it can be read."""
    if unread := find_unread_run(workspace, contact):
        mend = write_delete(workspace, contact)
        yield CheckupFinding("run-unread", Urgency.PROBLEM, unread.message, mend)
    if missed := find_gone(workspace, contact).missed:
        message = f"published refs are gone from the remote: {_shorten(missed)}"
        yield CheckupFinding("refs-gone", Urgency.PROBLEM, message, _TELL)
    for said in describe_lost(list_lost(workspace, contact), contact.remote):
        mend = "handoff-md run status  # in the clone of that session"
        yield CheckupFinding("summaries-gone", Urgency.PROBLEM, said, mend)


def _check_claims(kept: Sequence[PublishedRef], seen: dict[str, str]) -> Iterator[CheckupFinding]:
    """Check that published claims are there: `git push --mirror` deletes what it does not know."""
    claims = [one for one in kept if one.name.startswith(CLAIMS) and one.wanted and one.held]
    gone = [one for one in claims if one.name not in seen]
    if gone:
        message = f"published claims are gone from the remote: {_names(gone)}"
        yield CheckupFinding("claims-gone", Urgency.PROBLEM, message, _TELL)
    others = [one for one in claims if one.name in seen and seen[one.name] != one.held]
    if others:
        message = f"claims of this clone are another one's on the remote: {_names(others)}"
        yield CheckupFinding("claims-taken", Urgency.ADVICE, message, "handoff-md session list")


def _names(kept: Sequence[PublishedRef]) -> str:
    return _shorten([one.name for one in kept])


def _shorten(names: Sequence[str]) -> str:
    named = ", ".join(names[:_MOST])
    return f"{named} and {len(names) - _MOST} more" if len(names) > _MOST else named


def _way_to_tell(workspace: Workspace) -> str:
    """Give the command that tells the remote what waits, or lets it be known which one that is."""
    repository = workspace.repository
    if repository is None or find_coordinator(repository):
        return _TELL
    remotes = list_remotes(repository)
    if not remotes:
        return "git remote add origin URL  # and the next contact tells it what waits"
    return f"git remote rename {quoted(remotes[0])} origin  # if it is the one that all clones have"
