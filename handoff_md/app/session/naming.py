"""What a session is called: which ids are known anywhere, the claim of one on the remote, titles.

A source of ids that can't be read is an error, never nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from handoff_md.app.documents import parse_once
from handoff_md.app.work_trees import heads_of
from handoff_md.app.workspace import Workspace
from handoff_md.errors import ContentError, FileError
from handoff_md.git.branches import list_in_branches, read_in_branches, read_in_commits
from handoff_md.ledger.announced import (
    RECORD,
    announce_claim,
    claim_ref,
    read_claim,
    write_announced,
)
from handoff_md.ledger.ids import KnownSessions, id_of, ids_in, read_numbering
from handoff_md.ledger.records import Claim, Run
from handoff_md.reading import read_regular
from handoff_md.store.archive import archive_folders, copies_folder
from handoff_md.store.claims import claimed_keys
from handoff_md.store.files import file_error, list_names
from handoff_md.store.runs import closed_runs
from handoff_md.syntax.grammar import SUMMARY_NAME, LogName, read_log_name
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.text.source import decode

if TYPE_CHECKING:
    from handoff_md.app.contact import Contact
    from handoff_md.git.refs import PushOutcome

JUMPS: Final = ("0", "0123", "0123456789abcdef")
"""How far above the next number each attempt may go: whoever lost tries where others do not.

With the look before, the one that a loss needs, save the last, and the telling of the id that is
drawn then, that is seven round trips at most.
"""
MOST_DIGITS: Final = 18


def find_known(workspace: Workspace, run: Run | None) -> KnownSessions:
    """Look for session ids in claims, runs, logs, summaries and documents, everywhere.

    Logs count in all worktrees, their HEADs, and local and remote-tracking branches; summaries in
    all worktrees, as copies and in the archive; documents in all worktrees and their HEADs. Where
    none of these has a document, the branches' count.

    Raises:
        FileError: a folder or a document can't be read.
        GitError: the worktrees or branches can't be.
    """
    config = workspace.config
    heads = heads_of(workspace)
    roots = tuple(heads)
    commits = tuple({head for head in heads.values() if head})
    logs = {log for root in roots for log in _logs(list_names(root / config.sessions))}
    if workspace.repository:
        logs |= set(_logs(list_in_branches(workspace.repository, config.sessions, commits)))
    ids = {log.session_id for log in logs}
    folders = [root / config.summaries for root in roots]
    folders += [copies_folder(workspace.state), *archive_folders(workspace.state)]
    ids |= {known for folder in folders for known in _summaries(folder)}
    documents = {root: _read(root / config.handoff) for root in roots}
    found = set(documents.values())
    own = documents.get(workspace.root, b"")
    hints = config.hints()
    numbering = read_numbering(parse_once(decode(own), hints))
    told_of: set[SessionId] = set()
    for data in found.union(_committed(workspace, commits, found=any(found))):
        told_of |= set(ids_in(parse_once(decode(data), hints)))
    told = list(claimed_keys(workspace.state))
    for known_run in (*closed_runs(workspace.state), *([run] if run else [])):
        told += [known_run.orchestrator, *known_run.expect, *known_run.sessions]
    ids |= {known for text in told if (known := read_session_id(text))}
    named = tuple(sorted(logs, key=lambda log: log.name))
    return KnownSessions(frozenset(ids | told_of), named, frozenset(ids), numbering)


def _committed(workspace: Workspace, commits: Sequence[str], *, found: bool) -> Iterator[bytes]:
    """Give the document as the work trees' HEADs hold it, and where none is found as branches do.

    It may be deleted on disk, or lie outside of a sparse checkout.
    """
    repository = workspace.repository
    if repository is None:
        return
    path = workspace.git_path
    held = tuple(read_in_commits(repository, path, commits))
    yield from held
    if not (held or found):
        yield from read_in_branches(repository, path)


def _logs(names: Iterable[str]) -> Iterator[LogName]:
    return (log for name in names if (log := read_log_name(name)))


def _summaries(folder: Path) -> Iterator[SessionId]:
    for name in list_names(folder):
        match = SUMMARY_NAME.fullmatch(name)
        known = read_session_id(match["id"]) if match else None
        if known:
            yield known


def _read(path: Path) -> bytes:
    """Read a worktree's document; one that is not there tells of nothing."""
    try:
        return read_regular(path)
    except FileNotFoundError:
        return b""
    except OSError as error:
        failed = file_error("read", path, error)
        hint = failed.hint or "The next free id is one above all that is known: give one with --id."
        raise FileError(failed.message, hint) from error


