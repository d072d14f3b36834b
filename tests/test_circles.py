"""No module needs itself, by whatever way: late imports and those for types count as well."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import handoff_md

_ROOT = Path(handoff_md.__file__).parent.parent
_FACE = "handoff_md"
"""The package loads what it offers when that is asked for, and below only its version is."""


def name_module(file: Path, root: Path) -> str:
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def find_imports(text: str, modules: set[str]) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module:
            below = {f"{node.module}.{name.name}" for name in node.names}
            yield from below & modules or {node.module} & modules


def find_circle(root: Path) -> list[str]:
    files = {name_module(file, root): file for file in sorted(root.rglob("handoff_md/**/*.py"))}
    modules = set(files) - {_FACE}
    graph = {name: {*find_imports(files[name].read_text(), modules)} for name in modules}
    assert len(graph) == len(files) - 1
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_modules_import_one_another_in_a_circle() -> None:
    assert find_circle(_ROOT) == []


@pytest.mark.parametrize(
    "late",
    [
        "from handoff_md.one import x",
        "import handoff_md.one",
        "def f():\n    from handoff_md import one",
        "if TYPE_CHECKING:\n    from handoff_md.one import x",
    ],
)
def test_a_circle_is_found_however_it_is_closed(tmp_path: Path, late: str) -> None:
    package = tmp_path / "handoff_md"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "one.py").write_text("from handoff_md.two import y\n")
    (package / "two.py").write_text(f"{late}\n")
    assert find_circle(tmp_path) != []
