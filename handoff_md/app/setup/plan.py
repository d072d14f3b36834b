"""Plans a set-up, as changes to files that can be shown before they are made."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from handoff_md.app.setup.automation import ci_changes, pre_commit_changes
from handoff_md.app.setup.change import Change
from handoff_md.app.setup.documents import (
    guide_changes,
    handoff_changes,
    pointer_changes,
    protocol_changes,
)
from handoff_md.app.setup.git_files import (
    HOOKS,
    attribute_changes,
    hook_changes,
    ignore_changes,
)
from handoff_md.app.setup.settings import choose_settings
from handoff_md.app.sweep import YOUNG_SECONDS
from handoff_md.app.workspace import open_workspace
from handoff_md.config import Config
from handoff_md.errors import ConfigError, FileError
from handoff_md.git.driver import DRIVER, inspect_driver, register_driver
from handoff_md.store.files import sweep_orphans


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupRequest:
    """What ``init`` is asked for, and what the outside knows.

    Attributes:
        directory: where the command runs.
        today: the date of a new document.
        handoff: the handoff document that the user has named.
        entries_heading: the heading of its entries that the user has named.
        hook: install the plain git hooks as well.
    """

    directory: Path
    today: dt.date
    handoff: Path | None = None
    entries_heading: str | None = None
    hook: bool = False


@dataclass(frozen=True, slots=True)
class SetupPlan:
    """What a repository needs: changes to files, and notes on what is left to the user.

    ``registers`` says that the clone's configuration does not have the merge driver yet,
    ``leaves_hook`` that hooks were asked for, of which the user has to write one.
    """

    root: Path
    config: Config
    changes: tuple[Change, ...]
    notes: tuple[str, ...]
    registers: bool
    leaves_hook: bool = False

    @property
    def does_nothing(self) -> bool:
        """Tell whether all is there already."""
        return not (self.changes or self.registers)

    @property
    def diff(self) -> str:
        """Give all changes as one diff that git applies."""
        return "".join(change.diff for change in self.changes)

    def carry_out(self) -> None:
        """Write the changes, each file at once; what a crash leaves undone is done by the next run.

        Raises:
            ChangedMeanwhileError: somebody has changed a file since the plan was made.
            FileError: a file can't be written.
            GitError: git's configuration can't be.
        """
        for change in self.changes:
            change.write()
            sweep_orphans((change.root / change.path).parent, older_than=YOUNG_SECONDS)
        if self.registers:
            register_driver(self.root)


def plan_setup(request: SetupRequest) -> SetupPlan:
    """Work out what a repository needs; nothing is written.

    Raises:
        ConfigError: the configuration can't be read.
        ContentError: a file holds damaged markers, or an open block at its end.
        HandoffError: files or git stand in the way, or the user has to name a document.
    """
    place = open_workspace(request.directory)
    root = place.root
    chosen = choose_settings(
        root,
        Path(os.path.realpath(request.directory)),
        handoff=_from_root(root, request),
        entries_heading=request.entries_heading,
    )
    config = chosen.config
    _refuse_one_for_two(config)
    notes = [*chosen.notes]
    changes: list[Change] = [chosen.change] if chosen.change else []

    def add(found: tuple[Iterable[Change], tuple[str, ...]]) -> None:
        changes.extend(found[0])
        notes.extend(found[1])

    add(handoff_changes(root, config, request.today))
    changes += protocol_changes(root, config)
    changes += guide_changes(root, config)
    changes += pointer_changes(root, config)
    registers = leaves_hook = False
    if place.repository:
        registers = inspect_driver(root, config.handoff).driver != DRIVER
        changes += ignore_changes(place.repository, config)
        changes += attribute_changes(place.repository, config)
        add(pre_commit_changes(root))
        changes += ci_changes(root)
        if request.hook:
            for name in HOOKS:
                hooks = hook_changes(place.repository, config, name)
                leaves_hook = leaves_hook or bool(hooks[1])
                add(hooks)
    else:
        notes.append(place.note)
    return SetupPlan(root, config, tuple(changes), tuple(notes), registers, leaves_hook)


def _refuse_one_for_two(config: Config) -> None:
    named = (config.handoff, config.protocol, config.guide)
    if len(set(map(os.path.normpath, named))) < len(named):
        raise ConfigError(
            "the configuration names one file for two of handoff, protocol and guide",
            "Give each a file of its own.",
        )


def _from_root(root: Path, request: SetupRequest) -> str | None:
    """Give the named document's path relative to the root.

    Raises:
        FileError: it lies outside of the repository.
    """
    if request.handoff is None:
        return None
    path = Path(os.path.normpath(os.path.realpath(request.directory) / request.handoff))
    if not path.is_relative_to(root):
        raise FileError(f"{path} lies outside {root}", "Name a document of this repository.")
    return path.relative_to(root).as_posix()
