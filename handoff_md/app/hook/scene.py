"""Where an event takes place, and whose it is: what all answers to events begin with."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import Final, NamedTuple

from handoff_md.app.documents import find_others
from handoff_md.app.hook.event import HookEvent
from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.git.objects import HeadPosition, read_position
from handoff_md.ledger.records import Binding
from handoff_md.store.bindings import binding_key, fire, load_binding
from handoff_md.store.claims import claimed_keys
from handoff_md.store.files import check_file
from handoff_md.store.hooks import note_failure
from handoff_md.store.runs import load_run
from handoff_md.text.pattern import lazy_pattern

_TWICE_SECONDS: Final = 30
"""An event that fires again so soon has fired twice: two files of hooks name it."""
_LOCK_SECONDS: Final = 2
_MOST_OF_A_NAME: Final = 60
_NO_NAME: Final = lazy_pattern(r"[^\w .:/+-]+")


class Scene(NamedTuple):
    """An event and its workspace; ``key`` names the host's session, or subagent, in records."""

    workspace: Workspace
    event: HookEvent
    now: dt.datetime
    key: str

    @property
    def state(self) -> Path:
        """Give the shared state."""
        return self.workspace.state

    @property
    def stamp(self) -> str:
        """Give the moment of the event, ISO 8601 in UTC."""
        return self.now.astimezone(dt.UTC).isoformat()

    @property
    def binding(self) -> Binding | None:
        """Give what is recorded of the host's session, or subagent.

        Raises:
            FileError: it can't be read, or is damaged.
        """
        return load_binding(self.state, self.key)

    @property
    def agent_kind(self) -> str:
        """Give what kind of subagent it is, in words that can stand anywhere; may be empty."""
        return _NO_NAME.sub(" ", self.event.agent_type)[:_MOST_OF_A_NAME].strip()

    def is_first(self, what: str, *, once: bool) -> bool:
        """Tell whether this is the first hook that an event has fired; of several just one is.

        Args:
            what: the event, and what makes it another one, in letters and ``-``.
            once: it fires once in a session; else it may again, when the session was left, or
                after half a minute.

        Raises:
            FileError: a record can't be read or written.
        """
        since = None
        if not once:
            since = self.now - dt.timedelta(seconds=_TWICE_SECONDS)
            binding = self.binding
            if binding and binding.left_at:
                since = max(since, dt.datetime.fromisoformat(binding.left_at))
        return fire(self.state, self.key, what, self.now, since=since)

    def bound_to(self, session: str, position: HeadPosition) -> Binding:
        """Make the record that binds the host's session to a claim, by its key, or to none."""
        return Binding(
            key=self.key,
            host=self.event.host,
            session=session,
            agent=bool(self.event.agent),
            root=str(self.workspace.root),
            branch=position.branch or "",
            commit=position.commit or "",
            bound_at=self.stamp,
            seen_at=self.stamp,
        )

    def about(self, document: str) -> Scene:
        """Give the scene in the workspace of a document; as it is where none is configured so.

        What a session is about need not be configured for the folder that it has moved to.

        Raises:
            GitError: git can't tell which documents there are.
        """
        return self._replace(workspace=of_document(self.workspace, document))

    def fail(self, message: str) -> None:
        """Write down what went wrong, for `doctor`."""
        told = f"{self.event.host} {self.event.kind}: {message}"
        note_failure(self.state, f"{self.now.astimezone(dt.UTC).isoformat('T', 'seconds')} {told}")


def open_scene(event: HookEvent, now: dt.datetime) -> Scene:
    """Open the workspace of an event.

    Raises:
        HandoffError: configuration, files or git stand in the way.
    """
    workspace = open_impatiently(Path(event.cwd))
    return Scene(workspace, event, now, binding_key(event.session, event.agent))


def open_impatiently(directory: Path) -> Workspace:
    """Open a workspace whose lock nobody waits for that has better things to do.

    Raises:
        HandoffError: as `open_workspace`.
    """
    return _impatient(open_workspace(directory))


def of_document(workspace: Workspace, document: str) -> Workspace:
    """Give the workspace of a document of the repository; this one where none is configured so.

    Raises:
        GitError: git can't tell which documents there are.
    """
    if document in ("", workspace.config.handoff):
        return workspace
    others = (one.workspace for one in find_others(workspace) if one.path == document)
    found = next(others, None)
    return workspace if found is None else _impatient(found)


def _impatient(opened: Workspace) -> Workspace:
    seconds = min(opened.config.lock_timeout, _LOCK_SECONDS)
    return opened._replace(config=opened.config._replace(lock_timeout=seconds))


def refuse_broken(workspace: Workspace) -> None:
    """Look at what a session that begins needs, before anything is written for it.

    Raises:
        HandoffError: the run's record, the claims or the document can't be read.
    """
    load_run(workspace.state)
    claimed_keys(workspace.state)
    if os.path.lexists(workspace.handoff):
        check_file(workspace.handoff, root=workspace.root, limit=None)


def read_head(workspace: Workspace) -> HeadPosition:
    """Read what is checked out, if there is a repository.

    Raises:
        GitError: git can't tell.
    """
    repository = workspace.repository
    return read_position(repository) if repository else HeadPosition(None, None)
