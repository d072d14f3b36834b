"""A merge into a log whose entries stand below months, weeks or years, in whatever notation."""

from __future__ import annotations

import datetime as dt

import pytest

from handoff_md.errors import ContentError
from handoff_md.merge.rendering import ENTRY, SECTION, Rendering
from handoff_md.merge.request import MergeOptions
from handoff_md.merge.summaries import merge_summaries
from handoff_md.semantics.entries.groups import Group, find_groups
from handoff_md.semantics.entries.section import find_entries_section
from handoff_md.syntax.form.form import FormHints
from handoff_md.syntax.nodes import Document, Entry
from handoff_md.syntax.parse import parse
from handoff_md.syntax.summary import parse_summary
from handoff_md.threeway.document import merge_three_way

_HEADED = """\
# Session log

## {new}

### 2026-06-12 Bread

Baked.

### 2026-06-10 Soup

Cooked.

## {old}

### 2026-05-30 Cake

Iced.
"""
_LAST = """\
# Log

## {old}

### 2026-05-30 Cake

Iced.

## {new}

### 2026-06-10 Soup

Cooked.

### 2026-06-12 Bread

Baked.

# Links

- none
"""
_ITEMS = """\
# Worklog

## {new}

- 12.06.2026: bread
- 10.06.2026: soup

## {old}

- 30.05.2026: cake
"""
_RULED = """\
# Log

---

## {new}

### 2026-06-12 Bread

Baked.

---

## {old}

### 2026-05-30 Cake

Iced.
"""
_YEARS = """\
# Log

## 2026

### {new}

#### 2026-06-12 Bread

Baked.

### {old}

#### 2026-05-30 Cake

Iced.

## 2025

### December

#### 2025-12-30 Tea

Made.
"""
_DAYS = """\
# Log

## {new}

### June 12: Bread

Baked.

### June 10: Soup

Cooked.

## {old}

### May 30: Cake

Iced.
"""
_ALONE = """\
# Log

## {new}

### 12 - Bread

Baked.

### 10 - Soup

Cooked.

## {old}

### 30 - Cake

Iced.
"""


def _parse(content: bytes) -> Document:
    return parse(content, hints=FormHints("log.md"))


def _merge(content: bytes, number: int, day: str, rendering: Rendering = SECTION) -> bytes:
    text = f"---\nsession: {number}\ntitle: Jam\ndate: {day}\n---\n# Jam\n\nBoiled.\n\n- one\n"
    name = f".agents/temp/handoff-session-{number}-summary.md"
    return merge_summaries(
        _parse(content),
        [parse_summary(text.encode(), name=name)],
        orchestrator="99",
        options=MergeOptions(rendering=rendering),
    ).content


def _leaves(groups: tuple[Group, ...]) -> list[Group]:
    return [leaf for group in groups for leaf in (_leaves(group.below) or [group])]


def _words(document: Document, group: Group) -> str:
    return document.source.slice(group.section.heading.text)


def _is_of(entry: Entry, number: int) -> bool:
    return [one.number for one in entry.session_ids] == [number]


