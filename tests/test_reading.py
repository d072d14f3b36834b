"""Files are read through one door, and nothing that lies under a name keeps a command waiting."""

from __future__ import annotations

import ast
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import handoff_md
from handoff_md import reading
from handoff_md.errors import FileError
from handoff_md.reading import IrregularFileError, read_given, read_if_there, read_regular
from handoff_md.store.files import digest_of, read_bytes

_PACKAGE = Path(handoff_md.__file__).parent
_READS = {"read_bytes", "read_text", "open", "fdopen"}
_OTHERWISE = {
    # What writes, or opens a folder, a null device or stdin.
    "reading.py": "the door",
    "store/files.py": "writes temporary files, and opens folders to bring them to disk",
    "store/archive.py": "writes a copy",
    "store/lock.py": "opens what it locks, and reads nothing of it",
    "cli/commands.py": "the null device, for a stream that is closed",
    "cli/ending.py": "the null device, for a reader that has gone",
}


def _opened(module: Path) -> Iterator[str]:
    """Give each call in a module that opens a file by itself; names that were imported are none."""
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and node.func.attr in _READS:
            yield f"{node.func.attr}, line {node.lineno}"
        elif isinstance(node.func, ast.Name) and node.func.id == "open":
            yield f"open, line {node.lineno}"


def test_no_module_outside_the_door_opens_a_file_for_reading() -> None:
    found = {
        str(path.relative_to(_PACKAGE)): calls
        for path in sorted(_PACKAGE.rglob("*.py"))
        if (calls := [*_opened(path)])
    }
    assert found.keys() == _OTHERWISE.keys(), found
    assert not any("read" in call for name in found for call in found[name] if "/" in name), found


def _make_fifo(path: Path) -> None:
    os.mkfifo(path)


def _make_socket(path: Path) -> None:
    # The name of a socket is limited to about 100 bytes.
    before = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(path.name)
    finally:
        os.chdir(before)


def _link_zero(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _link_fifo(path: Path) -> None:
    os.mkfifo(path.with_name("pipe"))
    path.symlink_to("pipe")


def _link_circle(path: Path) -> None:
    path.symlink_to(path.name)


def test_a_file_whose_size_is_not_told_is_read_to_its_end() -> None:
    told = Path("/proc/self/status")
    if not told.exists():
        pytest.skip("no file here is larger than it is said to be")
    assert told.stat().st_size == 0
    lines = read_regular(told).splitlines()
    assert len(lines) == len(told.read_bytes().splitlines())
    assert read_regular(told, limit=20) == told.read_bytes()[:21]


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (_make_fifo, "is not a regular file"),
        (_make_socket, "is not a regular file"),
        (_link_zero, "is not a regular file"),
        (_link_fifo, "is not a regular file"),
        (_link_circle, "run in a circle"),
        (Path.mkdir, "it is a folder"),
    ],
)
def test_what_is_no_file_is_told_and_never_waited_for(
    tmp_path: Path, make: object, why: str
) -> None:
    path = tmp_path / "summary.md"
    make(path)  # type: ignore[operator]
    with pytest.raises(OSError, match=r".") as raised:
        read_regular(path)
    assert not isinstance(raised.value, FileNotFoundError)
    with pytest.raises(FileError, match=why):
        digest_of(path)
    with pytest.raises(FileError):
        read_bytes(path, root=tmp_path, limit=10)


def test_a_file_that_would_fill_the_memory_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "vast.md"
    with path.open("wb") as file:
        file.truncate(reading.MOST_BYTES + 1)
    with pytest.raises(FileError, match="more than 268,435,456 bytes"):
        digest_of(path)


def test_a_file_that_is_larger_than_it_is_said_to_be_is_refused_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = Path("/proc/self/status")
    if not told.exists():
        pytest.skip("no file here is larger than it is said to be")
    monkeypatch.setattr(reading, "MOST_BYTES", 10)
    with pytest.raises(IrregularFileError, match="more than 10 bytes"):
        read_regular(told)


def test_a_link_that_is_not_to_be_followed_is_told_for_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"text")
    link = tmp_path / "link.md"
    link.symlink_to("a.md")
    assert read_regular(link) == b"text"
    with pytest.raises(IrregularFileError, match="not a regular file"):
        read_regular(link, follow=False)


def _link_other(path: Path) -> None:
    path.with_name("other.md").write_bytes(b"secret")
    path.symlink_to("other.md")


@pytest.mark.parametrize("make", [_make_fifo, _link_other])
def test_what_comes_into_a_files_place_as_it_is_read_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None]
) -> None:
    path, ask = tmp_path / "a.md", os.stat
    path.write_bytes(b"text")

    def ask_and_replace(asked: Path, *, follow_symlinks: bool) -> os.stat_result:
        monkeypatch.setattr(os, "stat", ask)
        status = ask(asked, follow_symlinks=follow_symlinks)
        path.unlink()
        make(path)
        return status

    monkeypatch.setattr(os, "stat", ask_and_replace)
    with pytest.raises(OSError, match=r"not a regular file|symbolic links"):
        read_regular(path, follow=False)


def test_a_file_is_read_whole_or_one_byte_beyond_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"abcdef")
    assert (read_regular(path), read_regular(path, limit=3)) == (b"abcdef", b"abcd")
    assert (read_if_there(path), read_if_there(tmp_path / "b.md")) == (b"abcdef", None)
    assert read_if_there(path / "below") is None


def test_what_a_shell_has_opened_is_read_though_it_is_a_pipe() -> None:
    reader, writer = os.pipe()
    try:
        os.write(writer, b"given")
        os.close(writer)
        assert read_given(Path(f"/dev/fd/{reader}")) == b"given"
    finally:
        os.close(reader)
