"""The archive of finished merges: each has a folder with its summaries and its ``merge.json``.

Summaries are moved here, never deleted, and only as long as they are what was merged.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from enum import Enum
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final, TypeAlias

from handoff_md.ledger.records import Journal, MergedSummary
from handoff_md.reading import IrregularFileError, read_regular
from handoff_md.store.files import (
    NO_FILE,
    digest,
    digest_of,
    file_error,
    list_names,
    replace_bytes,
    sync_folder,
)
from handoff_md.store.journal import journal_path, read_merge, save_journal
from handoff_md.store.place import create_folders, share
from handoff_md.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_RECORD: Final = "merge.json"
IsAbout: TypeAlias = "Callable[[str], bool]"
"""Tells whether a merge counts, by the document that it was about (empty: none was recorded)."""


class ArchiveOutcome(Enum):
    """What became of one summary."""

    ARCHIVED = "archived"
    """It lies at the destination, and no longer at its source."""
    ALREADY = "already"
    """The destination held it before, and the source is gone."""
    CHANGED = "changed"
    """The source is not what was merged (any more) and stays where it is."""
    LOST = "lost"
    """Neither the source nor the destination exists."""


class ArchiveMove(Value):
    """A summary to archive: its absolute path, where it goes, and the SHA-256 that was merged."""

    source: Path
    destination: Path
    digest: str


def name_merge(state: Path, *, date: str, new_digest: str) -> str:
    """Choose the name of a new merge's folder, as in ``00007-2025-12-18-9f86d081884c``.

    The number is one more than the highest in the archive, so that names sort by age and none
    comes twice. The journal keeps the name: a command that finishes the merge asks it, not this.
    """
    number = 1 + max((_number(name) for name in _merge_names(state)), default=0)
    return f"{number:05}-{date}-{new_digest[:12]}"


def name_archived(summaries: Sequence[str]) -> tuple[str, ...]:
    """Choose a file name for each summary path, unique (also where case is ignored) and in order.

    The second ``a.md`` of a merge, from another worktree, becomes ``a.2.md``.
    """
    taken = {_RECORD}
    names: list[str] = []
    for summary in summaries:
        path = PurePath(summary)
        name, count = path.name, 1
        while name.casefold() in taken:
            count += 1
            name = f"{path.stem}.{count}{path.suffix}"
        taken.add(name.casefold())
        names.append(name)
    return tuple(names)


def archive_folder(state: Path, merge: Journal) -> Path:
    """Return the folder of a merge's archived summaries."""
    return state / "archive" / merge.name


def archive_folders(state: Path) -> tuple[Path, ...]:
    """Return the folders of all merges, the oldest first.

    Raises:
        FileError: the archive can't be listed.
    """
    return tuple(state / "archive" / name for name in _merge_names(state))


def copies_folder(state: Path) -> Path:
    """Return where ``session end`` keeps copies of summaries, under their own names."""
    return state / "summaries"


def aside_folder(state: Path) -> Path:
    """Return where summaries lie that another one stands in the way of; no merge looks there."""
    return state / "aside"


def archive_copies(state: Path, merge: Journal) -> None:
    """Put the copies of merged summaries away: equal ones go, others lie beside what was merged.

    Raises:
        FileError: one can't be moved.
    """
    for session in merge.sessions:
        copy = copies_folder(state) / PurePath(session.summary).name
        held = digest_of(copy)
        if held == NO_FILE or session.archived_to is None:
            continue
        try:
            if held != session.digest:
                copy.replace(archive_folder(state, merge) / f"{session.archived_to}.copy")
            else:
                copy.unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise file_error("archive", copy, error) from error


def archive_summaries(state: Path, moves: Sequence[ArchiveMove]) -> tuple[ArchiveOutcome, ...]:
    """Move summaries into the archive, each only if it is still what was merged.

    A file is moved first and hashed then, so that nothing written in between is mistaken for
    what was merged; one that differs is moved back. Doing it again after a crash at any point
    gives what an undisturbed run would have given. Across file systems a file is copied, compared
    again and removed; a symbolic link is copied and removed, its target stays.

    Returns:
        The outcomes, in the order of ``moves``.

    Raises:
        FileError: a file can't be moved or read; what was moved before stays moved.
    """
    if not moves:
        return ()
    folders = {move.destination.parent for move in moves}
    for folder in folders:
        _create_folder(state, folder)
    outcomes = tuple(_archive(move) for move in moves)
    share(state, *(move.destination for move in moves))
    # Once per folder rather than once per file. Where the source's folder is gone (a removed
    # worktree) there is nothing left to bring to disk.
    for folder in folders | {move.source.parent for move in moves}:
        _sync_if_present(folder)
    return outcomes


def restore_summary(archived: Path, source: Path) -> bool:
    """Move an archived summary back, or say False where a newer file lies there by now.

    Raises:
        FileError: the file can't be moved.
    """
    try:
        return _move_without_clobbering(archived, source)
    except OSError as error:
        raise file_error("move back", archived, error) from error


def finish_journal(state: Path, journal: Journal) -> None:
    """Record a merge as finished: ``journal`` becomes the ``merge.json`` of its folder.

    The journal of the merge under way is gone afterwards; a crash leaves one or the other.

    Raises:
        FileError: the record can't be written.
    """
    folder = archive_folder(state, journal)
    _create_folder(state, folder)
    save_journal(state, journal)
    try:
        journal_path(state).replace(folder / _RECORD)
        sync_folder(folder)
        sync_folder(state)
    except OSError as error:
        raise file_error("write", folder / _RECORD, error) from error


