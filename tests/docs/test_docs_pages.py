from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from documentation import PAGES, ROOT, fences_of, inline_of, name_of, sections_of

MODULES = sorted((ROOT / "handoff_md").rglob("*.py"))
_SENTENCE = re.compile(r"[.!?](?:\s|$)")


def anchor_of(heading: str) -> str:
    """Write a heading as hosting sites do: lower case, no punctuation, hyphens for blanks."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def links_of(page: Path) -> Iterator[tuple[int, str]]:
    for line, token in inline_of(page):
        href = token.attrs.get("href") if token.type == "link_open" else None
        if href is not None:
            yield line, unquote(str(href))


def broken_links(page: Path) -> Iterator[str]:
    for line, href in links_of(page):
        if re.match(r"[a-z]+:", href):
            continue
        path, _, anchor = href.partition("#")
        target = (page.parent / path).resolve() if path else page
        anchors = (
            {anchor_of(section.heading) for section in sections_of(target)}
            if target.suffix == ".md" and target.is_file()
            else set()
        )
        if not target.exists() or (anchor and anchor not in anchors):
            yield f"{name_of(page)}:{line}: {href}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_relative_links_lead_somewhere(page: Path) -> None:
    assert list(broken_links(page)) == []


def test_the_index_links_every_page() -> None:
    linked = {href for _, href in links_of(ROOT / "docs" / "index.md")}
    pages = {page.name for page in PAGES if page.parent.name == "docs"} - {"index.md"}
    assert linked == {*pages, "rules/index.md"}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_paths_of_the_project_exist(page: Path) -> None:
    named = {
        token.content
        for _, token in inline_of(page)
        if token.type == "code_inline" and re.fullmatch(r"(?:tests|handoff_md)/\S+", token.content)
    }
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_says_in_one_to_three_sentences_what_it_is(module: Path) -> None:
    docstring = ast.get_docstring(ast.parse(module.read_text("utf-8"))) or ""
    assert 1 <= len(_SENTENCE.findall(docstring)) <= 3


@pytest.mark.parametrize("name", ["demo", "test"])
def test_a_set_up_command_is_one_line_that_ci_can_find(name: str) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    begin, end = f"<!-- {name}-command -->\n", f"<!-- /{name}-command -->\n"
    assert readme.count(begin) == readme.count(end) == 1
    between = readme[readme.index(begin) : readme.index(end)]
    fence = next(f for f in fences_of(ROOT / "README.md") if f"{name}-command" in f.comments)
    assert fence.text in between
    assert fence.text.count("\n") == 1
    assert fence.text.startswith("python3 -m venv .venv && ")
    assert "`" not in fence.text


def test_ci_takes_the_test_command_from_the_readme() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "test-command" in script
    assert not re.search(r"^[^#\n]*-m pytest", script, re.MULTILINE)
