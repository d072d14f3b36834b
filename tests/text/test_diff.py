from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from repositories import git

from handoff_md.text.diff import unified_diff
from handoff_md.text.edit import Edit, make_patch
from handoff_md.text.source import Source
from handoff_md.text.span import Span

NAMES = (
    *("two words.md", "tab\there.md", "line\nbreak.md", 'quo"te.md', "back\\slash.md"),
    *("\u00dcbergabe.md", "hand \U0001f600 off.md", "it's.md", "bell\x07.md", "not\udcffutf8.md"),
    *(" first.md", "c1\x85.md"),
)


def change(name: str, *, creates: bool = False) -> str:
    source = Source("" if creates else "one\ntwo\n")
    end = len(source.text)
    return unified_diff(
        make_patch(source, [Edit(Span(end, end), "three\n")]), name, creates=creates
    )


@pytest.mark.parametrize("tool", [["git", "apply"], ["patch", "-p1", "-s"]], ids=["git", "patch"])
def test_a_patch_of_an_oddly_named_file_can_be_applied(tmp_path: Path, tool: list[str]) -> None:
    for name in NAMES:
        (tmp_path / name).write_text("one\ntwo\n")
    patches = "".join(map(change, NAMES)) + change("new file.md", creates=True)
    given = patches.encode("utf-8", "surrogateescape")
    subprocess.run(tool, cwd=tmp_path, input=given, check=True)
    assert {(tmp_path / name).read_text() for name in NAMES} == {"one\ntwo\nthree\n"}
    assert (tmp_path / "new file.md").read_text() == "three\n"


def test_names_stand_in_headers_as_git_writes_them(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    for name in (*NAMES, "last "):
        (tmp_path / name).write_text("one\ntwo\n")
    git(tmp_path, "add", ".")
    for name in (*NAMES, "last "):
        (tmp_path / name).write_text("one\ntwo\nthree\n")
    written = os.fsdecode(git(tmp_path, "-c", "core.quotePath=true", "diff")).split("\n")
    heads = {line for line in written if line.startswith(("--- ", "+++ "))}
    assert {line for name in (*NAMES, "last ") for line in change(name).split("\n")[:2]} == heads
