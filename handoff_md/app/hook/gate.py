"""Tells whether a hook has anything to do where it runs: without git, and in no time."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import NamedTuple

from handoff_md import defaults
from handoff_md.git.layout import find_layout
from handoff_md.reading import read_regular
from handoff_md.store.hooks import allows_hooks

_STATE = "handoff-md"
_CONFIG = "handoff-md.toml"
_PYPROJECT, _TABLE = "pyproject.toml", b"[tool.handoff-md"


class Clone(NamedTuple):
    """A repository that is set up, and its shared state; paths are texts, which load nothing.

    ``writes`` says that hooks may write and claim: `init` was run in this clone. Where it was not,
    as in a new clone, a session is told what there is to read, and that is all.
    """

    root: str
    state: str
    writes: bool


def find_place(cwd: str) -> Clone | None:
    """Find the set-up repository of a folder; None where there is none.

    Raises:
        GitError: a file that says where the data lies can't be read.
        OSError: the folder can't be looked at.
        ValueError: it has no name that a folder can have.
    """
    if not os.path.isabs(cwd) or not os.path.isdir(cwd):  # noqa: PTH112, PTH117 - it is a text
        return None
    start = os.path.realpath(cwd)
    repository = find_layout(start)
    if repository is None:
        return None
    state = f"{repository.common_dir}/{_STATE}"
    writes = allows_hooks(state)
    if not writes and not _is_set_up(start, repository.root):
        return None
    return Clone(repository.root, state, writes)


def find_folder(path: str) -> str:
    """Give the closest folder upward that is still there: a work tree may be gone already."""
    while path != (above := os.path.dirname(path)):  # noqa: PTH120 - as above
        if os.path.isdir(path):  # noqa: PTH112 - as above
            break
        path = above
    return path


def _is_set_up(start: str, root: str) -> bool:
    """Tell whether a repository has our configuration, or a document where it is by default."""
    if os.path.isfile(f"{root}/{defaults.HANDOFF}"):  # noqa: PTH113 - it is a text
        return True
    folder = start
    while True:
        if os.path.isfile(f"{folder}/{_CONFIG}"):  # noqa: PTH113 - as above
            return True
        with suppress(OSError):
            if _TABLE in read_regular(f"{folder}/{_PYPROJECT}"):
                return True
        if folder == root:
            return False
        folder = os.path.dirname(folder)  # noqa: PTH120 - as above
