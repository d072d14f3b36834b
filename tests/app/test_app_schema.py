"""JSON Schemas, against what the commands print and what the configuration may hold."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from agents import fill_log
from checkouts import DOCUMENT, HANDOFF, make_checkout, write, write_summary
from inprocess import Tell, make_tell
from jsonschema import Draft202012Validator
from schemas import PRINTED, parts_of, schema_of

from handoff_md.app.schema import CONFIG, list_schemas, make_schema
from handoff_md.cli.commands import COMMANDS, group
from handoff_md.config import read_config
from handoff_md.errors import ConfigError

ROOT = Path(__file__).parents[2]
tell = pytest.fixture(make_tell)


class Scene:
    """Runs commands in a checkout; `tell` holds what they print to its schema."""

    def __init__(self, root: Path, tell: Tell) -> None:
        self._root = root
        self._tell = tell
        self.told: set[str | None] = set()

    def json(self, *words: str) -> dict[str, Any]:
        args = (*words, *(("--output-format", "json") if words == ("lint",) else ("--json",)))
        self.told.add(schema_of(args))
        report: dict[str, Any] = self._tell(self._root, *args).report
        return report


def test_what_each_command_prints_is_as_its_schema_says(tmp_path: Path, tell: Tell) -> None:
    root = make_checkout(tmp_path / "root")
    scene = Scene(root, tell)
    for command in ("context", "doctor", "rule", "run status", "session list", "show", "merge"):
        scene.json(*command.split(), *(("--orchestrator", "22") if command == "merge" else ()))
    first = scene.json("session", "start", "--title", "Work")
    assert scene.json("session", "end", first["id"])["problems"]
    fill_log(root / first["log"])
    assert scene.json("session", "end", first["id"])["entry"]
    begun = scene.json("run", "start", "--orchestrator", "90", "--claim", "2")
    second, third = (session["id"] for session in begun["sessions"])
    taken = scene.json("session", "start", "--id", second, "--title", "More work")
    assert (
        scene.json("session", "rename", second, "Much more work")["previous_title"] == "More work"
    )
    fill_log(root / taken["log"])
    ended = scene.json("session", "end", second)
    assert (ended["entry"], ended["problems"]) == (None, [])
    assert scene.json("run", "status")["active"]
    assert scene.json("run", "finish")["status"] == "refused"
    for session in (first["id"], second, third):
        scene.json("session", "show", session)
    scene.json("session", "abandon", third)
    assert scene.json("run", "finish")["closed"]
    assert scene.json("run", "finish")["closed"]
    scene.json("run", "start", "--orchestrator", "91", "--expect", "94,95")
    assert len(scene.json("run", "status")["sessions"]) == 2
    scene.json("run", "cancel")
    assert len(scene.json("run", "list")["runs"]) == 2
    assert scene.json("run", "show")["state"] == "cancelled"
    write_summary(root, "95", words="<!-- open\n")
    write_summary(root, "96")
    partial = scene.json("merge", "--orchestrator", "97", "--allow-partial", "--expect", "96,98")
    assert {one["status"] for one in partial["sessions"]} >= {"merged", "missing"}
    assert scene.json("lint")["diagnostics"]
    scene.json("session", "list")
    scene.json("session", "start", "--id", "98a1b2c3", "--title", "Cut off")
    scene.json("session", "note", "98a1b2c3", "Half of it.")
    assert scene.json("session", "salvage", "98a1b2c3")["problems"] == []
    scene.json("run", "start", "--orchestrator", "99")
    sides = "<<<<<<< ours\nMine.\n||||||| base\nStay as they are.\n=======\nYours.\n>>>>>>> theirs"
    write(root / HANDOFF, DOCUMENT.replace("Stay as they are.", sides))
    assert scene.json("resolve")["conflicts"]
    assert scene.json("run", "finish")["run"] is None
    stale = DOCUMENT.replace("**Last Updated**: 2025-12-17", "**Last Updated**: 2025-12-01")
    table = b"\n## Caf\xe9\n\n| Session | x |\n|---|---|\n| 19 | b |\n"
    write(root / HANDOFF, b"\xef\xbb\xbf" + stale.encode() + table)
    shown = scene.json("show")
    assert (len(shown["tables"]), shown["sections"][-1]["title"]) == (1, "Caf\ufffd")
    assert any(found["fix"] for found in scene.json("lint")["diagnostics"])
    scene.json("doctor")
    scene.told |= _build(make_checkout(tmp_path / "built"), tell)
    assert scene.told == set(PRINTED)


def _build(built: Path, tell: Tell) -> set[str | None]:
    """Split and build, as it goes well and does not; give the schemas of what was printed."""
    pieces = Scene(built, tell)
    assert pieces.json("split")["changed"]
    assert pieces.json("build", "--check")["status"] == "up-to-date"
    write(built / HANDOFF, DOCUMENT + "\nMore.\n")
    edited = pieces.json("build")
    assert (edited["status"], "-More." in edited["diff"]) == ("edited", True)
    assert pieces.json("split")["status"] == "refused"
    assert pieces.json("split", "--update")["status"] == "updated"
    write(built / ".agents/handoff.d/2025-12-19-session-19.md", "Words without a title.\n")
    refused = pieces.json("build")
    assert (refused["status"], "has no title" in refused["problems"][0]) == ("refused", True)
    return pieces.told


def test_each_command_that_prints_json_has_a_schema() -> None:
    def printing(command: click.Command, *path: str) -> Iterator[str]:
        context = click.Context(command)
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                below = command.get_command(context, name)
                assert below
                yield from printing(below, *path, name)
        options = {option for one in command.params for option in one.opts}
        if options & {"--json", "--output-format"}:
            yield "-".join(path)

    assert set(printing(group)) == set(PRINTED)
    assert "schema" in COMMANDS


@pytest.mark.parametrize("name", list_schemas())
def test_a_schema_is_one_and_describes_all_that_it_names(name: str) -> None:
    schema = make_schema(name)
    Draft202012Validator.check_schema(schema)
    for part in parts_of(schema):
        assert part["description"]
        for key, value in part.get("properties", {}).items():
            assert key == "version" or value["description"], key


@pytest.mark.parametrize(
    "text",
    [
        "",
        'handoff = "docs/HANDOFF.md"\nmax-summary-size = 0\nlock-timeout = "1h30m"',
        'lock-timeout = 5\nmerge-policy = "newest"\nprofile = "read-only"\nmain-branch = "trunk"',
        'start-rows = ["MUST: Read it"]\nend-rows = []\nend-fulfils = ["*"]\nrequire-logs = true',
        '[lint]\nselect = ["ALL"]\nseverity = {HL003 = "info"}\nper-file-ignores = {"*" = []}',
        'handof = "x"',
        "handoff = 1",
        'handoff = ""',
        'handoff = " "',
        'summaries = "/tmp"',
        'sessions = "a/../b"',
        'guide = "a/.GIT/b"',
        'protocol = "a\\\\b"',
        'handoff = "..a/b.git/c"',
        "chars-per-token = 4",
        "chars-per-token = 2.5",
        "chars-per-token = 0",
        "chars-per-token = true",
        'chars-per-token = "4"',
        "max-summary-size = -1",
        "max-summary-size = true",
        "max-summary-size = 1.5",
        "lock-timeout = -1",
        'lock-timeout = "soon"',
        'lock-timeout = ""',
        'lock-timeout = "2 min"',
        'merge-policy = "newst"',
        'profile = "Append"',
        'require-logs = "yes"',
        'start-rows = ["Read it"]',
        'end-rows = ["MUST: a | b"]',
        'end-fulfils = "x"',
        "end-fulfils = [1]",
        "lint = 1",
        "[lint]\nselct = []",
        '[lint]\nprofile = "append"',
        '[lint]\nselect = "ALL"',
        '[lint.severity]\nHL003 = "warn"',
        '[lint.per-file-ignores]\n"*" = "HE"',
        '[tool.handoff-md]\nhandoff = "x"',
    ],
)
def test_the_schema_of_the_configuration_takes_what_the_commands_take(text: str) -> None:
    table = tomllib.loads(text)
    taken = True
    try:
        read_config(table, "handoff-md.toml")
    except ConfigError:
        taken = False
    assert Draft202012Validator(make_schema(CONFIG)).is_valid(table) == taken


def test_the_schema_for_editors_is_the_commands_own(tmp_path: Path, tell: Tell) -> None:
    printed = tell(tmp_path, "schema", "config").stdout
    kept = ROOT / "docs" / "schemas" / "config.json"
    assert kept.read_text("utf-8") == printed, f"run: handoff-md schema config > {kept}"
    assert json.loads(printed)["$id"].endswith(f"/{kept.relative_to(ROOT)}")


def test_schemas_are_listed_and_asked_for_by_a_name_or_a_commands_words(
    tmp_path: Path, tell: Tell
) -> None:
    listed = tell(tmp_path, "schema").stdout.splitlines()
    assert [line.split()[0] for line in listed] == list(list_schemas())
    joined, words = (tell(tmp_path, "schema", *name) for name in (["run-start"], ["run", "start"]))
    assert joined.stdout == words.stdout
    assert joined.report["title"] == "handoff-md run start --json"
    unknown = tell(tmp_path, "schema", "run-strat")
    assert (unknown.code, unknown.stdout) == (2, "")
    assert "there is no schema 'run-strat'" in unknown.stderr
    assert "Did you mean run-start?" in unknown.stderr
