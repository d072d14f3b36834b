"""The one run of all machines, and what is asked of the remote before a merge.

A run that was started in another clone is active here as well, from the next contact on. One whose
ref is gone is over here; finished it was only if the main branch on the remote tells of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from handoff_md.app.belonging import concern_of, concerns
from handoff_md.app.documents import parse_once
from handoff_md.app.elsewhere import describe_unread, list_unread
from handoff_md.app.workspace import Workspace
from handoff_md.errors import HandoffError
from handoff_md.git.branches import (
    Branch,
    find_remote_branches_with,
    read_in_commits,
)
from handoff_md.git.process import write_git
from handoff_md.git.repository import read_setting
from handoff_md.git.tips import has_message, read_tips
from handoff_md.ledger.announced import (
    RECORD,
    RUN_REF,
    SUMMARIES,
    AnnouncedRun,
    announce_run,
    read_run,
    run_of,
    session_of,
    write_announced,
)
from handoff_md.ledger.records import Run
from handoff_md.merge.rendering import name_run
from handoff_md.semantics.entries.identity import index_sessions
from handoff_md.store.archive import find_merged, list_merged
from handoff_md.store.claims import list_claims, list_released
from handoff_md.store.files import digest
from handoff_md.store.published import (
    AdoptedRun,
    find_starter,
    forget_ref,
    list_refs,
    load_adopted,
    load_ref,
    save_adopted,
)
from handoff_md.store.runs import (
    add_sessions,
    adopt_run,
    close_run,
    closed_runs,
    forget_run,
    load_run,
)
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.text.source import decode

if TYPE_CHECKING:
    from handoff_md.app.contact import Contact


class Heard(NamedTuple):
    """What came of asking the remote.

    Attributes:
        notes: sentences for people.
        unseen: why what other clones have done is not seen, in a clause; empty where it is.
        unread: why it can't be told which run is active there; None where it can.
    """

    notes: tuple[str, ...] = ()
    unseen: str = ""
    unread: HandoffError | None = None


def ask_remote(workspace: Workspace) -> Heard:
    """Hear from the remote of other clones' run and sessions, and tell it what waits.

    Raises:
        HandoffError: files or git stand in the way here.
    """
    if not workspace.uses_refs:
        return Heard()
    from handoff_md.app.contact import reach_remote

    with reach_remote(workspace) as contact:
        unseen = "" if contact.works else contact.notes[0]
        meet(workspace, contact)
        contact.delete([*_merged_refs(workspace, contact)])
        unread = list_unread(workspace) if contact.works else ()
        lost = list_lost(workspace, contact)
        told = (*describe_unread(unread), *describe_lost(lost, contact.remote))
        notes = (*contact.notes, *told)
        return Heard(notes, unseen, find_unread_run(workspace, contact))


def meet(workspace: Workspace, contact: Contact) -> None:
    """Tell the remote what waits, and follow the run of all machines.

    A run that it tells of is active here from now on, and one that it tells of no more is over. One
    that was started here goes on until the main branch there tells of it; one that was closed here
    is over for all.

    Raises:
        HandoffError: files or git stand in the way here.
    """
    if not contact.works:
        return
    gone = find_gone(workspace, contact)
    _keep_no_more(workspace, contact, gone.done)
    contact.settle(gone.missed)
    told = _read_run(contact)
    if unread := find_unread_run(workspace, contact):
        contact.notes.append(unread.message)
        if load_run(workspace.state) is None:
            contact.notes.append(f"{unread.hint[:1].lower()}{unread.hint[1:]}")
        return
    local = load_run(workspace.state)
    is_ours = bool(told and local and told.run == local.token)
    if told and not is_ours and _was_closed(workspace, told):
        # What has finished or cancelled it here could not tell, or was killed before.
        contact.delete([RUN_REF])
        told = None
    adopted = load_adopted(workspace.state, local) if local else None
    if local and adopted and not is_ours:
        local = _let_go(workspace, contact, local, adopted, told)
    if told and local and not is_ours:
        contact.notes.append(_two_runs(contact, told))
    elif told and (local is None or (adopted and adopted.swept)):
        with workspace.locked():
            save_adopted(workspace.state, AdoptedRun(told.run, told.host))
            adopt_run(workspace.state, told.to_run())
    _remember_ended(workspace, contact)


def _let_go(
    workspace: Workspace,
    contact: Contact,
    run: Run,
    adopted: AdoptedRun,
    told: AnnouncedRun | None,
) -> Run | None:
    """End a run of another clone here whose ref is gone; give it where it goes on.

    Only what the main branch tells of counts as finished. What was deleted with other refs, as
    ``git push --mirror`` does, is to come again: its own clone tells of it.
    """
    whose = f"the run of session {run.orchestrator}, started on {adopted.host},"
    is_merged = _is_merged(contact, run)
    if told is None and not is_merged and (adopted.swept or contact.is_swept):
        if not adopted.swept:
            save_adopted(workspace.state, replace(adopted, swept=True))
        contact.notes.append(
            f"{RUN_REF} is gone from {contact.remote}, and not it alone: {whose} goes on, and its "
            "clone tells of it again; `handoff-md run cancel --take-over` ends it here"
        )
        return run
    unproved = "" if is_merged else "nothing tells that it was finished, but "
    contact.notes.append(f"{unproved}{whose} is over: it is gone from {contact.remote}")
    with workspace.locked():
        if is_merged:
            close_run(workspace.state, run, finished=True)
        else:
            forget_run(workspace.state, run)
    return None


class Gone(NamedTuple):
    """The refs that this clone has published and that are gone, by name; claims are left out.

    Attributes:
        done: those that the main branch on the remote tells of: whoever merged them was done.
        missed: the others.
    """

    done: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()


def find_gone(workspace: Workspace, contact: Contact) -> Gone:
    """Find what is gone: it is missed where no main branch there tells of it.

    Raises:
        HandoffError: files or git stand in the way here.
    """
    run = load_run(workspace.state)
    names = [
        one.name
        for one in list_refs(workspace.state)
        if one.wanted and one.held and one.name not in contact.seen
        if one.name.startswith(SUMMARIES) or (one.name == RUN_REF and run)
    ]
    main = contact.fetch_main() if names else ""
    if not main:
        return Gone(missed=tuple(names))
    told = _read_told(workspace, main) if any(map(session_of, names)) else frozenset()
    is_over = run is not None and RUN_REF in names and _is_merged(contact, run)
    done = [one for one in names if session_of(one) in told or (one == RUN_REF and is_over)]
    return Gone(tuple(done), tuple(one for one in names if one not in done))


def _keep_no_more(workspace: Workspace, contact: Contact, done: Collection[str]) -> None:
    """Let go of what was merged elsewhere, and end the run of this clone with it."""
    for name in done:
        forget_ref(workspace.state, name)
    run = load_run(workspace.state)
    if run and RUN_REF in done:
        with workspace.locked():
            close_run(workspace.state, run, finished=True)
        contact.notes.append(
            f"the run of session {run.orchestrator} is over: another clone has finished it"
        )


def list_lost(workspace: Workspace, contact: Contact) -> tuple[str, ...]:
    """Give the sessions of the active run that had ended in other clones, and are gone now.

    Raises:
        FileError: a record can't be read.
        GitError: git can't tell.
    """
    run = load_run(workspace.state) if contact.works else None
    ended = {known: one for one in run.sessions if (known := read_session_id(one))} if run else {}
    here = [*list_claims(workspace.state), *list_released(workspace.state)] if ended else []
    told = {*map(session_of, contact.seen), *(read_session_id(claim.id) for claim in here)}
    lost = ended.keys() - told
    if lost:
        lost -= {read_session_id(one.session.id) for one in list_merged(workspace.state)}
    if lost and (main := contact.fetch_main()):
        lost -= _read_told(workspace, main)
    return tuple(ended[one] for one in sorted(lost, key=lambda known: known.order))


def describe_lost(lost: Sequence[str], remote: str) -> Iterator[str]:
    """Say in a sentence which sessions are gone that had ended; nothing where none is."""
    if lost:
        who = f"sessions {', '.join(lost)}" if lost[1:] else f"session {lost[0]}"
        yield (
            f"{who} had ended in another clone, and is gone from {remote}: its own clone publishes "
            "the summary again at its next contact"
        )


def _is_merged(contact: Contact, run: Run) -> bool:
    """Tell whether the main branch on the remote has a merge of a run."""
    main = contact.fetch_main()
    return bool(main) and has_message(contact.repository, main, name_run(run.token))


def _read_told(workspace: Workspace, main: str) -> frozenset[SessionId]:
    """Give the sessions that the document tells of on a branch."""
    repository, hints = workspace.repository, workspace.config.hints()
    data = read_in_commits(repository, workspace.git_path, [main]) if repository else ()
    return frozenset(
        known for one in data for known in index_sessions(parse_once(decode(one), hints)).by_id
    )


def _remember_ended(workspace: Workspace, contact: Contact) -> None:
    """Write down which sessions have ended in the run: it waits for them, should a ref be gone."""
    run = load_run(workspace.state)
    if run is None:
        return
    known = {read_session_id(one) for one in (*run.sessions, run.orchestrator)}
    names = (one for one in contact.seen if one.startswith(SUMMARIES) and run_of(one) == run.token)
    new = {session for one in names if (session := session_of(one))} - known
    if new:
        with workspace.locked():
            add_sessions(workspace.state, run, tuple(map(str, new)))


def find_unread_run(workspace: Workspace, contact: Contact) -> HandoffError | None:
    """Say that a record of a run can't be read: there may be one, and it counts as active."""
    if RUN_REF not in contact.seen or _read_run(contact):
        return None
    return HandoffError(
        f"{RUN_REF} on {contact.remote} is no record of a run that this version can read",
        "It counts as active: finish it with the handoff-md that began it; where there is none, "
        f"`{write_delete(workspace, contact)}` ends it.",
    )


