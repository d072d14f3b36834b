"""Collects committed summaries from branches, without a checkout: each session once, if it waits.

What can't be seen is said. What a branch says is untrusted: names, sizes and kinds of files are
judged before anything is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

from msgspec.structs import replace

from handoff_md.app.belonging import Belonging, concern_of
from handoff_md.app.elsewhere import list_published
from handoff_md.app.merge.report import Watch
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.overlaps import Overlaps, find_overlaps
from handoff_md.app.snapshot import snapshot_of
from handoff_md.app.workspace import Workspace
from handoff_md.errors import HandoffError
from handoff_md.git.branches import Branch, list_branches
from handoff_md.git.objects import find_head
from handoff_md.git.repository import Repository
from handoff_md.git.tips import (
    FILE,
    BranchFile,
    TipFiles,
    Unseen,
    find_kinds,
    is_ancestor,
    is_partial,
    list_missing,
    read_tips,
)
from handoff_md.ledger.announced import SUMMARIES, session_of
from handoff_md.reading import read_if_there
from handoff_md.semantics.entries.identity import RecordedSessions, SessionKey, index_sessions
from handoff_md.semantics.summaries.committed import CommittedName, read_committed_name
from handoff_md.sessions.inbox import CommittedSummary, Inbox
from handoff_md.store.archive import find_merged
from handoff_md.store.claims import load_claim
from handoff_md.store.files import digest
from handoff_md.syntax.form.form import FormHints
from handoff_md.syntax.parse import parse
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.syntax.summary import parse_summary

_HEADS = ("refs/heads/", "refs/remotes/")
_SHOWN = 5
_MOST_ROUNDS = 6  # a partial clone may lack each folder on the way, and then the files
HEAD = "HEAD"
"""What the summaries of the commit that is checked out are named by."""


def fetch_first(workspace: Workspace, request: MergeRequest, watch: Watch) -> None:
    """Fetch the branches to collect from, if that is asked for.

    In a partial clone that brings the summaries themselves as well.

    Raises:
        HandoffError: no branches are named, or there is no repository.
        GitError: a remote can't be reached.
    """
    if not request.fetch:
        return
    from handoff_md.git.remotes import fetch_branches, fetch_objects

    repository, patterns = workspace.repository, patterns_of(workspace, request)
    if repository is None:
        raise HandoffError(f"nothing can be fetched: {workspace.without_git}")
    if not patterns:
        raise HandoffError(
            "which branches to fetch is not known",
            "Name them with --branches 'origin/claude/*', or by `collect-branches` in the "
            "configuration.",
        )
    seconds, folder = workspace.config.network_timeout, workspace.config.committed
    fetch_branches(repository, patterns, seconds=seconds, on_progress=watch.on_transfer)
    for _ in range(_MOST_ROUNDS if is_partial(repository) else 0):
        chosen, _ = _choose(repository, patterns, is_fetched=True)
        lacking = list_missing(repository, [one.commit for one in chosen], folder)
        ids = sorted({id_ for missing in lacking.values() for id_ in missing})
        if not ids:
            break
        fetch_objects(repository, ids, seconds=seconds, on_progress=watch.on_transfer)


def patterns_of(workspace: Workspace, request: MergeRequest) -> tuple[str, ...]:
    """Give the patterns of the branches to collect from: those configured, and those asked for."""
    given = (*workspace.config.collect_branches, *request.branches)
    return tuple(dict.fromkeys(_shortened(pattern) for pattern in given if pattern.strip()))


def open_branches(workspace: Workspace, request: MergeRequest) -> Inbox | None:
    """Look into branches for committed summaries that wait; None where nobody commits any.

    HEAD is one of them. A summary that several branches hold counts once, and what a finished merge
    took, or the document tells of, does not wait.

    Raises:
        FileError: a record or the document can't be read.
        GitError: git can't tell.
    """
    repository, patterns = workspace.repository, patterns_of(workspace, request)
    if repository is None or not (patterns or workspace.commits_summaries):
        return None
    head = find_head(repository)
    own = (Branch(HEAD, head, is_local=True),) if head else ()
    chosen, notes = _choose(repository, patterns, is_fetched=request.fetch)
    limit, folder = workspace.config.max_summary_size, workspace.config.committed
    looked = (*own, *chosen, *list_published(workspace))
    tips = read_tips(repository, looked, folder, _is_wanted, limit=limit)
    found, odd = _sorted_out(tips, folder)
    waiting, others = _waiting(workspace, found)
    held, foreign = _part_own(workspace, _latest(repository, waiting))
    return Inbox(
        workspace.root,
        workspace.config.summaries,
        read_only=True,
        committed=_with_logs(repository, held),
        notes=(*notes, *_tell_unseen(tips.unseen), *odd, *others, *foreign),
    )


def _tell_unseen(unseen: Iterable[Unseen]) -> Iterator[str]:
    """Say which branches are not seen: once why, and what brings what a partial clone lacks."""
    alike: dict[str, list[str]] = {}
    for one in unseen:
        told = f"{one.why}; `--fetch` gets them" if one.is_partial else one.why
        alike.setdefault(told, []).append(one.branch.name)
    for told, (first, *others) in alike.items():
        named = [*others[:_SHOWN], *([f"{len(others) - _SHOWN} more"] if others[_SHOWN:] else [])]
        yield f"{first} {told}" + (f" (the same holds of {', '.join(named)})" if named else "")


def find_session_branches(workspace: Workspace, request: MergeRequest) -> dict[str, Branch]:
    """Give the branch that each session has committed its summary on, by the session's id.

    Of several that hold it, that with the fewest others: the rest have it from there. What HEAD
    holds has arrived, whichever button has brought it.

    Raises:
        GitError: git can't tell.
    """
    repository, patterns = workspace.repository, patterns_of(workspace, request)
    if repository is None or not patterns:
        return {}
    head = find_head(repository)
    own = (Branch(HEAD, head, is_local=True),) if head else ()
    chosen, _ = _choose(repository, patterns, is_fetched=False)
    folder = workspace.config.committed
    tips = read_tips(repository, (*own, *chosen), folder, _is_summary, limit=0)
    files = [file for file in tips.files if file.is_file]
    arrived = {(file.name, file.blob) for file in files if file.branch.name == HEAD}
    held = Counter(file.branch.name for file in files)
    found: dict[str, Branch] = {}
    for file in sorted(files, key=lambda file: held[file.branch.name]):
        if (file.name, file.blob) not in arrived:
            found.setdefault(str(_name_of(file).session_id), file.branch)
    return found


def overlaps_of(workspace: Workspace, request: MergeRequest, ids: Iterable[str]) -> Overlaps:
    """Say what the branches of some sessions have in common, and which are not merged.

    Raises:
        FileError: a claim can't be read.
        GitError: git can't tell.
    """
    known = {one.key: str(one) for text in ids if (one := read_session_id(text))}
    claims = [claim for key in known if (claim := load_claim(workspace.state, key))]
    collected = find_session_branches(workspace, request)
    keys = {one: found.key for one in collected if (found := read_session_id(one))}
    wanted = {one: branch for one, branch in collected.items() if keys.get(one) in known}
    return find_overlaps(workspace, claims, wanted)


def _is_summary(name: str) -> bool:
    return read_committed_name(name) is not None


def _choose(
    repository: Repository, patterns: Sequence[str], *, is_fetched: bool
) -> tuple[tuple[Branch, ...], tuple[str, ...]]:
    """Give the branches that patterns name, and notes on those that can't be read, or are none."""
    if not patterns:
        return (), ()
    branches, broken = list_branches(repository)
    chosen = tuple(branch for branch in branches if _matches(branch.name, patterns))
    notes = [
        f"the branch {name} can't be read: what it holds is not known (`git fsck` tells more)"
        for name in broken
        if _matches(name, patterns)
    ]
    unseen = "" if is_fetched else ": what was not fetched is not seen (`--fetch` fetches)"
    notes += [
        f"no branch here is named {pattern}{unseen}"
        for pattern in patterns
        if not any(fnmatchcase(branch.name, pattern) for branch in branches)
    ]
    return chosen, tuple(notes)


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _shortened(pattern: str) -> str:
    for place in _HEADS:
        pattern = pattern.removeprefix(place)
    return pattern.strip()


