"""The contributor's path: what the page adds is put into a copy, and what it says is run there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from documentation import ROOT, Fence, fences_of

PAGE = ROOT / "docs" / "contributing.md"
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".git", ".venv", ".*_cache", "corpus")
_PLACE = re.compile(r"into: (?P<path>\S+), (?P<where>below|above|in): (?P<line>.+)")


def steps_of(kind: str) -> list[Fence]:
    """Give the blocks from behind the related tests of what stands before, to this one's own."""
    found: list[Fence] = []
    for fence in fences_of(PAGE):
        told = said(fence, "related: ")
        if told == kind:
            return [*found, fence]
        if told:
            found.clear()
        elif said(fence, "file: ") or said(fence, "into: "):
            found.append(fence)
    pytest.fail(f"the page has no related tests for a {kind}")


def said(fence: Fence, start: str) -> str:
    return next((c.removeprefix(start) for c in fence.comments if c.startswith(start)), "")


def is_documentation(fence: Fence) -> bool:
    return said(fence, "into: ").startswith(("docs/", ".github/"))


def add(root: Path, fence: Fence) -> None:
    """Do with a block what the comment before it says."""
    if name := said(fence, "file: "):
        path = root / name
        assert not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(fence.text, "utf-8")
        return
    place = _PLACE.fullmatch(f"into: {said(fence, 'into: ')}")
    assert place, fence.where
    path = root / place["path"]
    text = path.read_text("utf-8")
    assert text.count(place["line"]) == 1, fence.where
    at = text.index(place["line"])
    if place["where"] == "in":
        new = text.replace(place["line"], fence.text.rstrip("\n"))
    else:
        at = text.index("\n", at) + 1 if place["where"] == "below" else at
        new = text[:at] + fence.text + text[at:]
    path.write_text(new, "utf-8")


def run(root: Path, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    assert command[0] == "pytest"
    return subprocess.run(
        [sys.executable, "-m", *command, "-q", "-p", "no:cacheprovider"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "CI": ""},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.full
@pytest.mark.parametrize("kind", ["rule", "format", "command"])
def test_following_the_page_adds_what_it_is_about(kind: str, tmp_path: Path) -> None:
    root = tmp_path / "project"
    shutil.copytree(ROOT, root, ignore=LEFT_OUT)
    *blocks, related = steps_of(kind)
    golden, check = map(shlex.split, related.text.splitlines())
    for fence in blocks:
        if not is_documentation(fence):
            add(root, fence)
    undocumented = run(root, check)
    assert undocumented.returncode == 1, undocumented.stdout
    for fence in blocks:
        if is_documentation(fence):
            add(root, fence)
    run(root, golden)
    done = run(root, check)
    assert done.returncode == 0, done.stdout
    assert re.search(r"[1-9][0-9]* passed", done.stdout)
    files = [root / said(fence, "file: ") for fence in blocks if said(fence, "file: ")]
    modules = [path for path in files if path.suffix == ".py"]
    for tool in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *tool, "--no-cache", *map(str, modules)]
        checked = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stdout


def test_the_page_shows_how_a_rule_a_format_and_a_command_are_added() -> None:
    """The cheap half: each block's place is there, and there once."""
    for kind in ("rule", "format", "command"):
        *blocks, _ = steps_of(kind)
        assert any(said(fence, "file: handoff_md/") for fence in blocks)
        for fence in blocks:
            place = _PLACE.fullmatch(f"into: {said(fence, 'into: ')}")
            assert bool(place) != bool(said(fence, "file: ")), fence.where
            assert place is None or (ROOT / place["path"]).read_text().count(place["line"]) == 1
