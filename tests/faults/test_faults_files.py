"""Files that can't be read or written, lie elsewhere, are too large, or are named with tricks."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from checkouts import (
    DOCUMENT,
    HANDOFF,
    MERGE,
    STATE,
    SUBJECT,
    SUMMARIES,
    Done,
    age,
    archived,
    commit_all,
    document_of,
    finish,
    make_checkout,
    make_ready,
    merge,
    merge_json,
    run,
    snapshot,
    start,
    status,
    subjects,
    summary_path,
    summary_text,
    write,
    write_summary,
)
from repositories import git

_HIDDEN = "nobody may read this\n"


def _merge_limited(root: Path, size: int) -> Done:
    """Merge in a process whose files must not grow beyond a size: as good as a full disk."""
    script = (
        "import resource, sys;"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}));"
        "from handoff_md.cli.main import main; main()"
    )
    return finish(start(root, *MERGE, command=(sys.executable, "-c", script)))


def _check_unharmed(root: Path, document: str) -> None:
    """Check that nothing was merged, and that it is as soon as nothing stands in the way."""
    assert document_of(root) == document
    assert len(subjects(root)) == 1
    assert status(root) == ""
    assert summary_path(root, "19").exists()
    assert merge(root).code == 0
    assert subjects(root).count(SUBJECT) == 1
    assert document_of(root).count("Parallel Sessions") == 1
    assert len(archived(root / STATE)) == 2
    assert status(root) == ""
    left = [*(root / ".agents").glob(".handoff-md-*"), *(root / STATE).glob(".handoff-md-*")]
    assert left == []


@pytest.mark.parametrize("size", [0, 100, 4_000, 30_000])
def test_a_full_disk_changes_nothing(tmp_path: Path, size: int) -> None:
    root = tmp_path / "root"
    document = DOCUMENT + "\nA line that makes it long.\n" * 4_000
    make_checkout(root, document=document)
    for session in ("19", "20"):
        write_summary(root, session)

    done = _merge_limited(root, size)

    assert done.code == 2, done
    assert "limit for file sizes" in done.stderr
    _check_unharmed(root, document)


def test_a_disk_that_is_full_for_git_alone_changes_nothing(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    real = shutil.which("git")
    script = f'#!/bin/sh\ncase " $* " in *" commit "*) ulimit -f 0;; esac\nexec {real} "$@"\n'
    write(tmp_path / "bin/git", script).chmod(0o755)

    done = merge(root, env={"PATH": f"{tmp_path}/bin:/usr/bin:/bin"})

    assert done.code == 2, done
    (root / ".git/index.lock").unlink(missing_ok=True)
    _check_unharmed(root, DOCUMENT)


def test_a_small_file_system_that_is_full_changes_nothing(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    script = f"""
mount -t tmpfs -o size=1m tmpfs {root} || exit 77
cp -R {tmp_path}/template/. {root}/
cd {root}; head -c 2000000 /dev/zero > filler 2>/dev/null
{sys.executable} -m handoff_md {" ".join(MERGE)}; echo "first $?"
cmp {HANDOFF} {tmp_path}/template/{HANDOFF} && echo same
rm filler
{sys.executable} -m handoff_md {" ".join(MERGE)}; echo "second $?"
git status --short; git log --format=%s; grep -c 'Parallel Sessions' {HANDOFF}
"""
    make_ready(tmp_path / "template")
    write(tmp_path / "template/.git/info/exclude", "filler\n")
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", script]
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("this system lets nobody mount a file system of their own")

    assert "the disk is full" in done.stderr, done
    assert "first 2\nsame\n" in done.stdout, done
    assert done.stdout.endswith(f"second 0\n{SUBJECT}\nfirst\n1\n"), done


# Root is asked for no permission: this is root without that privilege.
_WITHOUT_PRIVILEGE = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")


@pytest.fixture
def unprivileged(tmp_path: Path) -> Iterator[Path]:
    """A ready checkout; what a test has protected in it can be removed again afterwards."""
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("root is asked for no permission, and setpriv is not installed")
    root = make_ready(tmp_path / "root")
    yield root
    for path in root.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)


def _merge_unprivileged(root: Path) -> Done:
    command: tuple[str, ...] = (sys.executable, "-m", "handoff_md")
    if os.geteuid() == 0:
        command = (*_WITHOUT_PRIVILEGE, *command)
    return finish(start(root, *MERGE, command=command))


@pytest.mark.parametrize("protected", [HANDOFF, ".agents", STATE, ".git"])
def test_what_must_not_be_written_is_left_and_named(unprivileged: Path, protected: str) -> None:
    root, path = unprivileged, unprivileged / protected
    if protected == STATE:
        path.mkdir()
    path.chmod(0o444 if path.is_file() else 0o555)

    done = _merge_unprivileged(root)

    assert done.code == 2, done
    assert protected in done.stderr
    assert any(word in done.stderr for word in ("permi", "write-protected", "read-only"))
    path.chmod(0o644 if path.is_file() else 0o755)
    assert document_of(root) == DOCUMENT
    assert summary_path(root, "19").exists()
    assert _merge_unprivileged(root).code == 0


def test_a_summary_folder_that_must_not_be_written_is_told_after_the_commit(
    unprivileged: Path,
) -> None:
    root = unprivileged
    (root / SUMMARIES).chmod(0o555)

    done = _merge_unprivileged(root)

    assert done.code == 2, done
    assert SUMMARIES in done.stderr
    assert subjects(root).count(SUBJECT) == 1
    (root / SUMMARIES).chmod(0o755)
    assert _merge_unprivileged(root).code == 0
    assert subjects(root).count(SUBJECT) == 1
    assert len(archived(root / STATE)) == 2


def test_a_read_only_file_system_is_named(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed")
    script = (
        f"mount --bind {root} {root} && mount -o remount,ro,bind {root} || exit 77;"
        f"cd {root}; {sys.executable} -m handoff_md {' '.join(MERGE)}"
    )
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode in {1, 77}:
        pytest.skip("this system lets nobody mount a file system of their own")

    assert done.returncode == 2
    assert "read-only" in done.stderr
    assert "Traceback" not in done.stderr
    _check_unharmed(root, DOCUMENT)


def _link(path: Path, target: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def test_a_summary_that_is_a_link_out_of_the_repository_is_refused(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    _link(summary_path(root, "19"), write(tmp_path / "secret.md", _HIDDEN))
    age(summary_path(root, "19"))
    before = snapshot(root / ".agents")

    done = merge_json(root)

    assert done.code == 1
    assert done.statuses == {"19": "invalid"}
    assert "leads out of the repository" in done.stdout
    assert _HIDDEN.strip() not in done.stdout
    assert snapshot(root / ".agents") == before


def test_a_folder_of_summaries_that_leads_out_is_refused(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    write_summary(tmp_path / "other", "19")
    _link(root / SUMMARIES, tmp_path / "other" / SUMMARIES)

    done = merge_json(root)

    assert done.code == 1
    assert done.statuses == {"19": "invalid"}
    assert summary_path(tmp_path / "other", "19").exists()


def test_a_log_that_is_a_link_out_of_the_repository_is_refused(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    write_summary(root, "19")
    secret = write(tmp_path / "secret.md", "# Session 19: Secret\n")
    _link(root / ".agents/sessions/2025-12-18-session-19.md", secret)

    done = merge_json(root)

    assert done.code == 1
    assert done.statuses == {"19": "invalid"}
    assert "Secret" not in document_of(root)


@pytest.mark.parametrize("log", ["../secret.md", "/etc/passwd", "../../etc/passwd"])
def test_front_matter_that_names_a_log_outside_is_refused(tmp_path: Path, log: str) -> None:
    root = make_checkout(tmp_path / "root")
    write(tmp_path / "secret.md", "# Session 19: Secret\n")
    text = f"---\nsession: 19\nlog: {log}\n---\n# Session 19: Own\n\nDid 19.\n"
    age(write(summary_path(root, "19"), text))

    done = merge_json(root)

    assert "Secret" not in document_of(root)
    assert "root:" not in document_of(root)
    assert done.code == 1 or done.report["sessions"][0]["log"] is None


def test_a_document_that_is_a_link_out_of_the_repository_is_refused(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    outside = write(tmp_path / "outside.md", DOCUMENT)
    (root / HANDOFF).unlink()
    _link(root / HANDOFF, outside)

    done = merge(root)

    assert done.code == 2
    assert "outside" in done.stderr
    assert outside.read_text() == DOCUMENT
    assert summary_path(root, "19").exists()


def test_a_new_document_that_is_a_link_within_is_refused(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    git(root, "mv", HANDOFF, "REAL.md")
    git(root, "commit", "--quiet", "--message", "move")
    _link(root / HANDOFF, root / "REAL.md")

    done = merge(root)

    assert done.code == 2
    assert "symbolic link" in done.stderr
    assert (root / "REAL.md").read_text() == DOCUMENT


def test_a_folder_of_the_document_that_is_a_link_within_is_followed(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    git(root, "mv", ".agents", "agents")
    _link(root / ".agents", Path("agents"))
    commit_all(root, "move")
    write(root / ".git/info/exclude", "agents/temp/\n")
    write_summary(root, "19")

    done = merge(root)

    assert done.code == 0, done
    assert "Did 19." in (root / "agents/HANDOFF.md").read_text()
    assert status(root) == ""
    assert len(subjects(root)) == 3


def test_a_summary_of_ten_megabytes_is_refused_and_the_limit_can_be_raised(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    large = write_summary(root, "19", words="One more line of work.\n" * 450_000)
    assert large.stat().st_size > 10_000_000

    done = merge_json(root)

    assert done.code == 1
    assert done.statuses == {"19": "invalid"}
    assert "262,144" in done.stdout
    age(write(large, summary_text("19", words="More work.\n" * 30_000)))
    assert merge(root).code == 1
    write(root / "handoff-md.toml", "max-summary-size = 500_000\n")
    assert merge(root).code == 0


def test_the_refusal_of_a_large_summary_names_the_key(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    write_summary(root, "19", words="More work.\n" * 30_000)

    assert "max-summary-size" in merge_json(root).stdout


@pytest.mark.parametrize(
    "name",
    [
        "handoff-session-..-summary.md",
        "handoff-session-19%2F..-summary.md",
        "handoff-session-1\n9-summary.md",
        "handoff-session--summary.md",
        "handoff-session- -summary.md",
        "handoff-session-\u202e19-summary.md",
        "handoff-session-１９-summary.md",  # noqa: RUF001 - digits that are none of ours
        "-rf-handoff-session-19-summary.md",
        "handoff-session-19-summary.md.md",
    ],
)
def test_a_name_with_tricks_is_passed_over_and_named(tmp_path: Path, name: str) -> None:
    root = make_checkout(tmp_path / "root")
    odd = age(write(root / SUMMARIES / name, summary_text("19")))
    before = snapshot(root)

    done = merge(root)

    assert done.code == 0, done
    assert "passed over" in " ".join(done.stderr.split())
    assert "\u202e" not in done.stderr
    assert odd.exists()
    after = snapshot(root)
    assert {name: after[name] for name in before} == before


@pytest.mark.parametrize("session", ["-rf", "--all", "a" * 200, "0", "00"])
def test_an_id_with_tricks_never_reaches_beyond_its_file(tmp_path: Path, session: str) -> None:
    root = make_checkout(tmp_path / "root")
    path = age(write(summary_path(root, session), "# Work\n\nDid it.\n"))

    done = merge(root)

    assert done.code in {0, 1}
    assert path.exists() or len(archived(root / STATE)) == 1
    assert status(root) == ""


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"Bad \xff\xfe bytes.\n", "UTF-8"),
        (b"A NUL \0 here.\n", "control"),
        (b"An escape \x1b[31m here.\n", "control"),
        ("A turn \u202e here.\n".encode(), "U+202E"),
    ],
)
def test_bad_bytes_in_a_summary_are_refused(tmp_path: Path, body: bytes, problem: str) -> None:
    root = make_checkout(tmp_path / "root")
    age(write(summary_path(root, "19"), b"# Session 19: Work\n\n" + body))

    done = merge_json(root)

    assert done.code == 1
    assert done.statuses == {"19": "invalid"}
    assert problem.casefold() in done.stdout.casefold()
    assert document_of(root) == DOCUMENT
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_a_summary_that_is_no_file_is_refused(tmp_path: Path, kind: str) -> None:
    root = make_checkout(tmp_path / "root")
    path = summary_path(root, "19")
    path.parent.mkdir(parents=True)
    if kind == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    age(path)

    done = merge_json(root)

    assert done.code == 1
    assert done.statuses == {"19": "invalid"}
    assert "regular file" in done.stdout


def test_the_mode_of_the_document_is_kept(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")
    (root / HANDOFF).chmod(0o600)

    assert merge(root).code == 0

    assert stat.S_IMODE((root / HANDOFF).stat().st_mode) == 0o600


def test_a_deleted_log_is_a_note(tmp_path: Path) -> None:
    root = make_checkout(tmp_path / "root")
    text = "---\nlog: .agents/sessions/2025-12-18-session-19.md\n---\n# Own title\n\nDid 19.\n"
    age(write(summary_path(root, "19"), text))

    done = merge_json(root)

    assert done.code == 0
    assert "names a log that does not exist" in str(done.report["sessions"][0]["notes"])


def test_a_folder_that_is_given_but_missing_is_told(tmp_path: Path) -> None:
    root = make_ready(tmp_path / "root")

    done = run(root, *MERGE, "--from", "nowhere")

    assert done.code == 2
    assert "nowhere" in done.stderr
