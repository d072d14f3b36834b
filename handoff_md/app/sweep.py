"""Removes the temporary files that killed commands have left, where this work tree writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from handoff_md.app.workspace import Workspace
from handoff_md.errors import FileError
from handoff_md.store.archive import aside_folder, copies_folder
from handoff_md.store.bindings import bindings_folder
from handoff_md.store.claims import claims_folder
from handoff_md.store.drafts import drafts_folder
from handoff_md.store.files import sweep_orphans

YOUNG_SECONDS = 60.0
"""A temporary file that is younger may be another command's that is at work: it stays."""


def sweep(workspace: Workspace, *more: Path) -> None:
    """Remove what was left for longer than a minute; what can't be removed stays.

    Args:
        workspace: where the command works: the folders of its document, of summaries, logs and
            records are swept.
        more: further folders that it writes to.
    """
    for folder in dict.fromkeys((*_folders(workspace), *more)):
        with suppress(FileError):
            sweep_orphans(folder, older_than=YOUNG_SECONDS)


def _folders(workspace: Workspace) -> Iterator[Path]:
    state = workspace.state
    yield from (workspace.root, workspace.handoff.parent, workspace.summaries)
    yield workspace.root / workspace.config.sessions
    yield from (state, state / "runs", copies_folder(state), aside_folder(state))
    yield from (bindings_folder(state), bindings_folder(state) / "fired", drafts_folder(state))
    yield from (claims_folder(state), claims_folder(state) / "released")
