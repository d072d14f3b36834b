"""The corpus's histories give the findings that were reviewed, and no others.

`fixtures/lint_reviewed/history.toml` lists them by commit and code, each with its judgement.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
from checkouts import HANDOFF
from histories import Checkout, start
from repositories import git

from handoff_md.syntax.parse import parse
from handoff_md.syntax.versions import VersionParser
from handoff_md.text.source import decode

_FOLDER = Path(os.environ.get("HANDOFF_MD_CORPUS", "/nowhere"))
_BUNDLES = sorted(_FOLDER.rglob("history.bundle")) if _FOLDER.is_dir() else []
_MERGES = sorted(_FOLDER.glob("**/triples/*")) if _FOLDER.is_dir() else []
_FILE = Path(__file__).parents[1] / "fixtures" / "lint_reviewed" / "history.toml"
_REVIEWED: dict[str, list[dict[str, Any]]] = tomllib.loads(_FILE.read_text("utf-8"))

pytestmark = pytest.mark.skipif(not _BUNDLES, reason="HANDOFF_MD_CORPUS names no such folder")


def commit(checkout: Checkout, message: str, content: bytes) -> None:
    (checkout.root / HANDOFF).write_bytes(content)
    checkout.commit(message)


def test_every_reviewed_finding_has_a_judgement_and_a_reason() -> None:
    for reviewed in (*_REVIEWED["commit"], *_REVIEWED["merge"]):
        assert reviewed["judged"] in (True, False)
        assert reviewed["why"]


@pytest.mark.parametrize("bundle", _BUNDLES, ids=str)
def test_a_real_history_gives_the_reviewed_findings(bundle: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--branch", "main", str(bundle), "clone")
    report = Checkout(tmp_path / "clone").lint("HEAD")
    assert report.checked == 33
    assert [
        (found.commit, found.code, [str(session) for session in found.sessions])
        for found in report.diagnostics
    ] == [(item["id"], item["code"], item["sessions"]) for item in _REVIEWED["commit"]]


@pytest.mark.parametrize("bundle", _BUNDLES, ids=str)
def test_every_version_of_a_real_history_has_the_tree_of_a_whole_parse(
    bundle: Path, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "--quiet", "--branch", "main", str(bundle), "clone")
    parser, count = VersionParser(), 0
    for commit_id in git(tmp_path / "clone", "rev-list", "--reverse", "HEAD").decode().split():
        listed = git(tmp_path / "clone", "ls-tree", commit_id, HANDOFF).split()
        if listed:
            source = decode(git(tmp_path / "clone", "cat-file", "blob", listed[2].decode()))
            tree = parser.parse(source)
            assert tree is not None
            assert tree.children == parse(source).children
            count += 1
    assert count > 20


@pytest.mark.parametrize("folder", _MERGES, ids=[path.name for path in _MERGES])
def test_a_real_merge_gives_the_reviewed_findings(folder: Path, tmp_path: Path) -> None:
    texts = {path.stem: path.read_bytes() for path in folder.glob("*.md")}
    checkout = start(tmp_path / "merge", "")
    commit(checkout, "base", texts["base"])
    checkout.branch("topic")
    commit(checkout, "theirs", texts["theirs"])
    checkout.switch("main")
    commit(checkout, "ours", texts["ours"])
    git(checkout.root, "merge", "--quiet", "--strategy=ours", "--no-commit", "topic")
    commit(checkout, "Merge branch 'topic'", texts["human"])
    found = checkout.lint().diagnostics
    wanted = [item for item in _REVIEWED["merge"] if item["name"] == folder.name]
    assert {item.code for item in found} == {item["code"] for item in wanted}
    sessions = sorted(str(session) for item in found for session in item.sessions)
    assert sessions == [session for item in wanted for session in item["sessions"]]
