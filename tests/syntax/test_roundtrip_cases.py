"""Each folder of fixtures/roundtrip is a document, with the tree that it has to be read as."""

from __future__ import annotations

from pathlib import Path

import pytest
from cases import cases, expect

from handoff_md.syntax.dump import dump
from handoff_md.syntax.parse import parse


@pytest.mark.parametrize("case", cases("roundtrip"))
def test_a_document_is_read_as_its_case_expects(case: Path, update_golden: bool) -> None:  # noqa: FBT001 - a fixture
    content = (case / "input.md").read_bytes()
    document = parse(content)
    assert document.to_bytes() == content
    expect(case, "tree.txt", dump(document).encode(), update=update_golden)
