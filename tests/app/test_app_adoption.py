"""Setting up a repository with a past: its document is found, read rightly, and never doubled."""

from __future__ import annotations

import os
import pty
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from checkouts import commit_all, snapshot, write, write_summary
from inprocess import Tell, make_tell
from repositories import git

LOG = """\
# Log

## 2025-12-17: Count the words (Session 3)

Counted.

## 2025-12-16: Find the words (Session 2)

Found.
"""
LISTED = "# Journal\n\n- 2025-12-16 - Found\n- 2025-12-17 - Counted\n- 2025-12-18 - Told\n"
BRIEF = "# Where we are\n\nHalf way.\n"
SEVERAL = "# Log\n\n## A\n\n### 2025-01-01: One\n\n1\n\n## B\n\n### 2025-01-02: Two\n\n2\n"
GARDEN = "# Garden\n\n## Beds (2026-05-10)\n\nA.\n\n## Pots (2026-05-09)\n\nB.\n\n## Tools\n\nC.\n"
_COMMAND = re.compile(r"`([^`]*handoff-md init[^`]*)`")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "--quiet", "--template=")
    return folder


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tell:
    return make_tell(monkeypatch, capsys)


def clear(root: Path) -> None:
    """Leave nothing of the last scene but the repository."""
    for path in sorted(root.rglob("*"), reverse=True):
        if ".git" not in path.relative_to(root).parts:
            path.chmod(0o755)
            path.rmdir() if path.is_dir() else path.unlink()


def paste(root: Path, command: str) -> None:
    """Run a command as it was printed, in a shell; the tool is the one under test."""
    line = command.replace("handoff-md", f"{shlex.quote(sys.executable)} -m handoff_md", 1)
    line = re.sub(r"&& handoff-md", f"&& {shlex.quote(sys.executable)} -m handoff_md", line)
    subprocess.run(["sh", "-c", line], cwd=root, check=True, capture_output=True)


def handoff_of(root: Path) -> str:
    return str(tomllib.loads((root / "handoff-md.toml").read_text())["handoff"])


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("HANDOFF.md", LOG),
        ("docs/hand-off.markdown", BRIEF),
        ("CLAUDE_HANDOFF.md", BRIEF),
        (".claude/Session_Handoff.md", LOG),
        ("NEXT-SESSION.md", BRIEF),
        ("scripts/ralph/progress.txt", LOG),
        ("memory-bank/progress.md", LOG),
        ("docs/AGENTS/handoff-notes.md", LOG),
        ("docs/AGENTS/work.md", LOG),
        ("journal.md", LISTED),
        ("SESSION_LOG.md", LOG),
        ("docs/sessions.md", LOG),
        (".ai/Worklog.md", LOG),
    ],
)
def test_a_document_with_a_usual_name_is_found(
    root: Path, tell: Tell, path: str, text: str
) -> None:
    write(root / path, text)
    write(root / "CHANGELOG.md", LOG)
    done = tell(root, "init")
    assert done.code == 0
    assert f"note: {path} is taken as the handoff document" in done.stderr
    assert handoff_of(root) == path
    assert (root / path).read_text().startswith(text)
    assert not (root / ".agents/HANDOFF.md").exists()
    assert tell(root, "init").stdout == "Nothing to do: it is set up already.\n"
    assert tell(root, "init", "--remove").code == 0
    assert (root / path).read_text() == text
    assert sorted(one.name for one in root.iterdir()) == sorted(
        {".git", "CHANGELOG.md", path.partition("/")[0]}
    )


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        ("docs/sessions.md", "# Sessions\n\nHow to log in.\n", "no entries"),
        ("memory-bank/techContext.md", BRIEF, "no entries"),
        ("docs/HANDOFF_TEMPLATE.md", LOG, "its name says that it is a template"),
        ("progress.md", "# P\n\n- [ ] a\n- [x] b\n- [ ] c\n- [ ] d\n", "it is a checklist"),
        ("services/a/HANDOFF.md", LOG, "2 entries, the newest of 2025-12-17"),
    ],
)
def test_what_is_seen_and_not_taken_is_told_and_can_be_taken(
    root: Path, tell: Tell, path: str, text: str, why: str
) -> None:
    write(root / path, text)
    done = tell(root, "init", "--dry-run")
    assert f"note: not taken as the handoff document: {path} ({why}" in done.stderr
    assert "create      handoff-md.toml, .agents/HANDOFF.md" in done.stdout
    if "2" in why or why == "no entries":
        assert tell(root, "init", "--handoff", path).code == 0
        assert handoff_of(root) == path


