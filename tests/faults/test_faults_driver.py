"""Whatever becomes of the merge driver, the work tree never ends as plain ours without markers."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from checkouts import HANDOFF, write
from driver_checkouts import (
    commit_document,
    commit_on_branch,
    document_in,
    make_repository,
    put_command_on_path,
    try_git,
    unmerged,
)
from repositories import git

from handoff_md.git.setup import DRIVER

_BASE = """\
# Handoff

**Last Updated**: 2025-12-17

## Recent Sessions

### Session 18: Keep the numbers (2025-12-17)

Kept.

## Notes

The first line.
The second line.
The third line.
"""
_ENTRY = "### Session {n}: Work of {n} (2025-12-18)\n\nDid {n}.\n\n"
_MARKERS = ("<<<<<<<", "=======", ">>>>>>>")
_MOST_STEPS = 60


def _add(text: str, number: int) -> str:
    """Add an entry, as one branch does."""
    return text.replace("### Session 18", f"{_ENTRY.format(n=number)}### Session 18")


def _reword(text: str, words: str) -> str:
    """Reword a line, so that another branch's words are in conflict with these."""
    return text.replace("The second line.", words)


OURS = _reword(_add(_BASE, 19), "The line of ours.")
THEIRS = _reword(_add(_BASE, 20), "The line of theirs.")


@dataclass(frozen=True, slots=True)
class _Done:
    """How a driver ended, and what it left as the merged file."""

    code: int
    content: bytes
    stderr: str


@pytest.fixture(autouse=True)
def _command(monkeypatch: pytest.MonkeyPatch) -> None:
    put_command_on_path(monkeypatch)


def _drive(
    folder: Path, base: str | bytes, ours: str | bytes, theirs: str | bytes, *, size: int = 7
) -> _Done:
    """Run what is registered as git runs it: by a shell, with names of temporary files."""
    folder.mkdir(exist_ok=True)
    for name, text in (("O", base), ("A", ours), ("B", theirs)):
        write(folder / name, text)
    names = {"O": "O", "A": "A", "B": "B", "L": str(size), "P": f"'{HANDOFF}'"}
    names |= {"S": "%S", "X": "%X", "Y": "%Y"}
    line = re.sub("%([OABLPSXY])", lambda match: names[match[1]], DRIVER)
    done = subprocess.run(["sh", "-c", line], cwd=folder, capture_output=True, check=False)
    stderr = done.stderr.decode()
    assert "Traceback" not in stderr, stderr
    assert done.returncode in (0, 1), stderr
    return _Done(done.returncode, (folder / "A").read_bytes(), stderr)


def _assert_conflict(done: _Done) -> None:
    """Check that a person sees the words of both sides between markers, and all that both added."""
    text = done.content.decode()
    assert done.code == 1
    for words in (*_MARKERS, "The line of ours.", "The line of theirs."):
        assert words in text
    assert text.index("<<<<<<<") < text.index("=======") < text.index(">>>>>>>")
    for number in (18, 19, 20):
        assert f"Session {number}:" in text


def _replace_command(
    folder: Path, monkeypatch: pytest.MonkeyPatch, script: str, *, path: str | None = None
) -> None:
    """Put a script in the place of the command."""
    command = write(folder / "bin" / "handoff-md", f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)
    found = os.environ["PATH"] if path is None else path
    monkeypatch.setenv("PATH", os.pathsep.join([str(command.parent), found]))


def _hide(folder: Path, monkeypatch: pytest.MonkeyPatch, *shown: str) -> None:
    """Let only these commands be found."""
    folder.mkdir()
    for name in shown:
        real = shutil.which(name)
        assert real
        (folder / name).symlink_to(real)
    monkeypatch.setenv("PATH", str(folder))


def test_without_a_fault_the_conflict_is_about_one_line(tmp_path: Path) -> None:
    done = _drive(tmp_path, _BASE, OURS, THEIRS)
    _assert_conflict(done)
    between = done.content.decode().partition("<<<<<<<")[2].partition(">>>>>>>")[0]
    assert between.count("\n") == 4


# The command is missing, broken or dies.


