"""Several files that are changed all, or by whoever comes next."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from checkouts import write

from handoff_md.errors import FileError
from handoff_md.store import changes
from handoff_md.store.changes import change_files, finish_changes

_FILES: dict[str, bytes | None] = {"a/new.md": b"new\n", "old.md": b"newer\n", "gone.md": None}


class _Killed(BaseException):
    """Stands for the end of the process."""


def _make(root: Path) -> Path:
    write(root / "old.md", "old\n")
    write(root / "gone.md", "gone\n")
    (root / "state").mkdir()
    return root


def _held(root: Path) -> dict[str, bytes]:
    paths = (path for path in root.rglob("*") if path.is_file() and "state" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def _dying(patch: pytest.MonkeyPatch, deadly: int) -> None:
    """Let the process end before the ``deadly``-th file is touched."""
    numbers = count(1)

    def dying(real: Callable[..., object]) -> Callable[..., object]:
        def step(*args: object, **options: object) -> object:
            if next(numbers) == deadly:
                raise _Killed
            return real(*args, **options)

        return step

    for name in ("replace_bytes", "delete_file", "replace_record", "sync_folder"):
        patch.setattr(changes, name, dying(getattr(changes, name)))


def test_changes_that_are_cut_short_are_all_made_by_the_next(tmp_path: Path) -> None:
    wanted = {"a/new.md": b"new\n", "old.md": b"newer\n"}
    for deadly in count(1):
        root = _make(tmp_path / str(deadly))
        before = _held(root)
        with pytest.MonkeyPatch.context() as patch:
            _dying(patch, deadly)
            try:
                change_files(root / "state", root, _FILES)
            except _Killed:
                pass
            else:
                break
        told = finish_changes(root / "state", root)
        assert _held(root) == (wanted if told or deadly > 1 else before)
        assert finish_changes(root / "state", root) == ()
    assert deadly > 4
    assert _held(root) == wanted


def test_a_file_that_was_changed_after_the_cut_is_left_alone_and_so_are_all(tmp_path: Path) -> None:
    root = _make(tmp_path / "root")
    with pytest.MonkeyPatch.context() as patch:
        _dying(patch, 3)
        with pytest.raises(_Killed):
            change_files(root / "state", root, _FILES)
    write(root / "old.md", "somebody's\n")
    held = _held(root)
    with pytest.raises(FileError, match=r"old\.md was changed since"):
        finish_changes(root / "state", root)
    assert _held(root) == held


def test_a_record_that_leads_out_of_the_work_tree_is_damage(tmp_path: Path) -> None:
    root = _make(tmp_path / "root")
    with pytest.MonkeyPatch.context() as patch:
        _dying(patch, 2)
        with pytest.raises(_Killed):
            change_files(root / "state", root, _FILES)
    (record,) = (root / "state/changes").glob("*.json")
    record.write_text(record.read_text().replace("old.md", "../old.md"))
    with pytest.raises(FileError, match="is damaged"):
        finish_changes(root / "state", root)


def test_what_is_so_already_is_not_touched(tmp_path: Path) -> None:
    root = _make(tmp_path / "root")
    change_files(root / "state", root, {"old.md": b"old\n", "never.md": None})
    assert not (root / "state/changes").exists()
