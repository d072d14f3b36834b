from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from agents import add_worktrees, fill_log
from checkouts import (
    HANDOFF,
    STATE,
    commit_all,
    document_of,
    make_checkout,
    snapshot,
    status,
    write,
)
from hosts import (
    Fire,
    Tell,
    agent_of,
    make_fire,
    make_tell,
    payload_of,
    recorded,
    start_hook,
    text_of,
)
from repositories import git

from handoff_md.app.hook.event import HOSTS
from handoff_md.store.hooks import allow_hooks, failures_path, list_failures, note_failure

DRAFT = f"{STATE}/drafts/handoff-session-%s-summary.md"
KEPT = f"{STATE}/summaries/handoff-session-%s-summary.md"
WRITTEN = ".agents/temp/handoff-session-%s-summary.md"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = make_checkout(tmp_path / "root")
    allow_hooks(made / STATE)
    return made


@pytest.fixture
def fire(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Fire:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HANDOFF_MD_SESSION", raising=False)
    return make_fire(monkeypatch, capfdbinary, tmp_path)


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Tell:
    return make_tell(monkeypatch, capfdbinary)


def _lead(tell: Tell, root: Path, *args: str) -> dict[str, Any]:
    done = tell(root, "run", "start", "--orchestrator", "22", "--json", *args)
    assert done.code == 0, done.stderr
    return done.report


def _states(tell: Tell, root: Path) -> dict[str, str]:
    sessions = tell(root, "session", "list", "--json").report["sessions"]
    return {session["id"]: session["state"] for session in sessions}


def _begin(fire: Fire, root: Path, session: str, source: str = "startup") -> str:
    return text_of(fire("claude", "SessionStart", payload_of(session, root, source=source)))


def _leave(fire: Fire, root: Path, session: str) -> None:
    assert fire("claude", "SessionEnd", payload_of(session, root, reason="other")) == ""


def _tree(root: Path, name: str) -> Path:
    tree = root / ".claude" / "worktrees" / name
    git(root, "worktree", "add", "--quiet", "-b", name, str(tree))
    return tree


def test_where_nothing_is_set_up_a_hook_is_silent_and_loads_next_to_nothing(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    git(plain, "init", "--quiet")
    looks = (
        "import sys\n"
        "from handoff_md.cli.main import main\n"
        "sys.argv[1:] = ['hook', 'claude', 'SessionStart']\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    code = end.code\n"
        "slow = {'click', 'msgspec', 'subprocess', 'pathlib', 'git', 'rich'} & sys.modules.keys()\n"
        "print(code, sorted(slow - {'pathlib'} if sys.version_info >= (3, 13) else slow))\n"
    )
    for folder, env in ((tmp_path, {}), (plain, {}), (plain, {"HANDOFF_MD_HOOKS": "0"})):
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}\n{looks}"],
            input=json.dumps(payload_of("s", folder)).encode(),
            env={**os.environ, **env},
            capture_output=True,
            check=True,
        )
        assert (done.stdout, done.stderr) == (b"0 []\n", b"")


