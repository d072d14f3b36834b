from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from checkouts import write
from command_process import COMMAND, environment, run_command, said
from inprocess import make_tell
from repositories import git

CLEAN = "# Handoff\n\n## Recent Sessions\n\nNone yet.\n"
MARKERS = "# Handoff\n\n<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> topic\n"
MIXED = "# Handoff\r\n\n## Recent Sessions\n\nNone yet.\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a folder without git that has a clean handoff document."""
    write(tmp_path / ".agents/HANDOFF.md", CLEAN)
    return tmp_path


def lint_stdin(folder: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*COMMAND, "lint", *arguments],
        cwd=folder,
        env=environment(),
        input=text.encode(),
        capture_output=True,
        check=False,
        timeout=120,
    )


def test_a_clean_project_ends_with_0_and_says_so(project: Path) -> None:
    done = run_command(project, "lint")
    assert done.returncode == 0
    assert b"All checks passed (1 file)" in done.stdout
    assert "no git repository" in said(done)


def test_a_finding_ends_with_1_and_names_its_place(project: Path) -> None:
    write(project / ".agents/HANDOFF.md", MARKERS)
    done = run_command(project, "lint", "--output-format", "concise")
    assert done.returncode == 1
    assert done.stdout.startswith(b".agents/HANDOFF.md:3:1: HX001")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 0),
        (("--fail-on", "warning"), 1),
        (("--fail-on", "warning", "--exit-zero"), 0),
        (("--fail-on", "never"), 0),
        (("--config", "lint.severity.HX004='error'"), 1),
        (("--ignore", "HX004", "--fail-on", "warning"), 0),
        (("--select", "HE", "--fail-on", "warning"), 0),
    ],
)
def test_the_exit_code_follows_the_severity_that_is_asked_for(
    project: Path, arguments: tuple[str, ...], code: int
) -> None:
    write(project / ".agents/HANDOFF.md", MIXED)
    assert run_command(project, "lint", *arguments).returncode == code


def test_without_anything_to_check_it_says_what_is_missing(tmp_path: Path) -> None:
    done = run_command(tmp_path, "lint")
    assert done.returncode == 2
    assert "no .agents/HANDOFF.md, no summary and no session log" in said(done)


def test_a_folder_without_anything_to_check_is_named(project: Path) -> None:
    write(project / "docs2/README.md", CLEAN)
    done = run_command(project, "lint", "docs2")
    assert done.returncode == 2
    assert "there is nothing to check in docs2" in said(done)
    assert run_command(project, "lint", "docs2", ".agents").returncode == 0


def test_without_a_document_the_logs_are_checked_and_it_is_said(tmp_path: Path) -> None:
    write(tmp_path / ".agents/temp/handoff-session-19-summary.md", "# Title\n\nText.\n")
    done = run_command(tmp_path, "lint", "--select", "HX")
    assert done.returncode == 0
    assert "there is no .agents/HANDOFF.md: only other files are checked" in said(done)