def test_a_doubt_is_settled_by_what_is_printed_before_anything_is_written(
    root: Path, tell: Tell
) -> None:
    scenes: list[tuple[dict[str, str], tuple[str, ...], tuple[str, ...]]] = [
        (
            {"PROGRESS.md": LOG, "docs/session log.md": LISTED, "HANDOFF.md": BRIEF},
            (),
            ("PROGRESS.md (2 entries, the newest of 2025-12-17)", "HANDOFF.md (no entries)"),
        ),
        ({".agents/HANDOFF.md": BRIEF, "progress.txt": LOG}, (), ("progress.txt (2 entries",)),
        ({"HANDOFF.md": LOG}, ("--handoff", "HANDOF.md"), ("Did you mean HANDOFF.md?",)),
        ({"Notes.md": BRIEF}, ("--handoff", "NOTES.md"), ("Did you mean Notes.md?",)),
        ({"SESSION_LOG.md": LOG}, ("--handoff", "new/H.md"), ("but SESSION_LOG.md (2 entries",)),
        (
            {"SESSION_LOG.md": SEVERAL},
            (),
            ("1 under 'A' (from line 5 on)", "--entries-heading '## B'"),
        ),
        (
            {"SESSION_LOG.md": SEVERAL.replace("## B", "## A")},
            (),
            ("--entries-heading LINE:3", "--entries-heading LINE:9"),
        ),
        ({"HANDOFF.md": LOG}, ("--entries-heading", "# Lgo"), ("Did you mean # Log?",)),
        (
            {"HANDOFF.md": GARDEN},
            (),
            ("it is not sure that the 2 headings under 'Garden'", "--entries-heading '# Garden'"),
        ),
        ({"HANDOFF.md": "# Handoff template\n\n[Date] [Title]\n"}, (), ("it is a template",)),
        ({"HANDOFF.md": "<!-- Generated, do not edit. -->\n" + LOG}, (), ("it is generated",)),
    ]
    for files, options, words in scenes:
        for path, text in files.items():
            write(root / path, text)
        before = snapshot(root)
        done = tell(root, "init", *options)
        assert done.code in (1, 2), files
        assert all(word in done.stderr for word in words), done.stderr
        assert snapshot(root) == before, files
        commands = _COMMAND.findall(done.stderr)
        assert commands, done.stderr
        paste(root, commands[len(files) % len(commands)])
        assert tell(root, "init").stdout.startswith("Nothing to do"), done.stderr
        assert tell(root, "init", "--check").code == 0
        assert tell(root, "init", "--remove").code == 0
        clear(root)


def test_a_document_that_nobody_may_write_to_is_refused_until_somebody_may(
    root: Path, tell: Tell
) -> None:
    write(root / "HANDOFF.md", LOG).chmod(0o444)
    done = tell(root, "init")
    assert "it is read-only: nobody may write to the file" in done.stderr
    found = re.search(r"`(chmod [^`]*)`", done.stderr)
    assert found
    paste(root, found[1])
    assert tell(root, "init").code == 0


def test_a_name_in_the_configuration_that_is_misspelt_is_refused(root: Path, tell: Tell) -> None:
    write(root / "HANDOFF.md", LOG)
    write(root / "handoff-md.toml", 'handoff = "HANDOF.md"\n')
    before = snapshot(root)
    done = tell(root, "init")
    assert (done.code, "Did you mean HANDOFF.md?" in done.stderr) == (2, True)
    assert snapshot(root) == before
    write(root / "handoff-md.toml", 'handoff = "notes/mine.md"\n')
    assert (
        "notes/mine.md is configured, and is made beside HANDOFF.md (2" in tell(root, "init").stderr
    )