def test_hooks_are_switched_off_by_the_environment(
    root: Path, fire: Fire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANDOFF_MD_HOOKS", "0")
    before = snapshot(root)
    assert _begin(fire, root, "s") == ""
    assert snapshot(root) == before


def test_in_a_clone_without_init_a_session_is_told_and_nothing_is_written(
    tmp_path: Path, fire: Fire
) -> None:
    root = make_checkout(tmp_path / "root")
    write(root / "handoff-md.toml", 'auto-start = "always"\n')
    commit_all(root, "settings")
    before = snapshot(root)
    assert "Session 18: Keep the numbers" in _begin(fire, root, "s")
    for event in ("SubagentStart", "SubagentStop", "Stop", "PreCompact", "SessionEnd"):
        assert fire("claude", event, payload_of("s", root, **agent_of("a"))) == ""
    fire("claude", "SessionStart", b"no JSON")
    assert snapshot(root) == before


def test_init_lets_hooks_write_in_its_clone_and_removal_takes_that_back(
    tmp_path: Path, tell: Tell
) -> None:
    root = make_checkout(tmp_path / "root")
    assert tell(root, "init", "--dry-run").code == 0
    assert not (root / STATE).exists()
    assert tell(root, "init", "--yes").code == 0
    assert (root / STATE / "hooks-allowed").is_file()
    done = tell(root, "init", "--remove", "--yes")
    assert (done.code, "it holds who has which id" in done.stderr) == (0, False)
    assert not (root / STATE).exists()


def test_without_a_run_a_session_is_told_and_has_no_claim(
    root: Path, fire: Fire, tell: Tell
) -> None:
    text = _begin(fire, root, "s")
    assert "Session 18: Keep the numbers" in text
    assert _states(tell, root) == {}
    assert _begin(fire, root, "s") == ""


def test_in_a_run_a_session_gets_one_id_however_often_its_start_fires(
    root: Path, fire: Fire, tell: Tell
) -> None:
    _lead(tell, root)
    text = _begin(fire, root, "s")
    assert "This is session 23." in text
    assert "HANDOFF_MD_SESSION" not in text
    assert _begin(fire, root, "s") == ""
    assert fire("copilot", "sessionStart", {"sessionId": "s", "cwd": str(root)}) == ""
    for source in ("compact", "resume"):
        assert "This is session 23." in _begin(fire, root, "s", source)
        assert _begin(fire, root, "s", source) == ""
    assert _states(tell, root) == {"23": "started"}


def test_of_two_hooks_that_fire_at_once_one_answers(root: Path, tell: Tell) -> None:
    _lead(tell, root)
    sent = payload_of("s", root, source="startup")
    hooks = [start_hook("claude", "SessionStart", sent) for _ in range(3)]
    answers = [hook.communicate()[0] for hook in hooks]
    assert [hook.returncode for hook in hooks] == [0, 0, 0]
    assert sorted(map(bool, answers)) == [False, False, True]
    assert _states(tell, root) == {"23": "started"}


@pytest.mark.parametrize("count", [3, pytest.param(20, marks=pytest.mark.full)])
def test_subagents_that_start_and_stop_at_once_lose_nothing(
    root: Path, tell: Tell, count: int
) -> None:
    _lead(tell, root)
    sent = [
        payload_of("main", root, **agent_of(f"a{number}", last_assistant_message=f"Part {number}."))
        for number in range(count)
    ]
    for event, told in (("SubagentStart", count), ("SubagentStop", 0)):
        hooks = [start_hook("claude", event, one) for one in sent]
        answers = [hook.communicate()[0] for hook in hooks]
        assert len({answer for answer in answers if answer}) == told
    assert tell(root, "run", "finish").code == 0
    assert set(_states(tell, root).values()) == {"merged"}
    for number in range(count):
        assert document_of(root).count(f"Part {number}.") == 1


def test_a_session_that_goes_on_gets_no_id_of_a_run_that_it_may_lead(
    root: Path, fire: Fire, tell: Tell
) -> None:
    _begin(fire, root, "s")
    _lead(tell, root)
    for source in ("compact", "resume", "clear"):
        assert "A run is active" in _begin(fire, root, "s", source)
    assert _states(tell, root) == {}


@pytest.mark.parametrize(("wanted", "found"), [("never", {}), ("always", {"19": "started"})])
def test_the_configuration_says_when_a_session_is_claimed(
    root: Path, fire: Fire, wanted: str, found: dict[str, str], tell: Tell
) -> None:
    write(root / "handoff-md.toml", f'auto-start = "{wanted}"\n')
    assert "Session 18" in _begin(fire, root, "s")
    assert _states(tell, root) == found


def test_an_id_that_was_given_is_taken_by_the_first_session_alone(
    root: Path, fire: Fire, monkeypatch: pytest.MonkeyPatch, tell: Tell
) -> None:
    reserved = _lead(tell, root, "--claim", "1")["sessions"][0]["id"]
    monkeypatch.setenv("HANDOFF_MD_SESSION", reserved)
    assert f"This is session {reserved}." in _begin(fire, root, "s")
    assert f"This is session {reserved}." not in _begin(fire, root, "other")
    _leave(fire, root, "s")
    assert f"This is session {reserved}." in _begin(fire, root, "third")


def test_a_session_that_is_left_has_a_draft_and_nothing_else_happens(
    root: Path, fire: Fire, tell: Tell
) -> None:
    write(root / "handoff-md.toml", 'auto-start = "always"\n')
    commit_all(root, "settings")
    _begin(fire, root, "s")
    tell(root, "session", "note", "19", "Half of the parser.")
    write(root / "work.txt", "more\n")
    commit_all(root, "feat: begin the parser")
    head = git(root, "rev-parse", "HEAD")
    _leave(fire, root, "s")
    _leave(fire, root, "s")
    draft = (root / (DRAFT % "19")).read_text("utf-8")
    for words in ("status: partial", "nobody has checked it", "- Half of the parser.", "work.txt"):
        assert words in draft
    assert "feat: begin the parser" in draft
    assert git(root, "rev-parse", "HEAD") == head
    assert _states(tell, root) == {"19": "started"}
    assert "Session 19" not in document_of(root)
    assert "> 19: its host has left it" in _begin(fire, root, "next")
    assert "This is session 19." in _begin(fire, root, "s", "resume")
    assert not (root / (DRAFT % "19")).exists()


def test_a_real_end_takes_the_place_of_a_draft(root: Path, fire: Fire, tell: Tell) -> None:
    _lead(tell, root)
    _begin(fire, root, "s")
    _leave(fire, root, "s")
    log = next((root / ".agents/sessions").glob("*-session-23*.md"))
    fill_log(log, "All of it.")
    done = tell(root, "session", "end", "23")
    assert (done.code, "the log has no objective" in done.stderr) == (1, True)
    assert tell(root, "session", "end", "23", "--title", "The parser").code == 0
    assert not (root / (DRAFT % "23")).exists()
    assert tell(root, "run", "finish").code == 0
    assert "All of it." in document_of(root)
    assert "nobody has checked" not in document_of(root)


@pytest.mark.parametrize(
    ("summary", "title"),
    [
        ("# Session 19: The parser\n\nIt reads lists.\n", "The parser"),
        (
            "## Done\n\n- [x] It reads lists, and\n  quotes.\n- More.\n",
            "It reads lists, and quotes",
        ),
    ],
)
def test_the_command_that_a_session_is_told_ends_it(
    root: Path,
    fire: Fire,
    tell: Tell,
    monkeypatch: pytest.MonkeyPatch,
    summary: str,
    title: str,
) -> None:
    write(root / "handoff-md.toml", 'auto-start = "always"\n')
    commit_all(root, "settings")
    (command,) = re.findall(r"by: handoff-md (session end .+)", _begin(fire, root, "s"))
    with (write(root.parent / "summary.md", summary)).open() as piped:
        monkeypatch.setattr(sys, "stdin", piped)
        done = tell(root, *shlex.split(command))
    assert done.code == 0, done.stderr
    assert "the log had no objective: the title is put there" in done.stderr
    assert ("nobody has given a title" in done.stderr) == ("# Session" not in summary)
    log = next((root / ".agents/sessions").glob("*-session-19*.md"))
    assert f"- **Objective**: {title}\n" in log.read_text("utf-8")
    assert f"### Session 19: {title} (" in document_of(root)
    assert status(root) == ""


def test_a_session_whose_draft_was_merged_goes_on_as_another_one(
    root: Path, fire: Fire, tell: Tell
) -> None:
    _lead(tell, root)
    _begin(fire, root, "s")
    tell(root, "session", "note", "23", "Half of the parser.")
    _leave(fire, root, "s")
    assert tell(root, "run", "finish").code == 0
    entry = document_of(root)
    told = "Session 23, on which you worked, was merged as it was left: what comes now is no part"
    text = _begin(fire, root, "s", "resume")
    assert told in text
    assert "This session has no id yet." in text
    _leave(fire, root, "s")
    assert not (root / (DRAFT % "23")).exists()
    refused = tell(root, "session", "end", "23", "--title", "More", "--status", "partial")
    assert (refused.code, "`handoff-md session start" in refused.stderr) == (1, True)

    _lead(tell, root)
    _begin(fire, root, "t")
    _leave(fire, root, "t")
    assert tell(root, "run", "finish").code == 0
    _lead(tell, root)
    text = _begin(fire, root, "t", "compact")
    assert told.replace("23", "24") in text
    assert "This is session 25." in text
    assert "This is session 25." in _begin(fire, root, "t", "resume")
    _leave(fire, root, "t")
    assert [path.name for path in (root / STATE / "drafts").iterdir()] == [Path(DRAFT % "25").name]
    assert tell(root, "run", "finish").code == 0
    assert _states(tell, root) == dict.fromkeys(("23", "24", "25"), "merged")
    assert entry.count("Half of the parser.") == document_of(root).count("Half of the parser.") == 1


def test_what_a_session_did_that_has_handed_over_is_not_taken_for_a_new_one(
    root: Path, fire: Fire, tell: Tell
) -> None:
    _lead(tell, root)
    _begin(fire, root, "s")
    write(root / "summary.md", "All of it.\n")
    assert tell(root, "session", "end", "23", "--summary", "summary.md").code == 0
    text = _begin(fire, root, "s", "resume")
    assert "Session 23, on which you worked, has handed over" in text
    assert "This session has no id yet." in text
    _leave(fire, root, "s")
    assert not (root / STATE / "drafts").exists()
    assert _states(tell, root) == {"23": "ended"}


def test_a_session_that_its_agent_started_itself_is_found_where_it_works(
    root: Path, fire: Fire, tell: Tell
) -> None:
    _begin(fire, root, "s")
    assert tell(root, "session", "start", "--title", "By hand").code == 0
    _leave(fire, root, "s")
    assert "title: By hand" in (root / (DRAFT % "19")).read_text("utf-8")
    _begin(fire, root, "other")
    for title in ("One", "Two"):
        assert tell(root, "session", "start", "--title", title).code == 0
    _leave(fire, root, "other")
    assert not (root / (DRAFT % "20")).exists(), "nobody knows which of the two is its own"


def test_a_checkpoint_is_noted_once_for_each_compaction(root: Path, fire: Fire, tell: Tell) -> None:
    _lead(tell, root)
    _begin(fire, root, "s")
    for _ in range(2):
        assert fire("claude", "PreCompact", payload_of("s", root, trigger="auto")) == ""
    log = next((root / ".agents/sessions").glob("*-session-23*.md")).read_text("utf-8")
    assert log.count("the context is compacted, at commit ") == 1
    assert log.index("## Work Log") < log.index("Checkpoint of") < log.index("## Notes for Next")


def test_a_subagent_of_a_run_gets_an_id_and_few_words(root: Path, fire: Fire, tell: Tell) -> None:
    tree = _tree(root, "one")
    sent = payload_of("main", tree, **agent_of("a1"))
    assert fire("claude", "SubagentStart", sent) == "", "no run is active"
    _lead(tell, root)
    text = text_of(fire("claude", "SubagentStart", sent))
    assert "\nThis is session 23. Its log: " in text
    assert "handoff-md session end 23 --summary -\nA run is active" in text
    assert len(text) <= 600
    assert fire("claude", "SubagentStart", sent) == ""
    assert _states(tell, root) == {"23": "started"}
    assert status(tree) == "", "a log in it would keep the work tree from being removed"


def test_a_summary_is_kept_before_its_work_tree_is_removed(
    root: Path, fire: Fire, tell: Tell
) -> None:
    _lead(tell, root)
    tree, shared = _tree(root, "one"), _tree(root, "two")
    for name, place in (("a1", tree), ("a2", shared), ("a3", shared), ("a4", root)):
        fire("claude", "SubagentStart", payload_of("main", place, **agent_of(name)))
    write(tree / (WRITTEN % "23"), "# Session 23: By hand\n\nDone by hand.\n")
    write(tree / (WRITTEN % "77"), "# Session 77: Another\n\nDone as well.\n")
    write(shared / (WRITTEN % "24"), "# Session 24: Beside\n\nDone beside it.\n")
    write(shared / (WRITTEN % "25"), "half of")
    write(root / (WRITTEN % "30"), "half of")
    for name, place in (("a1", tree), ("a2", shared), ("a4", root)):
        said = agent_of(name, last_assistant_message="All is **done**.")
        assert fire("claude", "SubagentStop", payload_of("main", place, **said)) == ""
    git(root, "worktree", "remove", "--force", str(tree))
    assert {path.name for path in (root / STATE / "summaries").iterdir()} == {
        f"handoff-session-{kept}-summary.md" for kept in ("23", "24", "77")
    }
    draft = (root / (DRAFT % "26")).read_text("utf-8")
    assert "the last message of a subagent of claude (general-purpose)" in draft
    assert "All is **done**." in draft
    (shared / (WRITTEN % "25")).unlink()
    (root / (WRITTEN % "30")).unlink()
    assert tell(root, "run", "finish").code == 1, "one has left nothing"
    finished = tell(root, "run", "finish", "--salvage")
    assert finished.code == 0
    assert re.search(
        r"checked its summary, and its log is not committed: \S+\.md\n", finished.stderr
    )
    document = document_of(root)
    for words in ("Done by hand.", "Done as well.", "Done beside it.", "All is **done**."):
        assert document.count(words) == 1
    assert set(_states(tell, root).values()) == {"merged"}
    assert "were left" not in _begin(fire, root, "later")


def test_of_a_summary_that_is_not_taken_the_log_has_the_reason(
    root: Path, fire: Fire, tell: Tell
) -> None:
    _lead(tell, root)
    tree = _tree(root, "one")
    fire("claude", "SubagentStart", payload_of("main", tree, **agent_of("a1")))
    write(tree / (WRITTEN % "80"), "x" * 300_000)
    os.mkfifo(tree / (WRITTEN % "81"))
    (tree / (WRITTEN % "82")).symlink_to("/etc/passwd")
    assert fire("claude", "SubagentStop", payload_of("main", tree, **agent_of("a1"))) == ""
    told = list_failures(root / STATE)
    reasons = ("has 300,000 bytes", "is not a regular file", "leads to /etc/passwd")
    assert len(told) == len(reasons)
    for line, session, reason in zip(told, ("80", "81", "82"), reasons, strict=True):
        assert f"session-{session}-summary.md {reason}" in line


def test_what_a_subagent_said_is_drafted_though_its_work_tree_is_gone(
    root: Path, fire: Fire, tell: Tell
) -> None:
    _lead(tell, root)
    tree = _tree(root, "one")
    key = "ghp_" + "0a" * 18
    said = f"Odd \ud800 \x1b[31m \x00 words.\r\n\n```\nopen {key}\n" + "x" * 100_000
    sent = payload_of("main", tree, agent_id="a1", agent_type="\ud800`odd\n](name)")
    assert "This is session 23." in text_of(fire("claude", "SubagentStart", sent))
    git(root, "worktree", "remove", "--force", str(tree))
    assert fire("claude", "SubagentStop", {**sent, "last_assistant_message": said}) == ""
    draft = (root / (DRAFT % "23")).read_text("utf-8")
    assert "Odd" in draft
    assert not {"\x1b", "\x00", "\r", key} & {*draft, *draft.split()}
    assert len(draft) < 30_000
    assert tell(root, "run", "finish").code == 0
    assert "Odd" in document_of(root)
    assert list_failures(root / STATE) == ()


def test_what_an_agent_ended_itself_is_not_drafted(root: Path, fire: Fire, tell: Tell) -> None:
    _lead(tell, root)
    (tree,) = add_worktrees(root, 1)
    fire("claude", "SubagentStart", payload_of("main", tree, **agent_of("a1")))
    stop = payload_of("main", tree, **agent_of("a1", last_assistant_message="First."))
    fire("claude", "SubagentStop", stop)
    fire("claude", "SubagentStop", {**stop, "last_assistant_message": "Second."})
    assert "Second." in (root / (DRAFT % "23")).read_text("utf-8")
    write(tree / "summary.md", "The end of its own.\n")
    done = tell(tree, "session", "end", "23", "--summary", "summary.md", "--title", "Its own")
    assert done.code == 0, done.stderr
    fire("claude", "SubagentStop", stop)
    assert not (root / (DRAFT % "23")).exists()
    assert "The end of its own." in (root / (KEPT % "23")).read_text("utf-8")


def test_what_a_host_tells_of_subagents_without_saying_so_is_not_the_main_agents(
    root: Path, fire: Fire, tell: Tell
) -> None:
    _lead(tell, root)
    assert "main agent's" not in _begin(fire, root, "main")
    tree = _tree(root, "one")
    assert fire("claude", "PreCompact", payload_of("main", tree, trigger="auto")) == ""
    log = next((root / ".agents/sessions").glob("*-session-23*.md"))
    assert "Checkpoint" not in log.read_text("utf-8")
    text = _begin(fire, tree, "main", "compact")
    assert "Session 23 is the main agent's: its subagents do not end it." in text
    assert _states(tell, root) == {"23": "started"}


def test_the_stop_of_an_agent_whose_start_was_never_told_keeps_summaries_alone(
    root: Path, fire: Fire, tell: Tell
) -> None:
    _lead(tell, root)
    _begin(fire, root, "main")
    tree = _tree(root, "one")
    said = agent_of("compactor", last_assistant_message="A summary of it.")
    write(root / (WRITTEN % "30"), "half of")
    written = write(tree / (WRITTEN % "77"), "# Session 77: Half\n\nHalf")
    for place in (root, tree):
        assert fire("claude", "SubagentStop", payload_of("main", place, **said)) == ""
    assert not (root / STATE / "drafts").exists()
    assert [path.name for path in (root / STATE / "summaries").iterdir()] == [written.name]
    assert _states(tell, root) == {"23": "started"}
    written.write_text("# Session 77: Whole\n\nAll of it.\n")
    for name in ("real", "real"):
        fire("claude", "SubagentStop", payload_of("main", tree, **agent_of(name)))
        assert "All of it." in (root / (KEPT % "77")).read_text("utf-8")
    (aside,) = (root / STATE / "aside").iterdir()
    assert aside.read_text("utf-8") == "# Session 77: Half\n\nHalf"
    (failure,) = list_failures(root / STATE)
    assert str(aside) in failure
    written.write_text("# Session 77: Whole\n\nAll of it, and more.\n")
    fire("claude", "SubagentStop", payload_of("main", tree, **agent_of("real")))
    assert "and more" in (root / (KEPT % "77")).read_text("utf-8")
    assert len(list_failures(root / STATE)) == 1, "its own earlier one gives way"


def test_of_two_summaries_that_have_one_id_none_is_lost(root: Path, fire: Fire, tell: Tell) -> None:
    _lead(tell, root)
    trees = {name: _tree(root, name) for name in ("a1", "a2")}
    for name, tree in trees.items():
        fire("claude", "SubagentStart", payload_of("main", tree, **agent_of(name)))
    write(trees["a1"] / (WRITTEN % "23"), "# Session 23: Its own\n\nMine.\n")
    write(trees["a2"] / (WRITTEN % "23"), "# Session 23: By mistake\n\nNot mine.\n")
    for name, tree in trees.items():
        fire("claude", "SubagentStop", payload_of("main", tree, **agent_of(name)))
    assert "Mine." in (root / (KEPT % "23")).read_text("utf-8")
    write(trees["a1"] / (WRITTEN % "23"), "# Session 23: Its own\n\nMine, and better.\n")
    fire("claude", "SubagentStop", payload_of("main", trees["a1"], **agent_of("a1")))
    assert "and better" in (root / (KEPT % "23")).read_text("utf-8")
    (aside,) = (root / STATE / "aside").iterdir()
    assert "Not mine." in aside.read_text("utf-8")


@pytest.mark.parametrize("again", ["s", "another"])
def test_a_conversation_that_is_cleared_is_left_and_begun_anew(
    root: Path, fire: Fire, tell: Tell, again: str
) -> None:
    _lead(tell, root)
    _begin(fire, root, "s")
    assert fire("claude", "SessionEnd", payload_of("s", root, reason="clear")) == ""
    assert (root / (DRAFT % "23")).is_file()
    text = _begin(fire, root, again, "clear")
    assert ("This is session 23." in text) == (again == "s")
    assert ("> 23: its host has left it" in text) == (again != "s")
    assert (root / (DRAFT % "23")).exists() == (again != "s")
    assert _states(tell, root) == {"23": "started"}


def test_of_two_hosts_in_one_checkout_none_takes_the_others_session(
    root: Path, fire: Fire, tell: Tell
) -> None:
    for host, session in (("claude", "c"), ("codex", "x")):
        assert fire(host, "SessionStart", payload_of(session, root, source="startup"))
    assert tell(root, "session", "start", "--title", "By hand").code == 0
    for host, session in (("codex", "x"), ("claude", "c")):
        assert fire(host, "SessionEnd", payload_of(session, root, reason="other")) == ""
    assert not (root / STATE / "drafts").exists(), "nobody knows which of the two has made it"
    _lead(tell, root)
    for host, session, own in (("claude", "c2", 23), ("codex", "x2", 24)):
        text = text_of(fire(host, "SessionStart", payload_of(session, root, source="startup")))
        assert f"This is session {own}." in text
        assert fire(host, "SessionEnd", payload_of(session, root, reason="other")) == ""
        assert (root / (DRAFT % own)).is_file()


def test_a_session_is_about_the_document_of_its_folder_wherever_it_goes(
    root: Path, fire: Fire, tell: Tell
) -> None:
    folder = root / "packages/parser"
    write(root / "handoff-md.toml", 'auto-start = "always"\n')
    places = {"handoff": "HANDOFF.md", "summaries": "temp", "sessions": "sessions"}
    keys = "".join(f'{name} = "packages/parser/{place}"\n' for name, place in places.items())
    write(folder / "handoff-md.toml", f'{keys}auto-start = "always"\n')
    write(folder / "HANDOFF.md", "# The parser\n\n## Recent Sessions\n\n## Open\n\n- Lists.\n")
    commit_all(root, "two documents")
    text = _begin(fire, folder, "s")
    (own,) = re.findall(r"This is session (\d+)\. Its log: packages/parser/sessions/", text)
    assert "Read from packages/parser/HANDOFF.md" in text
    assert fire("claude", "PreCompact", payload_of("s", root, trigger="auto")) == ""
    assert _begin(fire, root, "s", "compact").splitlines()[:3] == text.splitlines()[:3]
    _leave(fire, root, "s")
    assert "Checkpoint of" in (root / (DRAFT % own)).read_text("utf-8")
    assert f"session {own}" not in _begin(fire, root, "other")
    assert f"> {own}: its host has left it" in _begin(fire, folder, "third")
    tree = _tree(root, "one")
    assert tell(folder, "run", "start", "--orchestrator", "90").code == 0
    started = payload_of("main", tree, **agent_of("a1", last_assistant_message="A part."))
    assert "Its log: packages/parser/sessions/" in text_of(fire("claude", "SubagentStart", started))
    assert fire("claude", "SubagentStop", started) == ""
    assert tell(folder, "run", "finish").code == 0
    assert "A part." in (folder / "HANDOFF.md").read_text("utf-8")
    assert list_failures(root / STATE) == ()


@pytest.mark.parametrize(("days", "left"), [(0.5, 5), (2, 3), (40, 0)])
def test_what_nobody_will_hear_of_any_more_is_forgotten(
    root: Path, fire: Fire, tell: Tell, days: float, left: int
) -> None:
    _begin(fire, root, "without a claim")
    _lead(tell, root)
    _begin(fire, root, "main")
    for name in ("at work", "over", "stopped"):
        sent = payload_of("main", root, **agent_of(name))
        text = text_of(fire("claude", "SubagentStart", sent))
        if name == "over":
            (own,) = re.findall(r"This is session (\d+)", text)
            write(root / "summary.md", "# All of it\n\nDone.\n")
            assert tell(root, "session", "end", own, "--summary", "summary.md").code == 0
    fire("claude", "SubagentStop", sent)
    records = [*(root / STATE / "bindings").rglob("*.json")]
    for path in records:
        then = path.stat().st_mtime - days * 86_400
        os.utime(path, (then, then))
    assert _begin(fire, root, "new")
    kept = {path for path in records if path.exists()}
    assert sum(path.parent.name == "bindings" for path in kept) == left
    assert any(path.parent.name == "fired" for path in kept) == (days < 1)


def test_hosts_that_run_the_hooks_of_anothers_file_are_answered_once(
    root: Path, fire: Fire, tell: Tell
) -> None:
    _lead(tell, root)
    sent: tuple[dict[str, object], ...] = (
        {"session_id": "s", "cwd": str(root), "hook_event_name": "SessionStart"},
        {"sessionId": "s", "cwd": str(root), "timestamp": 1, "source": "new"},
        {"conversation_id": "s", "workspace_roots": [str(root)], "cursor_version": "3.20.17"},
    )
    answers = [
        fire(host, event, one)
        for one in sent
        for host, event in (("claude", "SessionStart"), ("copilot", "sessionStart"))
    ]
    assert [bool(answer) for answer in answers] == [True, False, False, False, False, False]
    assert _states(tell, root) == {"23": "started"}
    assert list_failures(root / STATE) == ()


def test_a_session_that_died_is_salvaged(root: Path, fire: Fire, tell: Tell) -> None:
    write(root / "handoff-md.toml", 'auto-start = "always"\n')
    commit_all(root, "settings")
    _begin(fire, root, "s")
    assert tell(root, "session", "note", "19", "Found `it`.\nAnd more.").code == 0
    done = tell(root, "session", "salvage", "19")
    assert done.code == 0, done.stderr
    assert "note: its log is not committed: .agents/sessions/" in done.stderr
    document = document_of(root)
    for words in ("**Status**: partial", "nobody has checked it", "- Found `it`.\n  And more."):
        assert words in document
    assert _states(tell, root) == {"19": "merged"}
    again = tell(root, "session", "salvage", "19")
    assert (again.code, "has handed over already" in again.stderr) == (1, True)


def test_a_note_goes_to_the_end_of_the_work_log_whatever_that_holds(root: Path, tell: Tell) -> None:
    assert tell(root, "session", "start", "--title", "Notes", "--date", "2025-12-18").code == 0
    log = root / ".agents/sessions/2025-12-18-session-19-notes.md"
    for words in ("One.", "Two\n\nlines.", "Three."):
        assert tell(root, "session", "note", "19", words).code == 0
    assert "## Work Log\n\n- One.\n- Two\n\n  lines.\n- Three.\n\n## Notes" in log.read_text(
        "utf-8"
    )
    log.write_bytes(b"# Session 19: Notes\r\n\r\nNothing else.")
    assert tell(root, "session", "note", "19", "Four.").code == 0
    assert log.read_bytes().endswith(b"else.\r\n\r\n## Work Log\r\n\r\n- Four.\r\n")
    key = "ghp_" + "0a" * 18
    for words, code in ((" ", 2), (f"The token is {key}.", 1)):
        refused = tell(root, "session", "note", "19", words)
        assert (refused.code, key in refused.stderr) == (code, False)


UNFIT: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "no object": b"[1]",
    "null": b"null",
    "no UTF-8": b'{"cwd": "\xff\xfe"}',
    "too deep": b"[" * 100_000,
    "too much": b'{"cwd": "' + b"x" * 10_000_000 + b'"}',
    "wrong types": b'{"session_id": 1, "cwd": "ROOT", "agent_id": {}, "source": []}',
    "nulls": b'{"session_id": null, "cwd": null, "source": null}',
    "no session": b'{"cwd": "ROOT"}',
    "no folder": b'{"session_id": "s"}',
}