def test_a_configured_document_that_does_not_exist_is_named(tmp_path: Path) -> None:
    write(tmp_path / ".agents/temp/handoff-session-19-summary.md", "# Title\n\nText.\n")
    done = run_command(tmp_path, "lint", "--config", 'handoff="docs/HANDOF.md"')
    assert done.returncode == 2
    assert "docs/HANDOF.md is configured and leads to no file" in said(done)
    (tmp_path / ".agents/HANDOFF.md").symlink_to("gone.md")
    done = run_command(tmp_path, "lint")
    assert done.returncode == 2
    assert ".agents/HANDOFF.md is a symbolic link and leads to no file" in said(done)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nothing.md",), "there is no file"),
        (("--select", "HE999"), "--select: there is no rule 'HE999'"),
        (("--ignore", "HE999"), "--ignore: there is no rule 'HE999'"),
        (("--config", "lint.select=['ZZ']"), "--config: lint: select: there is no rule 'ZZ'"),
        (("--config", "lint.severity.ZZ='error'"), "--config: lint: severity: there is no rule"),
        (("--select", ""), "it is empty"),
        (("--select", " ,"), "names no rule"),
        (("--config", "lint.selct=[]"), "unknown key 'selct'"),
        (("--config", "profile"), "is no KEY=VALUE"),
        (("--config", "profile=appent"), "profile must be one of"),
        (("-", "HANDOFF.md"), "excludes other paths"),
        (("--stdin-filename", "HANDOFF.md"), "needs the path"),
        (("--commits", "HEAD", "HANDOFF.md"), "--commits excludes"),
        (("--statistics", "--output-format", "json"), "--statistics goes with"),
        (("--diff", "--output-format", "json"), "--diff prints a patch"),
        (("--diff", "--output-file", "found.txt"), "--diff prints a patch"),
        (("--diff", "--statistics"), "--diff prints a patch"),
        (("--show-settings", "--show-files"), "exclude each other"),
        (("--commits", "HEAD~1.."), "no git repository"),
        (("--since", "HEAD"), "no git repository"),
    ],
)
def test_a_mistake_ends_with_2_and_one_sentence(
    project: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = run_command(project, "lint", *arguments)
    assert done.returncode == 2
    assert message in said(done)
    assert not done.stdout


def test_all_files_of_the_project_are_checked_by_their_kind(project: Path) -> None:
    git(project, "init", "-q")
    write(project / ".agents/SESSION-PROTOCOL.md", "# Protocol\n")
    write(project / ".agents/sessions/2025-12-18-session-19-cache.md", "# Session 19\n")
    write(project / ".agents/sessions/notes.txt", "no log\n")
    write(project / ".agents/temp/handoff-session-19-summary.md", "# Title\n\nText.\n")
    write(project / ".agents/temp/scratch.md", "no summary\n")
    done = run_command(project, "lint", "--show-files")
    assert done.stdout.decode().splitlines() == [
        ".agents/HANDOFF.md (handoff)",
        ".agents/SESSION-PROTOCOL.md (protocol)",
        ".agents/sessions/2025-12-18-session-19-cache.md (log)",
        ".agents/temp/handoff-session-19-summary.md (summary)",
        ".gitignore (ignore)",
    ]


def test_a_folder_stands_for_the_files_of_a_kind_below_it(project: Path) -> None:
    write(project / "README.md", MARKERS)
    write(project / "old/2025-12-18-session-19.md", MARKERS)
    (project / ".agents/again").symlink_to(project / "old")
    done = run_command(project, "lint", "--show-files", ".")
    assert done.stdout.decode().splitlines() == [
        ".agents/HANDOFF.md (handoff)",
        "old/2025-12-18-session-19.md (log)",
    ]


def test_a_folder_does_not_stand_for_the_work_trees_and_repositories_below_it(
    project: Path,
) -> None:
    git(project, "init", "--quiet", "--template=")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "first")
    git(project, "worktree", "add", "--quiet", ".claude/worktrees/a")
    git(project, "init", "--quiet", "--template=", "vendor/other")
    for nested in (".claude/worktrees/a", "vendor/other", "plain"):
        write(project / nested / ".agents/sessions/2025-12-18-session-19.md", "# Session 19\n")
    shutil.copytree(project / ".claude/worktrees/a", project / ".claude/worktrees/copy")
    listed = run_command(project, "lint", ".", "--show-files").stdout.decode().splitlines()
    assert listed == [
        ".agents/HANDOFF.md (handoff)",
        "plain/.agents/sessions/2025-12-18-session-19.md (log)",
    ]
    named = run_command(project, "lint", ".claude/worktrees/copy", "--show-files").stdout
    assert named.startswith(b".claude/worktrees/copy/.agents/sessions/")


def test_of_all_files_of_a_commit_those_of_the_protocol_are_checked(project: Path) -> None:
    write(project / "handoff-md.toml", 'handoff = "NOTES"\n')
    for name in ("NOTES", "docs/HANDOFF.md", "README.md"):
        write(project / name, MARKERS)
    for named, code in (("README.md", 0), ("NOTES", 1), ("docs/HANDOFF.md", 1)):
        done = run_command(project, "lint", "--skip-others", named, "handoff-md.toml")
        assert done.returncode == code, named


