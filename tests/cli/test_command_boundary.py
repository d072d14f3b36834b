"""What every command shares: start-up, help, and errors as sentences with exit codes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from command_process import COMMAND, environment, run_command, said
from handoff_trees import write_tree

from handoff_md import __version__
from handoff_md.cli import commands
from handoff_md.cli.commands import COMMANDS, group

HEAVY = ("rich", "markdown_it", "git", "filelock", "mdformat", "click", "importlib.metadata")


def loaded_by(folder: Path, *arguments: str) -> set[str]:
    """Run the command in a process that tells which modules it has loaded at its end."""
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: sys.stderr.write('\\nLOADED ' + ' '.join(sys.modules)))\n"
        "from handoff_md.cli.main import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        check=False,
    )
    return set(done.stderr.decode().rpartition("LOADED ")[2].split())


def test_the_version_is_told_without_loading_anything(tmp_path: Path) -> None:
    for flag in ("--version", "-V"):
        assert run_command(tmp_path, flag).stdout == f"handoff-md {__version__}\n".encode()
        assert not loaded_by(tmp_path, flag) & set(HEAVY)


def test_the_version_is_the_same_with_other_options(tmp_path: Path) -> None:
    done = run_command(tmp_path, "--color", "never", "--version")
    assert done.stdout == f"handoff-md {__version__}\n".encode()


@pytest.mark.parametrize("arguments", [("--help",), ("show", "--help"), ("demo", "--help")])
def test_help_loads_no_parser_renderer_or_git(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = run_command(tmp_path, *arguments)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"Exit codes" in done.stdout
    assert not loaded_by(tmp_path, *arguments) & {"rich", "markdown_it", "git", "filelock"}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_list_of_commands_says_what_each_says_of_itself(name: str) -> None:
    command = group.get_command(click.Context(group), name)
    assert isinstance(command, click.Command)
    assert command.name == name
    assert (command.help or "").splitlines()[0] == COMMANDS[name]


def helps(command: click.Command, parent: click.Context | None = None) -> Iterator[str]:
    """Give the help of a command, and of all below it."""
    context = click.Context(command, parent, command.name, **command.context_settings)
    yield command.get_help(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from helps(inner, context)


@pytest.mark.parametrize("columns", ["60", "80", "200"])
def test_all_help_fits_eighty_columns_and_breaks_no_option(
    columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    shown = [*helps(group)]
    assert len(shown) > len(COMMANDS)
    for text in shown:
        assert max(map(len, text.splitlines())) <= 80
        assert "..." not in re.sub(r"\]\.\.\.|,\.\.\.", "", text)
        assert not re.search(r"--[a-z-]*-\n", text)


def test_a_group_alone_shows_its_help(tmp_path: Path) -> None:
    alone = run_command(tmp_path, "session")
    assert (alone.returncode, alone.stderr) == (0, b"")
    assert alone.stdout == run_command(tmp_path, "session", "--help").stdout


def test_general_options_stand_before_a_command_and_behind_it(tmp_path: Path) -> None:
    write_tree(tmp_path / "there" / "deep")
    for words in (
        ("-C", "there/deep", "show", "--json"),
        ("show", "-C", "there/deep", "--json"),
        ("-C", "there", "show", "--json", "-C", "deep", "--color", "never"),
        ("show", "--json", "--color=always", "-Cthere/deep"),
    ):
        done = run_command(tmp_path, *words)
        assert done.returncode == 0, (words, said(done))
        assert b'"path": ".agents/HANDOFF.md"' in done.stdout
    assert b"\x1b[" in run_command(tmp_path, "show", "-C", "there/deep", "--color=always").stdout


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["shwo"], "there is no command 'shwo'", "Did you mean show?"),
        (["zzz"], "there is no command 'zzz'", "`handoff-md --help` lists what there is."),
        (["show", "--jsn"], "there is no option --jsn", "Did you mean --json?"),
        (["preview", "--dif"], "there is no option --dif", "Did you mean --diff?"),
        (["--colour", "never"], "there is no option --colour", "Did you mean --color?"),
        (["preview", "--date", "20251218"], "write it as YYYY-MM-DD", "preview --help"),
        (["-C", "nowhere", "show"], "'nowhere' does not exist", "handoff-md --help"),
        (["show", "--tree", "--json"], "exclude each other", "show --help"),
        (["show", "a\x1b[31m.md"], "a␛[31m.md", ""),
        (["show"], "there is no .agents/HANDOFF.md", "handoff-md show PATH"),
        (["show", "."], "is a folder", "Name a file in it"),
        (["lint", "--since"], "requires an argument", "`handoff-md lint --since REV`"),
        (["session", "end", "1", "--title", "--json"], "--json is the next option", "--title TEXT"),
        (["merge", "--wait", "5d"], "'5d' is no duration", "merge --help"),
        (["completion"], "argument 'SHELL'. Choose from: bash, zsh, fish", "completion --help"),
        (["run", "-C", "nowhere", "status"], "'nowhere' does not exist", "handoff-md run --help"),
    ],
)
def test_a_mistake_is_one_sentence_and_what_to_do_next(
    tmp_path: Path, arguments: list[str], message: str, hint: str
) -> None:
    done = run_command(tmp_path, *arguments)
    first, _, rest = said(done).partition("\n")
    assert (done.returncode, done.stdout) == (2, b"")
    assert first.startswith("error: ")
    assert message in first
    assert hint in rest
    assert "Traceback" not in said(done)
    assert "\x1b" not in said(done)


def test_without_a_command_help_goes_to_stderr(tmp_path: Path) -> None:
    done = run_command(tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert "Start here" in said(done)


def test_it_runs_elsewhere(tmp_path: Path) -> None:
    write_tree(tmp_path / "there")
    done = run_command(tmp_path, "-C", "there", "show", "--json")
    assert done.returncode == 0
    assert b'"path": ".agents/HANDOFF.md"' in done.stdout


def broken(arguments: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command with `show` made to fail as no user input can make it."""
    code = (
        "import handoff_md.app.show as show\n"
        "def fail(*args): raise KeyError('sur\\x1bprise')\n"
        "show.understand = fail\n"
        f"import sys; sys.argv = ['handoff-md', *{arguments.split()!r}]\n"
        "from handoff_md.cli.main import main; main()\n"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment(**variables),
        capture_output=True,
        check=False,
    )