@pytest.mark.parametrize("name", UNFIT)
def test_what_no_host_sends_is_answered_by_silence_and_written_down(
    root: Path, fire: Fire, monkeypatch: pytest.MonkeyPatch, name: str, tell: Tell
) -> None:
    monkeypatch.chdir(root)
    data = UNFIT[name].replace(b"ROOT", os.fsencode(root))
    for number, event in enumerate(("SessionStart", "SubagentStop", "NoSuchEvent"), 1):
        assert fire("claude", event, data) == ""
        failures = list_failures(root / STATE)
        assert len(failures) == number
        assert f" claude {event[:7].lower()}" in failures[-1].replace("-", "").lower()
    told = tell(root, "doctor").stdout
    assert "failures of coding agents' hooks: 3; the last one: " in told


@pytest.mark.parametrize(
    "cwd", ["/no/such/folder", "relative", "nul\0", "\ud800", "/" + "x" * 9999]
)
def test_a_folder_that_is_none_is_passed_over(root: Path, fire: Fire, cwd: str) -> None:
    before = snapshot(root)
    assert fire("claude", "SessionStart", {"session_id": "s", "cwd": cwd}) == ""
    assert snapshot(root) == before


@pytest.mark.parametrize("session", ["../../../x", "\ud800", "x" * 100_000, "a/b", "\0"])
def test_a_session_may_have_any_name(root: Path, fire: Fire, session: str, tell: Tell) -> None:
    _lead(tell, root)
    sent = payload_of(session, root, source="../../x", **agent_of(session))
    assert "A run is active" in text_of(fire("claude", "SessionStart", {**sent, "agent_id": ""}))
    assert "\nThis is session 23." in text_of(fire("claude", "SubagentStart", sent))
    assert fire("claude", "SessionEnd", {**sent, "agent_id": ""}) == ""
    assert list_failures(root / STATE) == ()


