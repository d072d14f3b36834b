from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from repositories import found, git

import handoff_md
from handoff_md.errors import GitError
from handoff_md.git.commit import commit_paths, refresh_index
from handoff_md.git.objects import read_head
from handoff_md.git.process import run_git
from handoff_md.git.status import inspect_paths

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handoff_md.git.process import Completed
    from handoff_md.git.repository import Repository

DOCUMENT = "HANDOFF.md"
MESSAGE = "docs(handoff): merge\n\n# kept\n\nHandoff-Session: 19\n"


def commit(repository: Repository, *changed: str, **options: object) -> str:
    made = commit_paths(repository, message=MESSAGE, changed=changed or (DOCUMENT,), **options)  # type: ignore[arg-type]
    assert made is not None
    return made


def change(repository: Repository, path: str = DOCUMENT, text: str = "new\n") -> None:
    (repository.root / path).write_text(text)


def snapshot(repository: Repository) -> tuple[bytes, ...]:
    """Everything a user sees of HEAD, the index and the work tree."""
    root = repository.root
    return (
        (repository.git_dir / "HEAD").read_bytes(),
        git(root, "for-each-ref"),
        git(root, "ls-files", "-s", "-v", "-z"),
        git(root, "diff", "--cached"),
        git(root, "diff"),
        git(root, "status", "--porcelain=v2", "-z"),
    )


def others(repository: Repository, *left_out: str) -> tuple[bytes, ...]:
    """The same without HEAD and without these paths."""
    specs = ["--", ".", *(f":(exclude,literal){path}" for path in left_out)]
    root = repository.root
    return (
        git(root, "ls-files", "-s", "-v", "-z", *specs),
        git(root, "diff", "--cached", *specs),
        git(root, "diff", *specs),
        git(root, "status", "--porcelain=v2", "-z", *specs),
    )


def paths_of(repository: Repository, commit_id: str) -> list[bytes]:
    listed = git(repository.root, "diff-tree", "--root", "-r", "-z", "--name-status", commit_id)
    return listed.split(b"\0")[1:-1]


def make_mess(repository: Repository) -> None:
    """Staged, unstaged, half-staged, added, removed, renamed, intended and untracked files."""
    root = repository.root
    for name in ("removed", "renamed", "half", "hidden"):
        change(repository, name, f"old {name}\n")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "more")
    change(repository, "staged.txt", "staged\n")
    change(repository, "half", "staged half\n")
    change(repository, "added", "added\n")
    git(root, "add", "staged.txt", "half", "added")
    change(repository, "half", "unstaged half\n")
    change(repository, "other.txt", "unstaged\n")
    change(repository, "untracked", "untracked\n")
    change(repository, "intended", "intended\n")
    git(root, "add", "--intent-to-add", "intended")
    git(root, "rm", "--quiet", "removed")
    git(root, "mv", "renamed", "moved")
    git(root, "update-index", "--assume-unchanged", "hidden")


def install_hook(repository: Repository, name: str, body: str) -> None:
    hook = repository.common_dir / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{body}\n")
    hook.chmod(0o755)


def test_a_commit_holds_its_paths_and_leaves_every_other_change(repository: Repository) -> None:
    change(repository, "summary.md")
    git(repository.root, "add", "summary.md")
    git(repository.root, "commit", "--quiet", "--message", "summary")
    make_mess(repository)
    change(repository)
    (repository.root / "summary.md").unlink()
    before = others(repository, DOCUMENT, "summary.md")
    made = commit(repository, removed=("summary.md",))
    assert paths_of(repository, made) == [b"M", b"HANDOFF.md", b"D", b"summary.md"]
    assert others(repository, DOCUMENT, "summary.md") == before
    assert git(repository.root, "rev-parse", "HEAD").decode().strip() == made
    assert git(repository.root, "status", "--porcelain", DOCUMENT, "summary.md") == b""


def test_a_new_file_is_committed_beside_other_changes(repository: Repository) -> None:
    make_mess(repository)
    change(repository, "new.md")
    before = others(repository, "new.md")
    made = commit(repository, "new.md")
    assert paths_of(repository, made) == [b"A", b"new.md"]
    assert others(repository, "new.md") == before


