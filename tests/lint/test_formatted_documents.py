"""A merged document that a formatter has gone over is read, linted and merged into as before."""

from __future__ import annotations

import mdformat
import pytest

from handoff_md.linter.context import Context
from handoff_md.linter.engine import check_page
from handoff_md.linter.page import PageKind, make_page
from handoff_md.linter.rule import list_rules, load_rules
from handoff_md.merge.summaries import merge_summaries
from handoff_md.semantics.document.header import header_fields, read_words
from handoff_md.semantics.parallel import orchestrator_of
from handoff_md.syntax.parse import parse
from handoff_md.syntax.summary import parse_summary

_RULES = load_rules(
    [code for code in list_rules() if code.startswith(("HX", "HE", "HP", "HD", "HN"))]
)
_HEADER = """\
# Handoff

**Project**: Widgets
**Created**: 2025-12-17
**Last Updated**: 2025-12-17
**Status**: Green since 2025-12-17

## Recent Sessions
"""
# What prettier 3.6 makes of the header and the section's own lines.
_PRETTIER = {
    "always": (
        "**Project**: Widgets **Created**: 2025-12-17 **Last Updated**: 2025-12-18\n"
        "**Status**: Green since 2025-12-17\n"
    ),
    "never": (
        "**Project**: Widgets **Created**: 2025-12-17 **Last Updated**: 2025-12-18 "
        "**Status**: Green since 2025-12-17\n"
    ),
}
_SECTION = "**Orchestrator**: Session 22 **Parallel Executions**: 2 agents\n"


def _merge(content: str, *numbers: int, date: str) -> str:
    summaries = [
        parse_summary(
            f"---\ndate: {date}\n---\n# Work of {number}\n\nSee [t].\n\n[t]: https://t.example.org\n",
            name=f".agents/temp/handoff-session-{number}-summary.md",
        )
        for number in numbers
    ]
    return merge_summaries(parse(content), summaries, orchestrator="22").content.decode()


def _mdformat(wrap: str | int, newline: str = "\n") -> str:
    merged = _merge(_HEADER, 19, 20, date="2025-12-18")
    formatted = mdformat.text(merged, options={"wrap": wrap}, extensions={"gfm"})
    assert "\\[t\\]: https" in merged
    assert formatted.count("\\[t\\]:") == 2
    return formatted.replace("\n", newline)


def _prettier(wrap: str) -> str:
    merged = _merge(_HEADER, 19, 20, date="2025-12-18")
    section = "**Orchestrator**: Session 22\n**Parallel Executions**: 2 agents\n"
    assert section in merged
    rest = merged[merged.index("\n## Recent") :].replace(section, _SECTION)
    return f"# Handoff\n\n{_PRETTIER[wrap]}{rest}"


_FORMATTED = {
    "mdformat keeps lines": lambda: _mdformat("keep"),
    "mdformat joins lines": lambda: _mdformat("no"),
    "mdformat fills lines": lambda: _mdformat(80),
    "mdformat breaks keys": lambda: _mdformat(40),
    "mdformat breaks values": lambda: _mdformat(20),
    "mdformat in a document with CRLF": lambda: _mdformat(40, "\r\n"),
    "prettier fills lines": lambda: _prettier("always"),
    "prettier joins lines": lambda: _prettier("never"),
}


@pytest.mark.parametrize("name", _FORMATTED)
def test_a_formatted_section_is_read_and_kept_up_as_it_was(name: str) -> None:
    content = _FORMATTED[name]()
    page = make_page(PageKind.HANDOFF, ".agents/HANDOFF.md", content.encode())
    assert [found.code for found in check_page(page, _RULES, Context())] == []
    document = page.document
    fields = {
        read_words(document.source, field.key): read_words(document.source, field.value)
        for field in header_fields(document)
    }
    assert fields == {
        "Project": "Widgets",
        "Created": "2025-12-17",
        "Last Updated": "2025-12-18",
        "Status": "Green since 2025-12-17",
    }
    assert str(orchestrator_of(document, document.entries[0])) == "22"

    later = _merge(content, 21, date="2025-12-19")

    updated = content.replace("2025-12-18", "2025-12-19", 1)
    place = later.index(next(line for line in later.splitlines() if "Sessions 21" in line))
    assert later[:place] == updated[:place]
    assert len(later) > len(updated)