def test_a_tracked_document_that_is_not_on_disk_is_no_missing_one(root: Path, tell: Tell) -> None:
    write(root / "docs/SESSION_LOG.md", LOG)
    write(root / "src/code.py", "pass\n")
    commit_all(root, "first")
    (root / "docs/SESSION_LOG.md").unlink()
    for options in ((), ("--handoff", "docs/SESSION_LOG.md")):
        done = tell(root, "init", *options)
        assert (done.code, "git restore -- docs/SESSION_LOG.md" in done.stderr) == (2, True)
    paste(root, "git restore -- docs/SESSION_LOG.md")
    git(root, "sparse-checkout", "set", "src")
    done = tell(root, "init")
    assert (done.code, "`git sparse-checkout add docs`" in done.stderr) == (2, True)
    assert not (root / "handoff-md.toml").exists()
    paste(root, "git sparse-checkout add docs")
    assert "next id   04" in tell(root, "init").stdout


def test_what_was_understood_is_told_and_kept_in_the_configuration_as_comments(
    root: Path, tell: Tell
) -> None:
    write(root / "SESSION_LOG.md", LOG)
    assert tell(root, "init", "--check").stdout.startswith("missing  handoff-md.toml\n")
    done = tell(root, "init")
    understood = (
        "SESSION_LOG.md\n"
        '  entries   2 headings of level 2 under "Log", from line 3 on\n'
        "  headed    {date}: {title} (Session {id})\n"
        "  order     newest first: their dates say so\n"
        "  newest    line 3: 2025-12-17: Count the words (Session 3)\n"
        "  next id   04\n"
    )
    assert done.stdout.startswith(understood)
    file = root / "handoff-md.toml"
    assert set(tomllib.loads(file.read_text())) == {"handoff", "summaries", "sessions"}
    why = tell(root, "show", "--why").stdout.splitlines()[-3:]
    held = file.read_text().replace("# entr", "entr")
    file.write_text(held)
    assert tomllib.loads(held)["entry-heading"] == "{date}: {title} (Session {id})"
    assert tomllib.loads(held)["entries-heading"] == "# Log"
    held_why = tell(root, "show", "--why").stdout.splitlines()[-3:]
    assert held_why == [*why[:2], "order: newest first: entries-order is configured"]
    assert tell(root, "init", "--check").code == 0
    assert "excludes" in tell(root, "init", "--check", "--dry-run").stderr
    assert "handoff-md.toml stays" in tell(root, "init", "--remove").stderr


def test_a_document_that_is_no_log_gets_a_section_and_no_entry_is_read(
    root: Path, tell: Tell
) -> None:
    write(root / "HANDOFF.md", BRIEF + "\n## State in 2026-01\n\n- 1.2.0 is out\n")
    said = tell(root, "init").stdout
    assert "none read; it gets an empty section at its end, '## Recent Sessions'" in said
    assert (root / "HANDOFF.md").read_text().endswith("<!-- handoff-md:sessions -->\n")
    write(root / "HANDOFF.md", SEVERAL)
    done = tell(root, "init", "--check")
    assert (done.code, "entries stand in several places" in done.stderr) == (1, True)
    setting = re.search(r"`(entries-heading = [^`]*)`", done.stderr)
    assert setting
    with (root / "handoff-md.toml").open("a") as file:
        file.write(f"{setting[1]}\n")
    assert tell(root, "init", "--check").code == 0


def test_lines_that_contradict_the_protocol_are_named_with_their_place(
    root: Path, tell: Tell
) -> None:
    write(root / "progress.txt", LOG)
    write(
        root / "AGENTS.md",
        "# Agents\n\nBe good. At the end of a session,\nupdate progress.txt with what you did.\n\n"
        "- Read progress.txt first.\n- Never edit progress.txt by hand.\n",
    )
    (root / "CLAUDE.md").symlink_to("AGENTS.md")
    write(root / ".github/copilot-instructions.md", "1. Append your entry to `progress.txt`\n")
    write(root / ".cursor/rules/end.mdc", "---\nalwaysApply: true\n---\nKeep HANDOFF.md current\n")
    for _ in range(2):
        (note,) = [
            line for line in tell(root, "init").stderr.splitlines() if "session protocol" in line
        ]
        assert re.findall(r"([\w./-]+:\d+)", note) == [
            "AGENTS.md:4",
            ".github/copilot-instructions.md:1",
            ".cursor/rules/end.mdc:4",
        ]
        assert "`handoff-md session end NN`; it hands the work over" in note
    write(root / "AGENTS.md", "Read progress.txt.\n")
    write(root / ".github/copilot-instructions.md", "")
    (root / ".cursor/rules/end.mdc").unlink()
    assert "session protocol" not in tell(root, "init").stderr


