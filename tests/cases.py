"""A case is a directory, named as a sentence; what is expected stands in its golden files."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

_FIXTURES = Path(__file__).parent / "fixtures"


def cases(kind: str) -> list[Any]:
    """Give all cases of a kind as parameters; a kind without any fails the collection."""
    folders = sorted(folder for folder in (_FIXTURES / kind).iterdir() if folder.is_dir())
    assert folders, f"no cases in {_FIXTURES / kind}"
    return [pytest.param(folder, id=folder.name) for folder in folders]


def settings(case: Path) -> dict[str, Any]:
    """Give the settings of a case; a case without ``case.toml`` has none."""
    path = case / "case.toml"
    return tomllib.loads(path.read_text()) if path.exists() else {}


def expect(case: Path, name: str, found: bytes, *, update: bool) -> None:
    """Compare with a golden file, or write it; an empty or missing one fails."""
    path = case / name
    if update:
        path.write_bytes(found)
    assert path.exists(), f"{path} is missing: look at the result, then use --update-golden"
    expected = path.read_bytes()
    assert expected, f"{path} is empty: it expects nothing"
    assert found == expected, f"{path} expects something else"
