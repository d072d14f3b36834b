"""What HEAD holds counts, whatever git is silent of, and wherever the work tree lacks it."""

from __future__ import annotations

import io
import shlex
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from agents import fill_log
from checkouts import (
    DOCUMENT,
    HANDOFF,
    MERGE,
    Done,
    add_hook,
    archived,
    commit_all,
    document_of,
    make_checkout,
    status,
    subjects,
    summary_path,
    write,
    write_summary,
)
from checkouts import run as run_process
from repositories import git

from handoff_md.cli.commands import run as run_command

RESTORE = f"restore -- {HANDOFF}"


def run(folder: Path, *args: str) -> Done:
    """Run ``handoff-md <args>`` in a folder, in this process."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with chdir(folder), redirect_stdout(out), redirect_stderr(err):
        code = run_command(args)
    assert "itself has failed" not in err.getvalue(), err.getvalue()
    return Done(code, out.buffer.getvalue().decode(), err.getvalue())


def merge(root: Path) -> Done:
    return run(root, *MERGE)


def end(root: Path, session: str) -> Done:
    return run(root, "session", "end", session)


def started(root: Path, *args: str) -> dict[str, Any]:
    return run(root, "session", "start", "--json", *args).report


def work(root: Path, *args: str) -> dict[str, Any]:
    session = started(root, *args)
    fill_log(root / session["log"])
    return session


def _committed(root: Path, rev: str = "HEAD") -> str:
    return git(root, "show", f"{rev}:{HANDOFF}").decode()


def _run_hint(root: Path, stderr: str) -> None:
    """Run the first command between backticks of a message, as it stands."""
    command = stderr.split("`")[1]
    done = subprocess.run(["sh", "-c", command], cwd=root, capture_output=True, check=False)
    assert done.returncode == 0, (command, done.stderr)


def _found(root: Path) -> dict[str, str]:
    """Give what doctor finds, by name, each with what mends it."""
    findings = run(root, "doctor", "--json").report["findings"]
    return {finding["name"]: finding["mend"] for finding in findings}


def _nest(outer: Path, *, registered: bool) -> Path:
    """Make ``.agents`` of a repository one of its own."""
    write(outer / "readme.txt", "outer\n")
    git(outer.parent, "init", "--quiet", str(outer))
    inner = outer / ".agents"
    make_checkout(inner, document=DOCUMENT)
    git(inner, "mv", HANDOFF, "HANDOFF.md")
    git(inner, "commit", "--quiet", "--message", "move")
    if registered:
        git(outer, "submodule", "--quiet", "add", "./.agents", ".agents")
        commit_all(outer, "outer")
    else:
        git(outer, "add", "readme.txt")
        git(outer, "commit", "--quiet", "--message", "outer")
    return inner


@pytest.mark.parametrize("registered", [True, False])
def test_a_document_in_a_repository_of_its_own_is_refused_before_anything_is_written(
    tmp_path: Path, *, registered: bool
) -> None:
    outer = tmp_path / "outer"
    inner = _nest(outer, registered=registered)
    write_summary(outer, "19")
    before = (inner / "HANDOFF.md").read_bytes()
    for command in (MERGE, (*MERGE, "--no-commit"), ("session", "start"), ("init", "--yes")):
        done = run(outer, *command)
        assert done.code == 2
        assert ".agents is a repository of its own" in done.stderr
    assert "handoff-md -C .agents init" in run(outer, "doctor").stdout
    assert (inner / "HANDOFF.md").read_bytes() == before
    assert summary_path(outer, "19").exists()
    # What the hint names works there.
    assert run(outer, "-C", ".agents", "init", "--yes").code == 0
    commit_all(inner, "set up")
    write_summary(inner, "19")
    assert run(outer, "-C", ".agents", *MERGE).code == 0
    assert "Session 19" in git(inner, "show", "HEAD:HANDOFF.md").decode()


def test_a_file_system_monitor_that_says_nothing_has_changed_is_not_asked(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "r")
    hook = write(tmp_path / "lies", "#!/bin/sh\nprintf 'token\\0'\n")
    hook.chmod(0o755)
    git(root, "config", "core.fsmonitor", str(hook))
    git(root, "config", "core.fsmonitorHookVersion", "2")
    git(root, "update-index", "--fsmonitor", "--untracked-cache")
    assert status(root) == ""
    write_summary(root, "19")
    assert merge(root).code == 0
    assert "Session 19" in _committed(root)
    # What is on disk alone is no entry that is there already.
    assert status(root) == ""
    write(root / HANDOFF, document_of(root).replace("Session 19", "Session 21"))
    assert git(root, "status", "--porcelain") == b""
    write_summary(root, "21")
    refused = merge(root)
    assert refused.code == 2
    assert "has changes that are not committed" in refused.stderr
    assert summary_path(root, "21").exists()


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_a_log_whose_changes_git_is_told_to_ignore_is_not_called_committed(
    tmp_path: Path, flag: str
) -> None:
    root = make_checkout(tmp_path / "r")
    session = work(root, "--title", "Work")
    commit_all(root, "log")
    git(root, "update-index", flag, session["log"])
    refused = end(root, session["id"])
    assert refused.code == 2
    assert "git is told to ignore changes of" in refused.stderr
    _run_hint(root, refused.stderr)
    assert end(root, session["id"]).code == 0
    assert git(root, "show", f"HEAD:{session['log']}") == (root / session["log"]).read_bytes()


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_doctor_finds_a_document_whose_changes_git_is_told_to_ignore(
    tmp_path: Path, flag: str
) -> None:
    root = make_checkout(tmp_path / "r")
    assert "document-hidden" not in _found(root)
    git(root, "update-index", flag, HANDOFF)
    mend = _found(root)["document-hidden"]
    _run_hint(root, mend)
    assert "document-hidden" not in _found(root)


def test_a_session_that_ends_while_a_merge_is_in_progress_changes_nothing(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "r")
    session = work(root, "--title", "Work")
    for branch in ("side", "main"):
        git(root, "switch", "--quiet", *(["--create"] if branch == "side" else []), branch)
        write(root / "other.txt", f"{branch}\n")
        git(root, "add", "other.txt")
        git(root, "commit", "--quiet", "--message", branch)
    subprocess.run(["git", "merge", "side"], cwd=root, capture_output=True, check=False)
    log = (root / session["log"]).read_bytes()
    refused = end(root, session["id"])
    assert refused.code == 2
    assert "a merge is in progress" in refused.stderr
    assert (root / session["log"]).read_bytes() == log
    git(root, "merge", "--abort")
    assert end(root, session["id"]).code == 0


def test_a_document_that_git_knows_in_other_letters_is_refused(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "r")
    git(root, "mv", HANDOFF, ".agents/Handoff.md")
    git(root, "commit", "--quiet", "--message", "in other letters")
    (root / ".agents/Handoff.md").rename(root / HANDOFF)
    git(root, "config", "core.ignoreCase", "true")
    write_summary(root, "19")
    refused = merge(root)
    assert refused.code == 2
    assert "as .agents/Handoff.md: their names differ in case only" in refused.stderr
    assert "document-hidden" in _found(root)
    assert document_of(root) == DOCUMENT
    assert summary_path(root, "19").exists()
    _run_hint(root, refused.stderr)
    git(root, "commit", "--quiet", "--message", "as it is named")
    assert merge(root).code == 0
    assert "Session 19" in _committed(root)


def test_a_hook_that_commits_other_words_is_told_and_the_summary_stays(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "r")
    write_summary(root, "19")
    blob = "$(printf 'other words\\n' | git hash-object -w --stdin)"
    add_hook(root, "pre-commit", f"git update-index --cacheinfo 100644,{blob},{HANDOFF}")
    refused = merge(root)
    assert refused.code == 2
    assert f"holds {HANDOFF} otherwise than it is on disk" in refused.stderr
    assert summary_path(root, "19").exists()
    assert archived(root / ".git/handoff-md") == []


def test_doctor_finds_what_was_merged_and_never_committed(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "r")
    write_summary(root, "19")
    assert merge(root).code == 0
    assert "merge-uncommitted" not in run(root, "doctor", "--json").stdout
    git(root, "reset", "--quiet", "--soft", "HEAD~1")
    found = run(root, "doctor", "--json")
    names = {finding["name"]: finding for finding in found.report["findings"]}
    assert "19" in names["merge-uncommitted"]["message"]
    assert "git diff --cached" in names["merge-uncommitted"]["mend"]


def test_a_document_that_is_deleted_on_disk_is_brought_back_not_made_anew(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "r")
    write_summary(root, "19")
    (root / HANDOFF).unlink()
    commands = (("show",), MERGE, (*MERGE, "--create-section"), ("init", "--yes"), ("preview",))
    for command in (*commands, ("lint", HANDOFF)):
        done = run(root, *command)
        assert done.code == 2
        assert f"{RESTORE}` to get it back" in done.stderr
    assert RESTORE in run(root, "lint").stderr
    found = {f["name"]: f for f in run(root, "doctor", "--json").report["findings"]}
    assert found["document-missing"]["mend"] == f"git {RESTORE}"
    assert not (root / HANDOFF).exists()
    # The command works where the user stands, wherever that is.
    _run_hint(tmp_path, run(tmp_path, "-C", "r", "show").stderr)
    assert document_of(root) == DOCUMENT


def test_ids_count_that_only_head_knows(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "r")
    write(root / ".agents/sessions/2025-12-19-session-23-log.md", "# Log\n")
    git(root, "checkout", "--quiet", "--detach")
    commit_all(root, "a log on no branch")
    git(root, "rm", "--quiet", "-r", ".agents/sessions")
    (root / HANDOFF).unlink()
    assert started(root)["id"] == "24"
    # Nor is one that another branch alone has told of.
    other = make_checkout(tmp_path / "other")
    git(other, "checkout", "--quiet", "--orphan", "bare")
    git(other, "rm", "--quiet", "-r", "-f", ".")
    git(other, "commit", "--quiet", "--allow-empty", "--message", "nothing")
    assert started(other)["id"] == "19"
    shown = run(other, "show")
    assert "the branch main has it" in shown.stderr
    told = run(other, "init", "--yes")
    assert told.code == 0
    assert f"restore --source=main -- {HANDOFF}" in told.stderr + told.stdout


def test_a_deletion_that_is_staged_is_told_and_one_that_is_committed_stands(
    tmp_path: Path,
) -> None:
    root = make_checkout(tmp_path / "r")
    git(root, "rm", "--quiet", HANDOFF)
    refused = run(root, "init", "--yes")
    assert refused.code == 2
    assert "its deletion is staged" in refused.stderr
    git(root, "commit", "--quiet", "--message", "no handoff")
    git(root, "branch", "--quiet", "--move", "other")
    assert run(root, "init", "--yes").code == 0
    assert "Session 18" not in document_of(root)


def test_a_session_ends_in_a_sparse_checkout_without_the_document(tmp_path: Path) -> None:
    make_checkout(tmp_path / "origin")
    write(tmp_path / "origin/src/code.py", "\n")
    commit_all(tmp_path / "origin", "code")
    root = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "origin", "clone")
    git(root, "sparse-checkout", "set", "src")
    refused = run(root, "init", "--yes")
    assert (refused.code, (root / HANDOFF).exists()) == (2, False)
    session = work(root, "--title", "Sparse")
    assert session["id"] == "19"
    ended = end(root, "19")
    assert ended.code == 1
    assert "lies outside of the sparse checkout" in ended.stderr
    assert subjects(root)[0] == "docs(session): log session 19"
    assert summary_path(root, "19").exists()
    _run_hint(root, refused.stderr)
    assert end(root, "19").code == 0
    assert "### Session 19: " in _committed(root)
    assert "(Session 18)" in _committed(root) or "Session 18:" in _committed(root)


def test_filters_convert_what_is_compared_and_one_that_fails_leaves_all_as_it_was(
    tmp_path: Path,
) -> None:
    root = make_checkout(tmp_path / "r")
    git(root, "config", "filter.odd.clean", "tr a-z n-za-m")
    git(root, "config", "filter.odd.smudge", "tr a-z n-za-m")
    write(root / ".gitattributes", "*.md filter=odd\n")
    git(root, "add", "--renormalize", ".")
    commit_all(root, "filter")
    session = work(root, "--title", "Filtered")
    assert end(root, session["id"]).code == 0
    checked = run(root, "lint", "--commits", "HEAD~1..HEAD")
    assert checked.code == 0, checked.stdout
    git(root, "config", "filter.odd.clean", "no-such-program")
    git(root, "config", "filter.odd.required", "true")
    write_summary(root, "30")
    before = document_of(root)
    refused = merge(root)
    assert refused.code == 2
    assert "the filter 'odd' fails" in refused.stderr
    assert len(refused.stderr.splitlines()) == 2
    assert document_of(root) == before
    assert summary_path(root, "30").exists()


def test_git_dir_and_git_work_tree_name_the_repository_and_mislead_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, other = make_checkout(tmp_path / "r"), make_checkout(tmp_path / "other")
    write_summary(root, "19")
    add_hook(root, "pre-commit", shlex.join([sys.executable, "-m", "handoff_md", "guard"]))
    (root / ".git").rename(tmp_path / "store.git")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "store.git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(root))
    assert run(root / ".agents", "run", "start", "--orchestrator", "22").code == 0
    assert (tmp_path / "store.git/handoff-md/run.json").exists()
    write(root / HANDOFF, DOCUMENT.replace("Kept.", "All kept."))
    refused = subprocess.run(
        ["git", "commit", "--all", "--message", "mine"], cwd=root, capture_output=True, check=False
    )
    assert b"a parallel run is active" in refused.stderr
    git(root, "checkout", "--quiet", "HEAD", "--", HANDOFF)
    assert run(root, "run", "finish").code == 0
    assert "Session 19" in _committed(root)
    # Another repository, and a folder that is in none, are what they are.
    elsewhere = run(root, "-C", str(other), "run", "start", "--orchestrator", "3")
    assert str(other / ".git/handoff-md/run.json") in elsewhere.stdout
    (tmp_path / "plain").mkdir()
    assert "there is no .agents/HANDOFF.md" in run(tmp_path / "plain", "show").stderr
    # A git directory alone means the folder that the command is started in, as for git.
    monkeypatch.delenv("GIT_WORK_TREE")
    write_summary(root, "20")
    assert run_process(root, *MERGE).code == 0
    monkeypatch.setenv("GIT_WORK_TREE", str(root))
    assert "Session 20" in _committed(root)
    assert run(root, "-C", str(other), "session", "list").code == 0


@pytest.mark.parametrize(
    "chosen", [("--cone", "src"), ("--no-cone", "/*", f"!/{HANDOFF}"), ("--no-cone", "/src/")]
)
def test_a_document_that_a_sparse_checkout_leaves_out_comes_back_by_the_command_that_is_named(
    tmp_path: Path, chosen: tuple[str, ...]
) -> None:
    root = make_checkout(tmp_path / "r")
    write(root / "src/a.txt", "a\n")
    commit_all(root, "source")
    git(root, "sparse-checkout", "set", *chosen)
    missing = run(root, "show")
    assert missing.code == 2
    _run_hint(root, missing.stderr)
    assert run(root, "show").code == 0
