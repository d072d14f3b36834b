"""Which branch is the main one, and where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from handoff_md.git.process import run_git

if TYPE_CHECKING:
    from handoff_md.git.repository import Repository

_USUAL: Final = ("main", "master")
_LOCAL: Final = "refs/heads/"
_REMOTE: Final = "refs/remotes/"


def find_main_branch(repository: Repository, configured: str = "") -> tuple[str, ...]:
    """Give the references that are the main branch, here and on remotes; none where it is unknown.

    It is the configured one, else what a remote's HEAD names (``origin``'s first), else ``main``,
    else ``master``, where there is one. One process.

    Raises:
        GitError: git can't tell.
    """
    command = ["for-each-ref", "--format=%(refname) %(symref)", _LOCAL, _REMOTE]
    listed = run_git(command, cwd=repository.root)
    references = dict(line.partition(" ")[::2] for line in listed.lines())
    if not all(reference.startswith((_LOCAL, _REMOTE)) for reference in references):
        raise listed.garbled()
    for name in (configured,) if configured else (*_remote_heads(references), *_USUAL):
        found = tuple(
            reference for reference in references if _branch_of(reference, references) == name
        )
        if found:
            return found
    return ()


def _remote_heads(references: dict[str, str]) -> list[str]:
    heads = [
        (not reference.startswith(f"{_REMOTE}origin/"), _branch_of(target, {}))
        for reference, target in references.items()
        if target and reference.startswith(_REMOTE) and reference.endswith("/HEAD")
    ]
    return [name for _, name in sorted(heads)]


def _branch_of(reference: str, references: dict[str, str]) -> str:
    """Give a branch's name without its remote's; empty for a remote's HEAD."""
    if references.get(reference):
        return ""
    if reference.startswith(_LOCAL):
        return reference.removeprefix(_LOCAL)
    return reference.removeprefix(_REMOTE).partition("/")[2]