def _is_wanted(name: str) -> bool:
    """Tell whether a file is a committed summary, or nearly named like one."""
    return read_committed_name(name) is not None or "-session-" in name


def _sorted_out(tips: TipFiles, folder: str) -> tuple[list[BranchFile], list[str]]:
    """Part what may be a summary from what is none, of which a note tells; each blob once."""
    found: dict[tuple[str, str], BranchFile] = {}
    odd: dict[tuple[str, str], str] = {}
    for file in tips.files:
        place = f"{file.branch.name}:{folder}/{file.name}"
        if read_committed_name(file.name) is None:
            odd[file.name, file.blob] = (
                f"{place} is nearly, not quite, named like a committed summary "
                "(YYYY-MM-DD-session-NN.md) and was passed over"
            )
        elif not file.is_file:
            odd[file.name, file.blob] = f"{place} {file.odd}, no summary, and was passed over"
        elif not _is_named_by_ref(file):
            odd[file.name, file.blob] = f"{place} is not of that session, and was passed over"
        else:
            found.setdefault((file.name, file.blob), file)
    return list(found.values()), list(odd.values())


def _is_named_by_ref(file: BranchFile) -> bool:
    """Tell whether a summary is of the session that its ref names; a branch names none."""
    ref = file.branch.name
    return not ref.startswith(SUMMARIES) or session_of(ref) == _name_of(file).session_id


def _name_of(file: BranchFile) -> CommittedName:
    name = read_committed_name(file.name)
    assert name is not None  # noqa: S101 - others are sorted out
    return name


