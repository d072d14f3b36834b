"""The corpus's documents and logs give the findings that were reviewed, and no others.

`fixtures/lint_reviewed/links_and_logs.toml` lists them by file, code and place, each group with its
judgement. Every document is judged in the checkout of the history that it is from, or alone.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest
from checkouts import HANDOFF
from repositories import git

from handoff_md.app.lint.check import lint_files
from handoff_md.app.lint.invocation import LintRequest
from handoff_md.linter.engine import lint
from handoff_md.linter.page import PageKind
from handoff_md.syntax.grammar import read_log_name
from handoff_md.syntax.parse import parse

_FOLDER = Path(os.environ.get("HANDOFF_MD_CORPUS", "/nowhere"))
_BUNDLE = next(iter(sorted(_FOLDER.rglob("history.bundle"))), None) if _FOLDER.is_dir() else None
_VERSIONS = sorted(_BUNDLE.parent.glob("handoff/*.md")) if _BUNDLE else []
_WILD = sorted(_FOLDER.glob("wild/*/*.md")) if _BUNDLE else []
_LOGS = sorted(_BUNDLE.parent.glob("session-logs/*.md")) if _BUNDLE else []
_FILE = Path(__file__).parents[1] / "fixtures/lint_reviewed/links_and_logs.toml"
_REVIEWED = tomllib.loads(_FILE.read_text("utf-8"))["finding"]
_CODES = ("HL", "HS", "HF", "HR")

pytestmark = pytest.mark.skipif(_BUNDLE is None, reason="HANDOFF_MD_CORPUS names no such folder")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    git(tmp_path, "clone", "--quiet", "--branch", "main", str(_BUNDLE), "clone")
    return tmp_path / "clone"


def _found(root: Path, *paths: str) -> list[tuple[str, str]]:
    request = LintRequest(directory=root, paths=tuple(map(Path, paths)), select=_CODES)
    return sorted(
        (found.code, f"{found.path}:{found.start}") for found in lint_files(request).diagnostics
    )


def _reviewed(subject: str) -> list[tuple[str, str]]:
    return sorted(
        (group["code"], place)
        for group in _REVIEWED
        if group["subject"] == subject
        for place in group["places"]
    )


def test_every_reviewed_finding_has_a_judgement_and_a_reason() -> None:
    for group in _REVIEWED:
        assert group["judged"] is True
        assert group["why"]
        assert group["places"]


def test_a_real_checkout_gives_the_reviewed_findings(checkout: Path) -> None:
    assert _found(checkout) == _reviewed("history")


@pytest.mark.parametrize("version", _VERSIONS, ids=lambda path: path.stem)
def test_a_version_of_the_document_gives_the_reviewed_findings(
    checkout: Path, version: Path
) -> None:
    (checkout / HANDOFF).write_bytes(version.read_bytes())
    assert _found(checkout, HANDOFF) == _reviewed(version.stem)


@pytest.mark.parametrize("document", _WILD, ids=lambda path: path.parent.name)
def test_a_document_of_another_project_gives_the_reviewed_findings(
    tmp_path: Path, document: Path
) -> None:
    git(tmp_path, "init", "--quiet")
    (tmp_path / HANDOFF).parent.mkdir()
    (tmp_path / HANDOFF).write_bytes(document.read_bytes())
    assert _found(tmp_path, HANDOFF) == _reviewed(document.parent.name)


@pytest.mark.parametrize("log", _LOGS, ids=lambda path: path.stem)
def test_a_real_log_is_a_summary_without_findings(log: Path) -> None:
    named = read_log_name(log.name)
    assert named is not None
    path = f".agents/temp/handoff-session-{named.session_id}-summary.md"
    document = parse(log.read_bytes())
    assert lint(document, select=["HF"], kind=PageKind.SUMMARY, path=path) == ()


def test_links_of_a_version_agree_with_a_count_by_hand(checkout: Path) -> None:
    """Count the inline links that a regular expression finds, without the parser's help.

    By hand: 68 links, 17 of them absolute. Of the 51 relative ones 24 lead to logs that the
    checkout has. Of the other 27, three are written from the root.
    """
    version = next(path for path in _VERSIONS if path.stem == "b5a0db072")
    text = version.read_text("utf-8")
    (checkout / HANDOFF).write_bytes(version.read_bytes())
    lines = text.split("\n")
    hrefs = [
        (number, match[1])
        for number, line in enumerate(lines, 1)
        for match in re.finditer(r"\]\(([^()\s]+)\)", line)
    ]
    relative = [(number, href) for number, href in hrefs if not href.startswith("http")]
    missing = [number for number, href in relative if not (checkout / ".agents" / href).exists()]
    from_root = [number for number, href in relative if ".agents/" in href]
    assert (len(hrefs), len(relative), len(missing)) == (68, 51, 27)
    by_hand = [
        *(61, 62, 63, 64, 65, 66, 67, 68, 69, 70),  # the history table
        *(105, 159),
        *(938, 939, 940, 941, 942, 943),  # the list of documents
        *(1082, 1168, 1347, 1392, 1436, 1472),  # logs later than the checkout's
        *(1887, 2100, 2457),  # retrospectives
    ]
    assert missing == by_hand
    assert from_root == [159, 1082, 1168]
    found = _found(checkout, HANDOFF)
    assert sorted(_line(place) for code, place in found if code == "HL003") == missing
    assert sorted(_line(place) for code, place in found if code == "HL004") == from_root


def _line(place: str) -> int:
    return int(place.split(":")[1])
