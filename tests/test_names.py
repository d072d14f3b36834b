"""Who reads a name knows which value is meant: no two classes of the package share one."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import handoff_md

_PACKAGE = Path(handoff_md.__file__).parent


def test_no_two_classes_that_modules_share_have_one_name() -> None:
    homes: dict[str, list[str]] = defaultdict(list)
    for module in sorted(_PACKAGE.rglob("*.py")):
        for node in ast.parse(module.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(module.relative_to(_PACKAGE).as_posix())
    assert len(homes) > 300
    assert not {name: places for name, places in homes.items() if len(places) > 1}
