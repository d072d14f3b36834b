"""Reading and replacing whole files: bounded, contained, atomic and durable. Bytes only."""

from __future__ import annotations

import errno
import os
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from handoff_md.errors import FileError
from handoff_md.reading import read_if_there, read_regular
from handoff_md.text.pattern import lazy_pattern

NO_FILE: Final = ""
"""Stands for the digest of a file that does not exist."""

SUMMARY: Final = "a summary"
"""What the limit that is configured, max-summary-size, is for."""

_TEMPORARY: Final = lazy_pattern(r"\.handoff-md-[0-9a-f]{16}\.tmp")

_REASONS: Final = {
    errno.EACCES: "permission is denied",
    errno.EPERM: "permission is denied",
    errno.ENOENT: "it does not exist",
    errno.ENOTDIR: "a part of its path is not a folder",
    errno.EISDIR: "it is a folder",
    errno.ELOOP: "its symbolic links run in a circle",
    errno.ENAMETOOLONG: "its name is too long",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the limit for file sizes is reached",
    errno.EROFS: "the file system is read-only",
}


class ChangedMeanwhileError(FileError):
    """The file is no longer the one the new content was made from; the caller starts over."""


def digest(data: bytes) -> str:
    """Return the SHA-256 of ``data`` in lower-case hexadecimal digits."""
    from hashlib import sha256  # noqa: PLC0415 - loads OpenSSL, and reading needs none of it

    return sha256(data).hexdigest()


def digest_of(path: Path) -> str:
    """Return the digest of a file's content, ``NO_FILE`` where there is none.

    Raises:
        FileError: it can't be read.
    """
    try:
        return digest(read_regular(path))
    except FileNotFoundError:
        return NO_FILE
    except OSError as error:
        raise file_error("read", path, error) from error


def read_present(path: Path) -> bytes | None:
    """Read a regular file whole; None where there is none.

    Raises:
        FileError: it can't be read.
    """
    try:
        return read_if_there(path)
    except OSError as error:
        raise file_error("read", path, error) from error


def remove_file(path: Path) -> None:
    """Remove a file; one that is not there is not missed.

    Raises:
        FileError: it can't be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise file_error("remove", path, error) from error


def file_error(doing: str, path: Path | str, error: OSError) -> FileError:
    """Put an operating system's error into a sentence: ``can't <doing> <path>: <reason>``."""
    reason = _REASONS.get(error.errno or 0) or (error.strerror or str(error)).lower()
    return FileError(f"can't {doing} {path}: {reason}", _hint_for(error))


def list_names(folder: Path) -> list[str]:
    """List the names in a folder, in no order; none where there is no folder.

    Raises:
        FileError: it can't be listed.
    """
    try:
        return os.listdir(folder)  # noqa: PTH208 - names, not paths
    except FileNotFoundError:
        return []
    except OSError as error:
        raise file_error("list", folder, error) from error


def read_bytes(path: Path, *, root: Path, limit: int | None, limit_of: str = SUMMARY) -> bytes:
    """Read a regular file that lies, symbolic links resolved, inside ``root``.

    Args:
        path: the file; relative to the current folder unless absolute.
        root: the folder that must hold it; a link that leads out of it is refused.
        limit: the most bytes accepted, or None for any size.
        limit_of: what the limit is for, in words; only that of summaries can be configured.

    Raises:
        FileError: missing, outside, not a regular file, too large, or not readable.
    """
    real = check_file(path, root=root, limit=limit, limit_of=limit_of)
    try:
        # What was checked, even if it is replaced in between: a new link is not followed.
        data = read_regular(real, limit=limit, follow=False)
    except OSError as error:
        raise file_error("read", path, error) from error
    if limit is not None and len(data) > limit:
        raise _too_large(path, len(data), limit, limit_of)
    return data


class OutsideError(FileError):
    """A symbolic link leads out of the folder in which a file has to lie."""


def check_file(path: Path, *, root: Path, limit: int | None, limit_of: str = SUMMARY) -> str:
    """Make sure that a file may be read, as `read_bytes` does, and give its real path.

    Raises:
        FileError: missing, outside ``root``, not a regular file, or larger than ``limit`` bytes.
    """
    try:
        real = os.path.realpath(path, strict=True)
        # A real path that begins with the root's name leads through it: no need to resolve that.
        if not (_lies_in(root, real) or _lies_in(os.path.realpath(root, strict=True), real)):
            raise OutsideError(
                f"{path} leads to {real}, which lies outside {root}",
                "Replace the symbolic link by the file itself.",
            )
        _check_kind_and_size(path, os.stat(real), limit, limit_of)  # noqa: PTH116 - hot
    except OSError as error:
        raise file_error("read", path, error) from error
    except ValueError as error:
        raise FileError(f"{str(path)!r} can't be the name of a file") from error
    return real


def _lies_in(folder: Path | str, path: str) -> bool:
    return path.startswith(os.path.join(folder, ""))  # noqa: PTH118 - hot


def replace_bytes(path: Path, data: bytes, *, expected: str | None = None) -> None:
    """Write ``data`` to ``path`` so that a reader sees the old file or the new one, never less.

    The file a symbolic link leads to is replaced, not the link. The mode of an existing file is
    kept; a new one gets what the umask leaves of 0666. After the return the content and the
    folder's entry are on disk. On any failure the old file is untouched.

    Args:
        path: the file; its folder must exist.
        data: the whole new content.
        expected: the digest the file must have right before it is replaced (``NO_FILE``: it
            must not exist), or None not to compare.

    Raises:
        ChangedMeanwhileError: the file's digest is not ``expected``.
        FileError: the file can't be written, or is write-protected.
    """
    try:
        target = Path(os.path.realpath(path))
        mode = _mode_to_keep(path, target)
        temporary = _write_temporary(target, data, mode)
        try:
            _check_unchanged(target, expected)
            temporary.replace(target)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        sync_folder(target.parent)
    except OSError as error:
        raise file_error("write", path, error) from error


def append_bytes(path: Path, data: bytes) -> int:
    """Add bytes to the end of a regular file, which is created where it is missing.

    Never waits, whatever lies under the name, and follows no symbolic link.

    Returns:
        How many bytes the file has then.

    Raises:
        OSError: it is no regular file, or can't be written.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    descriptor = os.open(path, flags, 0o666)  # a pipe that nobody reads can't be opened so
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", str(path))
        return status.st_size + os.write(descriptor, data)
    finally:
        os.close(descriptor)


