"""What becomes of refs that are pushed, over real transports that go wrong."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from repositories import found, git
from servers import PUSHES, Site, daemon, http, silent

from handoff_md.git.refs import (
    ROOT,
    PushOutcome,
    PushVerdict,
    UnreadableError,
    Update,
    find_coordinator,
    judge,
    make_commit,
    read_refs,
    seen_refs,
    update_refs,
)
from handoff_md.git.repository import Repository

REF = f"{ROOT}claims/19"
OURS, OTHERS, OLD = "a" * 40, "b" * 40, "c" * 40
MADE = Update(REF, OURS)
CHANGED = Update(REF, OURS, OLD)
GONE = Update(REF, "", OLD)


@pytest.mark.parametrize(
    ("flag", "seen", "update", "verdicts"),
    [
        ("*", None, MADE, "won won"),
        ("=", None, MADE, "won won"),
        ("+", None, CHANGED, "won won"),
        ("-", None, GONE, "won won"),
        ("!", OTHERS, MADE, "lost lost"),
        ("!", OURS, MADE, "won won"),
        ("!", "", MADE, "again refused"),
        ("!", None, MADE, "unknown unknown"),
        ("", OURS, MADE, "won won"),
        ("", OTHERS, MADE, "lost lost"),
        ("", "", MADE, "again unknown"),
        ("", None, MADE, "unknown unknown"),
        ("!", OLD, CHANGED, "again refused"),
        ("!", "", CHANGED, "lost lost"),
        ("!", OTHERS, CHANGED, "lost lost"),
        ("!", "", GONE, "won won"),
        ("!", OTHERS, GONE, "lost lost"),
        ("", OLD, GONE, "again unknown"),
        (None, OURS, MADE, "won won"),
        (None, OTHERS, MADE, "lost lost"),
        (None, "", MADE, "unknown unknown"),
        (None, OLD, GONE, "unknown unknown"),
    ],
)
def test_what_became_of_a_push_is_decided_by_reading(
    flag: str | None, seen: str | None, update: Update, verdicts: str
) -> None:
    told = [judge(flags, seen, update).value for flags in ([flag], [flag, flag])]
    assert " ".join(told) == verdicts


def test_a_refusal_counts_that_was_said_twice() -> None:
    assert judge(["", "!"], "", MADE) is judge(["!", ""], "", MADE) is PushVerdict.UNKNOWN


@pytest.fixture
def base(repository: Repository, tmp_path: Path) -> Path:
    git(tmp_path, "clone", "--quiet", "--bare", str(repository.root), str(tmp_path / "b/r.git"))
    return tmp_path / "b"


@pytest.fixture
def bare(base: Path) -> Path:
    return base / "r.git"


@pytest.fixture
def site(base: Path, repository: Repository) -> Iterator[Site]:
    git(base / "r.git", "config", "http.receivepack", "true")
    with http(base) as served:
        git(repository.root, "remote", "add", "origin", f"{served.url}/r.git")
        yield served


def claim(repository: Repository, words: str, name: str = REF) -> tuple[Update, PushOutcome]:
    commit = make_commit(repository, "claim.json", words.encode(), "claim")
    update = Update(name, commit)
    return update, update_refs(repository, "origin", [update], seconds=10)[name]


def refs_of(bare: Path) -> dict[str, str]:
    listed = git(bare, "for-each-ref", "--format=%(refname) %(objectname)", ROOT).decode()
    return dict(line.split() for line in listed.splitlines())


def on_disk(repository: Repository, bare: Path) -> Repository:
    git(repository.root, "remote", "add", "origin", bare.as_uri())
    return repository


def hook(bare: Path, body: str) -> None:
    path = bare / "hooks" / "pre-receive"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def test_one_wins_a_ref_and_it_is_read_changed_and_deleted_with_a_lease(
    repository: Repository, bare: Path, tmp_path: Path
) -> None:
    one = on_disk(repository, bare)
    git(tmp_path, "clone", "--quiet", bare.as_uri(), "other")
    other = found(tmp_path / "other")
    won, first = claim(one, "of one")
    assert first.won
    assert claim(other, "of another")[1].verdict is PushVerdict.LOST
    assert (refs_of(bare), seen_refs(other)) == ({REF: won.new}, {REF: won.new})
    assert update_refs(one, "origin", [won], seconds=10)[REF].won, "the same one is there already"
    held = git(other.root, "show", f"{REF}:claim.json")
    assert (held, git(other.root, "log", "--format=%P", REF).strip()) == (b"of one", b"")
    taken = make_commit(other, "claim.json", b"taken up", "claim")
    up = Update(REF, taken, won.new)
    assert update_refs(other, "origin", [up], seconds=10)[REF].won
    late = update_refs(one, "origin", [Update(REF, "", won.new)], seconds=10)
    assert late[REF].verdict is PushVerdict.LOST
    assert update_refs(other, "origin", [Update(REF, "", taken)], seconds=10)[REF].won
    assert (read_refs(one, "origin", seconds=10), refs_of(bare)) == ({}, {})
    assert git(one.root, "tag", "--list") == b""
    assert not (one.git_dir / "FETCH_HEAD").exists()


def test_a_hook_that_refuses_and_refs_hidden_from_either_side(
    repository: Repository, bare: Path
) -> None:
    one = on_disk(repository, bare)
    hook(bare, "echo 'no such refs here, please' >&2; exit 1")
    refused = claim(one, "refused")[1]
    assert (refused.verdict, "pre-receive hook declined" in refused.said) == ("refused", True)
    (bare / "hooks/pre-receive").unlink()
    git(bare, "config", "receive.hideRefs", "refs/handoff")
    assert claim(one, "hidden")[1].verdict is PushVerdict.REFUSED
    git(bare, "config", "--unset", "receive.hideRefs")
    git(bare, "config", "uploadpack.hideRefs", "refs/handoff")
    assert claim(one, "unseen")[1].won
    assert (read_refs(one, "origin", seconds=10), list(refs_of(bare))) == ({}, [REF])
    git(bare, "config", "--unset", "uploadpack.hideRefs")
    git(bare, "config", "transfer.hideRefs", "refs/handoff")
    unseen = claim(one, "hidden from both", f"{ROOT}claims/20")[1]
    assert (unseen.verdict, list(refs_of(bare))) == (PushVerdict.REFUSED, [REF])
    git(bare, "config", "--unset", "transfer.hideRefs")
    git(bare, "update-ref", "-d", REF)
    git(bare, "update-ref", ROOT.rstrip("/"), "HEAD")
    assert claim(one, "below a ref")[1].verdict is PushVerdict.REFUSED


def test_a_failure_of_the_remote_is_no_refusal(repository: Repository, bare: Path) -> None:
    one = on_disk(repository, bare)
    git(bare, "config", "receive.maxInputSize", "1")
    failing = claim(one, "too much for its disk")[1]
    assert (failing.verdict, failing.is_read) == (PushVerdict.UNKNOWN, True)
    assert failing.said == "[remote rejected] (unpacker error)"


def test_gits_own_server_takes_refs(repository: Repository, base: Path) -> None:
    with daemon(base) as url:
        git(repository.root, "remote", "add", "origin", f"{url}/r.git")
        won, outcome = claim(repository, "over git://")
        assert outcome.won
        assert read_refs(repository, "origin", seconds=10) == {REF: won.new}


def test_over_http_a_push_that_is_forbidden_or_cut_is_decided_by_reading(
    repository: Repository, site: Site, bare: Path
) -> None:
    assert claim(repository, "as it should be")[1].won
    assert site.trips == 1
    site.forbids = (PUSHES,)
    listed = claim(repository, "403 at the list", f"{ROOT}claims/20")[1]
    site.forbids = ("/git-receive-pack",)
    pushed = claim(repository, "403 at the push", f"{ROOT}claims/20")[1]
    for silent_one in (listed, pushed):  # as one that is cut: it is no refusal
        assert (silent_one.verdict, silent_one.is_read) == (PushVerdict.UNKNOWN, True)
        assert "error: 403" in silent_one.said
    site.forbids = ("info/refs",)
    unread = claim(repository, "403 everywhere", f"{ROOT}claims/20")[1]
    assert (unread.verdict, "403" in unread.said) == (PushVerdict.UNKNOWN, True)
    site.forbids, site.cuts, site.asked = (), 1, []
    assert claim(repository, "made, and cut", f"{ROOT}claims/21")[1].won
    assert site.trips == 2
    site.drops, site.asked = 2, []  # curl itself tries once more
    assert claim(repository, "cut before it", f"{ROOT}claims/22")[1].won
    assert site.trips == 3
    assert sorted(refs_of(bare)) == [f"{ROOT}claims/{number}" for number in (19, 21, 22)]


def test_a_silent_remote_and_one_that_is_nowhere_are_given_up(repository: Repository) -> None:
    with silent() as url:
        git(repository.root, "remote", "add", "origin", f"{url}/r.git")
        begun = time.monotonic()
        with pytest.raises(UnreadableError, match=r"was not done within 0\.3 seconds"):
            read_refs(repository, "origin", seconds=0.3)
        update = Update(REF, make_commit(repository, "x", b"x", "x"))
        told = update_refs(repository, "origin", [update], seconds=0.3)
        assert told[REF].verdict is PushVerdict.UNKNOWN
        assert time.monotonic() - begun < 20
    git(repository.root, "remote", "set-url", "origin", "https://me:secret@127.0.0.1:9/r.git")
    with pytest.raises(UnreadableError) as failed:
        read_refs(repository, "origin", seconds=10)
    assert "secret" not in failed.value.message


def test_the_coordinating_remote_is_origin_or_the_only_one(repository: Repository) -> None:
    assert find_coordinator(repository) == ""
    git(repository.root, "remote", "add", "one", "/nowhere/one.git")
    assert find_coordinator(repository) == "one"
    git(repository.root, "remote", "add", "two", "/nowhere/two.git")
    assert find_coordinator(repository) == ""
    git(repository.root, "remote", "add", "origin", "/nowhere/three.git")
    assert find_coordinator(repository) == "origin"


@pytest.mark.parametrize("options", [("--depth=1",), ("--filter=blob:none",)])
def test_a_shallow_or_partial_clone_has_what_refs_hold(
    options: tuple[str, ...], repository: Repository, bare: Path, tmp_path: Path
) -> None:
    git(bare, "config", "uploadpack.allowFilter", "true")
    claim(on_disk(repository, bare), "of one")
    git(tmp_path, "clone", "--quiet", *options, bare.as_uri(), "less")
    less = found(tmp_path / "less")
    (held,) = read_refs(less, "origin", seconds=10).values()
    shutil.rmtree(bare)
    assert git(less.root, "show", f"{held}:claim.json") == b"of one"


def test_refs_are_made_and_read_where_ids_are_longer(tmp_path: Path) -> None:
    for name, more in (("long", ()), ("bare", ("--bare",))):
        git(tmp_path, "init", "--quiet", "--object-format=sha256", *more, name)
    clone, bare = found(tmp_path / "long"), tmp_path / "bare"
    won, outcome = claim(on_disk(clone, bare), "of one")
    assert (outcome.won, len(won.new), refs_of(bare)) == (True, 64, {REF: won.new})
