"""What real documents tell a session that begins, at any budget."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest

from handoff_md.briefing.chapters import PREFIX, Chapter, Passage, Topic, clean, pack
from handoff_md.briefing.telling import tell_document
from handoff_md.semantics.summaries.hidden_text import mask_hidden
from handoff_md.syntax.parse import parse

_FOLDER = Path(os.environ.get("HANDOFF_MD_CORPUS", "/nowhere"))
_FILES = sorted(_FOLDER.rglob("*.md")) if _FOLDER.is_dir() else []
_DOCUMENTS = [path for path in _FILES if "-session-" not in path.name and path.name != "README.md"]
_BUDGETS = range(500, 20_001, 100)
_OURS = ("(line ", "(its status: ", "Left out for want of room: ")

pytestmark = pytest.mark.skipif(not _DOCUMENTS, reason="HANDOFF_MD_CORPUS names no folder")


_WHO = Chapter(Topic.SESSION, "", (Passage(("This is session 7.",)),))


def _tell(chapters: Iterable[Chapter], chars: int) -> str:
    told = [_WHO, *chapters]
    return pack("Frame.", told, ("Rest.",), chars=chars, command=lambda n: f"more {n}").text


@pytest.mark.parametrize("path", _DOCUMENTS, ids=lambda path: str(path.relative_to(_FOLDER)))
def test_a_real_document_is_told_in_its_words_and_ours_within_any_budget(path: Path) -> None:
    document = parse(path.read_bytes())
    words = " ".join(clean(mask_hidden(document).replace("\0", "")).split())
    chapters = tell_document(document)
    headings = {chapter.heading for chapter in chapters}
    texts = [_tell(chapters, chars) for chars in _BUDGETS]
    assert all(len(text) <= chars for chars, text in zip(_BUDGETS, texts, strict=True))
    assert all(len(text) <= len(other) for text, other in pairwise(texts) if "Left out" in other)
    again = tell_document(parse(path.read_bytes()))
    assert texts == [_tell(again, chars) for chars in _BUDGETS]
    for text in dict.fromkeys(texts):
        first, second, *lines, last = text.splitlines()
        assert (first, second, last) == ("Frame.", "This is session 7.", "Rest.")
        for line in lines:
            if line.startswith(PREFIX):
                assert " ".join(line.removeprefix(PREFIX).split()) in words
            else:
                assert line in headings or line.startswith(_OURS)
