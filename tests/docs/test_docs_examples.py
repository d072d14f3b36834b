from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from documentation import PAGES, ROOT, Fence, fences_of, name_of
from shell_sessions import Scene, matches, run_scene, scenes_of

LANGUAGES = {"console", "sh", "python", "markdown", "text", "json", "toml", "yaml"}
SCENES = [
    pytest.param(scene, id=f"{name_of(page)}-{number}")
    for page in PAGES
    for number, scene in enumerate(scenes_of(page), start=1)
]
FENCES = [fence for page in PAGES for fence in fences_of(page)]


@pytest.mark.parametrize("scene", SCENES)
def test_examples_do_what_the_page_says(scene: Scene, tmp_path: Path) -> None:
    failures = run_scene(scene, tmp_path)
    if failures:
        pytest.fail("\n\n".join(failures), pytrace=False)


def test_there_are_examples_to_run() -> None:
    assert len(SCENES) >= 8


@pytest.mark.parametrize("fence", FENCES, ids=lambda fence: fence.where)
def test_each_block_names_its_language(fence: Fence) -> None:
    assert fence.language in LANGUAGES


def test_a_block_that_is_not_run_says_why() -> None:
    left_out = [fence for fence in FENCES if fence.not_run is not None]
    assert left_out
    assert [fence.where for fence in left_out if not fence.not_run] == []


def test_a_failing_example_is_noticed(tmp_path: Path) -> None:
    fence = Fence("page.md", 1, "console", "$ echo one\ntwo\n$ echo three\nthree\n", ())
    found = run_scene(Scene([fence]), tmp_path)
    assert len(found) == 1
    assert "page.md:1: $ echo one" in found[0]


def test_a_shell_that_stops_is_noticed(tmp_path: Path) -> None:
    fences = [Fence("page.md", 1, "sh", "true\nfalse\necho no\n", ())]
    assert "the shell stopped" in run_scene(Scene(fences), tmp_path)[0]


@pytest.mark.parametrize(
    ("expected", "printed", "agree"),
    [
        ("one", "one\n", True),
        ("...", "", True),
        ("...\ntwo", "two\n", True),
        ("...\ntwo", "zero\none\ntwo\n", True),
        ("a ... c", "a b c", True),
        ("one", "one\ntwo\n", False),
        ("", "one\n", False),
        ("a ... c", "a b\nc", False),
    ],
)
def test_dots_stand_for_any_text(expected: str, printed: str, *, agree: bool) -> None:
    assert matches(expected, printed) is agree


def test_the_python_page_shows_what_its_example_prints() -> None:
    fences = fences_of(ROOT / "docs" / "python-api.md")
    program = next(fence.text for fence in fences if fence.language == "python")
    shown = next(fence.text for fence in fences if fence.language == "markdown")
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (done.stderr, done.stdout.strip()) == ("", shown.strip())