@pytest.mark.parametrize("rendering", [SECTION, ENTRY])
@pytest.mark.parametrize(
    ("layout", "new", "old", "day", "heading"),
    [
        (_HEADED, "June 2026", "May 2026", "2026-06-20", "June 2026"),
        (_HEADED, "June 2026", "May 2026", "2026-07-02", "July 2026"),
        (_HEADED, "June 2026", "May 2026", "2026-05-31", "May 2026"),
        (_HEADED, "June 2026", "May 2026", "2026-03-02", "March 2026"),
        (_HEADED, "2026-06", "2026-05", "2027-01-02", "2027-01"),
        (_HEADED, "Jun 2026", "May 2026", "2026-12-02", "Dec 2026"),
        (_HEADED, "📅 JUNE (2026)", "📅 MAY (2026)", "2026-09-02", "📅 SEPTEMBER (2026)"),
        (_HEADED, "2026-W24", "2026-W22", "2027-01-04", "2027-W01"),
        (_HEADED, "Week 24", "Week 22", "2026-06-17", "Week 25"),
        (_HEADED, "2026年6月", "2026年5月", "2026-07-02", "2026年7月"),
        (_LAST, "Juni 2026", "Mai 2026", "2026-07-02", "Juli 2026"),
        (_LAST, "junho de 2026", "maio de 2026", "2026-10-02", "outubro de 2026"),
        (_ITEMS, "Juni 2026", "Mai 2026", "2026-12-02", "Dezember 2026"),
        (_ITEMS, "06/2026", "05/2026", "2026-06-20", "06/2026"),
        (_RULED, "June 2026", "May 2026", "2026-07-02", "July 2026"),
        (_YEARS, "June", "May", "2026-07-02", "July"),
        (_YEARS, "June", "May", "2027-01-02", "January"),
        (_YEARS, "June", "May", "2025-12-31", "December"),
        (_DAYS, "June 2026", "May 2026", "2026-07-02", "July 2026"),
        (_ALONE, "June 2026", "May 2026", "2026-06-20", "June 2026"),
        (_ALONE, "June 2026", "May 2026", "2026-07-02", "July 2026"),
        (_ALONE, "2026-06", "2026-05", "2026-03-02", "2026-03"),
        (
            _HEADED,
            "Week of June 8, 2026",
            "Week of May 25, 2026",
            "2026-06-17",
            "Week of June 15, 2026",
        ),
        (_HEADED, "Week of June 8", "Week of May 25", "2026-06-17", "Week of June 15"),
        (_HEADED, "Woche vom 8.6.2026", "Woche vom 25.5.2026", "2026-06-17", "Woche vom 15.6.2026"),
        (
            _HEADED,
            "2026-W24 (8–14 Jun)",
            "2026-W22 (25–31 May)",
            "2026-06-13",
            "2026-W24 (8–14 Jun)",
        ),
    ],
)
def test_an_entry_goes_below_its_own_month_or_makes_its_heading(
    layout: str, new: str, old: str, day: str, heading: str, rendering: Rendering
) -> None:
    content = layout.format(new=new, old=old).encode()
    for number in (41, 42):
        before, content = _parse(content), _merge(content, number, day, rendering)
        after = _parse(content)
        section = find_entries_section(after)
        own = next(entry for entry in after.entries if _is_of(entry, number))
        assert own.date == dt.date.fromisoformat(day)
        assert len(after.entries) == len(before.entries) + 1
        assert section.order.newest_first is (layout is not _LAST)
        leaves = _leaves(section.groups)
        holding = [one for one in leaves if own in one.entries]
        assert [_words(after, one) for one in holding] == [heading]
        starts = [one.period.start for one in leaves if one.period.start]
        assert starts == sorted(starts, reverse=layout is not _LAST)
    lines = iter(content.decode().splitlines())
    assert all(line in lines for line in layout.format(new=new, old=old).splitlines())


def test_a_new_year_brings_the_headings_of_year_and_month() -> None:
    content = _merge(_YEARS.format(new="June", old="May").encode(), 41, "2027-01-02", ENTRY)
    assert b"# Log\n\n## 2027\n\n### January\n\n#### 2027-01-02 Jam (Session 41)\n" in content
    assert b"\n\n## 2026\n\n### June\n" in content


@pytest.mark.parametrize(
    ("written", "day", "heading"),
    [
        (("12 - ", "10 - ", "30 - "), "2026-06-20", "20 - Jam (Session 41)"),
        (("12 - ", "10 - ", "30 - "), "2026-07-01", "1 - Jam (Session 41)"),
        (("12: ", "02: ", "30: "), "2026-07-01", "01: Jam (Session 41)"),
        (("12th – ", "10th – ", "30th – "), "2026-07-01", "1st – Jam (Session 41)"),
        (("12. ", "10. ", "30. "), "2026-06-20", "20. Jam (Session 41)"),
        (("Fri 12: ", "Wed 10: ", "Sat 30: "), "2026-07-01", "Wed 1: Jam (Session 41)"),
        (("12日 ", "10日 ", "30日 "), "2026-07-01", "1日 Jam (Session 41)"),
    ],
)
def test_a_day_alone_is_written_as_the_others_are(
    written: tuple[str, str, str], day: str, heading: str
) -> None:
    content = _ALONE.format(new="June 2026", old="May 2026")
    for own, other in zip(("12 - ", "10 - ", "30 - "), written, strict=True):
        content = content.replace(f"### {own}", f"### {other}")
    once = _merge(content.encode(), 41, day, ENTRY)
    assert f"\n\n### {heading}\n" in once.decode()
    again = _merge(once, 42, day, ENTRY)
    assert f"\n\n### {heading.replace('41', '42')}\n" in again.decode()


def test_the_days_of_a_week_are_told_by_their_names() -> None:
    content = _HEADED.format(new="2026-W24", old="2026-W22")
    for date, name in (("06-12", "Fri"), ("06-10", "Wed"), ("05-30", "Sat")):
        content = content.replace(f"2026-{date} ", f"{name}: ")
    content = _merge(content.encode(), 41, "2026-06-16", ENTRY).decode()
    assert "# Session log\n\n## 2026-W25\n\n### Tue: Jam (Session 41)\n" in content


