"""On a terminal: colours, the pager, and nothing that steers. A pseudo-terminal stands in."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

from command_process import COMMAND, environment, run_command
from handoff_trees import summary, write_tree
from repositories import git

LONG = "".join(f"- item {number}\n\n" for number in range(60))


def on_terminal(folder: Path, *arguments: str, code: int = 0, **variables: str) -> str:
    """Run the command on a terminal of 24 lines and give all that it writes there."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment(COLUMNS="80", LINES="24", **variables),
        stdin=follower,
        stdout=follower,
        stderr=subprocess.DEVNULL,
        close_fds=True,
    )
    os.close(follower)
    pieces: list[bytes] = []
    try:
        while piece := os.read(leader, 65536):
            pieces.append(piece)
    except OSError:
        pass  # the terminal's other side is closed: all was read
    finally:
        os.close(leader)
    assert process.wait() == code
    return b"".join(pieces).decode()


def test_what_is_longer_than_the_screen_goes_through_the_pager(tmp_path: Path) -> None:
    write_tree(tmp_path, s19=summary("One", LONG))
    (tmp_path / "pager").write_text("#!/bin/sh\necho PAGED\nexec cat\n")
    (tmp_path / "pager").chmod(0o755)
    paged = on_terminal(tmp_path, "preview", "--orchestrator", "22", PAGER=str(tmp_path / "pager"))
    assert "PAGED" in paged
    assert "item 59" in paged
    plain = on_terminal(
        tmp_path, "preview", "--orchestrator", "22", "--no-pager", PAGER=str(tmp_path / "pager")
    )
    assert "PAGED" not in plain
    assert "item 59" in plain


def test_what_fits_the_screen_is_just_shown(tmp_path: Path) -> None:
    write_tree(tmp_path)
    assert "2 entries" in on_terminal(tmp_path, "show", PAGER="false")


def test_a_terminal_gets_colours_unless_it_does_not_want_them(tmp_path: Path) -> None:
    write_tree(tmp_path)
    assert "\x1b[" in on_terminal(tmp_path, "show")
    assert "\x1b[" not in on_terminal(tmp_path, "show", NO_COLOR="1")
    assert "\x1b[" not in on_terminal(tmp_path, "show", TERM="dumb")


def test_even_raw_and_diff_can_not_steer_a_terminal(tmp_path: Path) -> None:
    document = "# H\x1b[31m\n\n## Recent Sessions\n\n### 2025-12-01: One \x9b31m\u202e\n"
    write_tree(tmp_path, document, s19=summary("One"))
    for view in ("--raw", "--diff"):
        shown = on_terminal(
            tmp_path, "preview", "--orchestrator", "22", view, "--no-pager", NO_COLOR="1"
        )
        assert all(char.isprintable() or char in "\r\n" for char in shown), view
        assert "One \\x9b31m<U+202E>" in shown


def test_long_messages_are_broken_by_words_on_a_terminal_and_commands_are_not(
    tmp_path: Path,
) -> None:
    git(tmp_path, "init", "--quiet")
    folder = tmp_path / ("long" * 20)
    folder.mkdir()
    git(folder, "init", "--quiet")
    write_tree(folder)
    shown = on_terminal(folder, "doctor", code=1, NO_COLOR="1").replace("\r\n", "\n")
    lines = shown.splitlines()
    assert "problem: this clone has no merge driver for .agents/HANDOFF.md: it does not" in lines
    assert all(len(line) <= 80 or str(folder) in line for line in lines)
    piped = run_command(folder, "doctor").stdout.decode()
    assert "this clone has no merge driver for .agents/HANDOFF.md: it does not travel\n" in piped


def test_a_set_up_is_told_on_one_screen_and_its_diff_is_paged_on_demand(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "pager").write_text("#!/bin/sh\nexec cat > paged\n")
    (tmp_path / "pager").chmod(0o755)
    shown = on_terminal(tmp_path, "init", "--dry-run")
    assert "create      handoff-md.toml, .agents/HANDOFF.md" in shown
    lines = shown.splitlines()
    assert len(lines) < 24
    assert max(map(len, lines)) <= 80
    on_terminal(tmp_path, "init", "--diff", PAGER=str(tmp_path / "pager"))
    assert "+# Handoff" in (tmp_path / "paged").read_text()
    assert run_command(tmp_path, "init", "--diff").stdout.startswith(b"--- /dev/null")
    assert not (tmp_path / "handoff-md.toml").exists()
