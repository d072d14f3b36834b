"""Splitting a document, and joining it again."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from layouts_to_split import make_document

from handoff_md.derived.building import build
from handoff_md.derived.pieces import (
    FormRecord,
    OrderLine,
    Pieces,
    read_form,
    read_order,
    write_form,
    write_order,
)
from handoff_md.derived.splitting import split
from handoff_md.errors import ContentError, HandoffError
from handoff_md.semantics.entries.section import find_entries_section
from handoff_md.syntax.parse import parse

_SEEDS = 50
_MANY_SEEDS = 20_000
_CORPUS = Path(os.environ.get("HANDOFF_MD_CORPUS", "/nowhere"))
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")

LOG = """\
# Handoff

## Recent Sessions

### 2026-01-03: Third (Session 3)

- three

---

### 2026-01-02: Second (Session 2)

- two

---

### 2026-01-01: First (Session 1)

- one

## Next Steps
"""


MONTHS = """\
# Log

## February 2026

### 2026-02-03: Third (Session 3)

- three

## January 2026

### 2026-01-01: First (Session 1)

- one
"""


def _write_and_read(pieces: Pieces) -> Pieces:
    """Take pieces through what is written to disk."""
    return Pieces(
        pieces.head,
        pieces.tail,
        read_order(write_order(pieces.order)),
        pieces.files,
        read_form(write_form(pieces.form)),
        pieces.sessions,
    )


def _assert_inverse(data: bytes) -> Pieces:
    pieces = split(parse(data))
    assert build(_write_and_read(pieces)).source.to_bytes() == data
    names = [line.name for line in pieces.order]
    assert sorted(names) == sorted(pieces.files)
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        assert re.fullmatch(r"[a-z0-9.-]{1,100}", name)
        assert not _RESERVED.fullmatch(name)
    return pieces


def _try_inverse(data: bytes) -> bool:
    """Tell whether a document could be split; one whose entries are unsure can't be."""
    try:
        split(parse(data))
    except ContentError:
        return False
    _assert_inverse(data)
    return True


def test_an_entry_is_a_piece_and_the_rule_behind_it_is_its_gap() -> None:
    pieces = _assert_inverse(LOG.encode())
    assert pieces.order[0] == OrderLine("2026-01-03-entry-3-third.md", ("", "---", ""))
    assert pieces.order[-1] == OrderLine("2026-01-01-entry-1-first.md", ("",))
    assert pieces.files["2026-01-02-entry-2-second.md"] == (
        b"### 2026-01-02: Second (Session 2)\n\n- two\n"
    )
    assert pieces.head.endswith(b"## Recent Sessions\n\n")
    assert pieces.tail == b"## Next Steps\n"
    assert pieces.form.newest_first
    assert pieces.form.gap == ("", "---", "")


def test_what_is_split_is_joined_byte_for_byte() -> None:
    split_ones = sum(_try_inverse(make_document(seed)) for seed in range(_SEEDS))
    assert split_ones > _SEEDS / 2


@pytest.mark.full
def test_what_is_split_is_joined_for_thousands_of_documents() -> None:
    split_ones = sum(_try_inverse(make_document(seed)) for seed in range(_MANY_SEEDS))
    assert split_ones > _MANY_SEEDS / 2


@pytest.mark.skipif(not _CORPUS.is_dir(), reason="HANDOFF_MD_CORPUS names no folder")
def test_each_real_document_with_entries_is_split_and_joined() -> None:
    done = 0
    for path in sorted(_CORPUS.rglob("*.md")):
        data = path.read_bytes()
        for variant in (data, data.replace(b"\n", b"\r\n"), data.rstrip(), b"\xef\xbb\xbf" + data):
            document = parse(variant)
            if document.form.runs and "session-logs" not in path.parts:
                line = document.form.runs[0].first + 1
                pieces = split(document, into=None if document.form.place else f"LINE:{line}")
                assert build(_write_and_read(pieces)).source.to_bytes() == variant, path
                done += 1
    assert done > 100


