"""The lines that install the completion, as the page has them, in real shells."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from checkouts import make_checkout, run
from documentation import ROOT, fences_of


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = make_checkout(tmp_path / "root")
    for words in (("--title", "Write: the parser"), ("--id", "57-PR201")):
        assert run(root, "session", "start", *words).code == 0
    return root


def installed_by(shell: str) -> str:
    """Give the line that the documentation says to install."""
    fences = fences_of(ROOT / "docs" / "commands.md")
    return next(f.text for f in fences if f"completion of {shell}" in f.comments)


def environment() -> dict[str, str]:
    """Give an environment in which ``handoff-md`` is this one."""
    folder = Path(sys.executable).parent
    return os.environ | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "TERM": "dumb"}


def test_bash_completes_by_the_line_that_is_installed(root: Path) -> None:
    words = "COMP_WORDS=(handoff-md session end ''); COMP_CWORD=3"
    script = f"{installed_by('bash')}\n{words}\n$(complete -p handoff-md | grep -o '_[a-z_]*')"
    script += " handoff-md\nprintf '%s\\n' \"${COMPREPLY[@]}\""
    done = subprocess.run(
        ["bash", "--norc", "-euc", script],
        cwd=root,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stderr, done.stdout.split()) == ("", ["19", "57-PR201"])


@pytest.mark.skipif(not shutil.which("fish"), reason="there is no fish")
def test_fish_completes_by_the_line_that_is_installed(root: Path) -> None:
    script = f"{installed_by('fish')}\ncomplete --do-complete 'handoff-md session end '"
    done = subprocess.run(
        ["fish", "--no-config", "-c", script],
        cwd=root,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stderr, done.stdout) == ("", "19\tWrite: the parser\n57-PR201\n")


@pytest.mark.skipif(not shutil.which("zsh"), reason="there is no zsh")
def test_zsh_completes_by_the_line_that_is_installed(root: Path) -> None:
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(root)
        os.execvpe("zsh", ["zsh", "-f", "-i"], environment())  # noqa: S606 - a shell is what is asked for
    try:
        setup = f"autoload -Uz compinit; compinit -D; {installed_by('zsh')}".strip()
        os.write(terminal, f"{setup}; echo re''ady\n".encode())
        read_until(terminal, "ready")
        os.write(terminal, b"handoff-md session end 57\t")
        assert "57-PR201" in read_until(terminal, "57-PR201")
    finally:
        os.write(terminal, b"\x03exit\n")
        os.close(terminal)
        os.waitpid(process, 0)


def read_until(terminal: int, word: str) -> str:
    """Read what a terminal shows until a word is there, for ten seconds at most."""
    shown, end = "", time.monotonic() + 10
    while word not in shown and time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            shown += os.read(terminal, 4096).decode(errors="replace")
    return shown
