"""Every command that a message names exists, with its options, and has all that it needs."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import handoff_md
from handoff_md.cli.commands import COMMANDS, NAME, group
from handoff_md.cli.terminal import Terminal
from handoff_md.errors import HandoffError

PACKAGE = Path(handoff_md.__file__).parent
_QUOTED = re.compile(r"`((?:handoff-md|git) [^`]+)`")
_BARE = re.compile(r"(?:handoff-md|git -C) [^`]*")
_UNFINISHED = re.compile(r"`(?:session|run) [a-z]+[^`]*`(?! fulfils)")
_EVIDENCE = ("app/session/end.py", "handoff-md session end")  # for a log: nobody is to run it
_PLACEHOLDERS = {"ID": "19", "PATH": "HANDOFF.md", "NN": "19", "HEADING": "## Log", "…": "19"}


def texts_of(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Give each text that the code holds with its line, docstrings aside; `?` is what it fills in.

    A call of ``write_git`` is the command that it writes.
    """
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    inner = {
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
        if part is not node
    }
    for node in ast.walk(tree):
        if node in docstrings:
            continue
        if isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and node not in inner
        ):
            yield node.lineno, _text(node)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "write_git":
            words = (_text(word) for word in node.args[1:])
            yield node.lineno, f"`git {' '.join(words)}`"


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(value) for value in node.values)
    return "?"


def named_commands() -> Iterator[tuple[str, str]]:
    """Give each command line that some text of the package names, with its place."""
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE).as_posix()
        for line, text in texts_of(ast.parse(path.read_text("utf-8"))):
            for command in _QUOTED.findall(text):
                if (place, command) != _EVIDENCE:
                    yield f"{place}:{line}", command
            if place.startswith("app/checkup") and _BARE.fullmatch(text):
                for command in text.split("  # or: "):
                    yield f"{place}:{line}", command.partition("  #")[0]
    for name in COMMANDS:
        for known, command in _tree(name):
            _, _, examples = (command.help or "").partition("Examples:\n")
            for words in re.findall(
                r"^ *(handoff-md .*?)(?:   .*| [|<>].*)?$", examples, re.MULTILINE
            ):
                yield f"{known} --help", words


def _tree(name: str) -> Iterator[tuple[str, click.Command]]:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    yield name, command
    for sub, inner in command.commands.items() if isinstance(command, click.Group) else ():
        yield f"{name} {sub}", inner


FOUND = [*dict.fromkeys(named_commands())]
OWN = [(where, line) for where, line in FOUND if line[0] == "h"]
GITS = {line.removeprefix("git -C ? ").removeprefix("git ") for _, line in FOUND if line[0] == "g"}


def test_each_command_that_a_message_names_can_be_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HANDOFF_MD_SESSION", raising=False)
    wrong = {f"{where}: {line}": why for where, line in OWN if (why := why_not(line))}
    assert wrong == {}
    assert len(OWN) >= 60


def why_not(line: str) -> str:
    """Say why a command can't be run as it is named, its placeholders filled in."""
    line = line.replace("-C ? ?", "-C . doctor").replace("-C ? ", "-C . ")
    words = [_PLACEHOLDERS.get(word, word.replace("?", "19")) for word in shlex.split(line)[1:]]
    try:
        check(group, [word for word in words if word not in ("||", "exit", "$19")])
    except (click.UsageError, HandoffError) as error:
        return str(error)
    return ""


def check(command: click.Command, words: list[str], parent: click.Context | None = None) -> None:
    """Parse a command's words; what is no command, no option, or lacks an argument fails."""
    name = f"{NAME} {command.name}" if parent else NAME
    try:
        context = command.make_context(name, words, parent=parent, obj=Terminal())
    except (click.exceptions.NoArgsIsHelpError, click.exceptions.Exit):
        return  # it was asked for help
    if isinstance(command, click.Group):
        rest = [*context._protected_args, *context.args]  # noqa: SLF001 - click has no other way
        _, inner, more = command.resolve_command(context, rest)
        assert inner is not None
        check(inner, more, context)


def test_git_has_the_commands_that_messages_name() -> None:
    done = subprocess.run(["git", "--list-cmds=main"], capture_output=True, check=True)
    known = done.stdout.decode().split()
    named = {words[0] for line in GITS if (words := [w for w in line.split() if w[0] not in "?-"])}
    assert {"add", "diff", "log", "restore", "worktree"} <= named
    assert named <= {*known}


def test_a_command_is_named_whole() -> None:
    cut = [
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in sorted((PACKAGE / "app").rglob("*.py"))
        if path.name != "texts.py"
        for line, text in texts_of(ast.parse(path.read_text("utf-8")))
        if _UNFINISHED.search(text)
    ]
    assert cut == []


def test_a_hint_that_can_not_be_followed_would_be_found() -> None:
    for words in ("run finish 19", "session end", "merge --merge x", "lint --sinc x", "mend"):
        assert why_not(f"{NAME} {words}")
    assert not why_not(f"{NAME} -C . run finish --wait 5m")