def test_a_file_of_another_name_outside_the_project_is_a_handoff_document(
    project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = write(tmp_path_factory.mktemp("other") / "NOTES.md", MARKERS)
    done = run_command(project, "lint", str(other), "--output-format", "concise")
    assert done.stdout.startswith(f"{other.as_posix()}:3:1: HX001".encode())


def test_a_fix_is_written_and_what_it_mended_is_no_longer_found(project: Path) -> None:
    handoff = write(project / ".agents/HANDOFF.md", MIXED)
    handoff.chmod(0o640)
    done = run_command(project, "lint", "--fix", "--show-fixes")
    assert done.returncode == 0
    assert handoff.read_bytes() == CLEAN.encode()
    assert stat.S_IMODE(handoff.stat().st_mode) == 0o640
    assert b"HX004" in done.stdout
    assert b"Fixed 1 finding" in done.stdout
    again = run_command(project, "lint", "--fix")
    assert b"Fixed" not in again.stdout


def test_a_diff_is_a_patch_that_makes_the_fix(project: Path) -> None:
    handoff = write(project / ".agents/HANDOFF.md", MIXED)
    git(project, "init", "-q")
    done = run_command(project, "lint", "--diff", ".agents")
    assert done.returncode == 1
    assert handoff.read_bytes() == MIXED.encode()
    subprocess.run(["git", "apply"], cwd=project, input=done.stdout, check=True)
    assert handoff.read_bytes() == CLEAN.encode()
    assert not run_command(project, "lint", "--diff", ".agents").stdout


def test_a_diff_ends_with_0_on_request(project: Path) -> None:
    write(project / ".agents/HANDOFF.md", MIXED)
    done = run_command(project, "lint", "--diff", "--exit-zero")
    assert done.returncode == 0
    assert b"+# Handoff" in done.stdout


def test_a_diff_ends_with_1_where_an_error_would_remain(project: Path) -> None:
    write(project / ".agents/HANDOFF.md", f"{CLEAN}\n[a](gone.md)\n")
    done = run_command(project, "lint", "--diff")
    assert (done.returncode, done.stdout) == (1, b"")
    assert "0 fixes would be made, and 1 finding would remain" in said(done)
    assert run_command(project, "lint", "--diff", "--fail-on", "never").returncode == 0


def test_a_file_with_conflict_markers_is_not_fixed(project: Path) -> None:
    handoff = write(project / ".agents/HANDOFF.md", MARKERS.replace("\n", "\r\n", 1))
    before = handoff.read_bytes()
    assert run_command(project, "lint", "--fix", "--unsafe-fixes").returncode == 1
    assert handoff.read_bytes() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_file_that_cant_be_written_is_named_and_stays(project: Path) -> None:
    handoff = write(project / ".agents/HANDOFF.md", MIXED)
    handoff.chmod(0o444)
    done = run_command(project, "lint", "--fix")
    assert done.returncode == 2
    assert "HANDOFF.md" in said(done)
    assert handoff.read_bytes() == MIXED.encode()


def test_stdin_is_checked_as_the_file_that_it_is_called(project: Path) -> None:
    name = ".agents/temp/handoff-session-19-summary.md"
    done = lint_stdin(project, MARKERS, "-", "--stdin-filename", name, "--output-format", "json")
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert {found["path"] for found in report["diagnostics"]} == {name}
    assert "HX001" in {found["code"] for found in report["diagnostics"]}


def test_the_fixed_text_of_stdin_comes_back_on_stdout(project: Path) -> None:
    done = lint_stdin(project, MIXED, "-", "--fix")
    assert done.stdout == CLEAN.encode()
    assert b"Fixed 1 finding" in done.stderr
    for clean in (CLEAN, f"\ufeff{CLEAN}", ""):
        assert lint_stdin(project, clean, "-", "--fix").stdout == clean.encode()


def test_findings_go_to_a_file_and_their_sum_to_stdout(project: Path) -> None:
    write(project / ".agents/HANDOFF.md", MARKERS)
    done = run_command(project, "lint", "--output-format", "concise", "--output-file", "found.txt")
    assert (project / "found.txt").read_bytes().count(b"HX001") == 3
    assert done.stdout == b"Found 3 errors in 1 file.\n"


@pytest.mark.parametrize(
    "report", [".agents/HANDOFF.md", ".agents/sessions/2025-12-18-session-19.md", "link.md", "A.md"]
)
def test_findings_replace_no_file_that_is_checked(project: Path, report: str) -> None:
    write(project / ".agents/HANDOFF.md", MIXED)
    write(project / "A.md", MIXED)
    (project / "link.md").symlink_to(project / ".agents/HANDOFF.md")
    paths = ("A.md",) if report == "A.md" else (".agents",)
    done = run_command(project, "lint", *paths, "--fix", "--output-file", report)
    assert done.returncode == 2
    assert "the report would replace" in said(done)
    for name in (".agents/HANDOFF.md", "A.md"):
        assert (project / name).read_bytes() == MIXED.encode()


@pytest.mark.parametrize("chosen", ["json", "sarif", "github"])
def test_formats_for_programs_hold_nothing_else(project: Path, chosen: str) -> None:
    done = run_command(project, "lint", "--output-format", chosen)
    assert done.returncode == 0
    assert b"All checks" not in done.stdout + done.stderr
    if chosen == "github":
        assert not done.stdout
    else:
        json.loads(done.stdout)


def test_settings_in_force_are_a_configuration_that_gives_the_same(project: Path) -> None:
    write(
        project / "handoff-md.toml",
        'profile = "read-only"\n[lint]\nignore = ["HL"]\n[lint.severity]\nHE003 = "info"\n',
    )
    first = run_command(project, "lint", "--show-settings").stdout
    assert b'"HE003" = "info"' in first
    assert b"# HL003" not in first
    (project / "handoff-md.toml").write_bytes(first)
    assert run_command(project, "lint", "--show-settings").stdout == first
    assert run_command(project, "lint", "--show-settings", "--isolated").stdout != first


def test_rules_are_left_out_of_files_by_configuration(project: Path) -> None:
    write(project / ".agents/HANDOFF.md", MARKERS)
    write(project / "handoff-md.toml", '[lint.per-file-ignores]\n"HANDOFF.md" = ["HX"]\n')
    assert run_command(project, "lint").returncode == 0


@pytest.mark.parametrize(
    ("table", "place"),
    [
        ('ignore = ["ZZ"]', "ignore"),
        ('extend-select = ["ZZ"]', "extend-select"),
        ('[lint.severity]\nZZ = "error"', "severity"),
        ('[lint.per-file-ignores]\n"*.md" = ["ZZ"]', "per-file-ignores: *.md"),
    ],
)
def test_a_mistake_in_the_configuration_names_file_and_key(
    project: Path, table: str, place: str
) -> None:
    file = write(project / "handoff-md.toml", f"[lint]\n{table}\n")
    done = run_command(project, "lint", "--config", "profile=append")
    assert done.returncode == 2
    assert f"{file}: lint: {place}: there is no rule 'ZZ'" in said(done)


def test_an_unreadable_file_is_one_sentence(project: Path) -> None:
    (project / ".agents/HANDOFF.md").unlink()
    (project / ".agents/HANDOFF.md").mkdir()
    done = run_command(project, "lint", ".agents/HANDOFF.md")
    assert done.returncode == 2
    assert "there is nothing to check in .agents/HANDOFF.md" in said(done)
    os.mkfifo(project / "pipe.md")
    done = run_command(project, "lint", "pipe.md")
    assert done.returncode == 2
    assert "not a regular file" in said(done)


def test_a_header_that_is_not_kept_up_to_date_on_purpose_is_not_stale(project: Path) -> None:
    stale = "# Handoff\n\n**Last Updated**: 2025-01-01\n\n## Recent Sessions\n\n### 2025-12-18: A\n"
    write(project / ".agents/HANDOFF.md", stale)
    arguments = ("lint", "--output-format", "concise", "--select", "HE")
    assert b"HE008" in run_command(project, *arguments).stdout
    unkept = ("--config", "update-last-updated=false")
    assert b"HE008" not in run_command(project, "lint", *unkept).stdout


def test_several_formats_come_of_one_run_and_quiet_leaves_nothing_but_findings(
    project: Path,
) -> None:
    write(project / ".agents/HANDOFF.md", MARKERS)
    done = run_command(project, "lint", "--output", "json", "--output", "full:full.txt")
    assert len(json.loads(done.stdout)["diagnostics"]) == 3
    assert (project / "full.txt").read_text().startswith(".agents/HANDOFF.md:3:1: error[HX001]")
    done = run_command(project, "lint", "--quiet", "--output", "sarif:x.sarif")
    assert done.stdout == (project / "full.txt").read_bytes()
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--output", "json", "--output", "sarif"), "two formats can't both go to stdout"),
        (("--output", "json", "--output-format", "full"), "two formats can't both go to stdout"),
        (("--output", "json:a", "--output-file", "a"), "two formats can't both go to"),
        (("--output", "jsn"), "there is no format 'jsn'"),
        (("--output", "json:.agents/HANDOFF.md"), "is a file to check"),
        (("--diff", "--output", "json:a"), "--diff prints a patch"),
    ],
)
def test_outputs_that_cannot_be_are_refused(
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    said: str,
) -> None:
    done = make_tell(monkeypatch, capsys)(project, "lint", *arguments)
    assert done.code == 2
    assert said in done.stderr
