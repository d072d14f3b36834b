"""Whoever reads a handoff document says what is known of its form beside the text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import handoff_md

_PACKAGE = Path(handoff_md.__file__).parent
_READERS = {"parse", "ItemReader", "VersionParser", "make_page", "merge_three_way"}
_KEYWORD = "hints"
# What these read is no handoff document, or one whose place is still to be found.
_OTHERS = {
    "app/lint/since.py": "anchors of any page",
    "app/lint/surroundings.py": "anchors of any page",
    "app/scrutiny.py": "a summary",
    "app/session/find.py": "a session log",
    "app/session/rename.py": "a session log",
    "app/session/work_log.py": "a session log",
    "app/setup/documents.py": "documents that are to be adopted",
    "app/setup/removal.py": "the protocol and the guide",
    "app/setup/texts.py": "the protocol and the guide",
    "merge/summaries.py": "the document that is begun",
    "semantics/retitle.py": "a session log or a summary",
    "semantics/summaries/own_words.py": "a summary",
    "sessions/template.py": "the protocol",
    "syntax/title.py": "a session log",
    "syntax/summary.py": "a summary",
    "threeway/document.py": "one version, for its markers",
}


def _names_of(tree: ast.Module) -> set[str]:
    """Give the names under which a module has what reads documents from elsewhere in here."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("handoff_md")
        for alias in node.names
        if alias.name in _READERS
    }


def _readings_without(source: str) -> Iterator[tuple[int, str]]:
    """Give the line and the name of each reading without hints."""
    tree = ast.parse(source)
    names = _names_of(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        is_told = any(keyword.arg == _KEYWORD for keyword in node.keywords) or (
            node.func.id in ("ItemReader", "VersionParser") and node.args
        )
        if node.func.id in names and not is_told:
            yield node.lineno, node.func.id


def test_every_reading_of_a_handoff_document_is_given_hints() -> None:
    found = [
        f"{name}:{line}: {called}"
        for path in _PACKAGE.rglob("*.py")
        if (name := path.relative_to(_PACKAGE).as_posix()) not in _OTHERS
        for line, called in _readings_without(path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("read(text)", ["read"]),
        ("read(text, hints=known)", []),
        ("VersionParser()", ["VersionParser"]),
        ("VersionParser(known)", []),
    ],
)
def test_a_reading_without_hints_is_found_under_any_name(line: str, names: list[str]) -> None:
    module = (
        "from handoff_md.syntax.parse import parse as read\n"
        f"from handoff_md.syntax.versions import VersionParser\n{line}\n"
    )
    assert [name for _, name in _readings_without(module)] == names
