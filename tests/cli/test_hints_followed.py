"""What an error says to do helps: its commands are pasted where the user stood, and really run."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from agents import fill_log
from checkouts import HANDOFF, commit_all, make_checkout, write, write_summary
from repositories import git

from handoff_md.cli.commands import run
from handoff_md.cli.terminal import Terminal

_COMMAND = re.compile(r"`((?:handoff-md|git) [^`]+)`")
_FILLED = {"ID": "22", "REV": "HEAD", "PATH": HANDOFF}


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it has said."""

    code: int
    out: str
    err: str

    @property
    def commands(self) -> list[str]:
        return _COMMAND.findall(self.err)


class User:
    """Somebody at a shell, who stands in a folder."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self.stands = root
        self._capsys = capsys

    def __call__(self, *words: str) -> Said:
        os.chdir(self.stands)
        self._capsys.readouterr()
        code = run(words)
        said = self._capsys.readouterr()
        return Said(code, said.out, said.err)

    def json(self, *words: str) -> dict[str, str]:
        said = self(*words, "--json")
        assert said.code == 0, said.err
        return dict(json.loads(said.out))

    def paste(self, command: str) -> Said:
        """Run a command as it was told, its placeholders filled in."""
        words = [_FILLED.get(word, word) for word in command.split()]
        if words[0] == "handoff-md":
            return self(*words[1:])
        line = ["sh", "-c", " ".join(words)]
        done = subprocess.run(line, cwd=self.stands, capture_output=True, text=True, check=False)
        return Said(done.returncode, done.stdout, done.stderr)

    def started(self, *words: str) -> str:
        session = self.json("session", "start", *words)
        fill_log(self.root / session["log"])
        return session["id"]


@pytest.fixture
def user(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> User:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1766016000")
    monkeypatch.delenv("HANDOFF_MD_SESSION", raising=False)
    root = make_checkout(tmp_path / "root")
    (root / "deep").mkdir()
    return User(root, capsys)


def stage_change(user: User) -> None:
    document = user.root / HANDOFF
    document.write_text(document.read_text() + "\nMore.\n")
    git(user.root, "add", HANDOFF)


def change(user: User) -> None:
    document = user.root / HANDOFF
    document.write_text(document.read_text() + "\nMore.\n")


def hide(user: User) -> None:
    git(user.root, "update-index", "--assume-unchanged", HANDOFF)


def begin_merge(user: User) -> None:
    git(user.root, "switch", "--quiet", "-c", "side")
    commit_change(user, "side")
    git(user.root, "switch", "--quiet", "main")
    commit_change(user, "main")
    subprocess.run(["git", "merge", "side"], cwd=user.root, capture_output=True, check=False)


def commit_change(user: User, words: str) -> None:
    (user.root / "other.txt").write_text(words)
    commit_all(user.root, words)


IN_THE_WAY: dict[str, tuple[Callable[[User], None], str, str]] = {
    "staged changes": (stage_change, "git diff", "+More."),
    "changes": (change, "git diff", "+More."),
    "hidden changes": (hide, "git update-index", ""),
    "a merge in progress": (begin_merge, "git merge --abort", ""),
}


@pytest.mark.parametrize("name", IN_THE_WAY)
@pytest.mark.parametrize("place", ["the root", "a subfolder", "-C"])
def test_what_stands_in_the_way_of_a_commit_is_shown_or_removed(
    user: User, name: str, place: str
) -> None:
    prepare, program, shows = IN_THE_WAY[name]
    write_summary(user.root, "19")
    prepare(user)
    words = ["merge", "--orchestrator", "22"]
    if place == "-C":
        user.stands, words = user.root.parent, [*words, "-C", "root"]
    elif place == "a subfolder":
        user.stands = user.root / "deep"
    refused = user(*words)
    assert refused.code == 2
    plain = [re.sub(r" -C \S+", "", command) for command in refused.commands]
    told = next(
        told for told, line in zip(refused.commands, plain, strict=True) if line.startswith(program)
    )
    done = user.paste(told)
    assert done.code == 0, (told, done.err)
    assert shows in done.out
    if not shows:
        assert user(*words).code == 0


@dataclass(frozen=True)
class Scene:
    """A command that is refused, and which of the commands in its hint is pasted."""

    words: str
    paste: str
    prepare: Callable[[User], object] = str
    code: int = 1
    again: int | None = 0
    """What the refused command ends with afterwards; None where it is not run again."""


def lead(user: User) -> None:
    assert user("run", "start", "--orchestrator", "22").code == 0


def start(user: User) -> None:
    user.started("--title", "Parser", "--id", "30")


def abandon(user: User) -> None:
    start(user)
    assert user("session", "abandon", "30").code == 0
    for log in (user.root / ".agents/sessions").iterdir():
        log.unlink()


def end(user: User) -> None:
    start(user)
    assert user("session", "end", "30").code == 0


def end_in_a_run(user: User) -> None:
    lead(user)
    end(user)


def lose_log(user: User) -> None:
    start(user)
    commit_all(user.root, "log")
    for log in (user.root / ".agents/sessions").iterdir():
        log.unlink()


def one_waits(user: User) -> None:
    write_summary(user.root, "19")


def hand_over(user: User) -> None:
    write_summary(user.root, "19")
    write(user.root / ".agents/temp/handoff-session-20-summary.md", "---\nsession: 20\n---\n")
    os.utime(user.root / ".agents/temp/handoff-session-20-summary.md", (1, 1))


def merge_and_change(user: User) -> None:
    log = "2025-12-18-session-19-x.md"
    write(user.root / f".agents/sessions/{log}", "# Session 19: Work of 19\n")
    commit_all(user.root, "log")
    write_summary(user.root, "19")
    assert user("merge", "--orchestrator", "22").code == 0
    write_summary(user.root, "19", words="Did it otherwise.")


def wait_for_commit(user: User) -> None:
    write_summary(user.root, "19")
    assert user("merge", "--orchestrator", "22", "--no-commit").code == 0
    write_summary(user.root, "20")


def miss_a_session(user: User) -> None:
    lead(user)
    start(user)


def two_documents(user: User) -> None:
    git(user.root, "mv", HANDOFF, "PROGRESS.md")
    write(user.root / "docs/SESSION_LOG.md", (user.root / "PROGRESS.md").read_text())
    commit_all(user.root, "two")


SCENES = {
    "no run is active": Scene("run finish", "handoff-md run start", code=2),
    "no run, so merge": Scene("run finish", "handoff-md merge", one_waits, code=2, again=None),
    "a run is active, and is looked at": Scene(
        "run start --orchestrator 22", "handoff-md run status", lead, code=2, again=2
    ),
    "a run is active, and is finished": Scene(
        "run start --orchestrator 22", "handoff-md run finish", lead, code=2
    ),
    "a run is active, and is cancelled": Scene(
        "run start --orchestrator 22", "handoff-md run cancel", lead, code=2
    ),
    "a run is another's": Scene(
        "merge --orchestrator 30", "handoff-md run cancel --take-over", lead
    ),
    "who leads is not known": Scene(
        "run start", "handoff-md session start", code=2, again=2
    ),
    "a session is not known": Scene(
        "session end 77", "handoff-md session list", code=2, again=2
    ),
    "a session was abandoned": Scene(
        "session end 30", "handoff-md session start --id 30", abandon, again=None
    ),
    "an id is taken": Scene(
        "session start --id 30", "handoff-md session abandon 30", start, again=0
    ),
    "an id is taken by a session that is merged": Scene(
        "session start --id 30", "handoff-md session start", end, again=1
    ),
    "a merged session can't be abandoned": Scene(
        "session abandon 30", "handoff-md session start", end, again=1
    ),
    "an ended session can't be abandoned": Scene(
        "session abandon 30", "handoff-md session end 30", end_in_a_run, again=1
    ),
    "a log is lost, and is found": Scene(
        "session end 30", "git log --all", lose_log, code=2, again=2
    ),
    "a log is lost, and its id released": Scene(
        "session end 30", "handoff-md session abandon 30", lose_log, code=2, again=1
    ),
    "a summary is invalid": Scene(
        "merge --orchestrator 22", "handoff-md merge --orchestrator 22 --allow-partial",
        hand_over, again=None,
    ),
    "a merge is not committed": Scene(
        "merge --orchestrator 22 --no-commit", "handoff-md merge --orchestrator 22",
        wait_for_commit, code=2,
    ),
    "no session of a run can be merged": Scene(
        "run finish", "handoff-md session abandon 30", miss_a_session
    ),
    "no session of a run can be merged, and it is given up": Scene(
        "run finish", "handoff-md run cancel", miss_a_session, again=2
    ),
    "an option has no value": Scene(
        "lint --since", "handoff-md lint --since REV", code=2, again=2
    ),
    "an option is misplaced as a value": Scene(
        "lint --since --fix", "handoff-md lint --since REV", code=2, again=2
    ),
    "a wait is no duration": Scene(
        "merge --wait soon", "handoff-md merge --help", code=2, again=2
    ),
    "one of several documents is named": Scene(
        "init", "handoff-md init --handoff PROGRESS.md", two_documents, code=2
    ),
    "a document is misspelt": Scene(
        "init --handoff docs/HANDOF.md", "handoff-md init --handoff", code=2, again=2
    ),
    "a command is misspelt": Scene("mend", "handoff-md --help", code=2, again=2),
}  # fmt: skip


@pytest.mark.parametrize("name", SCENES)
def test_a_hint_is_followed_and_helps(user: User, name: str) -> None:
    scene = SCENES[name]
    scene.prepare(user)
    if name.startswith("a"):
        user.stands = user.root / "deep"
    refused = user(*scene.words.split())
    assert refused.code == scene.code, refused.err
    plain = {re.sub(r"(?<=git) -C \S+", "", command): command for command in refused.commands}
    told = next((line for line in plain if line.startswith(scene.paste)), "")
    assert told, refused.err
    done = user.paste(plain[told])
    assert done.code == 0, (told, done.err)
    assert done.out or done.err
    if scene.again is not None:
        assert user(*scene.words.split()).code == scene.again


def test_a_merged_session_is_not_advised_to_be_abandoned(user: User) -> None:
    end(user)
    assert "abandon" not in user("session", "start", "--id", "30").err


def test_new_content_is_put_in_place_as_its_problem_says(user: User) -> None:
    merge_and_change(user)
    refused = user("merge", "--orchestrator", "22")
    assert refused.code == 1
    assert "--replace puts this in its place" in " ".join(refused.out.split())
    assert user("merge", "--orchestrator", "22", "--replace").code == 0
    assert "Did it otherwise." in (user.root / HANDOFF).read_text()


def test_the_guard_names_the_session_and_works_from_where_the_user_stands(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead(user)
    start(user)
    stage_change(user)
    monkeypatch.setenv("GIT_PREFIX", "deep/")
    refused = user("guard")
    monkeypatch.delenv("GIT_PREFIX")
    assert refused.code == 1
    leave_out, end_it, finish = refused.commands
    assert end_it == "handoff-md session end 30"
    user.stands = user.root / "deep"
    assert user.paste(leave_out).code == 0
    assert user("guard").code == 0
    git(user.root, "checkout", "--quiet", HANDOFF)
    assert user.paste(end_it).code == 0
    assert user.paste(finish).code == 0


def test_what_a_started_session_is_told_works_where_the_user_stands(user: User) -> None:
    user.stands = user.root.parent
    user("-C", "root", "run", "start", "--orchestrator", "22")
    told = user("-C", "root", "session", "start", "--title", "Parser")
    places = dict(re.findall(r"^  (log|summary|at the end, run:) +(.+)$", told.out, re.MULTILINE))
    fill_log(user.stands / places["log"])
    assert user.paste(places["at the end, run:"]).code == 0
    assert (user.stands / places["summary"]).is_file()


def test_behind_c_each_command_of_a_chain_works_and_a_line_of_a_file_stays_as_it_is(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(user.root)
    terminal = Terminal(start=str(user.root.parent))
    assert terminal.for_user("`git add -- a && git status && handoff-md init`") == (
        "`git -C root add -- a && git -C root status && handoff-md -C root init`"
    )
    assert terminal.for_user("git has it, but it is missing") == "git has it, but it is missing"
    assert terminal.command_for_user("git -C /x config a b && handoff-md init --hook") == (
        "git -C /x config a b && handoff-md -C root init --hook"
    )
    assert terminal.for_user("`pre-commit install --hook-type x`") == (
        "`cd root && pre-commit install --hook-type x`"
    )
    told = "add a command that runs `handoff-md guard` to pre-commit"
    assert terminal.command_for_user(f"{told}; then lefthook install") == (
        f"{told}; then cd root && lefthook install"
    )


def test_a_run_that_is_refused_is_not_told_to_give_ids(user: User) -> None:
    lead(user)
    hand_over(user)
    refused = user("run", "finish")
    assert refused.code == 1
    assert "ids" not in refused.err
    (rest,) = refused.commands
    assert rest == "handoff-md run finish --allow-partial"
    assert user.paste(rest).code == 0


def test_what_doctor_names_mends_and_works_where_the_user_stands(user: User) -> None:
    user.stands = user.root.parent
    for _ in range(3):
        found = json.loads(user("doctor", "--json", "-C", "root").out)["findings"]
        for finding in found:
            if finding["mend"].startswith("handoff-md "):
                assert finding["mend"].startswith("handoff-md -C root init")
                assert user.paste(finding["mend"]).code == 0
    names = {finding["name"] for finding in found}
    assert not names & {"file-missing", "file-incomplete", "driver-missing", "hook-missing"}


def test_a_deleted_document_is_decided_by_a_command_that_names_it(user: User) -> None:
    git(user.root, "switch", "--quiet", "-c", "side")
    git(user.root, "rm", "--quiet", HANDOFF)
    git(user.root, "commit", "--quiet", "--message", "gone")
    git(user.root, "switch", "--quiet", "main")
    change(user)
    commit_all(user.root, "more")
    subprocess.run(["git", "merge", "side"], cwd=user.root, capture_output=True, check=False)
    user.stands = user.root / "deep"
    refused = user("resolve")
    assert refused.code == 1
    remove, keep = refused.commands
    assert user.paste(keep).code == 0
    assert user.paste(remove.replace(" rm ", " rm -f ")).code == 0


def test_a_tie_of_headers_is_told(user: User) -> None:
    git(user.root, "switch", "--quiet", "-c", "side")
    write_status(user, "Red")
    git(user.root, "switch", "--quiet", "main")
    write_status(user, "Blue")
    subprocess.run(["git", "merge", "side"], cwd=user.root, capture_output=True, check=False)
    left = user("resolve", "--policy", "newest")
    assert left.code == 1
    assert "neither header is newer" in left.err


def write_status(user: User, words: str) -> None:
    document = user.root / HANDOFF
    added = f"**Last Updated**: 2025-12-17\n**Status**: {words} (Session 18)"
    document.write_text(document.read_text().replace("**Last Updated**: 2025-12-17", added))
    commit_all(user.root, words)