def delete_file(path: Path, *, expected: str) -> None:
    """Delete a file that has the digest ``expected``; the target of a symbolic link stays.

    Raises:
        ChangedMeanwhileError: the file's digest is not ``expected``.
        FileError: the file can't be deleted.
    """
    try:
        _check_unchanged(path, expected)
        path.unlink()
        sync_folder(path.parent)
    except OSError as error:
        raise file_error("delete", path, error) from error


def check_replaceable(path: Path) -> None:
    """Make sure, as far as that can be known, that a file can be created, or replaced.

    Raises:
        FileError: something is in the way, or somebody has protected the file.
    """
    check_removable(path)
    try:
        _mode_to_keep(path, Path(os.path.realpath(path)))
    except OSError as error:
        raise file_error("write", path, error) from error


def check_removable(path: Path) -> None:
    """Make sure, as far as that can be known, that a file's folder can be changed, or made.

    Raises:
        FileError: something is in the way.
    """
    folder = Path(os.path.realpath(path)).parent
    while not os.path.lexists(folder):
        folder = folder.parent
    if not folder.is_dir():
        raise FileError(f"can't write {path}: {folder} is no folder", "Move it away.")
    effective = os.access in os.supports_effective_ids
    if not os.access(folder, os.W_OK | os.X_OK, effective_ids=effective):
        raise file_error("write", path, PermissionError(errno.EACCES, ""))


def create_bytes(path: Path, data: bytes) -> bool:
    """Create a file with its whole content; False, and nothing done, where the name is taken.

    Of several processes exactly one succeeds, and nobody sees less than the whole content. After
    the return content and folder entry are on disk.

    Args:
        path: the file; its folder must exist.
        data: the whole content.

    Raises:
        FileError: the file can't be written.
    """
    try:
        temporary = _write_temporary(path, data, None)
        try:
            created = _link(temporary, path)
        finally:
            with suppress(OSError):
                temporary.unlink()
        if created:
            sync_folder(path.parent)
    except OSError as error:
        raise file_error("write", path, error) from error
    return created