def test_the_message_is_kept_whatever_the_configuration_says(
    repository: Repository, tmp_path: Path
) -> None:
    (tmp_path / "template").write_text("template\n")
    for name, value in (
        ("commit.template", str(tmp_path / "template")),
        ("commit.cleanup", "scissors"),
        ("commit.verbose", "true"),
        ("commit.status", "true"),
        ("core.commentChar", "H"),
        ("i18n.commitEncoding", "ISO-8859-1"),
    ):
        git(repository.root, "config", name, value)
    change(repository)
    message = "docs: ä\n\n# kept\n# ------------------------ >8 ------------------------\nHand\n"
    assert commit_paths(repository, message=message, changed=[DOCUMENT])
    stored = git(repository.root, "cat-file", "commit", "HEAD").partition(b"\n\n")[2]
    assert stored.decode() == message


def test_nothing_to_commit_is_none(repository: Repository) -> None:
    install_hook(repository, "pre-commit", "exit 1")
    before = snapshot(repository)
    assert commit_paths(repository, message=MESSAGE, changed=[DOCUMENT]) is None
    assert snapshot(repository) == before


def test_the_first_commit_of_a_branch(empty: Repository) -> None:
    change(empty)
    change(empty, "staged")
    git(empty.root, "add", "staged")
    made = commit(empty)
    assert paths_of(empty, made) == [b"A", b"HANDOFF.md"]
    assert git(empty.root, "status", "--porcelain") == b"A  staged\n"


def test_a_refused_first_commit_leaves_an_empty_index(empty: Repository) -> None:
    install_hook(empty, "pre-commit", "exit 1")
    change(empty)
    before = snapshot(empty)
    with pytest.raises(GitError, match="pre-commit"):
        commit(empty)
    assert snapshot(empty) == before


def test_a_detached_head_moves(repository: Repository) -> None:
    git(repository.root, "checkout", "--quiet", "--detach")
    change(repository)
    made = commit(repository)
    assert git(repository.root, "rev-parse", "HEAD").decode().strip() == made
    assert git(repository.root, "rev-parse", "main").decode().strip() != made


def test_a_linked_worktree_commits_on_its_own_branch(
    repository: Repository, tmp_path: Path
) -> None:
    git(repository.root, "worktree", "add", "--quiet", "-b", "topic", str(tmp_path / "linked"))
    change(repository)
    before = snapshot(repository)[2:]
    linked = found(tmp_path / "linked")
    change(linked, text="linked\n")
    made = commit(linked)
    assert git(linked.root, "rev-parse", "topic").decode().strip() == made
    assert snapshot(repository)[2:] == before


def test_a_submodule_is_a_repository_of_its_own(repository: Repository, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "outer")
    git(tmp_path / "outer", "submodule", "--quiet", "add", str(repository.root), "inner")
    inner = found(tmp_path / "outer" / "inner")
    change(inner)
    assert paths_of(inner, commit(inner)) == [b"M", b"HANDOFF.md"]


def test_a_sha256_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--object-format=sha256", "long")
    repository = found(tmp_path / "long")
    change(repository)
    assert len(commit(repository)) == 64
    change(repository, text="again\n")
    assert len(commit(repository)) == 64
    assert inspect_paths(repository, [DOCUMENT]).paths[DOCUMENT].tracked


def test_line_endings_are_converted_as_configured(repository: Repository) -> None:
    git(repository.root, "config", "core.autocrlf", "true")
    (repository.root / DOCUMENT).write_bytes(b"one\r\ntwo\r\n")
    commit(repository)
    assert git(repository.root, "cat-file", "-p", "HEAD:HANDOFF.md") == b"one\ntwo\n"
    assert read_head(repository, DOCUMENT) == b"one\r\ntwo\r\n"
    assert git(repository.root, "status", "--porcelain") == b""


def test_filters_are_applied_both_ways(repository: Repository) -> None:
    change(repository, ".gitattributes", "HANDOFF.md filter=case\n")
    git(repository.root, "config", "filter.case.clean", "tr a-z A-Z")
    git(repository.root, "config", "filter.case.smudge", "tr A-Z a-z")
    change(repository, text="words\n")
    commit(repository)
    assert git(repository.root, "cat-file", "-p", "HEAD:HANDOFF.md") == b"WORDS\n"
    assert read_head(repository, DOCUMENT) == b"words\n"


def test_a_failing_filter_leaves_head_and_index(repository: Repository) -> None:
    change(repository)
    git(repository.root, "config", "filter.bad.clean", "false")
    git(repository.root, "config", "filter.bad.required", "true")
    before = (git(repository.root, "rev-parse", "HEAD"), git(repository.root, "ls-files", "-s"))
    change(repository, ".gitattributes", "HANDOFF.md filter=bad\n")
    with pytest.raises(GitError, match="filter"):
        commit(repository)
    after = (git(repository.root, "rev-parse", "HEAD"), git(repository.root, "ls-files", "-s"))
    assert after == before


