"""Talks to the remote over which the sessions of several clones know of each other.

Nothing waits for the remote longer than its time, and nothing is lost where it can't be reached:
what was to be told stays recorded, and is told at the next contact.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final, NamedTuple

from msgspec.structs import replace

from handoff_md.app.workspace import Workspace
from handoff_md.errors import FileError, GitError, HandoffError
from handoff_md.git.branches import Branch, find_main_branch
from handoff_md.git.objects import find_objects
from handoff_md.git.refs import (
    PROBES,
    ROOT,
    PushOutcome,
    PushVerdict,
    UnreadableError,
    Update,
    find_coordinator,
    make_commit,
    make_once,
    read_places,
    read_refs,
    seen_refs,
    update_refs,
)
from handoff_md.git.remotes import fetch_branches
from handoff_md.git.repository import Repository
from handoff_md.git.tips import read_tips
from handoff_md.ledger.announced import (
    CLAIMS,
    MAX_RECORD,
    RECORD,
    RUN_REF,
    SUMMARIES,
    PublishedRef,
    TellingStep,
    decide,
    is_mark,
    read_claim,
    read_run,
    session_of,
    taken_by,
    write_announced,
)
from handoff_md.store.claims import load_claim
from handoff_md.store.files import digest
from handoff_md.store.lock import hold_lock
from handoff_md.store.published import (
    Probe,
    ProbeResult,
    forget_probe,
    forget_ref,
    keep_ref,
    list_refs,
    load_probe,
    load_ref,
    remote_folder,
    save_probe,
)
from handoff_md.store.runs import load_run, run_path
from handoff_md.syntax.session_id import SessionId

_BY_BRANCHES: Final = "sessions know of each other by their branches"
_WAS_THERE: Final = ("=", "-")  # what git says of a ref that it found as it was to be, or deleted
_LATER: Final = "what is to be told waits for the next contact"


class _Wanted(NamedTuple):
    """A change of a ref, and what is kept of it when it is done; None for nothing.

    ``is_unseen`` tells that the remote should have it, and shows none.
    """

    update: Update
    after: PublishedRef | None
    is_unseen: bool = False


def _wanted(kept: PublishedRef, seen: str) -> _Wanted:
    """Make a ref what it is to be; one that is to go, and is not shown, if it is what was held."""
    after = replace(kept, held=kept.wanted) if kept.wanted else None
    old = seen if kept.wanted else seen or kept.held
    return _Wanted(Update(kept.name, kept.wanted, old), after, bool(kept.held) and not seen)


class Contact:
    """A conversation with the remote, which one process of a clone has at a time.

    Attributes:
        works: whether refs can be pushed and read; else only what is to be told is written down.
        notes: sentences on what did not work, each step down among them.
        seen: the ids of the refs below ``refs/handoff/`` on the remote, by name.
        is_swept: whether refs are gone that nobody was done with, as after ``git push --mirror``.
    """

    def __init__(
        self,
        workspace: Workspace,
        remote: str = "",
        seen: Mapping[str, str] | None = None,
        *,
        is_swept: bool = False,
    ) -> None:
        self._workspace = workspace
        self._remote = remote
        self.works = seen is not None
        self.notes: list[str] = []
        self.seen = dict(seen or {})
        self.is_swept = is_swept
        self._held: dict[tuple[str, str], bytes] = {}
        self._main: str | None = None

    @property
    def repository(self) -> Repository:
        """Give the repository; there is one where sessions of several clones work."""
        repository = self._workspace.repository
        assert repository is not None  # noqa: S101 - see `reach_remote`
        return repository

    @property
    def remote(self) -> str:
        """Name the remote for a sentence."""
        return self._remote or "the remote"

    @property
    def sessions(self) -> frozenset[SessionId]:
        """Give the sessions whose ids are taken on the remote."""
        return frozenset(known for name in self.seen if (known := taken_by(name)))

    def take_notes(self) -> tuple[str, ...]:
        """Give the notes that nobody has been told yet."""
        notes, self.notes = tuple(self.notes), []
        return notes

    def holds(self, name: str) -> bool:
        """Tell whether the remote has a ref as this clone has made it (FileError: unreadable)."""
        kept = load_ref(self._workspace.state, name)
        return kept is not None and bool(kept.held) and kept.held == self.seen.get(name)

    def fetch_main(self) -> str:
        """Fetch the main branch once; name the ref, empty where that can't be done.

        Raises:
            GitError: git can't tell which branch that is.
        """
        if self._main is None:
            self._main = self._fetch_main()
        return self._main

    def _fetch_main(self) -> str:
        config, remote = self._workspace.config, f"refs/remotes/{self.remote}/"
        names = find_main_branch(self.repository, config.main_branch)
        own = [one.removeprefix(remote).removeprefix("refs/heads/") for one in names]
        branch = next((one for one in own if not one.startswith("refs/")), config.main_branch)
        if not branch:
            return ""
        try:
            fetch_branches(
                self.repository,
                [f"{self.remote}/{branch}"],
                seconds=config.network_timeout,
                on_progress=lambda *_: None,
            )
        except GitError:
            return ""
        return f"{remote}{branch}"

    def read(self, name: str, path: str) -> bytes:
        """Give what a ref's commit has in a file; nothing for what has none, or is too large.

        Raises:
            GitError: git can't read it.
        """
        place = self.seen[name], path
        if place not in self._held:
            self._held[place] = self._read(*place, limit=MAX_RECORD)
        return self._held[place]

    def _read(self, commit: str, path: str, *, limit: int) -> bytes:
        folder, _, name = path.rpartition("/")
        branch = Branch("", commit, is_local=False)
        tips = read_tips(self.repository, [branch], folder, name.__eq__, limit=limit)
        return next((file.data for file in tips.files), b"")

    def offer(
        self, name: str, path: str, data: bytes, message: str, *, looks: bool = True
    ) -> PushOutcome:
        """Make a ref that nobody else may have made; what became of that is recorded.

        Only what is won is kept, and what is not known: the next contact finds out. Without
        ``looks`` it is one round trip: who has it where it is lost is not read.

        Raises:
            HandoffError: files or git stand in the way here.
        """
        update = Update(name, make_commit(self.repository, path, data, message))
        return self._make(update, looks=looks)

    def take_over(self, name: str, path: str, data: bytes, message: str) -> PushOutcome:
        """Change a ref, also another clone's, if it still is what was seen; see `offer`.

        Raises:
            HandoffError: files or git stand in the way here.
        """
        commit = make_commit(self.repository, path, data, message)
        return self._make(Update(name, commit, self.seen[name]))

    def _make(self, update: Update, *, looks: bool = True) -> PushOutcome:
        """Change a ref; what it is to be is kept before, for whoever is killed meanwhile."""
        name, state = update.name, self._workspace.state
        before = load_ref(state, name)
        self._keep(PublishedRef(name, update.new, update.old if self.holds(name) else ""))
        outcome = self.update([update])[name] if looks else self._make_once(update)
        if outcome.won:
            self._keep(PublishedRef(name, update.new, update.new))
        elif outcome.verdict is not PushVerdict.UNKNOWN:
            if before:
                self._keep(before)
            else:
                forget_ref(state, name)
        return outcome

    def _make_once(self, update: Update) -> PushOutcome:
        seconds = self._workspace.config.network_timeout
        outcome = make_once(self.repository, self._remote, update, seconds=seconds)
        if outcome.won:
            self.seen[update.name] = update.new
        return outcome

    def want(self, name: str, path: str, data: bytes, message: str) -> None:
        """Write down that a ref is to be, or to change; `settle` tells the remote.

        A claim's and a run's are written down first and then made here: what was killed in between
        is let go by `settle`, and never half known.

        Raises:
            HandoffError: files or git stand in the way here.
        """
        kept = load_ref(self._workspace.state, name)
        if kept and kept.wanted and self._read(kept.wanted, path, limit=len(data)) == data:
            return
        commit = make_commit(self.repository, path, data, message)
        self._keep(PublishedRef(name, commit, kept.held if kept else ""))

    def delete(self, names: Collection[str]) -> Mapping[str, PushOutcome]:
        """Delete refs of any clone, if they still are what was seen.

        Raises:
            HandoffError: files or git stand in the way here.
        """
        updates = [Update(name, "", self.seen[name]) for name in names if name in self.seen]
        outcomes = self.update(updates)
        for name, outcome in outcomes.items():
            if outcome.won:
                forget_ref(self._workspace.state, name)
        return outcomes

    def settle(self, missed: Collection[str] = ()) -> None:
        """Tell the remote what waits to be told, in one round trip; note what it does not take.

        ``missed`` are the names of refs that are gone though nobody was done with them: they are
        made again, as claims are. Other summaries, and a run, are left to whoever finds that out.

        Raises:
            HandoffError: files or git stand in the way here.
        """
        if not self.works:
            return
        recorded = tuple(list_refs(self._workspace.state))
        kept = [self._caught_up(self._or_gone(one)) for one in recorded]
        claims = (one for one in kept if one.name.startswith(CLAIMS))
        self.is_swept |= any(one.held and one.name not in self.seen for one in claims)
        swept = {one.name for one in kept if self.is_swept or one.name in missed}
        wanted = [found for one in kept if (found := self._plan(one, swept=one.name in swept))]
        outcomes = self.update([one.update for one in wanted])
        for one in wanted:
            self._settled(one, outcomes[one.update.name])
        unseen = {one.update.name: one for one in wanted if one.is_unseen}
        if any(outcomes[name].flag in _WAS_THERE for name in unseen):
            self._doubt()
        elif again := [name for name, one in unseen.items() if one.after]:
            more = f" and {len(again) - 1} more" if again[1:] else ""
            told = "were gone, and are" if more else "was gone, and is"
            self.notes.append(f"{again[0]}{more} {told} told to {self.remote} again")

    def _plan(self, kept: PublishedRef, *, swept: bool) -> _Wanted | None:
        """Say what of a ref is to be pushed; record, and note, what needs no push."""
        seen = self.seen.get(kept.name, "")
        step = decide(kept, seen, self.seen.keys(), swept=swept)
        if step is TellingStep.PUSH:
            return _wanted(kept, seen)
        if step is TellingStep.WAIT and (over := self._over(kept)):
            return _Wanted(Update(kept.name, over, seen), replace(kept, held=over))
        if step is TellingStep.KEEP and kept.held != seen:
            self._keep(replace(kept, held=seen))
        elif step is TellingStep.DROP or (step is TellingStep.LOST and self._may_be_lost(kept)):
            forget_ref(self._workspace.state, kept.name)
        is_taken = step is TellingStep.LOST or (step is TellingStep.DROP and seen and kept.held)
        if is_taken and kept.name != RUN_REF and not self._is_reserved(kept):
            self.notes.append(
                f"{kept.name} is another clone's on {self.remote}: what this one tells of it "
                "is not told there"
            )
        return None

    def _may_be_lost(self, kept: PublishedRef) -> bool:
        """Tell whether what is another clone's is kept no more: what is at work here is told on."""
        return kept.name.startswith(SUMMARIES) or self._is_reserved(kept)

    def _doubt(self) -> None:
        """Have it tried anew what the remote takes: it has refs that it did not show."""
        forget_probe(self._workspace.state)
        self.works = False
        self.notes.append(
            f"{self.remote} has refs below {ROOT} that it does not show: the next contact tries "
            f"again whether it gives them back; until then {_BY_BRANCHES}"
        )

    def _settled(self, one: _Wanted, outcome: PushOutcome) -> None:
        name, new = one.update.name, one.update.new
        if outcome.won and one.after:
            self._keep(one.after)
        elif outcome.won or (outcome.verdict is PushVerdict.LOST and not new):
            forget_ref(self._workspace.state, name)
        else:
            said = f": {outcome.said}" if outcome.said else ""
            what = "not published" if new else "not deleted"
            self.notes.append(f"{name} is {what} on {self.remote}{said}; {_LATER}")

    def _over(self, kept: PublishedRef) -> str:
        """Make the commit that says of a claim that stays that it is over; empty if it does."""
        told = read_claim(kept.name, self.read(kept.name, RECORD))
        if told is None or told.over:
            return ""
        data = write_announced(replace(told, over=True))
        return make_commit(self.repository, RECORD, data, f"handoff-md: {told.id} is over")

    def _or_gone(self, kept: PublishedRef) -> PublishedRef:
        """Let what is over go, or was killed as it started."""
        if not kept.wanted or self._is_here(kept):
            return kept
        # Whether it has arrived may not be known; it is to go if it is what was made here.
        has_arrived = self.seen.get(kept.name) == kept.wanted
        held = kept.wanted if has_arrived else kept.held or kept.wanted
        gone = replace(kept, wanted="", held=held)
        self._keep(gone)
        return gone

    def _is_here(self, kept: PublishedRef) -> bool:
        """Tell whether the session is at work that a claim is about, or the run is active."""
        state = self._workspace.state
        if kept.name == RUN_REF:
            told = read_run(self._read(kept.wanted, RECORD, limit=MAX_RECORD))
            run = load_run(state) if told else None
            return told is not None and run is not None and run.token == told.run
        known = session_of(kept.name) if kept.name.startswith(CLAIMS) else None
        claim = load_claim(state, known.key) if known else None
        return known is None or (claim is not None and claim.at_work)

    def _is_reserved(self, kept: PublishedRef) -> bool:
        """Tell whether a claim is there for an agent to come: in whatever clone it takes it up."""
        known = session_of(kept.name) if kept.name.startswith(CLAIMS) else None
        claim = load_claim(self._workspace.state, known.key) if known else None
        return claim is not None and bool(claim.reserved)

    def _caught_up(self, kept: PublishedRef) -> PublishedRef:
        """Know a claim that was changed by whoever was killed before that could be recorded."""
        seen = self.seen.get(kept.name, "")
        if not kept.name.startswith(CLAIMS) or not kept.held or seen in ("", kept.held):
            return kept
        commits = (kept.held, seen)
        told = [read_claim(kept.name, self._read(one, RECORD, limit=MAX_RECORD)) for one in commits]
        tokens = {one.token for one in told if one}
        return replace(kept, held=seen) if all(told) and len(tokens) == 1 else kept

    def _keep(self, kept: PublishedRef) -> None:
        keep_ref(self._workspace.state, kept)

    def update(self, updates: Sequence[Update]) -> Mapping[str, PushOutcome]:
        """Change refs, and know what the remote has then; see `update_refs`.

        Raises:
            GitError: git can't be started, or can't read what is here.
        """
        if not updates:
            return {}
        seconds = self._workspace.config.network_timeout
        outcomes = update_refs(self.repository, self._remote, updates, seconds=seconds)
        if not all(outcome.won for outcome in outcomes.values()):
            self.seen = dict(seen_refs(self.repository))
        for one in updates:
            if outcomes[one.name].won and one.new:
                self.seen[one.name] = one.new
            elif outcomes[one.name].won:
                self.seen.pop(one.name, None)
        return outcomes