def checked_title(text: str, *, hint: str) -> str:
    """Make a title one line, and refuse what could not be a summary's; an empty one passes.

    Raises:
        ContentError: says why, with the hint.
    """
    title = " ".join(text.split())
    if title:
        # Only now: a session that is claimed for an agent that never asked has none.
        from handoff_md.semantics.document.credentials import find_secrets
        from handoff_md.semantics.summaries.containment import contain_title

        problems = contain_title(title, captured={}).problems
        problems += tuple(f"holds {one.kind}, `{one.show(title)}`" for one in find_secrets(title))
        if problems:
            raise ContentError(f"the title {problems[0]}", hint)
    return title


def claim_number(
    contact: Contact,
    known: KnownSessions,
    describe: Callable[[SessionId], Claim],
    take: Callable[[Claim], bool],
    choose: Callable[[str], str],
) -> Claim | None:
    """Claim the next number on the remote, and then here; None where that can't be done.

    Why it can't is in the contact's notes.

    Args:
        contact: a conversation with the remote, which works.
        known: what is known here.
        describe: says what a session with an id would be.
        take: claims it here; False where another session has its id.
        choose: gives a character of a text, at random.

    Raises:
        HandoffError: files or git stand in the way here.
    """
    from handoff_md.git.refs import PushVerdict

    for attempt, jump in enumerate(JUMPS, 1):
        everywhere = _joined(known, contact.sessions)
        number = everywhere.next_number + int(choose(jump), 16)
        if len(str(number)) > MOST_DIGITS:
            contact.notes.append(f"the next number would have more than {MOST_DIGITS} digits")
            return None
        claim = describe(everywhere.write(number))
        name = claim_ref(id_of(claim))
        outcome = contact.offer(name, *_tell(claim), looks=attempt < len(JUMPS))
        if outcome.won:
            if take(claim):
                return claim
            # Whoever has the id here keeps the ref; should nobody, the next contact deletes it.
            known = _joined(known, frozenset({id_of(claim)}))
        elif outcome.verdict is not PushVerdict.LOST:
            contact.notes.append(_unclaimed(contact, claim, outcome))
            return None
    contact.notes.append(
        f"others were quicker to claim a number on {contact.remote}, {len(JUMPS)} times: the id is "
        "drawn at random"
    )
    return None


def claim_given(contact: Contact, claim: Claim) -> None:
    """Claim an id on the remote that was given out, or take it up from who has it for an agent.

    Raises:
        ContentError: another clone's session has it.
        HandoffError: files or git stand in the way here.
    """
    from handoff_md.git.refs import PushVerdict

    name, told = claim_ref(id_of(claim)), _tell(claim)
    if name not in contact.seen:
        outcome = contact.offer(name, *told)
    elif contact.holds(name) or _is_reserved(contact, name):
        outcome = contact.take_over(name, *told)
    else:
        raise _taken(contact, claim)
    if outcome.verdict is PushVerdict.LOST:
        raise _taken(contact, claim)
    if not outcome.won:
        contact.notes.append(_unclaimed(contact, claim, outcome))


def plan_claim(contact: Contact, claim: Claim) -> None:
    """Write down that the remote is to be told of an id, before it is claimed here.

    Raises:
        HandoffError: files or git stand in the way here.
    """
    contact.want(claim_ref(id_of(claim)), *_tell(claim))


def _joined(known: KnownSessions, more: frozenset[SessionId]) -> KnownSessions:
    return replace(known, ids=known.ids | more, held=known.held | more)


def _tell(claim: Claim) -> tuple[str, bytes, str]:
    """Give the path, the bytes and the message of what is told of a claim; no two are the same."""
    import socket  # nobody else asks

    record = announce_claim(claim, token=os.urandom(8).hex(), host=socket.gethostname())
    return RECORD, write_announced(record), f"handoff-md: claim {claim.id}"


def _is_reserved(contact: Contact, name: str) -> bool:
    """Tell whether another clone has an id for an agent who has not come yet."""
    told = read_claim(name, contact.read(name, RECORD))
    return told is not None and told.reserved


def _taken(contact: Contact, claim: Claim) -> ContentError:
    name = claim_ref(id_of(claim))
    told = read_claim(name, contact.read(name, RECORD)) if name in contact.seen else None
    by = f" since {told.started_at}, by {told.host}" if told else ""
    return ContentError(
        f"session {claim.id} is claimed on {contact.remote}{by}",
        "Choose another id: `handoff-md session start` takes the next free one.",
    )


def _unclaimed(contact: Contact, claim: Claim, outcome: PushOutcome) -> str:
    from handoff_md.git.refs import PushVerdict

    said = f" ({outcome.said})" if outcome.said else ""
    doubt = "may not be" if outcome.verdict is PushVerdict.UNKNOWN else "is not"
    return f"{claim.id} {doubt} claimed on {contact.remote}{said}"