def recent_merges(state: Path, about: IsAbout | None = None) -> Iterator[Journal]:
    """Give the finished merges, the latest first; each is read when it is asked for.

    With ``about`` only those of whose document it says yes.

    Raises:
        FileError: a record can't be read.
    """
    for name in reversed(_merge_names(state)):
        merge = read_merge(state, state / "archive" / name / _RECORD)
        if merge and (about is None or about(merge.document)):
            yield merge


def find_merged(state: Path, about: IsAbout | None = None) -> dict[str, MergedSummary]:
    """Return every summary of every finished merge by its digest; the latest merge wins.

    With ``about`` only of those of whose document it says yes.

    Raises:
        FileError: a record can't be read.
    """
    return {found.session.digest: found for found in list_merged(state, about)}


def list_merged(state: Path, about: IsAbout | None = None) -> Iterator[MergedSummary]:
    """Give every summary of every finished merge, the oldest merge first.

    With ``about`` only of those of whose document it says yes.

    Raises:
        FileError: a record can't be read.
    """
    for name in _merge_names(state):
        merge = read_merge(state, state / "archive" / name / _RECORD)
        if merge and (about is None or about(merge.document)):
            yield from summaries_of(state, merge)


def summaries_of(state: Path, merge: Journal) -> Iterator[MergedSummary]:
    """Give every summary of a finished merge."""
    folder = archive_folder(state, merge)
    present = set(list_names(folder))
    for session in merge.sessions:
        path = folder / session.archived_to if session.archived_to in present else None
        yield MergedSummary(merge, session, path)


def _merge_names(state: Path) -> list[str]:
    """List the merges' folders, oldest first."""
    return sorted((name for name in list_names(state / "archive") if _number(name)), key=_number)


def _number(name: str) -> int:
    """Return a merge's number; 0 for a folder that is not a merge's."""
    digits = name.partition("-")[0]
    return int(digits) if digits.isascii() and digits.isdigit() else 0


def _create_folder(state: Path, folder: Path) -> None:
    create_folders(state, folder, what="archive folder")
    try:
        # The entry of a new folder has to survive a loss of power as much as what is moved in.
        sync_folder(folder.parent)
    except OSError as error:
        raise file_error("create the archive folder", folder, error) from error


def _sync_if_present(folder: Path) -> None:
    try:
        sync_folder(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise file_error("write", folder, error) from error


def _archive(move: ArchiveMove) -> ArchiveOutcome:
    source, destination = move.source, move.destination
    try:
        held = _digest_of(destination)
        if held is not None and held != move.digest:
            # Killed between the move and the way back: what lies there was never merged.
            _move_without_clobbering(destination, source)
            return ArchiveOutcome.CHANGED
        if held is not None:
            return _settle_archived(source, move.digest)
        if source.is_symlink():
            return _copy_over(source, destination, move.digest)
        return _rename_over(source, destination, move.digest)
    except OSError as error:
        raise file_error("archive", source, error) from error


def _settle_archived(source: Path, merged: str) -> ArchiveOutcome:
    """Decide on the source of a summary that lies in the archive already."""
    left = _digest_of(source)
    if left is None:
        return ArchiveOutcome.ALREADY
    if left != merged:
        return ArchiveOutcome.CHANGED
    source.unlink()
    return ArchiveOutcome.ARCHIVED


def _rename_over(source: Path, destination: Path, merged: str) -> ArchiveOutcome:
    try:
        source.rename(destination)
    except FileNotFoundError:
        return ArchiveOutcome.LOST
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return _copy_over(source, destination, merged)
    if _digest_of(destination) == merged:
        return ArchiveOutcome.ARCHIVED
    _move_without_clobbering(destination, source)
    return ArchiveOutcome.CHANGED


def _copy_over(source: Path, destination: Path, merged: str) -> ArchiveOutcome:
    """Archive by copy; the source goes last, and only if it still is what was copied."""
    try:
        data = read_regular(source)
    except FileNotFoundError:
        return ArchiveOutcome.LOST
    if digest(data) != merged:
        return ArchiveOutcome.CHANGED
    replace_bytes(destination, data)
    return _settle_archived(source, merged)


def _move_without_clobbering(source: Path, destination: Path) -> bool:
    """Move a file to a free name; say False, and leave it, where the name is taken.

    The file is linked before it is unlinked: unlike a rename this can't replace a file that
    appears meanwhile. Where links can't be made the copy is created exclusively.
    """
    try:
        os.link(source, destination, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in {errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EMLINK}:
            raise
        if not _copy_exclusively(source, destination):
            return False
    source.unlink()
    return True


def _copy_exclusively(source: Path, destination: Path) -> bool:
    data = read_regular(source)
    try:
        file = destination.open("xb")
    except FileExistsError:
        return False
    try:
        with file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            destination.unlink()
        raise
    return True


def _digest_of(path: Path) -> str | None:
    """Return the digest of a file, or None where there is none; what is no file equals nothing."""
    try:
        return digest(read_regular(path))
    except FileNotFoundError:
        return None
    except (IrregularFileError, IsADirectoryError):
        return NO_FILE
