"""The merge driver starts light, and takes what any git gives it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from command_process import run_command, said

_BASE = "# Handoff\n\n## Recent Sessions\n\n### Session 18 (2025-12-17)\n\nKept.\n"
_HEAVY = ("click", "git", "rich", "mdformat", "subprocess", "tomllib", "filelock")


def _write(folder: Path) -> None:
    entry = "### Session {0} (2025-12-18)\n\nDid {0}.\n\n"
    (folder / "O").write_text(_BASE)
    for name, number in (("A", 19), ("B", 20)):
        text = _BASE.replace("### Session 18", entry.format(number) + "### Session 18")
        (folder / name).write_text(text)


def test_a_clean_merge_loads_neither_git_nor_click(tmp_path: Path) -> None:
    _write(tmp_path)
    code = (
        "import sys, json, atexit\n"
        "atexit.register(lambda: print(json.dumps(sorted(sys.modules))))\n"
        "sys.argv = ['handoff-md', 'merge-driver', 'O', 'A', 'B', '-L', '7', '-P', 'H.md']\n"
        "from handoff_md.cli.main import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not set(_HEAVY) & set(json.loads(done.stdout))
    assert (tmp_path / "A").read_text().count("### Session") == 3


@pytest.mark.parametrize(
    "options",
    [
        ("-L", "%L", "-P", "%P", "-S", "%S", "-X", "%X", "-Y", "%Y"),
        ("-L", "7", "-P", "H.md", "-S", "", "-X", "", "-Y", ""),
        (),
    ],
)
def test_placeholders_that_git_left_as_they_are_count_as_none(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    for name, words in (("O", "one"), ("A", "two"), ("B", "three")):
        (tmp_path / name).write_text(f"# Handoff\n\nLine {words}.\n")
    done = run_command(tmp_path, "merge-driver", "O", "A", "B", *options)
    assert done.returncode == 1
    assert (tmp_path / "A").read_text() == (
        "# Handoff\n\n<<<<<<< ours [Handoff]\nLine two.\n=======\nLine three.\n"
        ">>>>>>> theirs [Handoff]\n"
    )
    assert "conflict: " in said(done)


def test_labels_are_shown_and_can_not_break_a_marker(tmp_path: Path) -> None:
    for name, words in (("O", "one"), ("A", "two"), ("B", "three")):
        (tmp_path / name).write_text(f"# Handoff\n\nLine {words}.\n")
    labels = ("-X", "HEAD", "-Y", "topic\nbranch")
    run_command(tmp_path, "merge-driver", "O", "A", "B", "-L", "9", *labels)
    text = (tmp_path / "A").read_text()
    assert "<<<<<<<<< HEAD [Handoff]\n" in text
    assert ">>>>>>>>> topic branch [Handoff]\n" in text


@pytest.mark.parametrize("files", [(), ("O",), ("O", "A", "B", "C")])
def test_a_wrong_number_of_files_is_a_conflict_and_named(
    tmp_path: Path, files: tuple[str, ...]
) -> None:
    done = run_command(tmp_path, "merge-driver", *files)
    assert done.returncode == 1
    assert f"got {len(files)}" in said(done)


def test_the_path_that_git_gives_names_a_log(tmp_path: Path) -> None:
    base = "# Greenhouse\n\n## Sow (2026-03-02)\n\nBeans.\n"
    later = "## {} (2026-03-{})\n\nDone.\n\n## Sow"
    (tmp_path / "O").write_text(base)
    (tmp_path / "A").write_text(base.replace("## Sow", later.format("Feed", "05")))
    (tmp_path / "B").write_text(base.replace("## Sow", later.format("Weed", "07")))
    done = run_command(tmp_path, "merge-driver", "O", "A", "B", "-P", "notes/progress.txt")
    assert done.returncode == 0
    headings = [line for line in (tmp_path / "A").read_text().splitlines() if "##" in line]
    assert headings == ["## Weed (2026-03-07)", "## Feed (2026-03-05)", "## Sow (2026-03-02)"]


def test_the_configured_policy_holds(tmp_path: Path) -> None:
    header = "# Handoff\n\n**Last Updated**: 2025-12-{0}\n**Status**: Work (Session {0})\n"
    for name, number in (("O", 17), ("A", 18), ("B", 19)):
        (tmp_path / name).write_text(header.format(number))
    (tmp_path / "handoff-md.toml").write_text('merge-policy = "newest"\n')
    done = run_command(tmp_path, "merge-driver", "O", "A", "B")
    assert done.returncode == 0
    assert "dropped 'Work (Session 18)'" in said(done)
    assert (tmp_path / "A").read_text() == header.format(19)


def test_a_broken_configuration_is_told_and_the_defaults_hold(tmp_path: Path) -> None:
    _write(tmp_path)
    (tmp_path / "handoff-md.toml").write_text("merge-policy = 7\n")
    done = run_command(tmp_path, "merge-driver", "O", "A", "B")
    assert done.returncode == 0
    assert "merge-policy must be a text in quotes" in said(done)
