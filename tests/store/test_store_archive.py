from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from merges import journal, session
from msgspec.structs import replace
from permissions import unprivileged_folder

from handoff_md.errors import FileError
from handoff_md.store.archive import (
    ArchiveMove,
    ArchiveOutcome,
    archive_folder,
    archive_summaries,
    find_merged,
    finish_journal,
    name_archived,
    name_merge,
    recent_merges,
    restore_summary,
)
from handoff_md.store.files import digest
from handoff_md.store.journal import load_journal, save_journal

if TYPE_CHECKING:
    from collections.abc import Iterator

unprivileged = pytest.fixture(unprivileged_folder)


STATE = Path("/nowhere")
MERGED = b"merged\n"
LATE = b"a late write\n"


@pytest.fixture
def move(tmp_path: Path) -> ArchiveMove:
    (tmp_path / "temp").mkdir()
    (tmp_path / "temp" / "a.md").write_bytes(MERGED)
    return ArchiveMove(tmp_path / "temp" / "a.md", tmp_path / "archive" / "a.md", digest(MERGED))


def archive(move: ArchiveMove) -> ArchiveOutcome:
    (outcome,) = archive_summaries(STATE, [move])
    return outcome


def contents(move: ArchiveMove) -> tuple[bytes | None, bytes | None]:
    source, destination = (
        path.read_bytes() if path.exists() else None for path in (move.source, move.destination)
    )
    return source, destination


def test_a_merged_summary_is_moved(move: ArchiveMove) -> None:
    assert archive(move) is ArchiveOutcome.ARCHIVED
    assert contents(move) == (None, MERGED)


def test_doing_it_again_finds_it_done(move: ArchiveMove) -> None:
    archive(move)
    assert archive(move) is ArchiveOutcome.ALREADY
    assert contents(move) == (None, MERGED)


def test_a_changed_summary_stays(move: ArchiveMove) -> None:
    move.source.write_bytes(LATE)
    assert archive(move) is ArchiveOutcome.CHANGED
    assert contents(move) == (LATE, None)


def test_a_lost_summary_is_told(move: ArchiveMove) -> None:
    move.source.unlink()
    assert archive(move) is ArchiveOutcome.LOST
    assert contents(move) == (None, None)


def test_a_summary_written_anew_after_archiving_stays(move: ArchiveMove) -> None:
    archive(move)
    move.source.write_bytes(LATE)
    assert archive(move) is ArchiveOutcome.CHANGED
    assert contents(move) == (LATE, MERGED)


def test_a_crash_before_the_way_back_is_mended(move: ArchiveMove) -> None:
    move.destination.parent.mkdir()
    move.source.rename(move.destination)
    move.destination.write_bytes(LATE)
    assert archive(move) is ArchiveOutcome.CHANGED
    assert contents(move) == (LATE, None)


def test_the_way_back_does_not_replace_a_newer_summary(move: ArchiveMove) -> None:
    move.destination.parent.mkdir()
    move.destination.write_bytes(LATE)
    move.source.write_bytes(b"newer\n")
    assert archive(move) is ArchiveOutcome.CHANGED
    assert contents(move) == (b"newer\n", LATE)


def test_a_crash_after_a_copy_is_mended(move: ArchiveMove) -> None:
    move.destination.parent.mkdir()
    move.destination.write_bytes(MERGED)
    assert archive(move) is ArchiveOutcome.ARCHIVED
    assert contents(move) == (None, MERGED)


def test_a_symbolic_link_is_archived_by_content_and_its_target_stays(
    move: ArchiveMove, tmp_path: Path
) -> None:
    (tmp_path / "real.md").write_bytes(MERGED)
    move.source.unlink()
    move.source.symlink_to("../real.md")
    assert archive(move) is ArchiveOutcome.ARCHIVED
    assert not move.destination.is_symlink()
    assert not move.source.is_symlink()
    assert (tmp_path / "real.md").exists()
    assert contents(move) == (None, MERGED)


@pytest.fixture
def elsewhere(move: ArchiveMove) -> Iterator[ArchiveMove]:
    """The same move onto another file system."""
    memory = Path("/dev/shm")  # noqa: S108 - a file system, not a file
    if not memory.is_dir() or memory.stat().st_dev == move.source.stat().st_dev:
        pytest.skip("no second file system")
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield replace(move, destination=Path(folder, "archive", "a.md"))


def test_another_file_system_is_no_obstacle(elsewhere: ArchiveMove) -> None:
    changed = replace(elsewhere, digest=digest(b"other"))
    assert archive(changed) is ArchiveOutcome.CHANGED
    assert contents(elsewhere) == (MERGED, None)
    assert archive(elsewhere) is ArchiveOutcome.ARCHIVED
    assert contents(elsewhere) == (None, MERGED)
    assert archive(elsewhere) is ArchiveOutcome.ALREADY
    elsewhere.source.write_bytes(LATE)
    assert not restore_summary(elsewhere.destination, elsewhere.source)
    elsewhere.source.unlink()
    assert restore_summary(elsewhere.destination, elsewhere.source)
    assert contents(elsewhere) == (MERGED, None)