def _break_run(root: Path) -> None:
    write(root / STATE / "run.json", "{")


def _break_settings(root: Path) -> None:
    write(root / "handoff-md.toml", "profile = 3\n")


def _break_claims(root: Path) -> None:
    write(root / STATE / "claims", "")


def _break_document(root: Path) -> None:
    (root / HANDOFF).unlink()
    os.mkfifo(root / HANDOFF)


@pytest.mark.parametrize(
    ("break_it", "named", "told"),
    [
        (_break_run, "run.json", "This session has no id yet."),
        (_break_settings, "profile must be", ""),
        (_break_claims, "claims", ""),
        (_break_document, "HANDOFF.md is not a regular file", ""),
    ],
)
def test_where_something_is_broken_a_session_is_told_so_and_nothing_else_is_written(
    root: Path, fire: Fire, break_it: Callable[[Path], None], named: str, told: str
) -> None:
    write(root / "handoff-md.toml", 'auto-start = "always"\n')
    break_it(root)
    before = set(root.rglob("*"))
    text = _begin(fire, root, "s")
    assert text.startswith("Context by handoff-md.")
    assert told in text
    (line,) = (line for line in text.splitlines() if named in line)
    assert line.startswith("> ")
    assert named in list_failures(root / STATE)[-1]
    assert set(root.rglob("*")) - before == {failures_path(root / STATE)}


