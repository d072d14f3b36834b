"""Plans to undo a set-up: what ``init`` wrote goes, what people wrote stays and is named."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from shlex import quote
from typing import Literal

from handoff_md.app.documents import find_others
from handoff_md.app.setup.agents.hosts import AGENT_HOSTS
from handoff_md.app.setup.agents.install import agent_removal
from handoff_md.app.setup.agents.level import Level
from handoff_md.app.setup.change import Change, SetupPlan, changed_file, deleted_file, read_source
from handoff_md.app.setup.documents import (
    IMPORTS,
    POINTERS,
    is_new_handoff,
    page_changes,
    pointer_changes,
    without_section,
)
from handoff_md.app.setup.git_files import (
    HOOKS,
    IGNORE,
    SHEBANG,
    hook_changes,
    ignore_changes,
)
from handoff_md.app.setup.inquiry import Inquiry, inquire, put_attribute
from handoff_md.app.setup.settings import is_new_settings
from handoff_md.app.setup.texts import GUIDE_PAGE, PROTOCOL_PAGE
from handoff_md.app.setup.tools import (
    GITHUB,
    GITLAB,
    PRE_COMMIT,
    calls_guard,
    ci_changes,
    find_manager,
    pre_commit_changes,
    read_script,
)
from handoff_md.app.workspace import Workspace, open_workspace
from handoff_md.config import FILE_NAME
from handoff_md.errors import HandoffError
from handoff_md.git.setup import is_registered, list_attribute_files
from handoff_md.sessions.inbox import Inbox, list_summary_files
from handoff_md.store.hooks import holds_records
from handoff_md.store.runs import run_path
from handoff_md.syntax.parse import parse
from handoff_md.text.marked import cut_marked, find_marked
from handoff_md.value import Value


class _Managed(Value):
    """A file that the set-up manages a section of.

    ``update`` gives what the set-up would change of it now. ``lead`` is what a file begins with
    that the set-up creates; ``at_end`` tells that the section is put at a file's end.
    """

    path: str
    update: Callable[[], Iterable[Change]]
    lead: str = ""
    at_end: bool = True


def plan_removal(directory: Path) -> SetupPlan:
    """Work out what undoes the set-up of a repository; nothing is written.

    Raises:
        ConfigError: the configuration can't be read.
        HandoffError: files or git stand in the way.
    """
    place = open_workspace(directory)
    inquiry = inquire(place)
    changes: list[Change] = []
    notes: list[str] = []
    steps: list[Callable[[], Change | str | None]] = [
        partial(_cut, place.root, managed) for managed in _managed_files(place, inquiry)
    ]
    steps += [partial(_undo_handoff, place), partial(_undo_settings, place)]
    for step in steps:
        try:
            done = step()
        except HandoffError as error:
            done = f"{error.message}: it stays as it is"
        if isinstance(done, Change):
            changes.append(done)
        elif done:
            notes.append(done)
    shared = _find_sharing(place)
    if not shared:
        taken, told = agent_removal(Level(place.root), tuple(AGENT_HOSTS), is_patient=True)
        changes += taken
        notes += told
    unregisters = place.repository is not None and not shared and is_registered(place.root)
    if shared:
        notes.append(
            f"what git is told stays, as {shared} needs it: attributes, ignore rules, hooks, the "
            "merge driver, automation"
        )
    notes += _tell_calls(place, inquiry)
    notes += _tell_what_waits(place)
    driver: Literal["", "unregister"] = "unregister" if unregisters else ""
    return SetupPlan(
        place.root,
        place.config,
        tuple(changes),
        tuple(notes),
        driver,
        state=place.state,
        hooks="" if shared else "forbid",
    )


def _managed_files(place: Workspace, inquiry: Inquiry | None) -> Iterator[_Managed]:
    """Give the files that the set-up may have a section in, a link and its target once."""
    root, config = place.root, place.config
    for path, page in ((config.protocol, PROTOCOL_PAGE), (config.guide, GUIDE_PAGE)):
        yield _Managed(path, partial(page_changes, root, config, page, either=True))
    seen: set[str] = set()
    for name in dict.fromkeys((*POINTERS, *IMPORTS)):
        real = os.path.realpath(root / name)
        if real not in seen:
            seen.add(real)
            yield _Managed(name, partial(pointer_changes, root, config))
    if inquiry and not _find_sharing(place):
        yield from _git_files(place, inquiry)


def _find_sharing(place: Workspace) -> str | None:
    """Find another document that is set up in the same repository; None without one."""
    for other in find_others(place):
        protocol = other.workspace.config.protocol
        if protocol != place.config.protocol and (place.root / protocol).is_file():
            return other.path
    return None


def _git_files(place: Workspace, inquiry: Inquiry) -> Iterator[_Managed]:
    root, config, repository = place.root, place.config, inquiry.repository
    yield _Managed(IGNORE, partial(ignore_changes, repository, config))
    for file in list_attribute_files(config.handoff):
        yield _Managed(file, partial(put_attribute, repository, config.handoff, file))
    yield _Managed(PRE_COMMIT, lambda: pre_commit_changes(root)[0], at_end=False)
    for file in (GITHUB, GITLAB):
        yield _Managed(file, partial(ci_changes, root))
    for name in HOOKS:
        for hook in _places_of(inquiry, name):
            path = os.path.relpath(hook, root)
            update = partial(hook_changes, inquiry, config, name)
            yield _Managed(path, lambda update=update: update()[0], lead=SHEBANG)  # type: ignore[misc]


def _places_of(inquiry: Inquiry, name: str) -> tuple[Path, ...]:
    """Give where the set-up may have put a hook: where git looks, and where a tool does."""
    repository, manager = inquiry.repository, find_manager(inquiry, name)
    places = [inquiry.hooks / name, repository.common_dir / "hooks" / name]
    if manager and manager.is_script:
        places.append(manager.place)
    homes = (repository.root, repository.common_dir)
    unique = {os.path.realpath(place): place for place in places}
    return tuple(
        place
        for real, place in unique.items()
        if any(Path(real).is_relative_to(home) for home in homes)
    )


def _cut(root: Path, managed: _Managed) -> Change | str | None:
    """Take the section out of a file, and the file away where the set-up has created it."""
    place = Path(os.path.normpath(root / managed.path))
    # A hook of a linked work tree lies outside of that.
    base = root if place.is_relative_to(root) else place.parent
    if not place.parent.is_dir():
        return None
    source = read_source(base, place.relative_to(base).as_posix())
    span = find_marked(source, managed.path) if source else None
    if source is None or span is None:
        return None
    if any(change.path == managed.path and change.patch.edits for change in managed.update()):
        return (
            f"{managed.path} stays: its section is not as `handoff-md init` writes it now. Take it "
            "out yourself, or run `handoff-md init`, which overwrites it, and then this again"
        )
    begins = span.start == len(managed.lead) and source.text.startswith(managed.lead)
    patch = cut_marked(source, managed.path, at_end=managed.at_end and not begins)
    if begins and patch.apply().text == managed.lead:
        return deleted_file(root, managed.path, source)
    return next(iter(changed_file(root, managed.path, patch)), None)


def _undo_handoff(place: Workspace) -> Change | str | None:
    """Delete a document that is as it was created; take an empty section out of another one."""
    path = place.config.handoff
    source = read_source(place.root, path)
    if source is None:
        return None
    if is_new_handoff(source.text, place.config):
        return deleted_file(place.root, path, source)
    patch = without_section(parse(source.to_bytes()), place.config)
    if patch is None:
        return f"{path} stays: people and sessions have written it"
    return next(iter(changed_file(place.root, path, patch)), None)


def _undo_settings(place: Workspace) -> Change | str | None:
    source = read_source(place.root, FILE_NAME)
    if source is None:
        return None
    if place.config_file == place.root / FILE_NAME and is_new_settings(source.text, place.config):
        return deleted_file(place.root, FILE_NAME, source)
    return f"{FILE_NAME} stays: it is not as `handoff-md init` wrote it"


def _tell_calls(place: Workspace, inquiry: Inquiry | None) -> Iterator[str]:
    """Name the hooks that people have the guard called from."""
    if inquiry is None:
        return
    files = {place.root / PRE_COMMIT}
    for name in HOOKS:
        files.add(inquiry.hooks / name)
        manager = find_manager(inquiry, name)
        files |= {manager.place} if manager else set()
    for file in sorted(files):
        text = read_script(file)
        if calls_guard(text) and "handoff-md:begin" not in text:
            yield f"{file} calls the guard, by what people wrote: take that out yourself"


def _tell_what_waits(place: Workspace) -> Iterator[str]:
    """Tell of what sessions have left, and of the state that keeps it."""
    if os.path.lexists(run_path(place.state)):
        yield "a run is active: end it, with `handoff-md run finish` or `handoff-md run cancel`"
    folder = place.config.summaries
    summary_files, _ = list_summary_files(Inbox(place.root, folder))
    if summary_files:
        ids = ", ".join(str(summary_file.session_id) for summary_file in summary_files)
        yield f"summaries wait in {folder}, and nobody has merged them: {ids}"
    if (place.root / place.config.committed).is_dir():
        yield f"{place.config.committed} stays: people and sessions have written it"
    if holds_records(place.state):
        yield (
            f"{place.state} stays: it holds who has which id, and all summaries that were merged. "
            f"`rm -r -- {quote(str(place.state))}` deletes it"
        )