@contextmanager
def reach_remote(workspace: Workspace) -> Iterator[Contact]:
    """Talk to the remote for the length of a block. One round trip; what waits is not told yet.

    Where it can't be reached, or takes no refs, the contact does not work, and a note says so. The
    first contact with a remote tries whether it takes refs, and gives them back.

    Raises:
        HandoffError: files or git stand in the way here.
    """
    if not workspace.uses_refs or workspace.repository is None:
        yield Contact(workspace)
        return
    seconds = workspace.config.network_timeout
    folder = remote_folder(workspace.state)
    with ExitStack() as stack:
        try:
            lock = hold_lock(folder, timeout=seconds, on_wait=lambda: None)
            stack.enter_context(lock)
            contact = _open(workspace, workspace.repository)
        except FileError as error:
            contact = _without(workspace, f"the remote is not asked: {error.message}; {_LATER}")
        yield contact


def _without(workspace: Workspace, note: str, remote: str = "") -> Contact:
    contact = Contact(workspace, remote)
    contact.notes.append(note)
    return contact


def _open(workspace: Workspace, repository: Repository) -> Contact:
    remote = find_coordinator(repository)
    if not remote:
        why = "there is neither a remote named origin nor a single one"
        return _without(workspace, f"{why}: {_BY_BRANCHES}")
    place = digest(read_places(repository, remote).encode("utf-8", "surrogateescape"))
    known = load_probe(workspace.state)
    if known is None or (known.place, known.remote) != (place, remote) or known.copied_from:
        known = None
    try:
        tried = _Tried(known) if known else _try(workspace, repository, remote, place)
        if tried.probe is None or tried.probe.result != "works":
            return _without(workspace, tried.describe(remote), remote)
        seen = tried.seen
        before = seen_refs(repository) if run_path(workspace.state).exists() else {}
        if seen is None:
            seconds = workspace.config.network_timeout
            seen = read_refs(repository, remote, seconds=seconds)
    except UnreadableError as error:
        said = f"can't be reached ({error.message})"
        if error.is_reached:
            said = f"is reached, and what it tells can't be kept here ({error.message})"
        hint = f". {error.hint}" if error.is_reached and error.hint else ""
        return _without(workspace, f"{remote} {said}: {_LATER}{hint}", remote)
    return Contact(workspace, remote, seen, is_swept=_lacks_mark(before, seen))