def test_commits_are_signed_as_configured(repository: Repository, tmp_path: Path) -> None:
    program = tmp_path / "gpg"
    program.write_text(
        "#!/bin/sh\ncat >/dev/null\nprintf '\\n[GNUPG:] SIG_CREATED ' >&2\n"
        "printf -- '-----BEGIN PGP SIGNATURE-----\\nfake\\n-----END PGP SIGNATURE-----\\n'\n"
    )
    program.chmod(0o755)
    git(repository.root, "config", "commit.gpgSign", "true")
    git(repository.root, "config", "gpg.program", str(program))
    change(repository)
    commit(repository)
    assert b"gpgsig -----BEGIN PGP SIGNATURE-----" in git(
        repository.root, "cat-file", "commit", "HEAD"
    )


def test_a_failing_signature_leaves_head_and_index(repository: Repository, tmp_path: Path) -> None:
    program = tmp_path / "gpg"
    program.write_text("#!/bin/sh\necho 'no secret key' >&2\nexit 2\n")
    program.chmod(0o755)
    git(repository.root, "config", "commit.gpgSign", "true")
    git(repository.root, "config", "gpg.program", str(program))
    change(repository, "new.md")
    before = snapshot(repository)
    with pytest.raises(GitError, match=r"(?s)no secret key|gpg failed to sign"):
        commit(repository, "new.md")
    assert snapshot(repository) == before


@pytest.mark.parametrize("hook", ["pre-commit", "prepare-commit-msg", "commit-msg"])
@pytest.mark.parametrize("path", [DOCUMENT, "new.md"])
def test_a_refusing_hook_is_quoted_and_leaves_head_and_index(
    repository: Repository, hook: str, path: str
) -> None:
    make_mess(repository)
    install_hook(repository, hook, "printf '\\033[31merror: fatal: no\\033[0m\\n' >&2\nexit 1")
    change(repository, path)
    before = snapshot(repository)
    with pytest.raises(GitError, match=rf"refused by the {hook} hook: error: fatal: no$"):
        commit(repository, path)
    assert snapshot(repository) == before


def test_a_hook_of_the_configured_folder_is_named(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "hooks").mkdir()
    hook = tmp_path / "hooks" / "commit-msg"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    git(repository.root, "config", "core.hooksPath", str(tmp_path / "hooks"))
    change(repository)
    with pytest.raises(GitError, match=r"refused by the commit-msg hook$"):
        commit(repository)


def test_no_verify_skips_the_hooks_that_git_lets_it_skip(repository: Repository) -> None:
    for hook in ("pre-commit", "commit-msg"):
        install_hook(repository, hook, "exit 1")
    change(repository)
    assert commit(repository, no_verify=True)


def test_a_failing_post_commit_hook_does_not_undo_the_commit(repository: Repository) -> None:
    install_hook(repository, "post-commit", "echo sorry >&2\nexit 1")
    change(repository)
    made = commit(repository)
    assert git(repository.root, "rev-parse", "HEAD").decode().strip() == made


def test_a_hook_that_refuses_the_reference_is_told(repository: Repository) -> None:
    install_hook(repository, "reference-transaction", '[ "$1" != prepared ]')
    change(repository)
    head = git(repository.root, "rev-parse", "HEAD")
    with pytest.raises(GitError, match="reference-transaction hook"):
        commit(repository)
    assert git(repository.root, "rev-parse", "HEAD") == head


def test_hooks_see_the_token_and_the_users_own_pathspecs_work(
    repository: Repository, tmp_path: Path
) -> None:
    install_hook(
        repository,
        "pre-commit",
        f'{{ echo "$HANDOFF_MD_RUN"; git diff --cached --name-only -- "*.md"; }} >{tmp_path}/seen',
    )
    change(repository)
    commit(repository, run_token="token")  # noqa: S106 - not a secret
    assert (tmp_path / "seen").read_text() == "token\nHANDOFF.md\n"