def write_delete(workspace: Workspace, contact: Contact) -> str:
    """Write the command that deletes the run's ref, for a shell."""
    return write_git(workspace.root, "push", contact.remote, "--delete", RUN_REF)


def find_joined(workspace: Workspace, contact: Contact) -> str:
    """Give the token of the run of all machines, which a session joins here; empty for none."""
    told = _read_run(contact)
    is_ours = told is not None and concerns(workspace, told.document)
    return told.run if told and is_ours and not _was_closed(workspace, told) else ""


def tell_run(workspace: Workspace, token: str) -> str:
    """Write the line of a commit by which other clones know that it merges a run; else nothing."""
    return f"{name_run(token)}\n" if token and workspace.uses_refs else ""


def is_shared(workspace: Workspace, run: Run) -> bool:
    """Tell whether other clones may know of a run: it is one of theirs, or was published.

    Raises:
        FileError: a record can't be read.
    """
    if not workspace.uses_refs:
        return False
    kept = load_ref(workspace.state, RUN_REF)
    return bool(find_starter(workspace.state, run)) or (kept is not None and bool(kept.held))


def plan_run(workspace: Workspace, contact: Contact, run: Run) -> None:
    """Write down that a run is to be that of all machines, before it is started here.

    Raises:
        HandoffError: files or git stand in the way here.
    """
    if workspace.uses_refs:
        contact.want(RUN_REF, *_tell(run))


