"""Names of revisions and ranges: what they may be, what is wrong with one, which are known."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from handoff_md.errors import GitError
from handoff_md.git.objects import find_id, find_objects
from handoff_md.git.process import Completed, explain_failure, run_git
from handoff_md.reading import read_regular

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handoff_md.git.repository import Repository

_SHALLOW = "shallow"
_ZEROS = re.compile(r"0{40}|0{64}")
_RANGE = re.compile(r"\.\.\.?")
_SUFFIX = re.compile(r"\^(?:[@!]|-[0-9]*)$")
_DISTANCE = re.compile(r"(?P<start>[^~^]+)(?:~(?P<count>[0-9]*)|(?P<carets>\^+))")


def read_range(revisions: str) -> tuple[str, ...]:
    """Cut what ``git log`` would take into its words.

    Raises:
        GitError: there is no word, or one that is an option.
    """
    words = tuple(revisions.split())
    if not words or any(word.startswith("-") for word in words):
        raise GitError(
            f"{revisions!r} names no commits",
            "Write a range such as origin/main..HEAD, or HEAD~1.. for the last commit.",
        )
    return words


def find_tip(repository: Repository, revisions: str) -> str | None:
    """Give the last commit of a range; None where it has none, or can't be read.

    Raises:
        GitError: the range is none.
    """
    words = expand_new(repository, read_range(revisions))
    command = ["rev-list", "--topo-order", "--max-count=1", "--end-of-options", *words, "--"]
    listed = run_git(command, cwd=repository.root, check=False)
    return None if listed.code else listed.stdout.decode("ascii").strip() or None


def expand_new(repository: Repository, words: Sequence[str]) -> tuple[str, ...]:
    """Read the zeros that git tells for a branch that is new, or is deleted, in a range.

    A new one stands for the commits that no other branch or tag has yet; of a deleted one there are
    none, so that it is left out.

    Raises:
        GitError: git can't list the branches.
    """
    found: list[str] = []
    for word in words:
        start, dots, end = word.partition("..")
        end = end.lstrip(".") or "HEAD"
        if dots and _ZEROS.fullmatch(end):
            found += [start, f"^{start}"]
        elif dots and _ZEROS.fullmatch(start):
            found += [end, *_known_tips(repository, end)]
        else:
            found.append(word)
    return tuple(found)


def _known_tips(repository: Repository, new: str) -> list[str]:
    """Give the commits of all branches and tags but those that stand at a new one, as excluded."""
    told = _find_commit(repository, new)
    command = ["for-each-ref", "--format=%(objectname)%00%(*objectname)"]
    listed = run_git([*command, "refs/heads", "refs/tags", "refs/remotes"], cwd=repository.root)
    names = {
        line.split("\0")[-1] or line.split("\0")[0]
        for line in listed.stdout.decode("ascii").splitlines()
    }
    return [f"^{name}" for name in sorted(names - {told})]


def resolve_commit(repository: Repository, revision: str) -> str:
    """Give the id of the commit that a revision names.

    Raises:
        GitError: there is no such revision.
    """
    if revision.startswith("-"):
        raise GitError(f"{revision!r} names no commit", "Write a branch, a tag or a commit's id.")
    found = _find_commit(repository, revision)
    if found is None:
        raise _missing(repository, revision)
    return found


def explain_bad_revision(
    repository: Repository, words: Sequence[str], refused: Completed
) -> GitError:
    """Say which revision of a range there is not, and how to get it."""
    try:
        check_names(repository, words)
    except GitError as error:
        return error
    return explain_failure(f"{' '.join(words)!r} is no range of commits", refused)


def check_names(repository: Repository, words: Sequence[str]) -> None:
    """Raise a GitError where a word of a range names something else than commits, as a file."""
    for word in words:
        for name in _names(word):
            if _find_commit(repository, name) is None:
                raise _missing(repository, name)


def is_shallow(repository: Repository) -> bool:
    """Tell whether older commits were left out when the repository was cloned."""
    return (repository.common_dir / _SHALLOW).is_file()


def check_depth(repository: Repository, revisions: str, commits: Sequence[str]) -> None:
    """Raise a GitError where a range reaches commits whose parents a shallow clone lacks."""
    if not is_shallow(repository):
        return
    # Source: gitrepository-layout(5): one commit a line, whose parents are cut off.
    cut = set(read_regular(repository.common_dir / _SHALLOW).decode("ascii").split())
    reached = [commit for commit in commits if commit in cut]
    if reached:
        raise shallow_error(
            f"the clone is shallow: it lacks what comes before {reached[0][:12]}, "
            f"which {revisions} reaches",
            len(reached) if len(commits) == len(reached) else None,
        )


def shallow_error(message: str, missing: int | None) -> GitError:
    """Say how to fetch what a shallow clone lacks: so many commits, or all (None)."""
    fetch = f"git fetch --deepen={missing}" if missing else "git fetch --unshallow"
    return GitError(message, f"Run `{fetch}`; in CI, check out with `fetch-depth: 0`.")


def _missing(repository: Repository, name: str) -> GitError:
    if _find_commit(repository, "HEAD") is None:
        return GitError("the repository has no commits yet", "Commit something first.")
    if _ZEROS.fullmatch(name):
        return GitError(
            "zeros are no revision: git tells them of a branch or tag that is new",
            "Name the branch that it began on, such as origin/main.",
        )
    distance = _DISTANCE.fullmatch(name)
    if is_shallow(repository):
        missing = _missing_depth(repository, distance) if distance else None
        return shallow_error(f"there is no revision {name!r} in this shallow clone", missing)
    if distance and _find_commit(repository, distance["start"]):
        return GitError(
            f"there is no revision {name!r}: the history of {distance['start']} is shorter",
            f"Name {distance['start']} itself for all of it.",
        )
    return GitError(
        f"there is no revision {name!r}", "Check its name; did you fetch it? `git fetch` does."
    )


def _missing_depth(repository: Repository, distance: re.Match[str]) -> int | None:
    """Give how many commits a shallow clone lacks to know an ancestor; None if that is unclear."""
    command = ["rev-list", "--first-parent", "--count", "--end-of-options", distance["start"]]
    counted = run_git(command, cwd=repository.root, check=False)
    if counted.code:
        return None
    wanted = len(distance["carets"] or "") or int(distance["count"] or 1)
    with counted.understood():
        return max(wanted + 1 - int(counted.stdout), 1)


def _names(word: str) -> list[str]:
    """Give the revisions that a word of a range is made of; HEAD where one is left out."""
    plain = _SUFFIX.sub("", word).removeprefix("^")
    return [name or "HEAD" for name in _RANGE.split(plain, maxsplit=1)]


def _find_commit(repository: Repository, name: str) -> str | None:
    return find_id(repository, f"{name}^{{commit}}")


def has_whole_history(repository: Repository) -> bool:
    """Tell whether a commit that the repository lacks was lost, rather than never fetched.

    Without a process: a shallow clone has a file ``shallow``, and the configuration of a partial
    one names a promisor. Source: gitrepository-layout(5), git's partial-clone documentation.
    """
    if is_shallow(repository):
        return False
    try:
        return b"promisor" not in read_regular(repository.common_dir / "config")
    except OSError:
        return True


def find_unknown_commits(repository: Repository, ids: Iterable[str]) -> frozenset[str]:
    """Give those of the ids that name no commit here; an ambiguous one names several.

    One process.

    Args:
        repository: the repository.
        ids: hexadecimal ids, in full or abbreviated.

    Raises:
        GitError: git can't be started, or fails.
    """
    wanted = sorted(set(ids))
    found = find_objects(repository, [f"{name}^{{commit}}" for name in wanted])
    return frozenset(
        name for name, (kind, _) in zip(wanted, found, strict=True) if kind == "missing"
    )