def _lacks_mark(before: Mapping[str, str], seen: Mapping[str, str]) -> bool:
    """Tell whether the claim with the highest number is gone: it stays until there is a higher."""
    marks = [name for name in before if name not in seen and is_mark(name, before)]
    return any(is_mark(name, seen) for name in marks)


class _Tried(NamedTuple):
    """What a remote takes, and the refs that were read on the way, None where none were.

    Without a ``probe`` it has not told, and ``said`` is what it has said instead.
    """

    probe: Probe | None
    seen: Mapping[str, str] | None = None
    said: str = ""

    def describe(self, remote: str) -> str:
        """Say in a sentence what the remote takes."""
        if self.probe:
            return describe_probe(self.probe)
        said = f" ({self.said})" if self.said else ""
        return f"{remote} does not tell whether it takes refs below {ROOT}{said}: {_LATER}"


def _try(workspace: Workspace, repository: Repository, remote: str, place: str) -> _Tried:
    """Try whether the remote takes a ref, and gives it back; remember what came of it.

    Silence is no answer: it is asked again at the next contact, with the same ref.

    Raises:
        UnreadableError: it can't be reached now.
        HandoffError: files or git stand in the way here.
    """
    seconds = workspace.config.network_timeout
    trial = _make_trial(workspace, repository)
    name, commit = trial.name, trial.held
    made = update_refs(repository, remote, [Update(name, commit)], seconds=seconds)[name]
    if not made.won and made.verdict is not PushVerdict.REFUSED:
        if made.is_read:
            return _Tried(None, said=made.said)
        raise UnreadableError(made.said or "it does not answer")
    seen: Mapping[str, str] = {}
    for _ in range(2 if made.won else 0):
        seen = read_refs(repository, remote, seconds=seconds)
        if name in seen:
            break
    result: ProbeResult = "refused" if not made.won else "works" if name in seen else "hidden"
    if result == "hidden":
        _take_back(workspace, repository, remote)
    if result != "works":
        forget_ref(workspace.state, name)
    probe = Probe(remote, place, result, made.said)
    save_probe(workspace.state, probe)
    return _Tried(probe, seen)