def _waiting(
    workspace: Workspace, files: Iterable[BranchFile]
) -> tuple[list[BranchFile], list[str]]:
    """Part what waits from what a finished merge took, or the document tells of.

    What a merge took is taken again where that was dropped. A note tells of another summary of a
    session that was merged here.
    """
    known = find_merged(workspace.state, concern_of(workspace))
    merged_ids = {read_session_id(one.session.id) for one in known.values()}
    by_digest = [(digest(file.data), file) for file in files]
    taken = [known[one] for one in dict.fromkeys(found for found, _ in by_digest) if one in known]
    merged = snapshot_of(workspace, taken).merged if taken else None
    done = {one for one, key in merged.by_digest.items() if key in merged.told} if merged else set()
    told = read_told(workspace)
    waiting: list[BranchFile] = []
    notes: list[str] = []
    for found, file in by_digest:
        if found in done:
            continue
        session_id = _name_of(file).session_id
        if found in known or not _is_told(told, file):
            waiting.append(file)
        elif session_id in merged_ids:
            notes.append(
                f"{file.branch.name}:{workspace.config.committed}/{file.name} is another summary "
                f"of session {session_id} than was merged: it is left out"
            )
    return waiting, notes


def read_told(workspace: Workspace) -> RecordedSessions:
    """Give the sessions that the document tells of; none where there is no document.

    Raises:
        FileError: it can't be read.
    """
    path = workspace.handoff
    data = (read_if_there(path) or b"") if path.is_file() else b""
    return _index(data, workspace.config.hints())


@lru_cache(maxsize=2)  # while sessions are awaited the document is looked at again and again
def _index(data: bytes, hints: FormHints) -> RecordedSessions:
    return index_sessions(parse(data, hints=hints))


def _is_told(told: RecordedSessions, file: BranchFile) -> bool:
    """Tell whether the document has a session: by log, or by an id that can't come twice."""
    name = _name_of(file)
    if not told.by_id.get(name.session_id):
        return False
    if name.session_id.is_drawn:
        return True
    log = parse_summary(file.data, name=file.name).log.rpartition("/")[2]
    return told.find(SessionKey(name.session_id, name.date, log or None)) is not None


def _latest(repository: Repository, files: Sequence[BranchFile]) -> list[BranchFile]:
    """Of the versions that one branch has here and on a remote, keep the one that came later."""
    kept: list[BranchFile] = []
    for same in _by_session(files).values():
        later = _later(repository, *same) if len(same) == 2 else None  # noqa: PLR2004 - a pair
        kept += [later] if later else same
    return kept


def _later(repository: Repository, one: BranchFile, other: BranchFile) -> BranchFile | None:
    """Give the later of two versions; None where they are not of one branch, here and there."""
    is_pair = one.branch.is_local is not other.branch.is_local
    if not is_pair or _own_name(one.branch) != _own_name(other.branch):
        return None
    if is_ancestor(repository, one.branch.commit, other.branch.commit):
        return other
    return one if is_ancestor(repository, other.branch.commit, one.branch.commit) else None


def _by_session(files: Iterable[BranchFile]) -> dict[SessionId, list[BranchFile]]:
    found: dict[SessionId, list[BranchFile]] = {}
    for file in files:
        found.setdefault(_name_of(file).session_id, []).append(file)
    return found


def _own_name(branch: Branch) -> str:
    """Give a branch's name without its remote's."""
    return branch.name if branch.is_local else branch.name.partition("/")[2]


def _part_own(
    workspace: Workspace, files: Iterable[BranchFile]
) -> tuple[list[CommittedSummary], list[str]]:
    """Give the summaries that are for this document, with the logs that they name, and notes."""
    belonging, folder = Belonging(workspace), workspace.config.committed
    held: list[CommittedSummary] = []
    notes: list[str] = []
    for file in files:
        read, name = parse_summary(file.data, name=file.name), _name_of(file)
        if why := belonging.why_not_here(name.session_id, read.document, file.data):
            notes.append(f"{file.branch.name}:{folder}/{file.name} {why}")
            continue
        branch, path = file.branch, f"{folder}/{file.name}"
        one = CommittedSummary(
            branch.name, branch.commit, path, name, file.data, read.log, file.odd
        )
        held.append(one)
    return held, notes


def _with_logs(
    repository: Repository, held: Sequence[CommittedSummary]
) -> tuple[CommittedSummary, ...]:
    """Leave the log of those summaries only whose branch has it, as a file; two processes.

    A partial clone is not asked: it would fetch what it lacks. There the log counts as named, and
    so it does where a session has published its summary: its end has seen the log.
    """
    if is_partial(repository):
        return tuple(held)
    kinds = find_kinds(repository, [(one.commit, one.log) for one in held])
    return tuple(
        one
        if kind == FILE or one.branch.startswith(SUMMARIES)
        else replace(one, log="", log_is=kind)
        for one, kind in zip(held, kinds, strict=True)
    )


def notes_of(inboxes: Iterable[Inbox]) -> Iterator[str]:
    """Give what inboxes have to say, once."""
    yield from dict.fromkeys(note for inbox in inboxes for note in inbox.notes)
