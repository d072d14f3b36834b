"""Which branches and tags can't be read: most questions about history fail as long as one can't."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from handoff_md.git.process import Completed, run_git
from handoff_md.reading import read_regular
from handoff_md.value import Value

if TYPE_CHECKING:
    from handoff_md.git.repository import Repository

_IGNORED: Final = re.compile(r"^warning: ignoring broken ref (?P<name>.+)$", re.MULTILINE)


class BrokenRef(Value):
    """A ref that can't be read.

    ``names`` is the id of the object that it names and that is not there, empty where it names
    none. ``file`` is its own file, None where it is packed. ``checked_out`` tells that a work tree
    has it checked out.
    """

    name: str
    names: str
    file: Path | None
    checked_out: bool


def find_broken_refs(repository: Repository) -> tuple[BrokenRef, ...]:
    """Find the refs that can't be read. Two processes.

    Raises:
        GitError: git can't list them.
    """
    root = repository.root
    listed = run_git(["for-each-ref", "--format=%(objectname) %(refname)"], cwd=root)
    broken = [(match["name"], "") for match in _IGNORED.finditer(os.fsdecode(listed.stderr))]
    refs = _read_refs(listed)
    asked = "".join(f"{oid}\n" for oid, _ in refs).encode("ascii")
    answered = run_git(["cat-file", "--batch-check"], cwd=root, stdin=asked)
    with answered.understood():
        broken += [
            (name, oid)
            for (oid, name), answer in zip(refs, answered.lines(), strict=True)
            if answer.endswith(" missing")
        ]
    heads = _checked_out(repository)
    return tuple(
        BrokenRef(name, oid, path if path.is_file() else None, name in heads)
        for name, oid in broken
        for path in [repository.common_dir / name]
    )


def _read_refs(listed: Completed) -> list[tuple[str, str]]:
    """Read the ids and names of refs."""
    with listed.understood():
        refs = [(oid, name) for line in listed.lines() for oid, name in [line.split(" ", 1)]]
        if not all(name.startswith("refs/") for _, name in refs):
            raise listed.garbled()
    return refs


def _checked_out(repository: Repository) -> frozenset[str]:
    """Give the branches that work trees have checked out. Source: gitrepository-layout(5)."""
    common = repository.common_dir
    heads = (common / "HEAD", *common.glob("worktrees/*/HEAD"))
    texts = (os.fsdecode(read_regular(head)) for head in heads if head.is_file())
    return frozenset(text.removeprefix("ref: ").strip() for text in texts)