@pytest.mark.parametrize("kind", ["pipe", "folder", "link", "link to a pipe"])
def test_a_log_of_failures_that_is_no_file_is_never_waited_for(tmp_path: Path, kind: str) -> None:
    log, other = failures_path(tmp_path), tmp_path / "other"
    if kind == "folder":
        log.mkdir()
    elif kind == "pipe":
        os.mkfifo(log)
    else:
        os.mkfifo(other) if kind == "link to a pipe" else write(other, "kept\n" * 10_000)
        log.symlink_to(other)
    for _ in range(2):
        note_failure(tmp_path, "failed")
    assert list_failures(tmp_path) == ()
    assert kind != "link" or other.read_text() == "kept\n" * 10_000


def test_the_log_of_failures_stays_small_and_keeps_the_newest(tmp_path: Path) -> None:
    for number in range(300):
        note_failure(tmp_path, f"{number} " + "x" * 1000)
    lines = list_failures(tmp_path)
    assert lines[-1].startswith("299 ")
    assert sum(map(len, lines)) < 40_000


@pytest.mark.parametrize("host", HOSTS)
def test_each_host_is_answered_in_its_own_form(
    root: Path, fire: Fire, host: str, tell: Tell
) -> None:
    _lead(tell, root)
    tree = _tree(root, "one")
    answers: dict[str, str] = {}
    for one in recorded(host):
        sent = json.loads(
            json.dumps(one["payload"]).replace("{root}", str(root)).replace("{agent}", str(tree))
        )
        answers[one["event"]] = fire(host, one["event"], sent)
    told = {event: answer for event, answer in answers.items() if answer}
    starts = {event for event in answers if event.casefold().replace("-", "").endswith("start")}
    assert told.keys() == starts
    for event, answer in told.items():
        assert "This is session 2" in _read_answer(host, event, answer)
    assert list_failures(root / STATE) == ()
    assert (root / (DRAFT % "23")).is_file()
    log = next((root / ".agents/sessions").glob("*-session-23*.md")).read_text("utf-8")
    assert "the context is compacted" in log
    if len(starts) > 1:
        assert "The parser reads lists." in (root / (DRAFT % "24")).read_text("utf-8")


def _read_answer(host: str, event: str, answer: str) -> str:
    if host == "opencode":
        return answer
    told: dict[str, Any] = json.loads(answer)
    if host in ("copilot", "cursor"):
        (key,) = told
        assert key == ("additionalContext" if host == "copilot" else "additional_context")
        return str(told[key])
    assert told["hookSpecificOutput"]["hookEventName"] == event
    return text_of(answer)
