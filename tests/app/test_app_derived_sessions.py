"""Sessions and runs where the document is built: files on branches, builds on the main branch."""

from __future__ import annotations

import datetime as dt
import subprocess
from pathlib import Path

import pytest
from agents import add_worktrees, fill_log
from checkouts import (
    HANDOFF,
    age,
    changed_files,
    commit_all,
    document_of,
    make_checkout,
    status,
    subjects,
    summary_path,
    write,
)
from driver_checkouts import put_command_on_path
from inprocess import Tell, make_tell
from repositories import git

from handoff_md.app.context import tell_context
from handoff_md.app.hook.sessions import tell_session
from handoff_md.app.workspace import open_workspace

FOLDER = ".agents/handoff.d"
DAY = ("--date", "2025-12-18")


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tell:
    return make_tell(monkeypatch, capsys)


@pytest.fixture
def root(tmp_path: Path, tell: Tell) -> Path:
    """Make a repository on main whose document is split, and built from then on."""
    root = make_checkout(tmp_path / "root")
    git(root, "branch", "--move", "main")
    assert tell(root, "split").code == 0
    write(root / "handoff-md.toml", 'profile = "derived"\n')
    commit_all(root, "split")
    return root


def work(tell: Tell, folder: Path, title: str) -> str:
    session = tell(folder, "session", "start", "--json", "--title", title, *DAY).report
    fill_log(Path(session["root"]) / session["log"], f"Words of {title}.")
    return str(session["id"])


def test_a_session_hands_a_file_in_on_a_branch_and_builds_on_main(root: Path, tell: Tell) -> None:
    (tree,) = add_worktrees(root, 1)
    before = document_of(tree)
    branch = work(tell, tree, "Branch")
    ended = tell(tree, "session", "end", branch)
    assert ended.code == 0, ended.stderr
    assert f"  file     {FOLDER}/2025-12-18-session-{branch}.md (commit " in ended.stdout
    assert "  entry    " not in ended.stdout
    assert document_of(tree) == before
    assert changed_files(tree) == [f"A {FOLDER}/2025-12-18-session-{branch}.md"]
    assert status(tree) == ""
    assert not summary_path(tree, branch).exists()
    assert tell(tree, "build", "--check").code == 0

    own = work(tell, root, "Main")
    ended = tell(root, "session", "end", own, "--json")
    assert ended.code == 0, ended.stderr
    commit = git(root, "rev-parse", "HEAD").decode().strip()
    path = f"{FOLDER}/2025-12-18-session-{own}.md"
    assert ended.report["handed_in"] == {"path": path, "commit": commit}
    assert ended.report["entry"] == {"commit": commit, "handoff": HANDOFF, "lines": None}
    assert f"### Session {own}: Main (2025-12-18)" in document_of(root)
    assert set(changed_files(root)) == {
        f"M {HANDOFF}",
        f"A {FOLDER}/2025-12-18-session-{own}.md",
        f"M {FOLDER}/built",
    }
    assert status(root) == ""
    again = tell(root, "session", "end", own)
    assert (again.code, len(subjects(root))) == (0, 4)
    again = tell(tree, "session", "end", branch)
    assert (again.code, status(tree)) == (0, "")
    assert f"{FOLDER}/2025-12-18-session-{branch}.md was handed in already" in again.stderr
    states = tell(root, "session", "list", "--json").report["sessions"]
    assert [one["state"] for one in states] == ["merged", "merged"]
    nothing = tell(root, "merge", "--orchestrator", "22", "--json")
    assert (nothing.code, nothing.report["status"]) == (0, "nothing-to-merge")

    git(root, "merge", "--quiet", "--no-edit", "agent-1")
    assert tell(root, "build").code == 0
    assert [line for line in document_of(root).splitlines() if line.startswith("### ")] == [
        f"### Session {own}: Main (2025-12-18)",
        f"### Session {branch}: Branch (2025-12-18)",
        "### Session 18: Keep the numbers (2025-12-17)",
        "### Session 17: Count them (2025-12-16)",
    ]


def test_a_run_s_sessions_become_one_section_whoever_builds_it(root: Path, tell: Tell) -> None:
    one, two = add_worktrees(root, 2)
    assert tell(root, "run", "start", "--orchestrator", "22", "--json").code == 0
    first, second = work(tell, one, "One"), work(tell, two, "Two")
    assert tell(one, "session", "end", first).code == 0
    assert tell(two, "session", "end", second).code == 0
    git(root, "switch", "--quiet", "--create", "lead")
    before = document_of(root)
    seen = tell(root, "preview", "--section-only")
    assert f"a merge writes files in {FOLDER}, and the main branch builds it" in seen.stderr
    tried = tell(root, "run", "finish", "--dry-run")
    assert f"Would hand in 2 sessions as files in {FOLDER}; nothing was written." in tried.stdout
    finished = tell(root, "run", "finish")
    assert finished.code == 0, finished.stderr
    assert f"Handed in 2 sessions as files in {FOLDER}, commit " in finished.stdout
    assert f"  {first}  handed-in      One" in finished.stdout
    assert "Merged" not in finished.stdout
    assert document_of(root) == before
    assert set(changed_files(root)) == {
        f"A {FOLDER}/2025-12-18-session-{first}.md",
        f"A {FOLDER}/2025-12-18-session-{second}.md",
    }
    assert f"Handoff-Session: {first}\n" in git(root, "log", "-1", "--format=%B").decode()
    assert tell(root, "run", "status").stdout.startswith("No run is active")
    git(root, "switch", "--quiet", "main")
    git(root, "merge", "--quiet", "lead")
    assert tell(root, "build").code == 0
    built = document_of(root)
    assert f"### Parallel Sessions {first}, {second} (2025-12-18)" in built
    assert "**Orchestrator**: Session 22" in built
    assert "Words of One." in built
    assert "Words of Two." in built


def test_a_merge_on_main_builds_and_an_edited_document_is_left_alone(
    root: Path, tell: Tell
) -> None:
    thirty = "---\ntitle: Thirty\ndate: 2025-12-20\n---\nWords.\n"
    age(write(summary_path(root, "30"), thirty))
    write(root / HANDOFF, document_of(root).replace("Kept.", "Kept by hand."))
    commit_all(root, "edited by hand")
    edited = document_of(root)
    done = tell(root, "merge", "--orchestrator", "22", "--json").report
    assert (done["status"], done["section"]) == ("handed-in", None)
    assert done["files"] == [f"{FOLDER}/2025-12-20-session-30.md"]
    assert Path(done["sessions"][0]["archived_to"]).is_file()
    assert document_of(root) == edited
    assert any("`handoff-md split --update`" in note for note in done["notes"])
    assert changed_files(root) == [f"A {FOLDER}/2025-12-20-session-30.md"]
    assert tell(root, "split", "--update").code == 0
    assert "### Parallel Sessions 30 (2025-12-20)" in document_of(root)
    assert "Kept by hand." in document_of(root)


def test_a_file_that_is_there_with_other_words_stays(root: Path, tell: Tell) -> None:
    session = work(tell, root, "Main")
    path = write(root / FOLDER / f"2025-12-18-session-{session}.md", "# Own\n\nOwn words.\n")
    ended = tell(root, "session", "end", session)
    assert ended.code == 0, ended.stderr
    assert "is there with other words, and stays" in ended.stderr
    assert path.read_text() == "# Own\n\nOwn words.\n"


def test_two_builds_that_conflict_are_resolved_by_a_build_of_what_both_have(
    root: Path, tell: Tell
) -> None:
    git(root, "branch", "other")
    for branch, number in (("main", 30), ("other", 31)):
        git(root, "switch", "--quiet", branch)
        text = f"---\ntitle: Of {branch}\n---\nWords.\n"
        write(root / FOLDER / f"2025-12-20-session-{number}.md", text)
        assert tell(root, "build").code == 0
        commit_all(root, f"built on {branch}")
    merged = subprocess.run(
        ["git", "merge", "--quiet", "main"], cwd=root, capture_output=True, check=False
    )
    assert merged.returncode == 1
    assert "UU .agents/HANDOFF.md" in status(root)
    resolved = tell(root, "resolve", "--add")
    assert resolved.code == 0, resolved.stderr
    assert "UU" not in status(root)
    assert "Of main" in document_of(root)
    assert "Of other" in document_of(root)
    assert tell(root, "build", "--check").code == 0


def test_a_record_that_alone_is_in_conflict_is_settled_by_a_build_unless_a_side_was_edited(
    root: Path, tell: Tell
) -> None:
    assert tell(root, "init", "--yes").code == 0
    write(root / FOLDER / ".gitattributes", "")  # as a site that does not look at it
    commit_all(root, "driver")
    git(root, "branch", "other")
    for branch, number in (("main", 30), ("other", 31)):
        git(root, "switch", "--quiet", branch)
        hand_in(root, number, f"Of {branch}")
        assert tell(root, "build").code == 0
        commit_all(root, f"built on {branch}")
    git(root, "branch", "edited")
    in_conflict = f"A  {FOLDER}/2025-12-20-session-30.md\nUU {FOLDER}/built\n"

    def merge_main(side: str) -> None:
        command = ["git", "merge", "--quiet", "main"]
        subprocess.run(command, cwd=root, capture_output=True, check=False)
        git(root, "checkout", "--quiet", side, "--", HANDOFF)  # as a driver leaves no conflict
        git(root, "add", HANDOFF)
        assert status(root).endswith(in_conflict)

    merge_main("--theirs")
    assert tell(root, "resolve", "--add").code == 0
    assert "UU" not in status(root)
    assert tell(root, "build", "--check").code == 0
    assert ("Of main" in document_of(root), "Of other" in document_of(root)) == (True, True)
    commit_all(root, "merged")
    git(root, "switch", "--quiet", "edited")
    write(root / HANDOFF, document_of(root).replace("Kept.", "Kept by hand."))
    commit_all(root, "edited by hand")
    merge_main("--ours")
    told = tell(root, "resolve", "--add")
    assert f"{FOLDER}/built is in conflict, and one side was edited" in told.stderr
    assert ("Kept by hand." in document_of(root), status(root)) == (True, in_conflict)
    git(root, "add", f"{FOLDER}/built")
    assert tell(root, "split", "--update").code == 0
    assert ("Kept by hand." in document_of(root), "Of main" in document_of(root)) == (True, True)


@pytest.mark.parametrize("ids", [("60", "61"), ("61", "60")])
def test_two_orchestrators_that_build_and_push_at_once_lose_nothing(
    root: Path, tmp_path: Path, tell: Tell, monkeypatch: pytest.MonkeyPatch, ids: tuple[str, str]
) -> None:
    put_command_on_path(monkeypatch)
    git(tmp_path, "clone", "--quiet", "--bare", str(root), "origin.git")
    clones = [tmp_path / name for name in ("one", "two")]
    for number, (clone, own) in enumerate(zip(clones, ids, strict=True)):
        git(tmp_path, "clone", "--quiet", "origin.git", clone.name)
        assert tell(clone, "run", "start", "--orchestrator", str(50 + number)).code == 0
        start = ("session", "start", "--id", own, "--json", *DAY)
        session = tell(clone, *start, "--title", f"In {clone.name}").report
        fill_log(clone / session["log"], f"Words of {clone.name}.")
        assert tell(clone, "session", "end", own).code == 0
    for clone in clones:
        done = tell(clone, "run", "finish", "--push")
        assert done.code == 0, done.stderr
        assert "Pushed to origin/main." in done.stdout
    assert status(clones[1]) == ""
    subjects_of = git(clones[1], "log", "--format=%s", "@{u}").decode().splitlines()
    assert subjects_of[0].startswith(("Merge ", "docs(handoff): build HANDOFF.md"))
    assert "Conflicts:" not in git(clones[1], "log", "-1", "--format=%B").decode()
    assert tell(clones[1], "build", "--check").code == 0
    assert all(document_of(clones[1]).count(f"Words of {one.name}.") == 1 for one in clones)


@pytest.mark.parametrize("branch", ["main", "lead"])
def test_what_a_merge_wrote_without_a_commit_the_next_one_commits(
    root: Path, tell: Tell, branch: str
) -> None:
    if branch != "main":
        git(root, "switch", "--quiet", "--create", branch)
    thirty = "---\ntitle: Thirty\ndate: 2025-12-20\n---\nWords.\n"
    summary = age(write(summary_path(root, "30"), thirty))
    tried = tell(root, "merge", "--orchestrator", "22", "--dry-run", "--json").report
    assert tried["status"] == ("would-merge" if branch == "main" else "would-hand-in")
    written = tell(root, "merge", "--orchestrator", "22", "--no-commit", "--json").report
    assert written["status"] == ("merged" if branch == "main" else "handed-in")
    assert (written["commit"], summary.exists()) == (None, True)
    done = tell(root, "merge", "--orchestrator", "22", "--json").report
    assert done["commit"] == git(root, "rev-parse", "HEAD").decode().strip()
    assert f"A {FOLDER}/2025-12-20-session-30.md" in changed_files(root)
    assert (status(root), summary.exists()) == ("", False)


def test_two_documents_of_a_repository_are_built_of_folders_of_their_own(
    tmp_path: Path, tell: Tell
) -> None:
    root = make_checkout(tmp_path / "root")
    git(root, "branch", "--move", "main")
    places = {"a": "a/notes.d", "b": "b/handoff.d"}
    for part, name in (("a", "NOTES.md"), ("b", "HANDOFF.md")):
        lines = [f'{key} = "{part}/{key}"' for key in ("sessions", "summaries")]
        lines += [f'handoff = "{part}/{name}"', 'profile = "derived"', 'coordination = "branch"']
        write(root / part / "handoff-md.toml", "\n".join(lines) + "\n")
        write(root / part / name, document_of(root))
        assert tell(root / part, "split").code == 0
        assert (root / places[part] / "order.tsv").is_file()
    write(root / ".gitignore", "summaries/\n.agents/temp/\n")
    commit_all(root, "split")
    for part, folder in places.items():
        session = work(tell, root / part, f"Of {part}")
        assert tell(root / part, "session", "end", session).code == 0
        assert (root / folder / f"2025-12-18-session-{session}.md").is_file()
        assert tell(root / part, "build", "--check").code == 0
    found = tell(root, "lint", "--output-format", "json").report["diagnostics"]
    assert not [one for one in found if ".d/" in one["path"]]
    assert "Of a (2025-12-18)" in (root / "a/NOTES.md").read_text()
    assert "Of a (2025-12-18)" not in (root / "b/HANDOFF.md").read_text()
    assert status(root) == ""
    (root / "a/notes.d/head.md").unlink()
    broken = tell(root / "a", "build")
    assert (broken.code, "`git checkout -- :/a/notes.d/head.md`" in broken.stderr) == (1, True)


def test_a_file_that_a_branch_alone_has_comes_with_its_merge(root: Path, tell: Tell) -> None:
    write(root / "handoff-md.toml", 'profile = "derived"\ncollect-branches = ["agent/*"]\n')
    commit_all(root, "collect")
    git(root, "switch", "--quiet", "--create", "agent/1")
    name = f"{FOLDER}/2025-12-20-session-30.md"
    write(root / name, "---\ntitle: Thirty\n---\nWords.\n")
    commit_all(root, "session")
    git(root, "switch", "--quiet", "main")
    before = document_of(root)
    away = tell(root, "merge", "--orchestrator", "22", "--json").report
    assert (away["status"], document_of(root), status(root)) == ("nothing-to-merge", before, "")
    assert "what branches alone hold comes when they are merged: 30" in away["notes"]
    git(root, "merge", "--quiet", "agent/1")
    assert tell(root, "merge", "--orchestrator", "22", "--json").report["status"] == "merged"
    assert "Thirty (2025-12-20)" in document_of(root).replace("Session 30: ", "")
    assert status(root) == ""


def hand_in(root: Path, number: int, title: str, more: str = "") -> str:
    name = f"{FOLDER}/2025-12-20-session-{number}.md"
    write(root / name, f"---\ntitle: {title}\n{more}---\nWords of {number}.\n")
    return name


def test_a_session_that_begins_is_told_what_was_handed_in_and_is_not_built_yet(
    root: Path, tell: Tell
) -> None:
    git(root, "switch", "--quiet", "--create", "lead")
    names = [hand_in(root, 30, "Thirty"), hand_in(root, 31, "Half", "status: partial\n")]
    hand_in(root, 32, "Not yet", "status: in-progress\n")
    told = tell(root, "context").stdout
    assert (
        f"Handed in, and not in {HANDOFF} before it is built:\n"
        f"> 31: Half, partial, in {names[1]}\n> 30: Thirty, in {names[0]}\n"
    ) in told
    chapters = {one["topic"]: one for one in tell(root, "context", "--json").report["chapters"]}
    assert len(chapters["handed-in"]["items"]) == 2
    hooked = tell_session(open_workspace(root), None, dt.datetime.now(dt.UTC))
    assert f"31: Half, partial, in {names[1]}" in hooked
    git(root, "switch", "--quiet", "main")
    assert tell(root, "build").code == 0
    assert "Handed in" not in tell(root, "context").stdout
    around = f"## Old\n\n{'x ' * 600}\n\n"
    write(root / HANDOFF, document_of(root).replace("## Rec", f"{around}## Rec") + around)
    workspace, now = open_workspace(root), dt.datetime.now(dt.UTC)
    part = tell_context(workspace, for_id=None, now=now, most_bytes=400).text
    assert ("Of its " in part, "Handed in" in part, "Thirty" in part) == (True, False, False)
    assert tell(root, "build", "--overwrite").code == 0
    write(root / HANDOFF, document_of(root).replace("Words of 30.", "Better words."))
    assert tell(root, "split", "--update").code == 0
    hand_in(root, 30, "Thirty")
    write(root / HANDOFF, document_of(root).replace("Session 30", "Session 3000"))
    assert "Handed in" not in tell(root, "context").stdout
    (root / FOLDER / "link.md").symlink_to(root / HANDOFF)
    told = tell(root, "context").stdout
    assert "Of what was handed in nothing is told: " in told
    assert "link.md is not a regular file" in told


def test_what_is_printed_says_that_the_document_is_built(root: Path, tell: Tell) -> None:
    session = work(tell, root, "Own")
    log = next((root / ".agents/sessions").glob(f"*-session-{session}-*"))
    assert f"else a file in `{FOLDER}` |" in log.read_text()
    shown = tell(root, "show").stdout
    assert ("build adds to" in shown, "◀ build here" in shown) == (True, True)
    assert "merge" not in shown
    assert tell(root, "run", "start", "--orchestrator", session).code == 0
    assert f"only its end adds files to {FOLDER}" in tell(root, "context", "--for", session).stdout
    assert f"nobody writes {HANDOFF}, which is built" in tell(root, "context").stdout
    assert "for your own file" in tell(root, "session", "end", session).stderr
    assert tell(root, "run", "cancel").code == 0
    dead = work(tell, root, "Dead")
    salvaged = tell(root, "session", "salvage", dead)
    path = f"{FOLDER}/2025-12-18-session-{dead}.md"
    assert f"  file     {path} (commit " in salvaged.stdout
    assert f"  entry    {HANDOFF}\n" in salvaged.stdout
    renamed = tell(root, "session", "rename", dead, "Other")
    assert (renamed.code, path in renamed.stderr) == (1, True)


def test_a_build_of_several_sessions_is_no_bundle_of_entries(root: Path, tell: Tell) -> None:
    assert tell(root, "init", "--yes", "--hook").code == 0
    commit_all(root, "hook")
    for number in (30, 31):
        hand_in(root, number, f"Title {number}")
    commit_all(root, "sessions")
    built = tell(root, "build", "--commit")
    assert (built.code, status(root)) == (0, ""), built.stderr
    assert changed_files(root) == [f"M {HANDOFF}", f"M {FOLDER}/built"]
    assert tell(root, "lint", "--since", "HEAD~2", "--select", "HG").code == 0


@pytest.mark.parametrize("has_driver", [True, False])
def test_the_records_of_two_builds_that_meet_are_never_in_conflict(
    root: Path, tell: Tell, monkeypatch: pytest.MonkeyPatch, *, has_driver: bool
) -> None:
    put_command_on_path(monkeypatch)
    if has_driver:
        assert tell(root, "init", "--yes").code == 0
        commit_all(root, "driver")
    git(root, "branch", "other")
    for branch, numbers in (("main", (31, 33)), ("other", (32, 30))):
        git(root, "switch", "--quiet", branch)
        for number in numbers:
            hand_in(root, number, f"Of {branch}, {number}")
            assert tell(root, "build", "--commit").code == 0
    merge = ["git", "merge", "--quiet", "--no-edit", "main"]
    merged = subprocess.run(merge, cwd=root, capture_output=True, check=False)
    assert (merged.returncode == 0) == has_driver
    assert f"UU {FOLDER}/built" not in status(root)
    if not has_driver:
        assert tell(root, "resolve", "--add").code == 0
        git(root, "commit", "--quiet", "--no-edit")
    git(root, "switch", "--quiet", "main")
    git(root, "merge", "--quiet", "--ff-only", "other")
    hand_in(root, 34, "Last")
    done = tell(root, "build", "--commit")
    assert (done.code, status(root)) == (0, ""), done.stdout
    assert len((root / FOLDER / "built").read_text().splitlines()) == 1
    sessions = [
        line[12:14] for line in document_of(root).splitlines() if line[:12] == "### Session "
    ]
    assert sessions[:5] == ["34", "33", "32", "31", "30"]


def test_words_that_were_added_to_two_builds_that_met_are_left_alone(
    root: Path, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_command_on_path(monkeypatch)
    assert tell(root, "init", "--yes").code == 0
    commit_all(root, "driver")
    git(root, "branch", "other")
    for branch, number in (("main", 31), ("other", 30)):
        git(root, "switch", "--quiet", branch)
        hand_in(root, number, f"Of {branch}")
        assert tell(root, "build", "--commit").code == 0
    git(root, "merge", "--quiet", "--no-edit", "main")
    write(root / HANDOFF, document_of(root).replace("Kept.", "Kept by hand."))
    commit_all(root, "edited")
    git(root, "switch", "--quiet", "main")
    git(root, "merge", "--quiet", "--ff-only", "other")
    refused = tell(root, "build")
    assert (refused.code, "-Kept by hand." in refused.stdout) == (1, True)
    assert tell(root, "split", "--update").code == 0
    assert ("Kept by hand." in document_of(root), tell(root, "build", "--check").code) == (True, 0)


def test_sides_with_words_that_stand_in_no_file_are_not_resolved_by_a_build(
    root: Path, tell: Tell
) -> None:
    git(root, "branch", "other")
    for branch, number in (("main", 31), ("other", 30)):
        git(root, "switch", "--quiet", branch)
        hand_in(root, number, f"Of {branch}")
        assert tell(root, "build").code == 0
        git(root, "add", *([] if branch == "main" else [FOLDER]), HANDOFF)
        git(root, "commit", "--quiet", "--all", "--message", f"built on {branch}")
        if branch == "main":
            (root / FOLDER / f"2025-12-20-session-{number}.md").unlink()
    merge = ["git", "merge", "--quiet", "--no-edit", "main"]
    subprocess.run(merge, cwd=root, capture_output=True, check=False)
    assert tell(root, "resolve", "--add").code == 0
    assert ("Of main" in document_of(root), "Of other" in document_of(root)) == (True, True)
    commit_all(root, "merged")
    git(root, "switch", "--quiet", "main")
    git(root, "merge", "--quiet", "--ff-only", "other")
    assert tell(root, "build").code == 1
    assert tell(root, "split", "--update").code == 0
    assert tell(root, "build", "--check").code == 0
    assert ("Of main" in document_of(root), "Of other" in document_of(root)) == (True, True)
