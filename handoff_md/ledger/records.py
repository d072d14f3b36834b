"""What is recorded of sessions, runs and merges, as values; the store writes and reads them."""

from __future__ import annotations

from pathlib import Path

from msgspec import field

from handoff_md.syntax.session_id import order_of
from handoff_md.value import Value


class Claim(Value):
    """A session as it was started, and how it ended.

    ``key`` names the claim's file: the id in the form that equal ids share. ``root`` is the work
    tree in which it was started, absolute; ``log`` and ``summary`` are paths relative to it, with
    ``/``. ``run`` is the token of the run that it belongs to. Dates and times are ISO 8601, times
    in UTC. ``ended_at`` is empty while the session is at work; ``status`` is what its summary
    says, and ``digest`` the SHA-256 of the summary that ``session end`` wrote; ``given`` says that
    it is not made of the log. ``reserved`` are the SHA-256 of the logs, with spaces between them,
    that were made for a session that was claimed for an agent, as long as nobody took it up.
    ``document`` is the handoff document that the session is about, relative to ``root`` as well;
    empty where an older version has made the claim. ``claimed_for`` is the key of the `Binding` of
    a host's session or subagent, where a hook has claimed it. ``copied_from`` is not written: it is
    the repository that the claim came from when this one was copied, else empty.
    ``made`` are the SHA-256 of the log as it was made, and as commands have renamed or ticked it
    before anybody wrote to it: one that reads so is nobody's writing.
    """

    key: str
    id: str
    title: str
    agent: str
    date: str
    started_at: str
    root: str
    branch: str
    commit: str
    log: str
    summary: str
    run: str = ""
    ended_at: str = ""
    status: str = ""
    digest: str = ""
    given: str = ""
    released_at: str = ""
    reserved: str = ""
    made: str = ""
    document: str = ""
    claimed_for: str = ""
    copied_from: str = ""

    @property
    def at_work(self) -> bool:
        """Tell whether the session has not ended yet."""
        return not self.ended_at

    @property
    def order(self) -> tuple[tuple[bool, int, str], str]:
        """Give the sort key: by id, then by start."""
        return order_of(self.id), self.started_at


class Binding(Value):
    """A session of a coding agent's host, or a subagent in one, and the claim that it works on.

    ``key`` names the record's file: the host's own name of its session is not kept. ``session`` is
    the key of the claim, empty where it works on none; ``agent`` says that it is a subagent.
    ``root`` is the work tree that it was started in, absolute, and ``branch`` and ``commit`` what
    was checked out there then, empty where nothing was. ``bound_at``, ``seen_at`` (the last sign of
    life) and ``left_at`` (when its host has ended it, else empty) are ISO 8601 in UTC. ``kept`` are
    the SHA-256 of the summaries that were taken out of a subagent's work tree. ``copied_from`` is
    not written.
    """

    key: str
    host: str
    session: str
    agent: bool
    root: str
    branch: str
    commit: str
    bound_at: str
    seen_at: str
    left_at: str = ""
    kept: tuple[str, ...] = ()
    copied_from: str = ""


class Firing(Value):
    """An event of a host's session that has fired; ``at`` is ISO 8601 in UTC.

    ``copied_from`` is not written.
    """

    event: str
    at: str
    copied_from: str = ""


class Run(Value):
    """A run, as its file tells of it, in fields of these names (``run`` for the token).

    Attributes:
        token: what nobody else's run has. Commits that the tool itself makes pass it to hooks as
            ``HANDOFF_MD_RUN``.
        orchestrator: the id of the session that started the run, and will finish it.
        started_at: when, ISO 8601 in UTC with seconds.
        expect: the ids of the sessions that have to report; may be empty.
        expect_count: how many have to report, or None.
        sessions: the ids that were claimed with the run itself. Sessions that start later name the
            run in their claims.
        document: the handoff document that the run is about, relative to the work tree's root;
            empty where an older version has started it.
        copied_from: not written: the repository that the run came from when this one was copied,
            else empty.
    """

    token: str = field(name="run")
    orchestrator: str
    started_at: str
    expect: tuple[str, ...]
    expect_count: int | None
    sessions: tuple[str, ...]
    document: str = ""
    copied_from: str = ""


class RunMember(Value):
    """A session of a run as the run was closed; ``state`` is how far it had come then."""

    id: str
    title: str
    state: str


class ClosedRun(Value):
    """A run that was finished, or cancelled, and what was known of it at that moment.

    ``closed_at`` is ISO 8601 in UTC. It is empty, and there are no ``members``, where an older
    version, or another clone, has closed the run.
    """

    run: Run
    finished: bool
    closed_at: str = ""
    members: tuple[RunMember, ...] = ()


class JournalSession(Value):
    """One session of a merge.

    ``summary`` is the absolute path of its summary file and ``digest`` the SHA-256 of the bytes
    merged; ``tracked`` says that git tracks the file, so that the commit removes it.
    ``archived_to`` is the file's name inside the merge's archive folder, or None where the
    summary is left where it is. ``log`` is kept as the caller writes it; ``date`` is ISO 8601.
    """

    id: str
    title: str
    date: str | None
    log: str | None
    summary: str
    digest: str
    tracked: bool
    archived_to: str | None


class Journal(Value):
    """One merge, saved before its first write.

    ``name`` names its archive folder (see ``name_merge``). ``handoff`` is the absolute path of
    the document; ``old_digest`` (None: there was no file) and ``new_digest`` are SHA-256 of its
    bytes. ``message`` is the commit message, or None where no commit is ever wanted;
    ``commit_wanted`` is False after ``--no-commit``, where a later merge commits. ``head`` is the
    id of the commit before, or None. ``keep`` leaves the summaries unarchived. ``date`` is
    ISO 8601. ``commit`` is the id of a commit that holds the new document; None before there is
    one, and where git is not used or ignores the document. ``run`` is the token of the run that was
    merged, empty outside of one. ``document`` is the document's path relative to its work tree's
    root, empty where an older version has made the record. ``copied_from`` is not written: it is
    the repository that the record came from when this one was copied, else empty.
    """

    name: str
    handoff: str
    old_digest: str | None
    new_digest: str
    message: str | None
    head: str | None
    commit_wanted: bool
    orchestrator: str
    date: str
    no_verify: bool
    keep: bool
    sessions: tuple[JournalSession, ...]
    commit: str | None = None
    run: str = ""
    document: str = ""
    copied_from: str = ""


class MergedSummary(Value):
    """A summary of a finished merge; ``path`` is its archived file, None where it has none."""

    merge: Journal
    session: JournalSession
    path: Path | None