def _link(source: Path, target: Path) -> bool:
    """Give a file a second name, unless that is taken; a rename would replace what is there."""
    try:
        os.link(source, target)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.EMLINK}:
            raise
        # A file system without links: the name is taken first, and filled by a rename then.
        try:
            os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))
        except FileExistsError:
            return False
        source.replace(target)
    return True


def list_orphans(directory: Path) -> tuple[Path, ...]:
    """List the temporary files of ``replace_bytes`` in ``directory``, of running processes too.

    A folder that does not exist, or that can't be read, has none.
    """
    try:
        with os.scandir(directory) as entries:
            return tuple(sorted(Path(entry) for entry in entries if _is_orphan(entry)))
    except OSError:
        return ()


def sweep_orphans(directory: Path, *, older_than: float = 0.0) -> None:
    """Remove what killed runs of ``replace_bytes`` and ``create_bytes`` left in ``directory``.

    Call it under the lock, or, where files are made without it, for those that are older than some
    seconds: a temporary file of a running process looks the same. A folder that does not exist has
    no orphans.

    Raises:
        FileError: the folder can't be read, or a file can't be removed.
    """
    limit = time.time() - older_than
    try:
        with os.scandir(directory) as entries:
            orphans = [
                Path(entry)
                for entry in entries
                if _is_orphan(entry) and (not older_than or entry.stat().st_mtime < limit)
            ]
        for orphan in orphans:
            orphan.unlink()
    except FileNotFoundError:
        return
    except OSError as error:
        raise file_error("remove temporary files from", directory, error) from error


def create_folder(folder: Path) -> None:
    """Create a folder and its parents where they are missing.

    Raises:
        FileError: it can't be created.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise file_error("create the folder", folder, error) from error


def sync_folder(folder: Path) -> None:
    """Bring a folder's entries to disk, so that a rename in it survives a loss of power.

    Raises:
        OSError: the folder can't be opened or synchronised.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems can't synchronise folders and say so with EINVAL.
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(descriptor)


def _hint_for(error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "Free some space and run the command again; nothing was changed."
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return "Check the owner and the mode of the file and of its folder."
    return ""


def _check_kind_and_size(
    path: Path, status: os.stat_result, limit: int | None, limit_of: str
) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise _not_a_file(path, status)
    if limit is not None and status.st_size > limit:
        raise _too_large(path, status.st_size, limit, limit_of)


def _not_a_file(path: Path, status: os.stat_result) -> FileError:
    if stat.S_ISDIR(status.st_mode):
        return FileError(
            f"{path} is a folder, not a regular file", "Name a file in it, or move the folder away."
        )
    return FileError(f"{path} is not a regular file", "Name another file, or move this one away.")


def _too_large(path: Path, size: int, limit: int, limit_of: str) -> FileError:
    if limit_of == SUMMARY:
        return FileError(
            f"{path} has {size:,} bytes; the limit (max-summary-size) is {limit:,}",
            "Shorten it, or raise max-summary-size in the configuration.",
        )
    return FileError(
        f"{path} has {size:,} bytes; {limit_of} may have {limit:,}, and that is fixed",
        "Shorten it: long output belongs in a file of its own.",
    )


def _mode_to_keep(path: Path, target: Path) -> int | None:
    """Return the permission bits of the file to be replaced, or None where there is none yet."""
    try:
        status = target.stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        raise _not_a_file(path, status)
    # A rename needs no permission on the file itself, but whoever protected it meant it.
    if not os.access(target, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise FileError(f"{path} is write-protected", "Make it writable and run the command again.")
    return stat.S_IMODE(status.st_mode)


def _write_temporary(target: Path, data: bytes, mode: int | None) -> Path:
    """Write ``data`` durably to a new file beside ``target`` and return its path."""
    temporary = target.with_name(f".handoff-md-{os.urandom(8).hex()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    # A private file must not be readable by others for the moment before its mode is restored.
    descriptor = os.open(temporary, flags, 0o666 if mode is None else 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    return temporary


def _check_unchanged(target: Path, expected: str | None) -> None:
    if expected is None:
        return
    try:
        current = digest(read_regular(target))
    except FileNotFoundError:
        current = NO_FILE
    if current != expected:
        raise ChangedMeanwhileError(
            f"{target} was changed by somebody else while its new content was prepared",
            "Run the command again.",
        )


def _is_orphan(entry: os.DirEntry[str]) -> bool:
    return _TEMPORARY.fullmatch(entry.name) is not None and entry.is_file(follow_symlinks=False)