def test_a_mistake_of_ours_is_told_and_not_dumped(tmp_path: Path) -> None:
    done = broken("show", tmp_path)
    assert done.returncode == 2
    assert "error: handoff-md itself has failed (KeyError:" in said(done)
    assert "report it" in said(done)
    assert "Traceback" not in said(done)
    assert "\x1b" not in said(done)


def test_a_traceback_is_there_for_who_asks(tmp_path: Path) -> None:
    done = broken("show", tmp_path, HANDOFF_MD_DEBUG="1")
    assert done.returncode == 2
    assert "Traceback (most recent call last)" in said(done)


def test_a_reader_that_has_enough_is_no_error(tmp_path: Path) -> None:
    write_tree(tmp_path, "# H\n\n" + "### 2025-01-01: Entry\n\n" * 20_000)
    process = subprocess.Popen(
        [*COMMAND, "show", "--json"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout
    assert process.stderr
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 141
    process.stderr.close()


def test_an_interrupt_ends_with_130(tmp_path: Path) -> None:
    write_tree(tmp_path)
    code = (
        "import os, time\n"
        "import handoff_md.app.show as show\n"
        "def wait(*args): os.write(1, b'.'); time.sleep(60)\n"
        "show.understand = wait\n"
        "import sys; sys.argv = ['handoff-md', 'show']\n"
        "from handoff_md.cli.main import main; main()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.read(1)
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
        assert process.stderr.read().startswith(b"interrupted: ")


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("handoff_md.cli.commands", ["show"]),
        ("handoff_md.app.guard", ["guard"]),
        ("handoff_md.threeway.document", ["merge-driver", "O", "A", "B"]),
    ],
)
def test_an_interrupt_while_a_module_is_loaded_ends_without_a_traceback(
    tmp_path: Path, module: str, arguments: list[str]
) -> None:
    for name in "OAB":
        (tmp_path / name).write_text("# Handoff\n")
    code = (
        "import sys\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, *rest):\n"
        f"        if name == {module!r}: raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupt())\n"
        "from handoff_md.cli.main import main; main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (130, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_output_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    write_tree(tmp_path)
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "show", "--json"],
            cwd=tmp_path,
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == b"error: no space left on device\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("command", "code", "told"),
    [
        ("--version >/dev/full", 2, b"error: no space left on device\n"),
        ("--help >/dev/full", 2, b"error: no space left on device\n"),
        ("shwo 2>/dev/full", 2, b""),
        ("hook claude session-start </dev/null >/dev/full", 0, b""),
        ("--version >&-", 0, b""),
    ],
)
def test_no_stream_that_can_not_be_written_brings_a_traceback(
    tmp_path: Path, command: str, code: int, told: bytes, unbuffered: str
) -> None:
    done = subprocess.run(
        ["sh", "-c", f"exec {sys.executable} -m handoff_md {command}"],
        cwd=tmp_path,
        env=environment(PYTHONUNBUFFERED=unbuffered),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (code, told)


def test_what_fails_before_any_command_is_told_in_a_sentence(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "sys.modules['click'] = None\n"
        "from handoff_md.cli.main import script; script()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "show"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith(b"error: handoff-md itself has failed (ModuleNotFoundError: ")
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("stream", [1, 2])
def test_a_closed_stream_is_no_failure(tmp_path: Path, stream: int) -> None:
    write_tree(tmp_path)
    line = f"exec {sys.executable} -m handoff_md show {stream}>&-"
    done = subprocess.run(
        ["sh", "-c", line], cwd=tmp_path, env=environment(), capture_output=True, check=False
    )
    assert done.returncode == 0


def test_any_locale_can_show_any_text(tmp_path: Path) -> None:
    write_tree(tmp_path, "# Handoff 漢字\n\n## Recent Sessions\n\n### 2025-01-01: ünïcode\n")
    done = run_command(tmp_path, "show", PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONUTF8="0")
    assert done.returncode == 0, said(done)
    assert b"\\u6f22" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "variables", "colored"),
    [
        ((), {}, False),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"NO_COLOR": "1"}, False),
        (("--color", "always"), {"NO_COLOR": "1"}, True),
        (("--color=never",), {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colours_come_where_they_are_wanted(
    tmp_path: Path, arguments: tuple[str, ...], variables: dict[str, str], *, colored: bool
) -> None:
    write_tree(tmp_path)
    shown = run_command(tmp_path, *arguments, "show", **variables)
    failed = run_command(tmp_path, *arguments, "shwo", **variables)
    assert (b"\x1b[" in shown.stdout, b"\x1b[" in failed.stderr) == (colored, colored)


def test_the_entry_point_is_the_one_that_is_installed() -> None:
    script = Path(sys.executable).parent / "handoff-md"
    if not script.exists():
        pytest.skip("the package is not installed")
    done = subprocess.run([script, "--version"], capture_output=True, check=False, env=os.environ)
    assert done.stdout == f"handoff-md {__version__}\n".encode()


def test_two_ways_to_say_what_is_expected_exclude_each_other(tmp_path: Path) -> None:
    done = run_command(tmp_path, "merge", "--expect", "19", "--expect-count", "1")
    assert done.returncode == 2
    assert b"--expect and --expect-count exclude each other" in done.stderr


def _parameters(
    command: click.Command, words: tuple[str, ...] = (), parent: click.Context | None = None
) -> Iterator[tuple[tuple[str, ...], click.Command, click.Parameter]]:
    """Give each option and argument that takes a value, with the words of its command."""
    context = click.Context(command, parent, command.name)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner and name not in ("hook", "merge-driver"):  # git and hosts give what they give
                yield from _parameters(inner, (*words, name), context)
        return
    for parameter in command.get_params(context):
        if not (isinstance(parameter, click.Option) and parameter.is_flag):
            yield words, command, parameter


def _refusal(
    words: tuple[str, ...],
    command: click.Command,
    parameter: click.Parameter,
    value: str,
    capsys: pytest.CaptureFixture[str],
) -> str:
    """Give what a command says of a value, to which it has to be a usage error."""
    arguments = [
        value if one is parameter else "19"
        for one in command.params
        if isinstance(one, click.Argument) and (one.required or one is parameter)
    ]
    given = [] if isinstance(parameter, click.Argument) else [parameter.opts[-1], value]
    assert commands.run([*words, *given, "--", *arguments]) == 2, (words, parameter.name, value)
    message, *hints = capsys.readouterr().err.splitlines()
    assert len(hints) <= 1
    return message


@pytest.mark.parametrize("value", ["", " \t"])
def test_no_option_or_argument_of_any_command_takes_an_empty_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], value: str
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = list(_parameters(group))
    assert len(asked) > 60
    for words, command, parameter in asked:
        assert "it is empty" in _refusal(words, command, parameter, value, capsys)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "value",
    ["-1", "9" * 400, "9" * 5000, str(10**30), "1e3", "nan", "inf", "\u0663", "1_000", "+5", "0x5"],
)
def test_a_number_or_a_time_of_any_command_is_plain_and_has_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], value: str
) -> None:
    monkeypatch.chdir(tmp_path)
    numbers = [one for one in _parameters(group) if one[2].type.name in ("count", "duration")]
    assert len(numbers) == 7
    assert not [one for one in _parameters(group) if one[2].type.name.startswith(("int", "float"))]
    for words, command, parameter in numbers:
        message = _refusal(words, command, parameter, value, capsys)
        assert re.search(r"is no (?:whole number from 1 to|duration; write) [^.]+$", message)
        assert len(message) < 400


def test_of_several_ids_none_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for value in (",", "19,", "19,,20"):
        assert commands.run(["merge", "--expect", value]) == 2
        assert f"an id is empty in '{value}'" in capsys.readouterr().err
