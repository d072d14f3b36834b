"""Setting up beside real documents, where HANDOFF_MD_CORPUS names a folder of them."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest
from repositories import git

from handoff_md.app.setup.change import SetupPlan
from handoff_md.app.setup.plan import SetupRequest, plan_setup
from handoff_md.errors import HandoffError

_FOLDER = Path(os.environ.get("HANDOFF_MD_CORPUS", "/nowhere"))
_FILES = sorted(_FOLDER.rglob("*.md")) if _FOLDER.is_dir() else []
_DOCUMENTS = [path for path in _FILES if path.name != "README.md" and "triples" not in path.parts]
_MARKS = (b"<!-- handoff-md:begin", b"<!-- handoff-md:end -->\n")

pytestmark = pytest.mark.skipif(not _DOCUMENTS, reason="HANDOFF_MD_CORPUS names no folder")


def _plan(root: Path) -> SetupPlan:
    return plan_setup(SetupRequest(directory=root, today=dt.date(2031, 1, 2)))


@pytest.mark.parametrize("document", _DOCUMENTS, ids=lambda path: str(path.relative_to(_FOLDER)))
@pytest.mark.parametrize("name", [".agents/HANDOFF.md", ".agents/SESSION-PROTOCOL.md", ""])
def test_a_real_document_keeps_its_bytes_and_a_second_run_does_nothing(
    tmp_path: Path, document: Path, name: str
) -> None:
    git(tmp_path, "init", "--quiet", "--template=")
    path = tmp_path / (name or document.name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(old := document.read_bytes())
    try:
        _plan(tmp_path).carry_out()
    except HandoffError as error:
        refusal = error.message
    else:
        refusal = ""
    if refusal:
        assert refusal.endswith("it is a template")
        assert [entry.name for entry in path.parent.iterdir() if entry.is_file()] == [path.name]
        assert path.read_bytes() == old
        return
    new = path.read_bytes()
    if _MARKS[0] in new:
        begin, end = new.index(_MARKS[0]), new.index(_MARKS[1]) + len(_MARKS[1])
        new = new[:begin] + new[end:]
    assert new.startswith(old)
    assert new.removeprefix(old).strip(b"\r\n") in (
        b"",
        b"## Recent Sessions\n\n<!-- handoff-md:sessions -->",
    )
    assert _plan(tmp_path).changes == ()