def test_a_missing_identity_is_told(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{role}_NAME")
        monkeypatch.delenv(f"GIT_{role}_EMAIL")
    git(repository.root, "config", "user.useConfigOnly", "true")
    change(repository, "new.md")
    before = snapshot(repository)
    with pytest.raises(GitError, match="does not know who you are") as caught:
        commit(repository, "new.md")
    assert "user.email" in caught.value.hint
    assert snapshot(repository) == before


@pytest.mark.parametrize("path", [DOCUMENT, "new.md"])
def test_an_index_that_stays_locked_is_named(repository: Repository, path: str) -> None:
    change(repository, path)
    before = snapshot(repository)
    lock = repository.git_dir / "index.lock"
    lock.touch()
    with pytest.raises(GitError, match=r"another git process holds .*index.lock"):
        commit(repository, path, lock_seconds=0.2)
    lock.unlink()
    assert snapshot(repository) == before


def test_an_index_that_is_freed_in_time_is_used(repository: Repository) -> None:
    change(repository)
    lock = repository.git_dir / "index.lock"
    lock.touch()
    release = threading.Timer(0.4, lock.unlink)
    release.start()
    assert commit(repository, lock_seconds=20)
    release.join()


def test_a_commit_whose_index_was_not_written_counts_and_is_healed(repository: Repository) -> None:
    make_mess(repository)
    lock = repository.git_dir / "index.lock"
    # The hook runs once the reference has moved; without its lock git can't write the index.
    install_hook(repository, "reference-transaction", f'[ "$1" != committed ] || rm -f {lock}')
    change(repository)
    before = others(repository, DOCUMENT)
    made = commit(repository)
    assert git(repository.root, "rev-parse", "HEAD").decode().strip() == made
    assert git(repository.root, "status", "--porcelain", DOCUMENT) == b""
    assert others(repository, DOCUMENT) == before


def test_a_commit_of_somebody_right_after_is_not_mistaken_for_ours(repository: Repository) -> None:
    later = 'test -n "$LATER" || LATER=1 git commit --quiet --allow-empty --message later'
    install_hook(repository, "post-commit", later)
    change(repository)
    made = commit(repository)
    assert paths_of(repository, made) == [b"M", b"HANDOFF.md"]
    assert git(repository.root, "rev-parse", "HEAD^").decode().strip() == made


def test_new_paths_that_another_commit_took_out_of_the_index_are_added_again(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit that began before they were added puts the older index back."""
    real = shutil.which("git")
    script = tmp_path / "bin/git"
    script.parent.mkdir()
    script.write_text(
        "#!/bin/sh\n"
        f'case "$*" in *commit*) test -e {tmp_path}/lost || '
        f"{{ : >{tmp_path}/lost; {real} rm --quiet --cached new.md; }};; esac\n"
        f'exec {real} "$@"\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(script.parent), prepend=os.pathsep)
    change(repository)
    change(repository, "new.md")
    made = commit(repository, DOCUMENT, "new.md")
    assert (tmp_path / "lost").exists()
    assert paths_of(repository, made) == [b"M", b"HANDOFF.md", b"A", b"new.md"]
    assert git(repository.root, "status", "--porcelain") == b""


def test_a_hook_that_leaves_a_process_behind_is_not_waited_for(repository: Repository) -> None:
    install_hook(repository, "post-commit", "sleep 600 &\necho $! >pid")
    change(repository)
    assert commit(repository)
    os.kill(int((repository.root / "pid").read_text()), signal.SIGTERM)


def test_an_interrupt_during_a_hook_leaves_no_lock_and_no_change(
    repository: Repository, tmp_path: Path
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    install_hook(repository, "pre-commit", f"echo $$ >{fifo}; exec sleep 600")
    change(repository, "new.md")
    before = snapshot(repository)
    script = (
        "from pathlib import Path; from handoff_md.git.repository import find_repository\n"
        "from handoff_md.git.commit import commit_paths\n"
        "commit_paths(find_repository(Path()), message='m', changed=['new.md'])"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(handoff_md.__file__).parents[1])}
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=repository.root,
        env=environment,
        stderr=subprocess.DEVNULL,
    ) as process:
        hook = int(fifo.read_text())
        process.send_signal(signal.SIGINT)
    os.kill(hook, signal.SIGTERM)
    assert process.returncode != 0
    assert not (repository.git_dir / "index.lock").exists()
    assert snapshot(repository) == before


@pytest.mark.parametrize(
    "name", ["a b.md", "*.md", "[a].md", "ä.md", "-x.md", ":(top)x.md", "a\tb\nc.md", "#x.md"]
)
def test_any_name_is_committed_literally(repository: Repository, name: str) -> None:
    change(repository)
    change(repository, "a.md")
    change(repository, name)
    assert paths_of(repository, commit(repository, name)) == [b"A", name.encode()]
    (repository.root / name).unlink()
    made = commit_paths(repository, message=MESSAGE, changed=[], removed=[name])
    assert made is not None
    assert paths_of(repository, made) == [b"D", name.encode()]


def test_removals_that_git_knows_already_are_committed(repository: Repository) -> None:
    change(repository)
    git(repository.root, "rm", "--quiet", "other.txt")
    made = commit(repository, removed=("other.txt",))
    assert paths_of(repository, made) == [b"M", b"HANDOFF.md", b"D", b"other.txt"]


def test_a_removed_path_that_was_written_again_stays(repository: Repository) -> None:
    change(repository)
    change(repository, "other.txt", "a late write\n")
    made = commit(repository, removed=("other.txt", "never.txt"))
    assert paths_of(repository, made) == [b"M", b"HANDOFF.md"]


def test_many_removed_summaries_go_in_one_commit(repository: Repository) -> None:
    (repository.root / "temp").mkdir()
    names = [f"temp/handoff-session-{number}-summary.md" for number in range(1000)]
    for name in [*names, "temp/other.md"]:
        change(repository, name)
    git(repository.root, "add", "--all")
    git(repository.root, "commit", "--quiet", "--message", "summaries")
    change(repository)
    for name in [*names, "temp/other.md"]:
        (repository.root / name).unlink()
    made = commit(repository, removed=names)
    assert len(paths_of(repository, made)) == 2 * 1001
    assert git(repository.root, "status", "--porcelain") == b" D temp/other.md\n"


def test_an_ignored_file_is_refused(repository: Repository) -> None:
    change(repository, ".gitignore", "temp/\n")
    (repository.root / "temp").mkdir()
    change(repository, "temp/a.md")
    with pytest.raises(GitError, match=r"temp/a\.md is ignored by git"):
        commit(repository, "temp/a.md")


def test_a_merge_in_progress_is_git_s_own_refusal(repository: Repository) -> None:
    git(repository.root, "checkout", "--quiet", "-b", "side")
    change(repository, "other.txt", "side\n")
    git(repository.root, "commit", "--quiet", "--all", "--message", "side")
    git(repository.root, "checkout", "--quiet", "main")
    git(repository.root, "merge", "--quiet", "--no-ff", "--no-commit", "side")
    change(repository)
    before = snapshot(repository)
    with pytest.raises(GitError, match="cannot do a partial commit during a merge"):
        commit(repository)
    assert snapshot(repository) == before


def test_refreshing_heals_one_entry_and_no_other(repository: Repository) -> None:
    make_mess(repository)
    change(repository)
    index = (repository.git_dir / "index").read_bytes()
    made = commit(repository)
    healthy = snapshot(repository)
    # As a kill between the two writes leaves it: HEAD is new, the index old.
    (repository.git_dir / "index").write_bytes(index)
    assert git(repository.root, "status", "--porcelain", DOCUMENT) == b"MM HANDOFF.md\n"
    refresh_index(repository, [DOCUMENT])
    assert snapshot(repository) == healthy
    assert git(repository.root, "rev-parse", "HEAD").decode().strip() == made


def test_head_holds_nothing_of_new_paths(repository: Repository) -> None:
    change(repository, "new.md")
    assert read_head(repository, "new.md") is None
    assert read_head(repository, "no/such/folder.md") is None
    assert read_head(repository, DOCUMENT) == b"old HANDOFF.md\n"


def test_an_unborn_head_holds_nothing(empty: Repository) -> None:
    change(empty)
    assert read_head(empty, DOCUMENT) is None


def test_a_damaged_object_is_an_error_not_an_absence(repository: Repository) -> None:
    blob = git(repository.root, "rev-parse", "HEAD:HANDOFF.md").decode().strip()
    (repository.git_dir / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(GitError, match="can't be read from HEAD"):
        read_head(repository, DOCUMENT)


@pytest.mark.parametrize("when", ["before", "after"])
def test_somebody_elses_commit_at_the_same_time_is_not_taken_for_the_own(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    def commit_other() -> None:
        change(repository, "other.txt")
        git(repository.root, "add", "other.txt")
        git(repository.root, "commit", "--quiet", "--message", "other", "--", "other.txt")

    def run(args: Sequence[str], **options: object) -> Completed:
        if "commit" in args and when == "before":
            commit_other()
        done = run_git(args, **options)  # type: ignore[arg-type]
        if "commit" in args and when == "after":
            commit_other()
        return done

    monkeypatch.setattr("handoff_md.git.commit.run_git", run)
    change(repository)

    made = commit(repository)

    assert paths_of(repository, made) == [b"M", DOCUMENT.encode()]
    assert git(repository.root, "rev-list", "--count", "HEAD~2").strip() == b"1"
