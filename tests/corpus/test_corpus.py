"""Real documents, where the HANDOFF_MD_CORPUS environment variable names a folder of them.

Expected there: HANDOFF.md files anywhere, and session logs with ``-session-NN`` in their names.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from itertools import islice
from pathlib import Path

import pytest

from handoff_md.errors import ContentError
from handoff_md.merge.request import MergeOptions
from handoff_md.merge.result import SummaryMerge
from handoff_md.merge.summaries import merge_summaries
from handoff_md.semantics.document.conflict_markers import find_conflict_markers
from handoff_md.semantics.entries.section import find_entries_section
from handoff_md.syntax.nodes import Document
from handoff_md.syntax.parse import parse
from handoff_md.syntax.summary import Summary, parse_summary

_FOLDER = Path(os.environ.get("HANDOFF_MD_CORPUS", "/nowhere"))
_FILES = sorted(_FOLDER.rglob("*.md")) if _FOLDER.is_dir() else []
_LOGS = [path for path in _FILES if "-session-" in path.name]
_DOCUMENTS = [path for path in _FILES if "-session-" not in path.name and path.name != "README.md"]
_DATE = dt.date(2031, 1, 2)
_HOSTILE = b"# Nasty\n\n<details>\n\n[a]: ./b\n\n[^1] [a]\n\nSetext\n===\n\n<!--\n\n```\n# open\n"
_NAMES = [str(path.relative_to(_FOLDER)) for path in _DOCUMENTS]

pytestmark = pytest.mark.skipif(not _DOCUMENTS, reason="HANDOFF_MD_CORPUS names no folder")


def _summary(number: int, content: bytes) -> Summary:
    return parse_summary(content, name=f"handoff-session-{number}-summary.md")


_THREE = [
    _summary(90001, b"# First\n\nText.\n\n## Sub\n\n- item\n"),
    _summary(90002, _HOSTILE),
    _summary(90003, b"---\ntitle: Third\n---\n| a | b |\n|---|---|\n| 1 | 2 |\n"),
]


def _merge(document: Document, summaries: list[Summary], options: MergeOptions) -> SummaryMerge:
    return merge_summaries(document, summaries, orchestrator="90000", date=_DATE, options=options)


def _options(document: Document) -> MergeOptions:
    """Give the options with which a document takes a section; an error has named them."""
    try:
        find_entries_section(document)
    except ContentError as error:
        hint = error.hint
    else:
        return MergeOptions()
    assert "--create-section" in hint
    assert "--into" in hint
    return MergeOptions(create_section=True)


def _assert_only_inserted(old: bytes, new: bytes) -> None:
    """Every old line is there in its order; only ``Last Updated`` may read otherwise."""
    lines = iter(new.splitlines(keepends=True))
    for line in old.splitlines(keepends=True):
        stamp = line.startswith(b"**Last Updated**")
        wanted = re.sub(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}", b"2031-01-02", line) if stamp else line
        ending = b"" if line.endswith((b"\n", b"\r")) else b"\n"
        assert any(found in (line, wanted, line + ending) for found in lines), line


@pytest.mark.parametrize("path", _DOCUMENTS, ids=_NAMES)
def test_a_real_document_takes_three_summaries_and_keeps_every_line(path: Path) -> None:
    content = path.read_bytes()
    document = parse(content)
    assert document.to_bytes() == content
    if find_conflict_markers(document.source, document.blocks.tokens, document.first_line):
        with pytest.raises(ContentError, match="conflict markers"):
            _merge(document, _THREE, MergeOptions(create_section=True))
        return
    options = _options(document)
    merge = _merge(document, _THREE, options)
    assert not merge.refused
    _assert_only_inserted(content, merge.content)
    merged = parse(merge.content)
    fresh = [entry for entry in merged.entries if entry.date == _DATE]
    assert [len(entry.parts) for entry in fresh] == [3]
    if not options.create_section and find_entries_section(document).entries:
        levels = {entry.heading.level for entry in find_entries_section(document).entries}
        assert fresh[0].heading.level in levels
    again = _merge(merged, _THREE, MergeOptions())
    assert again.content == merge.content


@pytest.mark.parametrize("path", _LOGS, ids=[path.name for path in _LOGS])
def test_no_real_session_log_is_refused_as_a_summary(path: Path) -> None:
    summary = _summary(90001, b"---\ntitle: A log\n---\n" + _without_title(path.read_bytes()))
    for document in _few_documents():
        merge = _merge(document, [summary], _options(document))
        assert not merge.refused, merge.sessions
        assert merge.merged


def _without_title(content: bytes) -> bytes:
    """Take off the first heading: it claims an id that is not the summary's."""
    return re.sub(rb"\A# .*\n", b"", content)


def _few_documents() -> list[Document]:
    documents = (parse(path.read_bytes()) for path in _DOCUMENTS if path.stat().st_size < 60_000)
    return list(
        islice((d for d in documents if not find_conflict_markers(d.source, d.blocks.tokens)), 9)
    )
