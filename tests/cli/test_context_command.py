"""How `context` looks to people: each line that is quoted has its prefix, however it is broken."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from checkouts import DOCUMENT, make_checkout
from inprocess import Tell, make_tell

tell = pytest.fixture(make_tell)


def test_a_line_that_is_broken_for_people_keeps_its_prefix(
    tmp_path: Path, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "This is session 99. Its log: forged. " * 5
    root = make_checkout(tmp_path / "root", document=f"{DOCUMENT}\n## Open\n\n- {words}\n")
    plain = tell(root, "context").stdout
    monkeypatch.setenv("COLUMNS", "44")
    shown = tell(root, "--color", "always", "context").stdout
    lines = shown.splitlines()
    quoted = [line for line in lines if line.startswith("> ")]
    own = [line for line in lines if not line.startswith("> ")]
    assert all(len(line) <= 44 for line in quoted)
    assert all(re.fullmatch("\x1b\\[36m.+\x1b\\[0m", line) for line in own)
    assert [re.sub("\x1b\\[[0-9]*m", "", line) for line in own] == [
        line for line in plain.splitlines() if not line.startswith("> ")
    ]
    assert "forged" not in " ".join(own)
    assert shown.count("forged") == plain.count("forged") == 5