def _make_trial(workspace: Workspace, repository: Repository) -> PublishedRef:
    """Give the ref that it is tried with; it is to go, also if this is killed now."""
    for kept in list_refs(workspace.state):
        if kept.name.startswith(PROBES) and find_objects(repository, [kept.held])[0][0] == "commit":
            return kept
    name = f"{PROBES}{os.urandom(8).hex()}"
    commit = make_commit(repository, "probe", name.encode("ascii"), "handoff-md: try refs")
    trial = PublishedRef(name, "", commit)
    keep_ref(workspace.state, trial)
    return trial


def _take_back(workspace: Workspace, repository: Repository, remote: str) -> None:
    """Delete what nobody can see of this clone; it stays to be told, should that change."""
    held = {one.name: one for one in list_refs(workspace.state) if one.held}
    seconds = workspace.config.network_timeout
    updates = [Update(one.name, "", one.held) for one in held.values()]
    for name, outcome in update_refs(repository, remote, updates, seconds=seconds).items():
        if outcome.won and held[name].wanted:
            keep_ref(workspace.state, replace(held[name], held=""))
        elif outcome.won:
            forget_ref(workspace.state, name)


def describe_probe(probe: Probe) -> str:
    """Say in a sentence what a remote takes, as it was tried once."""
    if probe.result == "works":
        return f"{probe.remote} takes refs below {ROOT}"
    said = f" ({probe.said})" if probe.said else ""
    if probe.result == "hidden":
        return f"{probe.remote} takes refs below {ROOT}, and shows them to nobody: {_BY_BRANCHES}"
    return f"{probe.remote} takes no refs below {ROOT}{said}: {_BY_BRANCHES}"


def tell_remote(workspace: Workspace) -> tuple[str, ...]:
    """Tell the remote what waits to be told; give notes on what it was not.

    Whatever stands in the way is a note: what a command has done here stays done.
    """
    if not workspace.uses_refs:
        return ()
    try:
        with reach_remote(workspace) as contact:
            contact.settle()
            return tuple(contact.notes)
    except HandoffError as error:
        return (f"the remote is not told: {error.message}",)
