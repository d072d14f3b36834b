"""What real documents tell a session that begins, at any budget."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest

from handoff_md.briefing.chapter import PREFIX, clean
from handoff_md.briefing.packing import pack
from handoff_md.briefing.telling import tell_document
from handoff_md.semantics.summaries.hidden_text import mask_hidden
from handoff_md.syntax.nodes import Document
from handoff_md.syntax.parse import parse

_FOLDER = Path(os.environ.get("HANDOFF_MD_CORPUS", "/nowhere"))
_FILES = sorted(_FOLDER.rglob("*.md")) if _FOLDER.is_dir() else []
_DOCUMENTS = [path for path in _FILES if "-session-" not in path.name and path.name != "README.md"]
_BUDGETS = (500, 600, 1_000, 2_000, 4_000, 6_000, 9_000, 14_000, 20_000)
_OURS = ("(line ", "(its status: ", "Left out for want of room: ")

pytestmark = pytest.mark.skipif(not _DOCUMENTS, reason="HANDOFF_MD_CORPUS names no folder")


def _tell(document: Document, chars: int) -> str:
    chapters = tell_document(document)
    return pack("Frame.", chapters, ("Rest.",), chars=chars, command=lambda n: f"more {n}").text


@pytest.mark.parametrize("path", _DOCUMENTS, ids=lambda path: str(path.relative_to(_FOLDER)))
def test_a_real_document_is_told_in_its_words_and_ours_within_any_budget(path: Path) -> None:
    document = parse(path.read_bytes())
    words = " ".join(clean(mask_hidden(document).replace("\0", "")).split())
    headings = {chapter.heading for chapter in tell_document(document)}
    texts = [_tell(document, chars) for chars in _BUDGETS]
    assert all(len(text) <= chars for chars, text in zip(_BUDGETS, texts, strict=True))
    assert all(len(text) <= len(other) for text, other in pairwise(texts) if "Left out" in other)
    assert texts[-1] == _tell(parse(path.read_bytes()), _BUDGETS[-1])
    for text in texts:
        first, *lines, last = text.splitlines()
        assert (first, last) == ("Frame.", "Rest.")
        for line in lines:
            if line.startswith(PREFIX):
                assert " ".join(line.removeprefix(PREFIX).split()) in words
            else:
                assert line in headings or line.startswith(_OURS)