def test_ignored_logs_are_told_at_once_and_no_entry_links_them(root: Path, tell: Tell) -> None:
    write(root / "HANDOFF.md", LOG)
    write(root / ".git/info/exclude", ".agents/sessions/\n")
    done = tell(root, "init", "--dry-run")
    assert "git ignores the logs in .agents/sessions, by a rule in .git/info/exclude" in done.stderr
    tell(root, "init")
    doctor = tell(root, "doctor").stdout
    shows = re.search(r"git .*check-ignore.*", doctor)
    assert shows
    paste(root, shows[0])
    commit_all(root, "set up")
    assert tell(root, "session", "start", "--title", "Sort them").code == 0
    (log,) = (root / ".agents/sessions").iterdir()
    log.write_text(log.read_text().replace("[ ]", "[x]").replace("| |", "| done |"))
    write(root / "words.md", "Sorted.\n")
    ended = tell(root, "session", "end", "04", "--summary", "words.md")
    assert ended.code == 0, ended.stderr
    assert "git ignores the log: it is not committed, and no entry links it" in ended.stderr
    write_summary(root, "19")
    other = write(root / ".agents/sessions/2025-12-18-session-19-x.md", "# Session 19\n")
    merged = tell(root, "merge", "--orchestrator", "22")
    assert merged.code == 0, merged.stderr
    assert "has a log that git ignores, by a rule in .git/info/exclude" in (
        merged.stdout + merged.stderr
    )
    text = (root / "HANDOFF.md").read_text()
    assert "Sort them" in text
    assert "Work of 19" in text
    assert log.name not in text
    assert other.name not in text
    git(root, "add", "--force", str(other))
    write_summary(root, "20")
    write(root / ".agents/sessions/2025-12-18-session-20-y.md", "# Session 20\n")
    git(root, "add", "--force", ".agents/sessions/2025-12-18-session-20-y.md")
    assert tell(root, "merge", "--orchestrator", "22").code == 0
    assert "2025-12-18-session-20-y.md" in (root / "HANDOFF.md").read_text()


def on_terminal(root: Path, answers: str) -> list[str]:
    """Run ``init`` on a terminal of 24 lines by 80 columns, type answers, and give its screen."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "handoff_md", "init"],
        cwd=root,
        env={**os.environ, "COLUMNS": "80", "LINES": "24", "NO_COLOR": "1", "PAGER": "cat"},
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    os.write(leader, answers.encode())
    said = b""
    try:
        while piece := os.read(leader, 65536):
            said += piece
    except OSError:
        pass  # the terminal's other side is closed: all was read
    finally:
        os.close(leader)
    assert process.wait() == 0
    return said.decode().replace("\r\n", "\n").splitlines()


def test_on_a_terminal_one_screen_is_told_and_the_diff_on_demand(root: Path) -> None:
    write(root / "SESSION_LOG.md", LOG.replace("Count the words", "Count " + "日" * 60))
    write(root / "AGENTS.md", "# A\n\n- Update SESSION_LOG.md.\n")
    write(root / ".gitlab-ci.yml", "test:\n  script: [make]\n")
    lines = on_terminal(root, "n\n")
    prompt = next(index for index, line in enumerate(lines) if "Make these changes?" in line)
    assert prompt < 24
    assert any(line.startswith("  newest    line 3: 2025-12-17: Count 日") for line in lines)
    assert any(line.startswith("update      AGENTS.md (+") for line in lines)
    assert all(len(line.encode("utf-16-le")) // 2 <= 80 for line in lines)
    assert not (root / "handoff-md.toml").exists()
    lines = on_terminal(root, "d\nyes\n")
    assert any("+++ b/handoff-md.toml" in line for line in lines)
    assert any("created  handoff-md.toml" in line for line in lines)
    assert handoff_of(root) == "SESSION_LOG.md"