def test_an_item_of_a_list_is_a_piece() -> None:
    data = (
        b"# Log\n\n## Sessions\n\n- **2026-01-02**: two\n  - more\n- **2026-01-01**: one\n\nEnd.\n"
    )
    pieces = _assert_inverse(data)
    assert list(pieces.files.values()) == [
        b"- **2026-01-02**: two\n  - more\n",
        b"- **2026-01-01**: one\n",
    ]
    assert pieces.form.is_led


def test_of_several_runs_one_is_named_and_the_others_stay_in_head_and_tail() -> None:
    entries = "### 2026-01-02: Two (Session 2)\n\n- 2\n\n### 2026-01-01: One (Session 1)\n\n- 1\n\n"
    data = f"# Log\n\n## North\n\n{entries}## South\n\n{entries}".encode()
    with pytest.raises(HandoffError, match="several places"):
        split(parse(data))
    pieces = split(parse(data), into="South")
    assert b"## North" in pieces.head
    assert pieces.tail == b""
    assert build(pieces).source.to_bytes() == data


def test_what_is_folded_away_stays_together_in_one_piece() -> None:
    folded = LOG.replace("### 2026-01-02", "<details>\n\n### 2026-01-02").replace(
        "## Next", "</details>\n\nBelow.\n\n## Next"
    )
    pieces = _assert_inverse(folded.encode())
    fold = next(data for name, data in pieces.files.items() if "-fold" in name)
    assert fold.startswith(b"<details>")
    assert fold.rstrip().endswith(b"</details>")


def test_white_space_that_no_gap_can_hold_stays_with_its_piece() -> None:
    pieces = _assert_inverse(LOG.replace("- two\n\n---\n\n", "- two\n\t\n").encode())
    assert pieces.files["2026-01-02-entry-2-second.md"].endswith(b"- two\n\t\n")
    pieces = _assert_inverse(LOG.replace("- two\n\n", "- two\n\r\n").encode())
    assert pieces.files["2026-01-02-entry-2-second.md"].endswith(b"- two\n\r\n---\n\n")


def test_titles_that_differ_in_case_or_are_reserved_names_get_names_of_their_own() -> None:
    data = b"".join(
        b"## 2026-01-0%d: %s\n\n- x\n\n" % (number, title)
        for number, title in enumerate((b"CON", b"con", b"Con", b"", b"\xff\xfe"), 1)
    )
    pieces = _assert_inverse(data)
    assert len(pieces.files) == 5


@pytest.mark.parametrize(
    "data",
    [
        b"name\t\\n\n",
        b"2026-01-01-entry-1.md\n",
        b"2026-01-01-entry-1.md\t---\n",
        b"../2026-01-01-entry-1.md\t\\n\n",
        b"2026-01-01-entry-1.md\t\\n\n2026-01-01-entry-1.md\t\\n\n",
        b"\xff\t\\n\n",
        b"<<<<<<< ours\n",
    ],
)
def test_a_damaged_order_is_refused(data: bytes) -> None:
    with pytest.raises(ContentError, match=r"order\.tsv"):
        read_order(data)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"version": 1, "level": "x"}', b"\xff"])
def test_a_damaged_form_is_refused(data: bytes) -> None:
    with pytest.raises(ContentError, match=r"form\.json"):
        read_form(data)


def test_the_form_of_another_version_is_refused() -> None:
    with pytest.raises(ContentError, match="version 2"):
        read_form(write_form(FormRecord()).replace(b'"version": 1', b'"version": 2'))


def test_an_order_is_read_whatever_a_checkout_makes_of_its_line_ends() -> None:
    order = split(parse(LOG.encode())).order
    assert read_order(write_order(order).replace(b"\n", b"\r\n")) == order


def test_entries_below_months_are_known_by_the_section_of_all_of_them() -> None:
    pieces = split(parse(MONTHS.encode()))
    assert pieces.form.section == "# Log"
    assert find_entries_section(parse(MONTHS.encode()), into=pieces.form.section).heading == "Log"
    assert build(pieces).source.text == MONTHS


def test_a_section_that_is_not_found_names_no_option_that_split_lacks() -> None:
    for into in (None, "Elsewhere"):
        with pytest.raises(HandoffError) as raised:
            split(parse(b"# Handoff\n\nWords.\n"), into=into)
        assert "--create-section" not in raised.value.hint
        assert "--into" in raised.value.hint
