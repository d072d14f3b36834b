"""Plans a set-up, as changes to files that can be shown before they are made."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

from handoff_md.app.documents import explain_kept, find_ignored, find_other_branch, refuse_elsewhere
from handoff_md.app.session.naming import find_known
from handoff_md.app.setup.agents.install import (
    agent_changes,
    tell_ignored,
    tell_seen,
    wanted_files,
)
from handoff_md.app.setup.agents.level import Level
from handoff_md.app.setup.change import Change, SetupPlan, Understanding
from handoff_md.app.setup.documents import handoff_changes, page_changes, pointer_changes
from handoff_md.app.setup.git_files import (
    HOOKS,
    hook_changes,
    ignore_changes,
)
from handoff_md.app.setup.inquiry import Inquiry, inquire
from handoff_md.app.setup.instructions import tell_contradictions
from handoff_md.app.setup.settings import choose_settings
from handoff_md.app.setup.texts import GUIDE_PAGE, PROTOCOL_PAGE
from handoff_md.app.setup.tools import PRE_COMMIT, ci_changes, git_runs_guard, pre_commit_changes
from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.config import FILE_NAME, Config
from handoff_md.errors import ConfigError, FileError
from handoff_md.git.absent import DeletionStagedError
from handoff_md.git.process import write_git
from handoff_md.git.setup import DRIVER
from handoff_md.value import Value


class SetupRequest(Value, kw_only=True):
    """What ``init`` is asked for, and what the outside knows.

    Attributes:
        directory: where the command runs.
        today: the date of a new document.
        handoff: the handoff document that the user has named.
        entries_heading: the heading of its entries that the user has named.
        hook: install the plain git hooks as well.
        agents: the hosts of coding agents to set up as well.
    """

    directory: Path
    today: dt.date
    handoff: Path | None = None
    entries_heading: str | None = None
    hook: bool = False
    agents: tuple[str, ...] = ()


def plan_setup(request: SetupRequest) -> SetupPlan:
    """Work out what a repository needs, and what the user should know; nothing is written.

    Raises:
        ConfigError: the configuration can't be read.
        ContentError: a file holds damaged markers, or an open block at its end.
        HandoffError: files or git stand in the way, or the user has to name a document.
    """
    place = open_workspace(request.directory)
    planned = plan_setup_in(place, request, inquire(place))
    place = place._replace(config=planned.config)
    told = [*_tell_ignored(place), *tell_contradictions(place.root, place.config)]
    if place.repository:
        told += tell_ignored(place.repository, planned.changes)
    if not request.agents and not planned.does_nothing:
        told += tell_seen(place.root)
    return replace(
        planned,
        notes=(*planned.notes, *told),
        understood=_with_next_id(place, planned.understood),
    )


def plan_setup_in(place: Workspace, request: SetupRequest, inquiry: Inquiry | None) -> SetupPlan:
    """Work out what a workspace needs that is open already, as `plan_setup` does.

    Args:
        place: the workspace of the request's directory.
        request: what is asked for.
        inquiry: the workspace's, which others may ask as well; None without a repository.

    Raises:
        HandoffError: as `plan_setup`.
    """
    root = place.root
    if request.handoff is None:
        _refuse_beside(place, may_be_renamed=True)
    directory = Path(os.path.realpath(request.directory))
    chosen = choose_settings(
        place,
        directory,
        handoff=_from_root(root, request),
        entries_heading=request.entries_heading,
    )
    config = chosen.config
    place = place._replace(config=config)
    _refuse_beside(place)
    _refuse_one_for_two(config)
    notes = [*chosen.notes]
    changes: list[Change] = [chosen.change] if chosen.change else []

    def add(found: tuple[Iterable[Change], Iterable[str]]) -> None:
        changes.extend(found[0])
        notes.extend(found[1])

    is_new = chosen.change is not None
    placed = handoff_changes(root, config, request.today, directory=directory, strict=is_new)
    add(placed)
    notes += _tell_other_branch(place)
    for page in (PROTOCOL_PAGE, GUIDE_PAGE):
        changes += page_changes(root, config, page)
    changes += pointer_changes(root, config, wanted_files(root, request.agents))
    add(agent_changes(Level(root), request.agents))
    registers = leaves_hook = False
    if inquiry:
        inquiry = inquiry.about(config.handoff)
        driver = inquiry.driver
        registers = driver.driver != DRIVER and not driver.registered
        if driver.overrides is not None:
            notes.append("another driver comes before this clone's; `handoff-md doctor` tells more")
        changes += ignore_changes(inquiry.repository, config)
        add((inquiry.attribute.changes, inquiry.attribute.notes))
        pre_commit = pre_commit_changes(root)
        add(pre_commit)
        by_pre_commit = (root / PRE_COMMIT).is_file() and not pre_commit[1]
        changes += ci_changes(root)
        if request.hook:
            hooks = [hook_changes(inquiry, config, name) for name in HOOKS]
            leaves_hook = any(left for _, left in hooks)
            for found in hooks:
                add(found)
        elif changes or registers:
            notes += _tell_of_guard(inquiry, by_pre_commit=by_pre_commit)
    else:
        notes.append(place.note)
    return SetupPlan(
        root,
        config,
        tuple(changes),
        tuple(dict.fromkeys(notes)),
        "register" if registers else "",
        leaves_hook,
        chosen.understood,
        unsettled=bool(placed[1]),
        state=place.state,
        hooks="allow" if inquiry else "",
    )


def _with_next_id(place: Workspace, understood: Understanding | None) -> Understanding | None:
    """Add which id the next session gets to what was understood."""
    if understood is None or place.lacks_git:
        return understood
    known = find_known(place, None)
    return replace(understood, next_id=str(known.write(known.next_number)))


def _tell_ignored(place: Workspace) -> tuple[str, ...]:
    """Say at once what git ignores of what sessions write: it would be in nobody's clone."""
    found = tuple(find_ignored(place.repository, place.config)) if place.repository else ()
    if not found:
        return ()
    what = " and ".join(one.what for one in found)
    rules = " and ".join(dict.fromkeys(one.rule for one in found))
    means = "no commit will hold that"
    if found[-1].path != place.config.handoff:
        means += ", and no entry links the logs"
    way = f"`handoff-md doctor` shows the rule; or name other folders in {FILE_NAME}"
    return (f"git ignores {what}, by a rule in {rules}: {means}. {way}",)


