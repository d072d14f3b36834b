from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from merges import journal, session
from msgspec.structs import replace

from handoff_md.errors import FileError
from handoff_md.store.journal import load_journal, remove_journal, save_journal

if TYPE_CHECKING:
    from pathlib import Path


def test_a_journal_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    merge = journal("00001-x", session(7, archived_to="a.md"), session(19))
    merge = replace(merge, message=None, head=None, old_digest=None, handoff="/ä\udcff\n/H.md")
    save_journal(tmp_path / "state", merge)
    assert load_journal(tmp_path / "state") == merge


def test_saving_again_replaces_the_journal(tmp_path: Path) -> None:
    save_journal(tmp_path, journal("00001-x", session(7)))
    save_journal(tmp_path, journal("00002-y"))
    assert load_journal(tmp_path) == journal("00002-y")


def test_there_may_be_no_journal(tmp_path: Path) -> None:
    assert load_journal(tmp_path / "missing") is None
    remove_journal(tmp_path / "missing")


def test_a_removed_journal_is_gone(tmp_path: Path) -> None:
    save_journal(tmp_path, journal("00001-x"))
    remove_journal(tmp_path)
    assert load_journal(tmp_path) is None


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff", b"[]", b"{}", b"null", b'{"version": 1}', b"[" * 100_000, b'{"version"'],
)
def test_a_damaged_journal_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "journal.json").write_bytes(data)
    with pytest.raises(FileError, match=r"journal\.json is damaged") as caught:
        load_journal(tmp_path)
    assert "move the file away" in caught.value.hint


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", "../x"),
        ("name", ""),
        ("date", "yesterday"),
        ("handoff", 1),
        ("old_digest", 1),
        ("commit_wanted", None),
        ("keep", "no"),
        ("sessions", {}),
        ("sessions", [1]),
        ("sessions", [{"id": "1"}]),
    ],
)
def test_a_field_of_the_wrong_kind_is_damage(tmp_path: Path, key: str, value: object) -> None:
    save_journal(tmp_path, journal("00001-x"))
    path = tmp_path / "journal.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {key: value}))
    with pytest.raises(FileError, match="damaged"):
        load_journal(tmp_path)


def test_a_name_that_leaves_the_archive_is_damage(tmp_path: Path) -> None:
    save_journal(tmp_path, journal("00001-x", session(7, archived_to="../../a.md")))
    with pytest.raises(FileError, match="damaged"):
        load_journal(tmp_path)


def test_another_version_is_not_guessed_at(tmp_path: Path) -> None:
    (tmp_path / "journal.json").write_text('{"version": 2}')
    with pytest.raises(FileError, match="has version 2; this is version 1"):
        load_journal(tmp_path)


def test_an_unreadable_journal_is_told(tmp_path: Path) -> None:
    (tmp_path / "journal.json").mkdir()
    with pytest.raises(FileError, match="it is a folder"):
        load_journal(tmp_path)
