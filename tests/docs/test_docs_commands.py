from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from functools import cache

import pytest
from documentation import PAGES, ROOT, Fence, fences_of, inline_of, name_of, sections_of

from handoff_md.cli.commands import run

GROUPS = {
    "run": ("cancel", "finish", "list", "show", "start", "status"),
    "session": ("abandon", "end", "list", "note", "rename", "salvage", "show", "start"),
}
COMMANDS = (
    *("build", "completion", "context", "help", "hook", "mcp", "split"),
    *("demo", "doctor", "guard", "init", "lint", "merge", "merge-driver", "preview", "resolve"),
    *("rule", "schema", "show"),
    *(f"{group} {name}" for group, names in GROUPS.items() for name in names),
)
TEXTS = (*PAGES, ROOT / "handoff_md/app/setup/pages/SKILL.md")
_OPTION = re.compile(r"(?<![\w-])(?:--[a-z][a-z-]*|-[A-Za-z])(?![\w-])")
_HELP_LINE = re.compile(r"^  (?P<names>-\S.*?)(?:  |$)", re.MULTILINE)
_LINE = re.compile(r"(?<![\w./-])handoff-md (?P<rest>[^\n|;&><)\"]+)")


@cache
def help_of(command: str) -> str:
    shown = io.StringIO()
    with redirect_stdout(shown), pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "200")
        patch.setenv("NO_COLOR", "1")
        assert run([*command.split(), "--help"]) == 0
    return shown.getvalue()


def test_the_readme_has_a_row_for_each_command() -> None:
    table = (ROOT / "README.md").read_text("utf-8").partition("\n| command |")[2]
    first = "".join(line.split(" | ")[0] for line in table.partition("\n\n")[0].splitlines())
    named = set(re.findall(r"`handoff-md ([a-z-]+)`", first))
    assert named == {command.split()[0] for command in COMMANDS} - {"merge-driver"}


def options_of(command: str) -> set[str]:
    """Give the options of a command's help, from the first column of its list."""
    lines = (found["names"] for found in _HELP_LINE.finditer(help_of(command)))
    return {option for line in lines for option in _OPTION.findall(line)}


def listed_by(command: str) -> set[str]:
    """Give the names in the list of commands that a help ends with."""
    _, _, listed = help_of(command).partition("Commands:")
    return set(re.findall(r"^  ([a-z-]+)", listed, re.MULTILINE))


def documented_options(heading: str) -> set[str]:
    section = next(s for s in sections_of(ROOT / "docs" / "commands.md") if s.heading == heading)
    return {option for row in section.rows for option in _OPTION.findall(row[0])}


def command_lines() -> Iterator[tuple[str, str]]:
    """Give each command line that a page or the skill shows, in fences and in inline code."""
    for page in TEXTS:
        for fence in fences_of(page):
            if fence.language in ("sh", "console"):
                for found in _LINE.finditer(_typed(fence).replace("\\\n", " ")):
                    yield f"{fence.where}", found["rest"].strip()
        for line, token in inline_of(page):
            found_inline = _LINE.fullmatch(token.content) if token.type == "code_inline" else None
            if found_inline:
                yield f"{name_of(page)}:{line}", found_inline["rest"].strip()


def _typed(fence: Fence) -> str:
    """Give a fence without what commands print."""
    if fence.language == "sh":
        return fence.text
    typed = (line for line in fence.text.splitlines() if line.startswith(("$ ", "> ")))
    return "\n".join(typed)


LINES = [pytest.param(rest, id=f"{where} {rest}") for where, rest in command_lines()]


@pytest.mark.parametrize("command", COMMANDS)
def test_options_are_documented_and_no_others(command: str) -> None:
    assert documented_options(f"`handoff-md {command}`") == options_of(command)


def test_general_options_are_documented_and_no_others() -> None:
    assert documented_options("`handoff-md`") == options_of("")


def test_commands_are_documented_and_no_others() -> None:
    single = {command for command in COMMANDS if " " not in command}
    assert listed_by("") == single | set(GROUPS)
    for group, names in GROUPS.items():
        assert listed_by(group) == set(names)
    headings = {section.heading for section in sections_of(ROOT / "docs" / "commands.md")}
    assert {f"`handoff-md {command}`" for command in COMMANDS} <= headings


@pytest.mark.parametrize("rest", LINES)
def test_a_command_line_names_a_command_and_its_options(rest: str) -> None:
    words = [word for word in rest.split() if not word.startswith("[")]
    if not words or words[0].startswith("-"):
        assert set(_OPTION.findall(rest)) <= options_of("")
        return
    command = " ".join(words[:2] if words[0] in GROUPS else words[:1])
    assert command in (*COMMANDS, *GROUPS)
    assert set(_OPTION.findall(rest)) <= options_of(command) | options_of("")


def test_there_are_command_lines_to_check() -> None:
    assert len(LINES) >= 20