def _tell_of_guard(inquiry: Inquiry, *, by_pre_commit: bool) -> tuple[str, ...]:
    """Say what makes git run the guard, which a set-up leaves to the user; nothing if it does."""
    if all(git_runs_guard(inquiry, name, by_pre_commit=by_pre_commit) for name in HOOKS):
        return ()
    says = "git does not run the guard before commits and merges yet"
    types = " ".join(f"--hook-type {name}" for name in HOOKS)
    command = f"pre-commit install {types}" if by_pre_commit else "handoff-md init --hook"
    return (f"{says}: `{command}` has it do so",)


def _refuse_beside(place: Workspace, *, may_be_renamed: bool = False) -> None:
    """Make no document beside one that git has: its place is taken, or in another repository.

    Raises:
        GitError: it is.
    """
    kept = explain_kept(place)
    if kept and not (may_be_renamed and isinstance(kept, DeletionStagedError)):
        raise kept
    if place.repository:
        refuse_elsewhere(place.repository, place.git_path)


def _tell_other_branch(place: Workspace) -> tuple[str, ...]:
    """Say that a new document is made where another branch has one."""
    branch = None if place.handoff.exists() else find_other_branch(place)
    if branch is None:
        return ()
    taken = write_git(place.root, "restore", f"--source={branch}", "--", place.git_path)
    return (f"the branch {branch} has {place.config.handoff}: `{taken}` takes that one over",)


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