def publish_run(workspace: Workspace, contact: Contact, run: Run) -> None:
    """Make a run that was planned, and started here, the run of all machines.

    Where the remote can't be asked, that is done at the next contact.

    Raises:
        RunElsewhereError: another clone has started one.
        HandoffError: files or git stand in the way here.
    """
    if not workspace.uses_refs or not contact.works:
        return
    from handoff_md.git.refs import PushVerdict

    outcome = contact.offer(RUN_REF, *_tell(run))
    if outcome.verdict is PushVerdict.LOST:
        if unread := find_unread_run(workspace, contact):
            raise unread
        raise RunElsewhereError(
            _two_runs(contact, _read_run(contact)),
            "Wait until it is finished, or join it: `handoff-md session start` does.",
        )
    if not outcome.won:
        said = f" ({outcome.said})" if outcome.said else ""
        contact.notes.append(f"other clones do not know of the run{said}")


class RunElsewhereError(HandoffError):
    """Another clone has started a run."""


def retire_run(workspace: Workspace, run: Run) -> tuple[str, ...]:
    """End a run for all machines; give notes on what could not be told.

    What was merged is no more told of than its commit is on the remote.
    """
    if not workspace.uses_refs:
        return ()
    from handoff_md.app.contact import reach_remote

    try:
        with reach_remote(workspace) as contact:
            contact.settle()
            told = _read_run(contact)
            gone = [RUN_REF] if told and told.run == run.token else []
            contact.delete([*gone, *_merged_refs(workspace, contact)])
            return tuple(contact.notes)
    except HandoffError as error:
        return (f"the remote is not told that the run is over: {error.message}",)


def _tell(run: Run) -> tuple[str, bytes, str]:
    """Give the path, the bytes and the message of what is told of a run."""
    import socket

    data = write_announced(announce_run(run, host=socket.gethostname()))
    return RECORD, data, f"handoff-md: run of {run.orchestrator}"


def _was_closed(workspace: Workspace, told: AnnouncedRun) -> bool:
    return any(run.token == told.run for run in closed_runs(workspace.state))


def _read_run(contact: Contact) -> AnnouncedRun | None:
    return read_run(contact.read(RUN_REF, RECORD)) if RUN_REF in contact.seen else None


def _two_runs(contact: Contact, told: AnnouncedRun | None) -> str:
    whose = f" of session {told.orchestrator}, by {told.host}," if told else ""
    return f"another run{whose} is active on {contact.remote}"


def _merged_refs(workspace: Workspace, contact: Contact) -> Iterator[str]:
    """Name the summaries on the remote that a merge of this clone took, once that is there too."""
    repository = workspace.repository
    names = [name for name in contact.seen if name.startswith(SUMMARIES)]
    known = find_merged(workspace.state, concern_of(workspace)) if names else {}
    if repository is None or not known:
        return
    branches = [Branch(name, contact.seen[name], is_local=True) for name in names]
    limit, folder = workspace.config.max_summary_size, workspace.config.committed
    arrived: dict[str, bool] = {}
    for file in read_tips(repository, branches, folder, lambda _: True, limit=limit).files:
        merged = known.get(digest(file.data))
        commit = merged.merge.commit if merged else None
        if commit and commit not in arrived:
            if not (arrived or read_setting(repository.root, f"remote.{contact.remote}.fetch")):
                contact.fetch_main()  # as in a bare clone nothing follows the remote
            arrived[commit] = bool(find_remote_branches_with(repository, commit))
        if commit and arrived[commit]:
            yield file.branch.name