def test_a_missing_command_leaves_gits_own_merge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _hide(tmp_path / "bin", monkeypatch, "git", "sh", "cksum", "test")
    _assert_conflict(_drive(tmp_path / "work", _BASE, OURS, THEIRS))


@pytest.mark.parametrize(
    "script",
    [
        "kill -KILL $$",
        "kill -TERM $$",
        "kill -INT $$",
        "exit 1",
        "exit 2",
        "exit 129",
        "exit 255",
        "exec /nowhere/python -m handoff_md",
        f"exec {sys.executable} -c 'import handoff_md_that_is_not_there'",
    ],
)
def test_a_command_that_does_nothing_but_fail_leaves_gits_own_merge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    _replace_command(tmp_path, monkeypatch, f"{script} 2>/dev/null")
    _assert_conflict(_drive(tmp_path / "work", _BASE, OURS, THEIRS))


def test_a_line_merge_in_its_place_is_never_called_clean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _replace_command(tmp_path, monkeypatch, "exit 1")
    done = _drive(tmp_path / "work", _BASE, _add(_BASE, 19), _reword(_BASE, "Theirs."))
    assert done.code == 1
    assert b"Session 19" in done.content
    assert b"Theirs." in done.content


def test_a_command_that_is_killed_at_any_step_leaves_markers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = Path(__file__).with_name("dying_alone.py")
    whole = _drive(tmp_path / "whole", _BASE, OURS, THEIRS).content
    path = os.environ["PATH"]
    for step in range(1, _MOST_STEPS):
        script = f'exec {sys.executable} {dying} {step} "$@"'
        _replace_command(tmp_path, monkeypatch, script, path=path)
        done = _drive(tmp_path / f"work-{step}", _BASE, OURS, THEIRS)
        _assert_conflict(done)
        if done.content == whole and "Killed" not in done.stderr:
            assert step > 1
            return
    pytest.fail("it never came to its end")


