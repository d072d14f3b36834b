"""The lock files of a repository: what git makes before it writes, and leaves when it is killed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from handoff_md.git.repository import Repository

_ENDING = ".lock"


def list_locks(repository: Repository) -> Iterator[Path]:
    """Give the locks of all work trees' indexes and HEADs, of refs, and of the configuration.

    No ref's own file ends so: git-check-ref-format(1). Source: gitrepository-layout(5).
    """
    common = repository.common_dir
    linked = common / "worktrees"
    for folder in (common, *(sorted(linked.iterdir()) if linked.is_dir() else ())):
        yield from sorted(folder.glob(f"*{_ENDING}"))
        yield from sorted((folder / "info").glob(f"*{_ENDING}"))
        for place, _, names in sorted(os.walk(folder / "refs")):
            yield from (Path(place, name) for name in sorted(names) if name.endswith(_ENDING))
    yield from sorted((common / "reftable").glob(f"*{_ENDING}"))
