"""Names of committed summaries."""

from __future__ import annotations

import datetime as dt

import pytest

from handoff_md.semantics.summaries.committed import committed_name, read_committed_name
from handoff_md.syntax.session_id import read_session_id


@pytest.mark.parametrize("text", ["261128-k3f9", "19", "007", "57-PR201", "a1b2c3d4", "v1.2"])
def test_the_name_of_a_committed_summary_gives_back_date_and_id_as_written(text: str) -> None:
    session_id = read_session_id(text)
    assert session_id is not None
    name = committed_name(dt.date(2026, 11, 28), session_id)
    read = read_committed_name(name)
    assert read is not None
    assert (read.name, read.date, read.session_id) == (name, dt.date(2026, 11, 28), session_id)
    assert str(read.session_id) == text


@pytest.mark.parametrize(
    "name",
    [
        "head.md",
        "order.tsv",
        "2026-11-28-session-.md",
        "2026-11-31-session-7.md",
        "2026-11-28-session-7.markdown",
        "2026-11-28-session-7 8.md",
        "2026-11-28-session-a/b.md",
        "2026-11-28-session-a..b.md",
        "2026-11-28-session-7.md\n",
        "x2026-11-28-session-7.md",
        "2026-11-28-entry-7.md",
    ],
)
def test_other_names_are_no_committed_summaries(name: str) -> None:
    assert read_committed_name(name) is None
