from __future__ import annotations

import datetime as dt

from rendering import as_text

from handoff_md.preview.outline import EntryLine, SectionLine, ShownDocument, TableLine, outline
from handoff_md.preview.outline_view import render_outline
from handoff_md.syntax.nodes import Field, walk
from handoff_md.syntax.parse import parse

DOCUMENT = """\
# Handoff

**Project**: Shop

## Sessions

| Session | Agent |
|---------|-------|
| 19 | one |
| [Session 20](./sessions/2025-12-18-session-20-pages.md) | two |

## Recent Sessions

### Parallel Sessions 19, 20 (2025-12-18)

**Orchestrator**: Session 22
**Parallel Executions**: 2 agents

#### Session 19: Mails

**Session Log**: [Session 19](./sessions/2025-12-18-session-19-mails.md)

#### Session 20: Pages

Words.

### 2025-12-17: Basket (Session 18)

**Session Log**: [Session 7](./sessions/2025-12-16-session-07-other.md)

#### Inside an entry
"""


def outlined(text: str) -> ShownDocument:
    document = parse(text)
    header = [node for node in walk(document) if isinstance(node, Field)][:1]
    return outline(document, "HANDOFF.md", header=header)


def test_sections_entries_and_tables_come_in_the_documents_order() -> None:
    kinds = [type(item) for item in outlined(DOCUMENT).items]
    assert kinds == [SectionLine, SectionLine, TableLine, SectionLine, EntryLine, EntryLine]


def test_an_entry_tells_lines_ids_date_title_log_and_parts() -> None:
    parallel, single = outlined(DOCUMENT).entries
    assert (parallel.lines.first, parallel.lines.last) == (14, 25)
    assert [str(part.session_id) for part in parallel.parts] == ["19", "20"]
    assert [part.log for part in parallel.parts] == ["2025-12-18-session-19-mails.md", ""]
    assert single.date == dt.date(2025, 12, 17)
    assert single.title == "Basket"


def test_a_table_tells_its_sessions() -> None:
    tables = [item for item in outlined(DOCUMENT).items if isinstance(item, TableLine)]
    assert [[str(known) for known in table.session_ids] for table in tables] == [["19", "20"]]


def test_the_entries_section_and_its_order_are_named() -> None:
    target = outlined(DOCUMENT).target
    assert target
    assert (target.heading, target.line, target.level) == ("Recent Sessions", 12, 3)
    assert target.newest_first


def test_without_an_entries_section_the_reason_is_named() -> None:
    found = outlined("# Notes\n\nWords.\n")
    assert found.target is None
    assert "no section for entries" in found.problems[0].message


def test_conflict_markers_are_named_by_line_also_behind_front_matter() -> None:
    text = "---\na: b\n---\n# H\n\n<<<<<<< ours\none\n=======\ntwo\n>>>>>>> theirs\n"
    problem = outlined(text).problems[0]
    assert problem.lines == (6, 8, 10)


def test_too_deep_nesting_is_named_by_line() -> None:
    problem = outlined("# H\n\n" + "> " * 60 + "deep\n").problems[0]
    assert problem.lines == (3,)


def test_the_view_fits_eighty_columns_and_names_what_disagrees() -> None:
    lines = as_text(render_outline(outlined(DOCUMENT))).splitlines()
    assert max(map(len, lines)) <= 80
    assert any("…-mails" in line for line in lines)
    assert any("2025-12-16-" in line for line in lines), "a log that disagrees is in full"
    assert any("◀ merge here" in line for line in lines)


def test_titles_get_the_room_that_short_logs_leave() -> None:
    log = "**Session Log**: [Session 20](./sessions/2025-12-18-session-20-a.md)"
    heading = "## Recent Sessions of ours"
    text = f"# Handoff\n\n{heading}\n\n### 2025-12-18: A (Session 20)\n\n{log}\n"
    view = as_text(render_outline(outlined(text)))
    assert f"{heading}  ◀ merge here" in view
    assert "…-a" in view


def test_the_view_is_safe_to_look_at() -> None:
    text = DOCUMENT.replace("Basket", "Bas\x1b[31mket\u202e [bold]x")
    shown = as_text(render_outline(outlined(text)))
    assert "Bas␛[31mket<U+202E> [bold]x" in shown


def test_an_empty_document_is_no_failure() -> None:
    shown = as_text(render_outline(outlined("")))
    assert "0 lines" in shown