def test_a_command_that_hangs_and_is_ended_leaves_markers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = tmp_path / "pid"
    _replace_command(tmp_path, monkeypatch, f"echo $$ >{pid}; exec sleep 60")
    root = make_repository(tmp_path / "root", _BASE)
    commit_on_branch(root, "theirs", THEIRS)
    commit_document(root, OURS, "ours")
    merging = subprocess.Popen(["git", "merge", "theirs"], cwd=root, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not (pid.exists() and pid.read_text().strip()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(int(pid.read_text()), signal.SIGTERM)
    assert merging.wait(30) == 1
    _assert_conflict(_Done(1, document_in(root), ""))


@pytest.mark.parametrize("blocks", [0, 1])
def test_a_full_disk_leaves_gits_own_merge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blocks: int
) -> None:
    command = shutil.which("handoff-md")
    _replace_command(tmp_path, monkeypatch, f'ulimit -f {blocks}; exec {command} "$@"')
    padding = "".join(f"A line that makes it long: {number}.\n" for number in range(200))
    texts = (f"{text}\n{padding}" for text in (_BASE, OURS, THEIRS))
    _assert_conflict(_drive(tmp_path / "work", *texts))


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root")
def test_a_file_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    for name, text in (("O", _BASE), ("A", OURS), ("B", THEIRS)):
        write(tmp_path / name, text)
    (tmp_path / "A").chmod(0o444)
    tmp_path.chmod(0o555)
    done = subprocess.run(
        ["handoff-md", "merge-driver", "O", "A", "B"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    tmp_path.chmod(0o755)
    assert done.returncode == 1
    assert b"A" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("missing", ["O", "A", "B"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, missing: str) -> None:
    for name in {"O", "A", "B"} - {missing}:
        write(tmp_path / name, _BASE)
    command = ["handoff-md", "merge-driver", "O", "A", "B"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 1
    assert missing in done.stderr.decode()
    assert b"Traceback" not in done.stderr


# The input is odd.


def _bytes(text: str, odd: bytes) -> bytes:
    return text.replace("The third line.", "The third line: ODD.").encode().replace(b"ODD", odd)


@pytest.mark.parametrize("odd", [b"\xff\xfe", b"\xed\xa0\x80", b"\xc3"], ids=repr)
@pytest.mark.parametrize("side", ["base", "ours", "theirs"])
def test_bytes_that_are_no_text_leave_gits_own_merge(tmp_path: Path, side: str, odd: bytes) -> None:
    texts = {"base": _BASE.encode(), "ours": OURS.encode(), "theirs": THEIRS.encode()}
    texts[side] = _bytes(texts[side].decode(), odd)
    done = _drive(tmp_path, texts["base"], texts["ours"], texts["theirs"])
    assert done.code == 1
    for words in (*map(str.encode, _MARKERS), b"The line of ours.", b"The line of theirs."):
        assert words in done.content
    assert (odd in done.content) or side == "base"


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_a_null_byte_leaves_both_versions(tmp_path: Path, side: str) -> None:
    texts = {"base": _BASE.encode(), "ours": OURS.encode(), "theirs": THEIRS.encode()}
    texts[side] = _bytes(texts[side].decode(), b"\0")
    done = _drive(tmp_path, texts["base"], texts["ours"], texts["theirs"])
    assert done.code == 1
    for words in (*map(str.encode, _MARKERS), b"The line of ours.", b"The line of theirs."):
        assert words in done.content


def test_without_git_bytes_that_are_no_text_leave_both_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = shutil.which("handoff-md")
    assert command
    _hide(tmp_path / "bin", monkeypatch, "sh", "cksum", "test")
    _replace_command(tmp_path, monkeypatch, f'exec {command} "$@"')
    done = _drive(tmp_path / "work", _BASE, OURS, _bytes(THEIRS, b"\xff"))
    assert done.code == 1
    for words in (*map(str.encode, _MARKERS), b"The line of ours.", b"The line of theirs."):
        assert words in done.content


_CONFLICTED = _BASE.replace(
    "The second line.\n", "<<<<<<< HEAD\nOne.\n=======\nOther.\n>>>>>>> branch\n"
)


@pytest.mark.parametrize("side", ["base", "ours", "theirs", "all"])
def test_markers_in_the_input_are_never_merged_over(tmp_path: Path, side: str) -> None:
    one, other = _BASE, _BASE
    if side in ("ours", "all"):
        one = _CONFLICTED
    if side in ("theirs", "all"):
        other = _CONFLICTED
    base = _CONFLICTED if side in ("base", "all") else _BASE
    done = _drive(tmp_path, base, _add(one, 19), _add(other, 20))
    assert done.code == 1
    for words in (*_MARKERS, "Session 19:", "Session 20:"):
        assert words in done.content.decode()


def test_an_empty_side_and_an_edited_one_are_a_conflict(tmp_path: Path) -> None:
    for number, (ours, theirs) in enumerate([("", THEIRS), (OURS, "")]):
        done = _drive(tmp_path / str(number), _BASE, ours, theirs)
        assert done.code == 1
        text = done.content.decode()
        assert "<<<<<<<" in text
        assert ("The line of ours." in text) or ("The line of theirs." in text)


def _large(size: int) -> str:
    """Make a document of about ``size`` bytes whose entries all differ."""
    entries: list[str] = []
    while size > 0:
        entries.append(f"### Session {len(entries) + 20_000}: Old work (2025-11-01)\n\n"
                       + "- A line of it, as long as lines are.\n" * 20 + "\n")  # fmt: skip
        size -= len(entries[-1])
    return _BASE.replace("## Notes", "".join(reversed(entries)) + "## Notes")


@pytest.mark.parametrize(
    "size", [1_200_000, pytest.param(12_000_000, marks=pytest.mark.full)], ids=["1.2MB", "12MB"]
)
def test_a_large_document_is_merged_or_has_markers(tmp_path: Path, size: int) -> None:
    text = _large(size)
    done = _drive(tmp_path, text, _add(text, 19), _add(text, 20))
    merged = done.content.decode()
    assert done.code == 0 or "<<<<<<<" in merged
    assert merged.count("### Session 19:") == merged.count("### Session 20:") == 1


def test_a_hostile_nesting_is_merged_or_has_markers(tmp_path: Path) -> None:
    deep = f"{_BASE}\n{'> ' * 60}deep\n{'- ' * 60}deep\n"
    done = _drive(tmp_path, deep, _reword(deep, "Ours."), _reword(deep, "Theirs."))
    assert done.code == 1
    for words in (*_MARKERS, "Ours.", "Theirs."):
        assert words in done.content.decode()


@pytest.mark.parametrize("size", [7, 15, 32])
def test_markers_are_as_wide_as_git_asks(tmp_path: Path, size: int) -> None:
    text = _drive(tmp_path, _BASE, OURS, THEIRS, size=size).content.decode()
    for mark in "<=>":
        (found,) = re.findall(rf"^{mark}+", text, re.MULTILINE)
        assert len(found) == size


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_markers_have_the_documents_line_ending(tmp_path: Path, ending: str) -> None:
    texts = [text.replace("\n", ending) for text in (_BASE, OURS, THEIRS)]
    done = _drive(tmp_path, *texts)
    assert done.code == 1
    content = done.content.decode()
    assert "The line of ours." in content
    assert "The line of theirs." in content
    assert "<<<<<<<" in content
    if ending == "\r\n":
        assert content.count("\n") == content.count("\r\n")


# In real repositories.


def _diverged(folder: Path, base: str, ours: str, theirs: str) -> Path:
    root = make_repository(folder / "root", base)
    commit_on_branch(root, "theirs", theirs)
    commit_document(root, ours, "ours")
    return root


_WAYS: Sequence[tuple[str, ...]] = (
    ("merge", "theirs"),
    ("cherry-pick", "theirs"),
    ("rebase", "theirs"),
)


@pytest.mark.parametrize("way", _WAYS, ids=lambda way: way[0])
@pytest.mark.parametrize("script", ["kill -KILL $$", "exit 1"])
def test_git_leaves_markers_where_the_driver_dies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: tuple[str, ...], script: str
) -> None:
    root = _diverged(tmp_path, _BASE, OURS, THEIRS)
    _replace_command(tmp_path, monkeypatch, script)
    assert try_git(root, *way).returncode
    assert unmerged(root) == [HANDOFF]
    _assert_conflict(_Done(1, document_in(root), ""))


@pytest.mark.parametrize("way", _WAYS, ids=lambda way: way[0])
def test_git_sees_a_conflict_that_is_left(tmp_path: Path, way: tuple[str, ...]) -> None:
    root = _diverged(tmp_path, _BASE, OURS, THEIRS)
    assert try_git(root, *way).returncode
    assert unmerged(root) == [HANDOFF]
    _assert_conflict(_Done(1, document_in(root), ""))


@pytest.mark.parametrize("style", ["diff3", "zdiff3"])
def test_the_configured_style_shows_the_base(tmp_path: Path, style: str) -> None:
    root = _diverged(tmp_path, _BASE, OURS, THEIRS)
    git(root, "config", "merge.conflictStyle", style)
    assert try_git(root, "merge", "theirs").returncode == 1
    text = document_in(root).decode()
    assert text.index("<<<<<<<") < text.index("|||||||") < text.index("The second line.")
    assert text.index("The second line.") < text.index("=======") < text.index(">>>>>>>")


def test_a_document_that_both_branches_begin_is_merged_or_has_markers(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "root", _BASE)
    git(root, "rm", "--quiet", HANDOFF)
    git(root, "commit", "--quiet", "--message", "without it")
    commit_on_branch(root, "theirs", _add(_BASE, 20))
    commit_document(root, _add(_BASE, 19), "ours")
    done = try_git(root, "merge", "theirs")
    text = document_in(root).decode()
    assert (done.returncode == 0) == ("<<<<<<<" not in text) == (not unmerged(root))
    assert text.count("### Session 19:") == text.count("### Session 20:") == 1


def _cross(root: Path, ours: Callable[[str], str], theirs: Callable[[str], str]) -> None:
    """Merge two branches into each other twice, and let both go on: two merge bases."""
    commit_on_branch(root, "side", ours(_BASE))
    commit_document(root, theirs(_BASE), "main goes on")
    start = git(root, "rev-parse", "main").decode().strip()
    both = theirs(ours(_BASE))
    for branch, other in (("main", "side"), ("side", start)):
        git(root, "switch", "--quiet", branch)
        try_git(root, "merge", "--no-commit", "--no-ff", other)
        commit_document(root, both, f"merged into {branch}")
    commit_document(root, _add(both, 22), "side adds")
    git(root, "switch", "--quiet", "main")
    commit_document(root, _add(both, 21), "main adds")
    bases = git(root, "merge-base", "--all", "main", "side").decode().split()
    assert len(bases) == 2


def test_a_criss_cross_of_branches_that_add_is_clean(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "root", _BASE)
    _cross(root, lambda text: _add(text, 19), lambda text: _add(text, 20))
    done = try_git(root, "merge", "--no-edit", "side")
    assert done.returncode == 0, document_in(root).decode()
    text = document_in(root).decode()
    for number in range(18, 23):
        assert text.count(f"### Session {number}:") == 1


def test_a_criss_cross_with_a_conflict_inside_loses_nothing(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "root", _BASE)
    _cross(root, lambda text: _reword(text, "Ours."), lambda text: _reword(text, "Theirs."))
    done = try_git(root, "merge", "--no-edit", "side")
    text = document_in(root).decode()
    assert (done.returncode == 0) == ("<<<<<<<" not in text)
    for number in range(21, 23):
        assert text.count(f"### Session {number}:") == 1


def test_a_document_of_windows_lines_stays_one(tmp_path: Path) -> None:
    texts = (text.replace("\n", "\r\n") for text in (_BASE, _add(_BASE, 19), _add(_BASE, 20)))
    root = _diverged(tmp_path, *texts)
    assert try_git(root, "merge", "--no-edit", "theirs").returncode == 0
    merged = document_in(root)
    assert merged.count(b"\n") == merged.count(b"\r\n")
    assert merged.count(b"### Session") == 3


def test_a_symlink_to_the_document_is_left_alone(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "root", _BASE)
    (root / "HANDOFF.md").symlink_to(HANDOFF)
    write(root / ".gitattributes", "HANDOFF.md merge=handoff-md\n")
    commit_document(root, _BASE + "\nMore.\n", "link")
    base = document_in(root).decode()
    commit_on_branch(root, "theirs", _add(base, 20))
    commit_document(root, _add(base, 19), "ours")
    write(root / ".gitattributes", f"*.md merge=handoff-md\n{HANDOFF} merge=handoff-md\n")
    assert try_git(root, "merge", "--no-edit", "theirs").returncode == 0
    assert (root / "HANDOFF.md").is_symlink()
    assert document_in(root).decode().count("### Session") == 3


def test_links_that_both_branches_turn_are_gits_own_conflict(tmp_path: Path) -> None:
    root = make_repository(tmp_path / "root", _BASE)
    link = root / "HANDOFF.md"
    link.symlink_to(HANDOFF)
    write(root / ".gitattributes", "*.md merge=handoff-md\n")
    commit_document(root, _BASE, "link")
    for branch, target in (("theirs", "theirs.md"), ("main", "ours.md")):
        if branch == "theirs":
            git(root, "switch", "--quiet", "--create", branch)
        link.unlink()
        link.symlink_to(target)
        git(root, "add", "--all")
        git(root, "commit", "--quiet", "--message", branch)
        git(root, "switch", "--quiet", "main")
    assert try_git(root, "merge", "theirs").returncode == 1
    assert unmerged(root) == ["HANDOFF.md"]
    assert link.is_symlink()


@pytest.mark.parametrize("name", ["a b/HANDOFF.md", "it's/HANDOFF.md", "$(id)/HANDOFF.md"])
def test_a_path_with_odd_characters_is_merged(tmp_path: Path, name: str) -> None:
    root = make_repository(tmp_path / "root", _BASE)
    write(root / ".gitattributes", "HANDOFF.md merge=handoff-md\n")
    write(root / name, _BASE)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "another one")
    git(root, "switch", "--quiet", "--create", "theirs")
    write(root / name, _add(_BASE, 20))
    git(root, "commit", "--quiet", "--all", "--message", "theirs")
    git(root, "switch", "--quiet", "main")
    write(root / name, _add(_BASE, 19))
    git(root, "commit", "--quiet", "--all", "--message", "ours")
    assert try_git(root, "merge", "--no-edit", "theirs").returncode == 0
    assert (root / name).read_text().count("### Session") == 3