def test_a_thousand_summaries_are_moved_in_order(tmp_path: Path) -> None:
    moves = []
    for number in range(1000):
        source = tmp_path / f"{number}.md"
        source.write_text(str(number))
        wanted = digest(b"other" if number == 500 else str(number).encode())
        moves.append(ArchiveMove(source, tmp_path / "archive" / source.name, wanted))
    outcomes = archive_summaries(STATE, moves)
    assert outcomes[500] is ArchiveOutcome.CHANGED
    assert outcomes.count(ArchiveOutcome.ARCHIVED) == 999
    assert [path.name for path in tmp_path.glob("*.md")] == ["500.md"]


def test_nothing_to_archive_touches_nothing() -> None:
    assert archive_summaries(STATE, []) == ()


def test_an_archive_that_can_not_be_written_is_told(unprivileged: Path) -> None:
    (unprivileged / "a.md").write_bytes(MERGED)
    unprivileged.chmod(0o500)
    move = ArchiveMove(unprivileged / "a.md", unprivileged / "archive/a.md", digest(MERGED))
    with pytest.raises(FileError, match=r"can't create the archive folder .*: permission"):
        archive(move)
    assert contents(move) == (MERGED, None)


def test_restoring_gives_the_summary_back(move: ArchiveMove) -> None:
    archive(move)
    assert restore_summary(move.destination, move.source)
    assert contents(move) == (MERGED, None)


def test_restoring_does_not_replace_a_newer_summary(move: ArchiveMove) -> None:
    archive(move)
    move.source.write_bytes(LATE)
    assert not restore_summary(move.destination, move.source)
    assert contents(move) == (LATE, MERGED)


def test_archived_names_are_unique_and_never_the_record() -> None:
    summaries = ["/one/a.md", "/two/a.md", "/three/A.md", "/one/merge.json", "/two/a.2.md"]
    assert name_archived(summaries) == ("a.md", "a.2.md", "A.3.md", "merge.2.json", "a.2.2.md")


def test_merges_are_numbered_past_the_highest(tmp_path: Path) -> None:
    assert name_merge(tmp_path, date="2025-12-18", new_digest="ab" * 32) == (
        "00001-2025-12-18-abababababab"
    )
    for name in ("00009-x", "100000-y", "notes", "-1", "²-z"):
        (tmp_path / "archive" / name).mkdir(parents=True)
    assert name_merge(tmp_path, date="2025-12-18", new_digest="ab" * 32).startswith("100001-")


def test_a_finished_journal_is_the_last_merge(tmp_path: Path) -> None:
    assert list(recent_merges(tmp_path)) == []
    for name in ("00002-old", "00010-new"):
        save_journal(tmp_path, journal(name))
        finish_journal(tmp_path, journal(name, session(19)))
    assert load_journal(tmp_path) is None
    assert next(recent_merges(tmp_path)) == journal("00010-new", session(19))


def test_an_interrupted_merge_is_not_the_last_one(tmp_path: Path) -> None:
    finish_journal(tmp_path, journal("00001-old"))
    archive_folder(tmp_path, journal("00002-new")).mkdir()
    assert next(recent_merges(tmp_path)) == journal("00001-old")


def test_summaries_are_found_by_digest_over_all_merges(tmp_path: Path) -> None:
    first = journal("00001-a", session(19, digest="x", archived_to="a.md"))
    second = journal(
        "00002-b",
        session(20, digest="y", archived_to="gone.md"),
        session(21, digest="z"),
    )
    for merge in (first, second):
        finish_journal(tmp_path, merge)
    archived = archive_folder(tmp_path, first) / "a.md"
    archived.write_text("a")
    found = find_merged(tmp_path)
    assert {key: (one.session.id, one.path) for key, one in found.items()} == {
        "x": ("19", archived),
        "y": ("20", None),
        "z": ("21", None),
    }
    assert found["x"].merge == first


def test_a_damaged_record_of_a_merge_is_named(tmp_path: Path) -> None:
    finish_journal(tmp_path, journal("00001-a"))
    (tmp_path / "archive" / "00001-a" / "merge.json").write_text("{")
    for read in (recent_merges, find_merged):
        with pytest.raises(FileError, match=r"00001-a/merge\.json is damaged"):
            list(read(tmp_path))


@pytest.mark.parametrize("step", ["rename", "link", "unlink", "fsync"])
def test_a_kill_at_any_step_loses_nothing_and_a_second_run_finishes(
    move: ArchiveMove, step: str
) -> None:
    child = os.fork()
    if child == 0:
        setattr(os, step, lambda *_args, **_options: os.kill(os.getpid(), 9))
        archive_summaries(STATE, [move])
        os._exit(0)
    os.waitpid(child, 0)
    assert MERGED in contents(move)
    assert archive(move) in {ArchiveOutcome.ARCHIVED, ArchiveOutcome.ALREADY}
    assert contents(move) == (None, MERGED)
