from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from command_process import environment, run_command, said
from handoff_trees import DOCUMENT, summary, write_tree
from repositories import git

HOSTILE = "Words \x85 none.\n"
BODY = "# Own heading\n\nA [link](https://x.example) and `code`.\n\n- 漢字\n"
SHAPES = {
    "LF": DOCUMENT.encode(),
    "CRLF": DOCUMENT.replace("\n", "\r\n").encode(),
    "no final newline": DOCUMENT.rstrip().encode(),
    "bytes that are not UTF-8": DOCUMENT.replace("Items are", "Items \x00\udcff are").encode(
        "utf-8", "surrogateescape"
    ),
    "a byte order mark in a hunk": b"\xef\xbb\xbf"
    + DOCUMENT.partition("## Recent Sessions")[2].lstrip().encode(),
    "lone carriage returns": DOCUMENT.replace("\n", "\r").encode(),
    "newest last": b"# H\n\n## Recent Sessions\n\n### 2025-12-01: One\n\n### 2025-12-02: Two",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_diff_gives_the_raw_bytes_when_git_applies_it(tmp_path: Path, shape: str) -> None:
    handoff = write_tree(tmp_path, SHAPES[shape], s19=summary("One", BODY), s20=summary("Two"))
    git(tmp_path, "init", "--quiet")
    raw = run_command(tmp_path, "preview", "--orchestrator", "22", "--raw")
    diff = run_command(tmp_path, "preview", "--orchestrator", "22", "--diff")
    assert (raw.returncode, diff.returncode) == (0, 0), said(diff)
    assert handoff.read_bytes() == SHAPES[shape], "a preview writes nothing"
    subprocess.run(
        ["git", "apply", "--whitespace=nowarn"], cwd=tmp_path, input=diff.stdout, check=True
    )
    assert handoff.read_bytes() == raw.stdout


@pytest.mark.parametrize("shape", SHAPES)
def test_the_diff_gives_the_raw_bytes_when_patch_applies_it(tmp_path: Path, shape: str) -> None:
    handoff = write_tree(tmp_path, SHAPES[shape], s19=summary("One", BODY))
    raw = run_command(tmp_path, "preview", "--orchestrator", "22", "--raw")
    diff = run_command(tmp_path, "preview", "--orchestrator", "22", "--diff")
    subprocess.run(["patch", "--binary", "-p1", "-s"], cwd=tmp_path, input=diff.stdout, check=True)
    assert handoff.read_bytes() == raw.stdout


def test_raw_is_what_a_merge_writes(tmp_path: Path) -> None:
    handoff = write_tree(tmp_path, s19=summary("One", BODY))
    raw = run_command(tmp_path, "preview", "--orchestrator", "22", "--raw").stdout
    merged = run_command(tmp_path, "merge", "--orchestrator", "22")
    assert merged.returncode == 0, said(merged)
    assert handoff.read_bytes() == raw


def test_raw_and_diff_load_no_renderer(tmp_path: Path) -> None:
    write_tree(tmp_path, s19=summary("One"))
    for view in ("--raw", "--diff"):
        code = (
            "import sys\n"
            "from handoff_md.cli.commands import run\n"
            f"run(['preview', '--orchestrator', '22', '{view}'])\n"
            "print([n for n in ('rich', 'git', 'filelock', 'mdformat') if n in sys.modules],"
            " file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            check=False,
        )
        assert done.stderr.endswith(b"[]\n")


def test_the_section_alone_can_be_had_raw(tmp_path: Path) -> None:
    write_tree(tmp_path, s19=summary("One"))
    done = run_command(tmp_path, "preview", "--orchestrator", "22", "--raw", "--section-only")
    assert done.stdout.startswith(b"### Parallel Sessions 19 (2025-12-18)\n\n**Orchestrator**")
    assert done.stdout.endswith(b"Words.\n")


def test_a_refused_merge_shows_nothing_and_names_the_problems(tmp_path: Path) -> None:
    write_tree(tmp_path, s19=summary("One"), s20=summary("Two", HOSTILE))
    done = run_command(tmp_path, "preview", "--orchestrator", "22")
    assert (done.returncode, done.stdout) == (1, b"")
    assert "problem: session 20: " in said(done)
    assert "hint: " in said(done)
    rest = run_command(tmp_path, "preview", "--orchestrator", "22", "--allow-partial")
    assert rest.returncode == 0
    assert "Not merged: Session 20" in rest.stdout.decode()


def test_a_missing_session_is_named(tmp_path: Path) -> None:
    write_tree(tmp_path, s19=summary("One"))
    done = run_command(tmp_path, "preview", "--orchestrator", "22", "--expect", "19, 21")
    assert done.returncode == 1
    assert "session 21: has no summary" in said(done)


def test_nothing_to_merge_is_no_failure(tmp_path: Path) -> None:
    write_tree(tmp_path)
    done = run_command(tmp_path, "preview", "--orchestrator", "22")
    assert (done.returncode, done.stdout) == (0, b"")
    assert "nothing to merge" in said(done)
    raw = run_command(tmp_path, "preview", "--orchestrator", "22", "--raw")
    assert raw.stdout.decode() == DOCUMENT


def test_titles_and_names_can_not_steer_the_terminal(tmp_path: Path) -> None:
    document = DOCUMENT.replace("Items are kept", "Items \x1b[31mare\u202e kept [bold]")
    write_tree(tmp_path, document, s19=summary("One [red]x[/red] :smile:"))
    done = run_command(tmp_path, "--color", "always", "preview", "--orchestrator", "22")
    shown = done.stdout.decode()
    assert "␛[31mare<U+202E> kept [bold]" in shown
    assert "[red]x[/red] :smile:" in shown
    assert "\x1b]8" not in shown


def test_diff_and_section_only_exclude_each_other(tmp_path: Path) -> None:
    done = run_command(tmp_path, "preview", "--diff", "--section-only")
    assert done.returncode == 2
    assert "exclude each other" in said(done)