@pytest.mark.parametrize(
    "weeks",
    [
        ["2026-W24", "2026-W23", "2026-W22"],
        ["Week of June 8, 2026", "Week of June 1, 2026", "Week of May 25, 2026"],
        ["Sprint 24 (2026-06-08 – 2026-06-14)", "Sprint 23 (2026-06-01 – 2026-06-07)"],
    ],
)
def test_beside_weeks_that_are_entries_a_new_one_is_headed_as_documented(weeks: list[str]) -> None:
    text = "# Log\n" + "".join(f"\n## {week}\n\n- Baked\n" for week in weeks)
    content = _merge(text.encode(), 41, "2026-06-16", ENTRY)
    assert content.startswith(b"# Log\n\n## 2026-06-16: Jam (Session 41)\n")
    both = _merge(content, 42, "2026-06-17")
    assert both.startswith(b"# Log\n\n## Parallel Sessions 42 (2026-06-17)\n")
    assert both.decode().endswith(text.removeprefix("# Log\n"))
    titles = [entry.title for entry in _parse(both).entries]
    assert titles[2:] == weeks


def test_a_month_is_parted_by_the_rule_that_parts_the_others() -> None:
    content = _merge(_RULED.format(new="June 2026", old="May 2026").encode(), 41, "2026-07-02")
    assert content.count(b"\n---\n\n## ") == _RULED.count("\n---\n\n## ") + 1


def test_a_month_of_a_list_takes_an_item() -> None:
    content = _merge(
        _ITEMS.format(new="Juni 2026", old="Mai 2026").encode(), 41, "2026-07-02", ENTRY
    )
    assert b"# Worklog\n\n## Juli 2026\n\n- 02.07.2026: Jam (Session 41)\n" in content


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("Week 3", "Week 1"),  # of the project: the entries are of other weeks of the year
        ("June 2026", "2026-05"),
        ("Sprint 4 (2026-06-08 – 2026-06-19)", "Sprint 3 (2026-05-25 – 2026-06-05)"),
        ("2026-W24 (8–14 Jun)", "2026-W22 (25–31 May)"),
    ],
)
def test_months_or_weeks_that_cannot_be_told_are_refused_with_what_helps(
    new: str, old: str
) -> None:
    content = _HEADED.format(new=new, old=old).encode()
    for day in ("2026-08-02", "2026-01-13"):
        with pytest.raises(ContentError, match="can't be told which of them") as raised:
            _merge(content, 41, day)
        assert "--into LINE:3" in raised.value.hint
    chosen = find_entries_section(_parse(content), into="LINE:3")
    assert chosen.heading == new


def test_a_month_that_is_named_takes_the_entry_whatever_its_date() -> None:
    document = _parse(_HEADED.format(new="June 2026", old="May 2026").encode())
    chosen = find_entries_section(document, into="May 2026")
    assert not chosen.groups
    assert len(chosen.entries) == 1


def test_entries_beside_months_belong_to_none_of_them() -> None:
    text = "# Log\n\n## 2026-07-02 Jam\n\nx\n\n## June 2026\n\n### 2026-06-12 Bread\n\nBaked.\n"
    document = _parse(text.encode())
    assert find_groups(document.source, document.children) == ()


def test_a_marker_above_months_leaves_each_entry_to_its_own() -> None:
    text = _HEADED.format(new="June 2026", old="May 2026")
    marked = text.replace("## June", "<!-- handoff-md:sessions -->\n\n## June")
    content = _merge(f"{marked}\n## Links\n\n- none\n".encode(), 41, "2026-07-02")
    assert b"sessions -->\n\n## July 2026\n\n### Parallel Sessions 41 (2026-07-02)\n" in content


@pytest.mark.parametrize(
    ("layout", "ids"), [(_HEADED, [42, 41]), (_LAST, [41, 42]), (_ALONE, [42, 41])]
)
def test_two_branches_that_begin_a_month_come_to_one_in_its_order(
    layout: str, ids: list[int]
) -> None:
    base = layout.format(new="June 2026", old="May 2026").encode()
    ours, theirs = _merge(base, 42, "2026-07-03", ENTRY), _merge(base, 41, "2026-07-02", ENTRY)
    merged = merge_three_way(base, ours, theirs, name="log.md")
    assert not merged.conflicts
    assert merged.content.count(b"## July 2026") == 1
    entries = _parse(merged.content).entries
    assert [one.number for entry in entries for one in entry.session_ids] == ids
