from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from handoff_md.syntax.form.moments import UNTOLD, Customs
from handoff_md.syntax.form.shapes import reads_alike
from handoff_md.syntax.parse import parse
from handoff_md.syntax.versions import VersionParser
from handoff_md.text.source import Source
from handoff_md.threeway.conflict import Conflict, ConflictKind, MergeContext
from handoff_md.threeway.item import read_lines, unite_fields, unite_fields_in_conflict
from handoff_md.threeway.matching import match_versions
from handoff_md.threeway.unit import Unit, make_root

_LOG = "**Session Log**: [log](./sessions/2025-12-18-session-{}-work.md)"


def read_units(*sections: str) -> Sequence[Unit]:
    tree = VersionParser().parse(Source("".join(f"{section}\n\n" for section in sections)))
    assert tree is not None
    return make_root(tree).children


def test_an_entry_is_known_by_its_log_under_any_heading_and_text() -> None:
    base = read_units(
        f"## 2025-12-18: Cache (Session 19)\n\n{_LOG.format(19)}\n\nIt is slow.",
        "## 2025-12-17: Older (Session 18)\n\nDone.",
    )
    side = read_units(
        "## 2025-12-20: Newest (Session 21)\n\nAll new.",
        "## 2025-12-17: Older (Session 18)\n\nDone.",
        f"## 2025-12-19: Everything else\n\n{_LOG.format(19)}\n\nNot a word is kept.",
    )
    assert match_versions(base, side) == {0: 2, 1: 1}


def test_a_log_that_two_entries_have_tells_neither() -> None:
    base = read_units(f"## 2025-12-18: Cache (Session 19)\n\n{_LOG.format(19)}\n\nIt is slow.")
    side = read_units(
        f"## 2025-12-20: Other\n\n{_LOG.format(19)}\n\nAll new.",
        f"## 2025-12-18: Cache (Session 19)\n\n{_LOG.format(19)}\n\nIt is fast.",
    )
    assert match_versions(base, side) == {0: 1}


def test_lines_that_siblings_share_make_no_section_like_another() -> None:
    shared = "Owner: nobody\n\nState: green\n\nBudget: none"
    base = read_units(f"## Alpha\n\n{shared}\n\nWool.", f"## Beta\n\n{shared}\n\nSilk.")
    side = read_units(f"## Beta\n\n{shared}\n\nSilk.", f"## Gamma\n\n{shared}\n\nTea.")
    assert match_versions(base, side) == {1: 0}


def test_the_gap_behind_a_section_holds_one_rule_and_no_blank_start_of_a_text() -> None:
    above, _ = read_units("## A\n\nText.\n\n---\n\n***", "## B\n\nText.")
    assert (above.text, above.gap) == ("## A\n\nText.\n\n---\n", "\n***\n\n")
    tree = VersionParser().parse(Source("\n\n# A\n"))
    assert tree is not None
    root = make_root(tree)
    assert (root.own_text, root.own_gap) == ("\n\n", "")


def test_fields_are_not_united_where_only_some_keys_are_equal() -> None:
    ours, theirs, others = map(
        read_lines, ("**A**: 1\n**B**: 2\n", "**B**: 3\n**C**: 4\n", "**C**: 4\n**D**: 5\n")
    )
    assert unite_fields(ours, theirs, MergeContext()) is None
    united = unite_fields(ours, others, MergeContext())
    assert united is not None
    assert united.text == "**A**: 1\n**B**: 2\n**C**: 4\n**D**: 5\n"


def test_fields_of_one_record_that_touch_are_one_conflict() -> None:
    one, other = (Conflict(ConflictKind.FIELD, ("A", key), "0", key, "2") for key in "BC")
    (united,) = unite_fields_in_conflict([one, "", other])
    assert isinstance(united, Conflict)
    assert (united.place, united.base, united.ours, united.theirs) == ("A › B, C", "00", "BC", "22")
    apart = Conflict(ConflictKind.FIELD, ("A", "C"), "0", "1", "2", head="same\n")
    assert list(unite_fields_in_conflict([one, apart, "text"])) == [one, apart, "text"]


@pytest.mark.parametrize(
    ("heading", "by_template"),
    [("2026-01-0{0}: Title {0} (Session {0})", False), ("2026-01-0{0} (8{0}) — Title {0}", True)],
)
def test_a_version_is_read_by_what_headings_teach_only_where_its_own_reading_was(
    heading: str, *, by_template: bool
) -> None:
    sections = [f"### {heading.format(number)}\n\nDone.\n" for number in (4, 3, 2, 1)]
    long, short = (
        parse("\n".join(["# Handoff\n", "## Recent Sessions\n", *some])).form
        for some in (sections, sections[1:])
    )
    heads = [(1, "Handoff"), (2, "Recent Sessions")]
    assert (short.by_template, long.by_template) == (by_template, by_template)
    assert reads_alike(long, short, heads)
    assert reads_alike(long, replace(short, sample=("82, on 2026-01-02",)), heads) != by_template


def test_a_version_is_read_anew_unless_its_runs_are_surely_those_of_all() -> None:
    days = [f"2026-01-0{number}: Title {number} (Session {number})" for number in (4, 3, 2, 1)]
    entries = "".join(f"\n### {words}\n\nDone.\n" for words in days)
    form, other, led = (
        parse(f"# Handoff\n\n## {text}").form
        for text in (
            f"Recent Sessions\n{entries}",
            f"Session Log\n{entries}",
            "Recent Sessions\n\n" + "".join(f"- **{words}**: done\n" for words in days),
        )
    )
    heads = [(1, "Handoff"), (2, "Recent Sessions"), (2, "Notes")]
    assert reads_alike(form, form, heads)
    assert len(form.runs) == len(other.runs) == len(led.runs) == 1
    assert not reads_alike(form, form, [*heads, heads[1]])
    assert not reads_alike(other, form, heads)
    led = replace(led, customs=UNTOLD)
    assert not reads_alike(led, led, heads)
    assert not reads_alike(replace(form, runs=form.runs * 2), form, heads)
    assert not reads_alike(replace(form, customs=Customs(2026)), form, heads)


def test_a_long_document_is_parsed_in_parts_into_the_tree_that_it_has_as_a_whole() -> None:
    fence = "```\n" + "# no heading\n" * 60_000 + "```\n\n"
    body = f"{'words ' * 20}\n\n## Same\n\n" * 4_500
    text = f"# A\n\n{body}{fence}# B\n\n- End\n"
    tree = VersionParser().parse(Source(text))
    assert tree is not None
    assert tree.children == parse(Source(text)).children
