"""Runs the examples of a page in a real shell, and compares what they print."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from documentation import ROOT, Fence, fences_of

_RUN = ("sh", "console", "python")
_END = "\x1e"
_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Command:
    """A piece of shell, and what it has to print (stdout and stderr); None: it has to succeed."""

    where: str
    shell: str
    expected: str | None


@dataclass(slots=True)
class Scene:
    """Fences that run in one repository, one after the other."""

    fences: list[Fence] = field(default_factory=list)


def scenes_of(page: Path) -> list[Scene]:
    """Divide the runnable fences of a page; each scene begins with the quick start's repository."""
    own = [fence for fence in fences_of(page) if fence.language in _RUN and not fence.not_run]
    if page.name == "quick-start.md":
        return [Scene(own)]
    scenes: list[Scene] = []
    for fence in own:
        if not scenes or fence.starts_afresh:
            scenes.append(Scene(list(_quick_start())))
        scenes[-1].fences.append(fence)
    return scenes


def _quick_start() -> Iterator[Fence]:
    """Give the quick start's blocks that make its repository: those before its first session."""
    for fence in fences_of(ROOT / "docs" / "quick-start.md"):
        if fence.language == "console":
            return
        yield fence


def run_scene(scene: Scene, folder: Path) -> list[str]:
    """Run a scene in an empty folder; give what went wrong, as text for people."""
    commands = [c for fence in scene.fences for c in _commands(fence, folder)]
    script = "exec 2>&1\n" + "".join(map(_with_marker, commands))
    (folder / "scene.sh").write_text(script, "utf-8")
    work = folder / "work"
    work.mkdir()
    done = subprocess.run(
        ["bash", str(folder / "scene.sh")],
        cwd=work,
        env=shell_environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        timeout=_SECONDS,
        check=False,
    )
    outputs = done.stdout.decode("utf-8", errors="replace").split(_END)
    return list(_failures(commands, outputs))


def _with_marker(command: Command) -> str:
    """Append what marks the end of a command's output, with its exit code, which stays ``$?``."""
    strict, lax = ("set -e\n", "set +e\n") if command.expected is None else ("", "")
    marker = f"__code=$?; printf '{_END}%s{_END}' \"$__code\"; (exit $__code)"
    return f"{strict}{command.shell.rstrip()}\n{marker}\n{lax}"


def _failures(commands: Sequence[Command], outputs: Sequence[str]) -> Iterator[str]:
    """Compare; outputs and exit codes alternate, and a shell that has stopped gives no more."""
    for index, command in enumerate(commands):
        if 2 * index + 1 >= len(outputs):
            yield f"{command.where}: the shell stopped at\n{command.shell}\n{outputs[-1]}"
            return
        printed = outputs[2 * index]
        if command.expected is not None and not matches(command.expected, printed):
            yield (
                f"{command.where}: $ {command.shell}\n--- documented\n{command.expected}"
                f"\n--- printed\n{printed}"
            )


def matches(expected: str, printed: str) -> bool:
    """Compare output: ``...`` stands for any text in a line, alone for any lines."""
    pattern = "".join(
        r"(?:.*\n)*"
        if line == "..."
        else ".*".join(re.escape(part) for part in line.split("...")) + "\n"
        for line in expected.rstrip().splitlines()
    )
    clean = "".join(f"{line.rstrip()}\n" for line in printed.rstrip().splitlines())
    return re.fullmatch(pattern, clean) is not None


def _commands(fence: Fence, folder: Path) -> Iterator[Command]:
    if fence.language == "console":
        yield from _console_commands(fence)
    elif fence.language == "python" or fence.text.startswith("#!"):
        file = folder / f"line-{fence.line}-{Path(fence.page).stem}"
        file.write_text(fence.text, "utf-8")
        program = sys.executable if fence.language == "python" else "bash"
        yield Command(fence.where, shlex.join([program, str(file)]), None)
    else:
        yield Command(fence.where, fence.text, None)


def _console_commands(fence: Fence) -> Iterator[Command]:
    shell: list[str] = []
    expected: list[str] = []
    for line in fence.text.splitlines():
        if line.startswith("$ "):
            if shell:
                yield Command(fence.where, "\n".join(shell), "\n".join(expected))
            shell, expected = [line.removeprefix("$ ")], []
        elif shell and not expected and re.match(r">(?: |$)", line):
            shell.append(line[2:])
        else:
            expected.append(line)
    yield Command(fence.where, "\n".join(shell), "\n".join(expected))


def shell_environment(folder: Path) -> dict[str, str]:
    """Make an environment with a git configuration of its own, and the command on its path."""
    tools = folder / "tools"
    tools.mkdir()
    command = tools / "handoff-md"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m handoff_md "$@"\n')
    command.chmod(0o755)
    config = folder / "gitconfig"
    config.write_text("[init]\n\tdefaultBranch = main\n")
    foreign = ("GIT_", "HANDOFF_MD_", "PYTEST_", "COV_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    people = {"AUTHOR": "Ada Author", "COMMITTER": "Carl Committer"}
    return kept | {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(config),
        **{f"GIT_{role}_NAME": name for role, name in people.items()},
        **{f"GIT_{role}_EMAIL": f"{name.split()[0]}@example.org" for role, name in people.items()},
        "COLUMNS": "80",
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }
