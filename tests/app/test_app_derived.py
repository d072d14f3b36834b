"""A document that is split, built, edited and built again, in real repositories."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from agents import fill_log
from checkouts import HANDOFF, commit_all, document_of, make_checkout, status, write
from inprocess import Tell, make_tell
from repositories import git

FOLDER = ".agents/handoff.d"
SESSION = "---\ntitle: {title}\n---\n{words}\n"


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tell:
    return make_tell(monkeypatch, capsys)


@pytest.fixture
def root(tmp_path: Path, tell: Tell) -> Path:
    """Make a repository on main whose document is split."""
    root = make_checkout(tmp_path / "root")
    git(root, "branch", "--move", "main")
    assert tell(root, "split").code == 0
    commit_all(root, "split")
    return root


def add_session(root: Path, name: str, title: str, words: str = "Words.") -> Path:
    path: Path = write(root / FOLDER / f"{name}.md", SESSION.format(title=title, words=words))
    return path


def edit(root: Path, old: str, new: str) -> None:
    text = document_of(root)
    assert old in text
    write(root / HANDOFF, text.replace(old, new))


def test_a_document_is_split_once_and_built_with_what_came_later(root: Path, tell: Tell) -> None:
    before = document_of(root)
    assert sorted(path.name for path in (root / FOLDER).iterdir()) == [
        ".gitattributes",
        "2025-12-16-entry-17-count-them.md",
        "2025-12-17-entry-18-keep-the-numbers.md",
        "built",
        "form.json",
        "head.md",
        "order.tsv",
        "tail.md",
    ]
    assert tell(root, "split").stdout == f"{HANDOFF} holds nothing that its pieces lack.\n"
    assert tell(root, "build").stdout == f"{HANDOFF} is up to date.\n"
    assert document_of(root) == before
    add_session(root, "2025-12-19-session-19", "Later")
    stale = tell(root, "build", "--check")
    assert (stale.code, "is not what its pieces give" in stale.stderr) == (1, True)
    shown = tell(root, "build", "--diff")
    assert (shown.code, "+### Session 19: Later (2025-12-19)" in shown.stdout) == (0, True)
    assert document_of(root) == before
    assert tell(root, "build").stdout == f"Built {HANDOFF}.\n"
    assert "### Session 19: Later (2025-12-19)\n\nWords.\n" in document_of(root)
    assert "**Last Updated**: 2025-12-19" in document_of(root)
    assert tell(root, "build", "--check").code == 0
    commit_all(root, "later")
    assert tell(root, "build").code == 0
    assert status(root) == ""


def test_doctor_tells_what_a_document_that_is_built_needs(root: Path, tell: Tell) -> None:
    def found() -> dict[str, str]:
        checkup = tell(root, "doctor", "--json").report
        return {one["name"]: one["mend"] for one in checkup["findings"]}

    write(root / "handoff-md.toml", 'profile = "derived"\n')
    assert not {name for name in found() if name.startswith(("pieces", "document"))}
    added = add_session(root, "2025-12-19-session-19", "Later")
    assert found()["document-stale"] == "handoff-md build"
    write(added, "Words without a title.\n")
    assert "pieces-broken" in found()
    added.unlink()
    edit(root, "Kept.", "Kept by hand.")
    assert found()["document-edited"] == "handoff-md split --update"
    write(root / "handoff-md.toml", "")
    left = add_session(root, "2025-12-19-session-19", "Late")
    assert "sessions-left" in found()
    left.unlink()
    assert "sessions-left" not in found()
    write(root / "handoff-md.toml", 'profile = "derived"\n')
    removed = tell(root, "init", "--remove", "--yes")
    assert f"{FOLDER} stays" in removed.stderr
    shutil.rmtree(root / FOLDER)
    assert found()["pieces-missing"] == "handoff-md split"


def test_on_a_branch_the_base_s_document_is_accepted(root: Path, tell: Tell) -> None:
    git(root, "switch", "--quiet", "--create", "work")
    add_session(root, "2025-12-19-session-19", "Later")
    checked = tell(root, "build", "--check")
    assert (checked.code, checked.stdout) == (
        0,
        f"{HANDOFF} is the last build: the main branch builds it anew.\n",
    )
    edit(root, "Kept.", "Kept by hand.")
    assert tell(root, "build", "--check").code == 1


def test_words_that_no_piece_has_are_never_overwritten(root: Path, tell: Tell) -> None:
    add_session(root, "2025-12-19-session-19", "Later")
    edit(root, "Kept.", "Kept by hand.")
    edited = document_of(root)
    refused = tell(root, "build")
    assert refused.code == 1
    assert "-Kept by hand.\n" in refused.stdout
    assert "`handoff-md split --update`" in refused.stderr
    assert tell(root, "split").code == 1
    assert document_of(root) == edited
    updated = tell(root, "split", "--update")
    assert (updated.code, updated.stderr) == (0, "")
    assert "2025-12-17-entry-18-keep-the-numbers.md" in updated.stdout
    assert "### Session 19: Later (2025-12-19)" in document_of(root)
    assert "Kept by hand." in document_of(root)
    assert tell(root, "build", "--check").code == 0
    edit(root, "Kept by hand.", "Kept by nobody.")
    assert tell(root, "build", "--overwrite").code == 0
    assert "Kept by hand." in document_of(root)


def test_edits_are_merged_with_a_build_that_only_git_knows(root: Path, tell: Tell) -> None:
    add_session(root, "2025-12-19-session-19", "Later")
    tell(root, "build")
    commit_all(root, "built")
    add_session(root, "2025-12-20-session-20", "Last")
    edit(root, "Words.", "Words of hand.")
    assert tell(root, "split", "--update").code == 0
    assert [line for line in document_of(root).splitlines() if line.startswith("### ")] == [
        "### Session 20: Last (2025-12-20)",
        "### Session 19: Later (2025-12-19)",
        "### Session 18: Keep the numbers (2025-12-17)",
        "### Session 17: Count them (2025-12-16)",
    ]
    assert "Words of hand." in document_of(root)
    assert not (root / FOLDER / "2025-12-19-session-19.md").exists()
    assert (root / FOLDER / "2025-12-20-session-20.md").exists()


def test_edits_that_meet_those_of_a_piece_are_left_to_a_person(root: Path, tell: Tell) -> None:
    piece = root / FOLDER / "2025-12-17-entry-18-keep-the-numbers.md"
    write(piece, piece.read_text().replace("Kept.", "Kept in the piece."))
    edit(root, "Kept.", "Kept by hand.")
    before = status(root)
    refused = tell(root, "split", "--update")
    assert refused.code == 1
    assert "conflict: " in refused.stderr
    assert "handoff-md build --overwrite" in refused.stderr
    assert status(root) == before


def test_a_build_is_known_again_in_a_fresh_clone_with_other_line_endings(
    root: Path, tmp_path: Path, tell: Tell
) -> None:
    add_session(root, "2025-12-19-session-19", "Later")
    commit_all(root, "later")
    git(tmp_path, "clone", "--quiet", "--config", "core.autocrlf=true", str(root), "clone")
    clone = tmp_path / "clone"
    assert b"\r\n" in (clone / HANDOFF).read_bytes()
    assert tell(clone, "build").stdout == f"Built {HANDOFF}.\n"
    git(clone, "add", "--all")
    assert tell(root, "build").code == 0
    git(root, "add", "--all")
    blob = f":{HANDOFF}"
    assert git(clone, "rev-parse", blob) == git(root, "rev-parse", blob)
    assert git(clone, "rev-parse", f":{FOLDER}/built") == git(root, "rev-parse", f":{FOLDER}/built")


def test_what_does_not_belong_into_the_folder_is_refused(root: Path, tell: Tell) -> None:
    folder = root / FOLDER
    refusals = {
        "notes.md": "has no place in the document",
        "2025-12-30-entry-9-stray.md": "has no place in the document",
        "HEAD.md": "differ in case only",
    }
    for name, said in refusals.items():
        write(folder / name, "x\n")
        refused = tell(root, "build")
        assert (refused.code != 0, said in refused.stderr) == (True, True), name
        (folder / name).unlink()
    (folder / "2025-12-30-session-9.md").symlink_to(folder / "head.md")
    assert "is not a regular file" in tell(root, "build").stderr
    (folder / "2025-12-30-session-9.md").unlink()
    (folder / "inner").mkdir()
    assert "is not a regular file" in tell(root, "build").stderr
    (folder / "inner").rmdir()
    add_session(root, "2025-12-30-session-9", "Long", "x" * 10_000_001)
    assert "more than 10,000,000 bytes" in tell(root, "build").stderr
    (folder / "2025-12-30-session-9.md").unlink()
    write(folder / "README.md", "What this is.\n")
    assert tell(root, "build").code == 0
    (folder / "tail.md").unlink()
    assert "tail.md is missing" in tell(root, "build").stderr
    (folder / "order.tsv").unlink()
    assert "tail.md is missing" in tell(root, "build").stderr
    for path in folder.iterdir():
        path.unlink()
    assert "Run `handoff-md split`." in tell(root, "build").stderr


def test_a_record_that_is_missing_or_damaged_is_told_with_what_brings_it_back(
    root: Path, tell: Tell
) -> None:
    write(root / "handoff-md.toml", 'profile = "derived"\n')
    piece = root / FOLDER / "2025-12-17-entry-18-keep-the-numbers.md"
    write(piece, piece.read_text().replace("Kept.", "Kept in the piece."))
    order, form = (root / FOLDER / name for name in ("order.tsv", "form.json"))
    lines, facts = order.read_text(), form.read_text()
    conflict = "<<<<<<< ours\n{0}=======\n{0}>>>>>>> theirs\n"
    damages = (
        (order, None, "is missing"),
        (order, f"{lines}../2025-12-17-entry-x.md\t\n", "is damaged in its line 3"),
        (order, lines + lines.splitlines(keepends=True)[0], "is damaged in its line 3"),
        (order, conflict.format(lines), "holds conflict markers"),
        (form, None, "is missing"),
        (form, facts[:40], "is damaged"),
        (form, facts.replace('"level": 3', '"level": 9'), "is damaged"),
        (form, facts.replace(r'"\n"', '"x"'), "is damaged"),
        (form, facts.replace('"version": 1', '"version": 2'), "has version 2; this is version 1"),
    )
    for path, text, said in damages:
        before = path.read_bytes()
        if text is None:
            path.unlink()
        else:
            write(path, text)
        for command in (("build",), ("split",), ("split", "--update")):
            refused = tell(root, *command)
            assert (refused.code, f"{path} {said}" in refused.stderr) == (1, True), (said, command)
            is_lost = said.startswith(("is missing", "is damaged"))
            assert (f"`git checkout -- :/{FOLDER}/{path.name}`" in refused.stderr) is is_lost
        assert [code for code, _ in codes(root, tell)] == ["HR004"]
        path.write_bytes(before)
    assert "Kept in the piece." in piece.read_text()
    piece.rename(piece.with_name("2025-12-17-entry-18-kept.md"))
    assert "Give it the name back that order.tsv has" in tell(root, "build").stderr


def test_a_piece_in_conflict_is_never_built_of(root: Path, tell: Tell) -> None:
    head = root / FOLDER / "head.md"
    conflict = "<<<<<<< ours\nOne.\n=======\nTwo.\n>>>>>>> theirs\n\n"
    write(head, conflict + head.read_text())
    before = document_of(root)
    refused = tell(root, "build")
    assert (refused.code, "holds conflict markers" in refused.stderr) == (1, True)
    assert document_of(root) == before


def test_a_folder_that_is_none_or_lies_elsewhere_is_refused(
    root: Path, tmp_path: Path, tell: Tell
) -> None:
    (root / FOLDER).rename(tmp_path / "elsewhere")
    (root / FOLDER).symlink_to(tmp_path / "elsewhere")
    refused = tell(root, "build")
    assert (refused.code, "is a symbolic link" in refused.stderr) == (2, True)
    (root / FOLDER).unlink()
    write(root / FOLDER, "no folder")
    refused = tell(root, "build")
    assert (refused.code, "is no folder" in refused.stderr) == (2, True)
    (root / FOLDER).unlink()
    git(root, "init", "--quiet", FOLDER)
    refused = tell(root, "build")
    assert (refused.code, "is a repository of its own" in refused.stderr) == (2, True)


def test_one_of_several_runs_is_split_by_its_name(tmp_path: Path, tell: Tell) -> None:
    entries = "### 2026-01-02: Two (Session 2)\n\n- 2\n\n### 2026-01-01: One (Session 1)\n\n- 1\n\n"
    root = make_checkout(
        tmp_path / "root", document=f"# Log\n\n## North\n\n{entries}## South\n\n{entries}"
    )
    before = document_of(root)
    refused = tell(root, "split")
    assert (refused.code, "--into" in refused.stderr) == (1, True)
    assert tell(root, "split", "--into", "South").code == 0
    add_session(root, "2026-01-03-session-3", "Three")
    assert tell(root, "build").code == 0
    south = before.index("## South\n\n") + len("## South\n\n")
    assert document_of(root).startswith(before[:south] + "### 2026-01-03: Three (Session 3)")


def codes(root: Path, tell: Tell, *args: str) -> list[tuple[str, str]]:
    report = tell(root, "lint", "--output-format", "json", "--select", "HR003,HR004", *args).report
    return [(found["code"], found["message"]) for found in report["diagnostics"]]


def test_lint_says_that_the_document_is_stale_or_edited_and_never_fixes_it(
    root: Path, tell: Tell
) -> None:
    write(root / "handoff-md.toml", 'profile = "derived"\n')
    assert codes(root, tell) == []
    session = add_session(root, "2025-12-19-session-19", "Later")
    files = tell(root, "lint", "--show-files", ".agents").stdout
    assert (HANDOFF in files, FOLDER in files) == (True, False)
    ((code, said),) = codes(root, tell)
    assert (code, "is not what its pieces give" in said) == ("HR003", True)
    edit(root, "Kept.", "Kept by hand.")
    before = document_of(root)
    ((code, said),) = codes(root, tell, "--unsafe-fixes")
    assert (code, "was changed since it was built" in said) == ("HR003", True)
    assert document_of(root) == before
    edit(root, "Kept by hand.", "Kept.")
    git(root, "switch", "--quiet", "--create", "work")
    assert codes(root, tell) == []
    session.rename(session.with_name("2025-12-20-session-019.md"))
    add_session(root, "2025-12-19-session-19", "Twice")
    assert codes(root, tell) == [
        (
            "HR004",
            (
                "2025-12-19-session-19.md and 2025-12-20-session-019.md are of one session's id: "
                "an id never comes twice"
            ),
        )
    ]
    (root / FOLDER / "form.json").unlink()
    ((code, said),) = codes(root, tell)
    assert (code, "form.json is missing" in said) == ("HR004", True)
    write(root / "handoff-md.toml", "")
    assert codes(root, tell) == []


def test_words_of_a_file_that_was_never_committed_are_not_built_away_in_another_clone(
    root: Path, tmp_path: Path, tell: Tell
) -> None:
    add_session(root, "2025-12-19-session-19", "Later", "Precious words.")
    built = tell(root, "build")
    add = f"`git add -- {FOLDER}`"
    assert f"git does not track 2025-12-19-session-19.md: {add}" in built.stderr
    git(root, "commit", "--quiet", "--all", "--message", "all but the new file")
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{root}", "clone")
    clone = tmp_path / "clone"
    write(clone / "handoff-md.toml", 'profile = "derived"\n')
    add_session(clone, "2025-12-20-session-20", "Last")
    before = document_of(clone)
    for command in (("build",), ("build", "--check"), ("build", "--diff")):
        refused = tell(clone, *command)
        assert refused.code == 1, command
        assert "-Precious words.\n" in refused.stdout or command[1:] == ("--check",)
    assert "and no commit had (of session 19)" in refused.stderr
    assert "`git fetch --unshallow`" in refused.stderr
    assert "Precious words." in document_of(clone)
    ((code, said),) = [one for one in codes(clone, tell) if one[0] == "HR003"]
    assert (code, "and no commit had" in said) == ("HR003", True)
    doctor = tell(clone, "doctor")
    assert ("and no commit had" in doctor.stdout, "split --update" in doctor.stdout) == (True, True)
    assert document_of(clone) == before
    updated = tell(clone, "split", "--update")
    assert (updated.code, "2025-12-19-entry-19-later.md" in updated.stdout) == (0, True)
    text = document_of(clone)
    assert (text.count("Precious words."), text.count("Session 20: Last")) == (1, 1)
    assert tell(clone, "build", "--check").code == 0
    git(clone, "checkout", "--quiet", "--", ".agents")
    (clone / FOLDER / "2025-12-19-entry-19-later.md").unlink()
    assert tell(clone, "build", "--overwrite").code == 0
    assert "Precious words." not in document_of(clone)


def test_a_session_that_ends_beside_words_that_stand_in_no_file_leaves_them(
    root: Path, tmp_path: Path, tell: Tell
) -> None:
    write(root / "handoff-md.toml", 'profile = "derived"\n')
    commit_all(root, "profile")
    head = root / FOLDER / "head.md"
    write(head, head.read_text().replace("\n\n", "\n\nA word on top.\n\n", 1))
    assert tell(root, "build").code == 0
    git(root, "commit", "--quiet", "--message", "part", "--", HANDOFF, f"{FOLDER}/built")
    git(tmp_path, "clone", "--quiet", f"file://{root}", "clone")
    clone = tmp_path / "clone"
    session = tell(clone, "session", "start", "--json", "--title", "Main").report
    fill_log(clone / session["log"], "Words.")
    ended = tell(clone, "session", "end", session["id"])
    assert (ended.code, "and no commit had" in ended.stderr) == (0, True), ended.stderr
    assert "A word on top." in document_of(clone)


def test_what_was_archived_edited_or_reworded_in_commits_is_built_without_asking(
    root: Path, tell: Tell
) -> None:
    def built() -> str:
        done = tell(root, "build")
        assert done.code == 0, done.stdout + done.stderr
        return document_of(root)

    own = add_session(root, "2025-12-19-session-19", "Later", "First words.")
    assert "First words." in built()
    add_session(root, "2025-12-19-session-19", "Later", "Second words.")
    assert "First words." not in built()
    own.unlink()
    refused = tell(root, "build")
    assert (refused.code, "-Second words." in refused.stdout) == (1, True)
    add_session(root, "2025-12-19-session-19", "Later", "Second words.")
    done = tell(root, "build", "--commit")
    assert (done.code, status(root)) == (0, "")
    own.unlink()
    git(root, "commit", "--quiet", "--all", "--message", "archive the session")
    add_session(root, "2025-12-20-session-20", "Last")
    assert "Second words." not in built()
    old = root / FOLDER / "2025-12-16-entry-17-count-them.md"
    words = old.read_text()
    old.unlink()
    assert "Count them" not in built()
    write(old, words)
    kept = root / FOLDER / "2025-12-17-entry-18-keep-the-numbers.md"
    write(kept, kept.read_text().replace("Kept.", "Kept better."))
    assert "Kept better." in built()
    commit_all(root, "built")
    old.unlink()
    report = tell(root, "build", "--commit", "--json").report
    assert (report["status"], status(root)) == ("built", "")
    assert git(root, "show", "--format=", "--name-status", "HEAD").decode().splitlines() == [
        f"M\t{HANDOFF}",
        f"D\t{FOLDER}/{old.name}",
        f"M\t{FOLDER}/built",
    ]


def test_lint_says_what_a_branch_changes_that_only_main_may(root: Path, tell: Tell) -> None:
    write(root / "handoff-md.toml", 'profile = "derived"\n')
    gone = add_session(root, "2025-12-19-session-19", "Later")
    commit_all(root, "main")
    git(root, "switch", "--quiet", "--create", "work")
    own = add_session(root, "2025-12-20-session-20", "Own")
    commit_all(root, "own")
    add_session(root, "2025-12-20-session-20", "Own, again")
    assert codes(root, tell) == []
    own.unlink()
    commit_all(root, "own again")
    assert tell(root, "lint", "--commits", "main..").code == 0
    gone.unlink()
    head = root / FOLDER / "2025-12-17-entry-18-keep-the-numbers.md"
    write(head, head.read_text().replace("Kept.", "Kept off main."))
    said = [
        ("HR004", f"{FOLDER}/{name} is an old piece, and is changed off the main branch")
        for name in (head.name, gone.name)
    ]
    assert codes(root, tell) == codes(root, tell, "--since", "main") == said
    commit_all(root, "off main")
    assert codes(root, tell) == said
    told = tell(root, "lint", "--commits", "main..", "--select", "HG010")
    assert (told.code, f"{gone.name} is an old piece" in told.stdout) == (1, True)
    git(root, "switch", "--quiet", "main")
    assert [code for code, _ in codes(root, tell)] == ["HR003"]


def test_a_late_session_s_file_is_named_after_moving_back_wherever_sessions_are_coordinated(
    root: Path, tell: Tell
) -> None:
    for path in (root / FOLDER).iterdir():
        path.unlink()
    write(root / "handoff-md.toml", 'coordination = "branch"\n')
    late = add_session(root, "2025-12-19-session-19", "Late")
    commit_all(root, "back again")
    findings = tell(root, "doctor", "--json").report["findings"]
    (found,) = [one for one in findings if one["name"] == "sessions-left"]
    assert late.name in found["message"]
    assert found["mend"].startswith("handoff-md merge --orchestrator ID")
    assert tell(root, "merge", "--orchestrator", "30").code == 0
    findings = tell(root, "doctor", "--json").report["findings"]
    assert "sessions-left" not in {one["name"] for one in findings}
