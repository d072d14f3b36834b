"""Several handoff documents in one repository, each configured in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from agents import fill_log
from checkouts import DOCUMENT, STATE, age, commit_all, subjects, summary_text, write
from inprocess import Tell, make_tell
from repositories import git

tell = pytest.fixture(make_tell)

CONFIG = """\
handoff = "{0}/HANDOFF.md"
summaries = "{0}/temp"
sessions = "{0}/sessions"
protocol = "{0}/PROTOCOL.md"
"""


@pytest.fixture
def parts(tmp_path: Path) -> tuple[Path, Path]:
    root = tmp_path / "mono"
    root.mkdir()
    git(root, "init", "--quiet", "--template=")
    write(root / ".gitignore", "temp/\n")
    folders = (root / "one", root / "it's two")
    for folder in folders:
        write(folder / "handoff-md.toml", CONFIG.format(folder.name))
        write(folder / "HANDOFF.md", DOCUMENT)
        (folder / "src").mkdir()
    commit_all(root, "first")
    return folders


def test_a_session_of_another_folder_is_told_the_command_that_ends_it_from_here(
    parts: tuple[Path, Path], tell: Tell
) -> None:
    one, _ = parts
    started = tell(one.parent, "-C", "one", "session", "start", "--title", "Work")
    command = started.stdout.rpartition("at the end, run: handoff-md ")[2].split()
    assert command[:4] == ["-C", "one", "session", "end"]
    (log,) = (one / "sessions").glob("*.md")
    fill_log(log)
    assert tell(one.parent, *command).code == 0


def test_the_sessions_of_two_documents_do_not_meet(parts: tuple[Path, Path], tell: Tell) -> None:
    one, two = parts
    started = [
        tell(folder, "session", "start", "--title", "Work", "--json").report for folder in parts
    ]
    first, second = (session["id"] for session in started)
    assert first != second
    listed = tell(two / "src", "session", "list", "--json").report["sessions"]
    assert [session["id"] for session in listed] == [second]
    for folder, place in ((two, "it's two/HANDOFF.md"), (one.parent, ".agents/HANDOFF.md")):
        refused = tell(folder, "session", "end", first)
        assert refused.code == 1
        assert f"is about another document, one/HANDOFF.md: here it is {place}" in refused.stderr
        assert f"`handoff-md -C {one} session end {first}`" in refused.stderr
    refused = tell(one, "session", "abandon", second)
    assert f"`handoff-md -C '{one.parent}/it'\"'\"'s two' session abandon" in refused.stderr
    for folder, session in zip(parts, started, strict=True):
        fill_log(one.parent / session["log"])
        assert tell(folder, "session", "end", session["id"]).code == 0
    assert f"Session {first}" in (one / "HANDOFF.md").read_text()
    assert f"Session {first}" not in (two / "HANDOFF.md").read_text()


def test_a_run_is_about_one_document_and_leaves_the_other_alone(
    parts: tuple[Path, Path], tell: Tell
) -> None:
    one, two = parts
    assert tell(one, "run", "start", "--orchestrator", "40").code == 0
    assert tell(two, "run", "status", "--quiet").code == 0
    assert "is for another document: one/HANDOFF.md" in tell(two, "run", "status").stdout
    for command in ("run start --orchestrator 41", "run finish", "run cancel"):
        refused = tell(two, *command.split())
        assert (refused.code, "another document, one/HANDOFF.md" in refused.stderr) == (2, True)
        assert f"`handoff-md -C {one} run status`" in refused.stderr
    mine, other = (
        tell(folder, "session", "start", "--title", "Work", "--json").report for folder in parts
    )
    assert (bool(mine["run"]), other["run"]) == (True, None)
    for session in (mine, other):
        fill_log(one.parent / session["log"])
    assert tell(one, "session", "end", mine["id"]).code == 0
    # What waits for the run of one document is no part of another's merge, copies included.
    age(one / "temp" / f"handoff-session-{mine['id']}-summary.md").unlink()
    merged = tell(two, "merge", "--orchestrator", "50", "--json")
    assert (merged.code, merged.report["sessions"]) == (0, [])
    assert tell(two, "session", "end", other["id"]).code == 0
    finished = tell(one, "run", "finish", "--json")
    assert finished.statuses == {mine["id"]: "merged"}
    assert not (one.parent / STATE / "run.json").exists()


def test_what_is_merged_into_one_document_is_not_merged_into_the_other(
    parts: tuple[Path, Path], tell: Tell
) -> None:
    for folder in parts:
        summary = folder / "temp" / "handoff-session-19-summary.md"
        age(write(summary, summary_text("19")))
        merged = tell(folder, "merge", "--orchestrator", "22", "--json")
        assert merged.statuses == {"19": "merged"}
    missing = tell(parts[0], "merge", "--orchestrator", "22", "--expect", "19", "--json")
    assert missing.statuses == {"19": "already-merged"}
    write(parts[1] / "HANDOFF.md", DOCUMENT)
    git(parts[1], "reset", "--quiet", "--hard", "HEAD~1")
    missing = tell(parts[1], "merge", "--orchestrator", "22", "--expect", "19", "--json")
    assert missing.statuses == {"19": "merged"}


def test_the_guard_at_the_root_judges_every_document_that_a_commit_changes(
    parts: tuple[Path, Path], tell: Tell
) -> None:
    one, two = parts
    root = one.parent
    tell(one, "run", "start", "--orchestrator", "40")
    write(two / "HANDOFF.md", DOCUMENT + "\nMore.\n")
    git(root, "add", "--all")
    assert [tell(folder, "guard").code for folder in (root, one, two)] == [0, 0, 0]
    write(one / "HANDOFF.md", DOCUMENT + "\nMore.\n")
    git(root, "add", "--all")
    refused = [tell(folder, "guard") for folder in (root, one, two)]
    assert [done.code for done in refused] == [1, 1, 1]
    assert all("this commit changes one/HANDOFF.md" in done.stderr for done in refused)
    tell(one, "run", "cancel")
    assert tell(root, "guard").code == 0
    entries = "".join(f"### Session {n}: Work (2025-12-18)\n\nDone.\n\n" for n in (19, 20))
    write(two / "HANDOFF.md", DOCUMENT.replace("### Session 18", entries + "### Session 18"))
    git(root, "add", "--all")
    assert "entries of several sessions to it's two/HANDOFF.md" in tell(root, "guard").stderr


def test_commands_at_the_root_say_where_the_documents_are(
    parts: tuple[Path, Path], tell: Tell
) -> None:
    one = parts[0]
    for command in ("lint", "merge --orchestrator 22", "show"):
        told = tell(one.parent, *command.split())
        assert told.code == 2
        assert "it's two/HANDOFF.md, one/HANDOFF.md" in told.stderr
        assert f"`handoff-md -C {one} {command.split()[0]}`" in told.stderr
    started = tell(one.parent, "session", "start")
    assert f"`handoff-md -C {one} session start`" in started.stderr
    assert subjects(one.parent) == ["first"]


def test_sessions_of_a_document_that_was_renamed_belong_to_its_new_name(
    parts: tuple[Path, Path], tell: Tell
) -> None:
    one = parts[0]
    session = tell(one, "session", "start", "--title", "Work", "--json").report
    git(one, "mv", "HANDOFF.md", "LEDGER.md")
    write(one / "handoff-md.toml", CONFIG.format("one").replace("HANDOFF", "LEDGER"))
    commit_all(one.parent, "rename")
    fill_log(one.parent / session["log"])
    assert tell(one, "session", "end", session["id"]).code == 0
    assert f"Session {session['id']}" in (one / "LEDGER.md").read_text()


def test_documents_that_are_set_up_one_after_the_other_leave_each_others_set_up_alone(
    parts: tuple[Path, Path], tell: Tell
) -> None:
    root = parts[0].parent
    (root / ".gitignore").unlink()
    for folder in parts:
        config = CONFIG.format(folder.name) + f'guide = "{folder.name}/GUIDE.md"\n'
        write(folder / "handoff-md.toml", config)
    for folder in (*parts, *parts):
        assert tell(folder, "init", "--yes", "--hook").code == 0
    for folder in parts:
        attribute = git(root, "check-attr", "merge", "--", f"{folder.name}/HANDOFF.md").decode()
        assert attribute.endswith(": merge: handoff-md\n")
        again = tell(folder, "init", "--yes", "--hook")
        assert again.stdout == "Nothing to do: it is set up already.\n"
        names = {found["name"] for found in tell(folder, "doctor", "--json").report["findings"]}
        assert not names & {"file-incomplete", "hook-outdated", "attribute-overridden"}
    hook = (root / ".git/hooks/pre-commit").read_text()
    assert hook.count("/HANDOFF.md") == len(parts)
    ignored = [f"{folder.name}/temp/handoff-session-1-summary.md" for folder in parts]
    assert git(root, "check-ignore", *ignored).decode().count("summary.md") == len(parts)
    commit_all(root, "set up")
    one, two = parts
    assert "as it's two/HANDOFF.md needs it" in tell(one, "init", "--remove", "--yes").stderr
    kept = git(root, "check-attr", "merge", "--", f"{two.name}/HANDOFF.md").decode()
    assert kept.endswith(": merge: handoff-md\n")
    assert tell(two, "init", "--remove", "--yes").code == 0
    assert not (root / ".gitattributes").exists()
    assert not (root / ".git/hooks/pre-commit").exists()
