from __future__ import annotations

import errno
import os
import resource
import signal
import stat
from typing import TYPE_CHECKING

import pytest
from permissions import unprivileged_folder

from handoff_md.errors import FileError
from handoff_md.store.files import (
    NO_FILE,
    ChangedMeanwhileError,
    digest,
    file_error,
    read_bytes,
    replace_bytes,
    sweep_orphans,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

unprivileged = pytest.fixture(unprivileged_folder)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


@pytest.fixture
def full_disk() -> Iterator[None]:
    """No file may grow past 1,000 bytes: writes fail as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\xff\r\n")
    assert read_bytes(tmp_path / "a.md", root=tmp_path, limit=None) == b"\xff\r\n"
    assert read_bytes(tmp_path / "a.md", root=tmp_path, limit=3) == b"\xff\r\n"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"can't read .*a\.md: it does not exist"):
        read_bytes(tmp_path / "a.md", root=tmp_path, limit=None)


def test_a_file_above_the_limit_names_size_limit_and_key(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"x" * 2000)
    message = r"has 2,000 bytes; the limit \(max-summary-size\) is 1,999"
    with pytest.raises(FileError, match=message) as caught:
        read_bytes(tmp_path / "a.md", root=tmp_path, limit=1999)
    assert "max-summary-size" in caught.value.hint


def test_a_limit_that_is_fixed_says_whose_it_is_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"x" * 2000)
    message = r"a\.md has 2,000 bytes; a session log may have 1,999, and that is fixed"
    with pytest.raises(FileError, match=message) as caught:
        read_bytes(tmp_path / "a.md", root=tmp_path, limit=1999, limit_of="a session log")
    assert "Shorten it" in caught.value.hint
    assert "max-summary-size" not in str(caught.value) + caught.value.hint


def test_a_folder_is_not_to_be_replaced_by_a_file(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="is a folder") as caught:
        read_bytes(tmp_path, root=tmp_path.parent, limit=None)
    assert caught.value.hint == "Name a file in it, or move the folder away."


def test_folders_pipes_and_devices_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("folder", "pipe"):
        with pytest.raises(FileError, match="not a regular file"):
            read_bytes(tmp_path / name, root=tmp_path, limit=None)


def test_a_link_inside_the_root_is_followed(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a")
    (tmp_path / "link.md").symlink_to("a.md")
    assert read_bytes(tmp_path / "link.md", root=tmp_path, limit=None) == b"a"


def test_links_out_of_the_root_are_refused(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.md").write_text("secret")
    (root / "link.md").symlink_to(tmp_path / "outside" / "a.md")
    (root / "folder").symlink_to(tmp_path / "outside")
    for path in (root / "link.md", root / "folder" / "a.md", root / ".." / "outside" / "a.md"):
        with pytest.raises(FileError, match="lies outside"):
            read_bytes(path, root=root, limit=None)


def test_a_folder_whose_name_begins_as_the_roots_is_outside(tmp_path: Path) -> None:
    for name in ("root", "root-other"):
        (tmp_path / name).mkdir()
    (tmp_path / "root-other" / "a.md").write_text("secret")
    (tmp_path / "root" / "link.md").symlink_to("../root-other/a.md")
    for path in (tmp_path / "root-other" / "a.md", tmp_path / "root" / "link.md"):
        with pytest.raises(FileError, match="lies outside"):
            read_bytes(path, root=tmp_path / "root", limit=None)


def test_a_root_behind_a_link_still_holds_its_files(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "a.md").write_text("a")
    (tmp_path / "link").symlink_to("root")
    assert read_bytes(tmp_path / "link" / "a.md", root=tmp_path / "link", limit=None) == b"a"


def test_links_in_a_circle_and_impossible_names_are_sentences(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    for name, reason in (("loop", "circle"), ("x" * 300, "too long"), ("a\0b", "name of a file")):
        with pytest.raises(FileError, match=reason):
            read_bytes(tmp_path / name, root=tmp_path, limit=None)


def test_an_unreadable_file_is_told(unprivileged: Path) -> None:
    (unprivileged / "a.md").write_text("a")
    (unprivileged / "a.md").chmod(0)
    with pytest.raises(FileError, match="permission is denied"):
        read_bytes(unprivileged / "a.md", root=unprivileged, limit=None)


def test_replacing_keeps_the_mode_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("old")
    path.chmod(0o640)
    replace_bytes(path, b"new")
    assert (path.read_bytes(), mode(path), names(tmp_path)) == (b"new", 0o640, ["a.md"])


def test_a_new_file_gets_the_mode_of_the_umask(tmp_path: Path, umask: None) -> None:  # noqa: ARG001 - a setting
    replace_bytes(tmp_path / "a.md", b"new")
    assert mode(tmp_path / "a.md") == 0o640


def test_the_target_of_a_link_is_replaced_and_not_the_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.md").write_text("old")
    (tmp_path / "a.md").symlink_to("real/a.md")
    replace_bytes(tmp_path / "a.md", b"new")
    assert (tmp_path / "a.md").is_symlink()
    assert (tmp_path / "real" / "a.md").read_bytes() == b"new"


def test_the_expected_content_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    replace_bytes(path, b"one", expected=NO_FILE)
    replace_bytes(path, b"two", expected=digest(b"one"))
    assert path.read_bytes() == b"two"


def test_content_that_changed_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("theirs")
    for expected in (digest(b"old"), NO_FILE):
        with pytest.raises(ChangedMeanwhileError, match=r"a\.md was changed"):
            replace_bytes(path, b"new", expected=expected)
    path.unlink()
    with pytest.raises(ChangedMeanwhileError):
        replace_bytes(path, b"new", expected=digest(b"old"))
    assert names(tmp_path) == []


def test_a_full_disk_leaves_the_old_file_and_nothing_beside(
    tmp_path: Path,
    full_disk: None,  # noqa: ARG001 - a setting
) -> None:
    (tmp_path / "a.md").write_text("old")
    with pytest.raises(FileError, match=r"can't write .*a\.md"):
        replace_bytes(tmp_path / "a.md", b"x" * 5000)
    assert (tmp_path / "a.md").read_text() == "old"
    assert names(tmp_path) == ["a.md"]


def test_a_failing_sync_leaves_the_old_file_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "a.md").write_text("old")
    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(FileError, match="the disk is full") as caught:
        replace_bytes(tmp_path / "a.md", b"new")
    assert "nothing was changed" in caught.value.hint
    assert (tmp_path / "a.md").read_text() == "old"
    assert names(tmp_path) == ["a.md"]


def test_a_protected_folder_or_file_is_left_alone(unprivileged: Path) -> None:
    path = unprivileged / "a.md"
    path.write_text("old")
    path.chmod(0o444)
    with pytest.raises(FileError, match="write-protected"):
        replace_bytes(path, b"new")
    path.chmod(0o644)
    unprivileged.chmod(0o500)
    with pytest.raises(FileError, match="permission is denied"):
        replace_bytes(path, b"new")
    assert (path.read_text(), names(unprivileged)) == ("old", ["a.md"])


def test_a_folder_or_a_missing_parent_can_not_be_replaced(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="not a regular file"):
        replace_bytes(tmp_path, b"new")
    with pytest.raises(FileError, match="does not exist"):
        replace_bytes(tmp_path / "missing" / "a.md", b"new")


def test_only_our_own_orphans_are_swept(tmp_path: Path) -> None:
    ours = ".handoff-md-0123456789abcdef.tmp"
    others = [".handoff-md-notes.tmp", "a.tmp", ".handoff-md-0123456789abcdeg.tmp"]
    for name in [ours, *others]:
        (tmp_path / name).write_text("x")
    (tmp_path / ".handoff-md-1123456789abcdef.tmp").mkdir()
    sweep_orphans(tmp_path)
    assert names(tmp_path) == sorted([*others, ".handoff-md-1123456789abcdef.tmp"])
    sweep_orphans(tmp_path / "missing")


def test_what_a_killed_write_leaves_is_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = os.fork()
    if child == 0:
        monkeypatch.setattr(os, "fsync", lambda _descriptor: os.kill(os.getpid(), signal.SIGKILL))
        replace_bytes(tmp_path / "a.md", b"new")
    os.waitpid(child, 0)
    assert len(names(tmp_path)) == 1
    sweep_orphans(tmp_path)
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.EACCES, "Check the owner and the mode of the file and of its folder."),
        (errno.EROFS, "Check the owner and the mode of the file and of its folder."),
        (errno.ENOSPC, "Free some space and run the command again; nothing was changed."),
        (errno.EIO, ""),
    ],
)
def test_an_error_of_the_system_is_a_sentence_with_the_hint_that_helps(
    number: int, hint: str
) -> None:
    error = file_error("write", "HANDOFF.md", OSError(number, os.strerror(number)))
    assert error.message.startswith("can't write HANDOFF.md: ")
    assert error.hint == hint
