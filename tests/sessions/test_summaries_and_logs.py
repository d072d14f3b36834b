from __future__ import annotations

from pathlib import Path

import pytest

from handoff_md.errors import FileError
from handoff_md.sessions.inbox import Inbox, OpenedSummary, SummaryFile, open_summary
from handoff_md.sessions.logs import find_log, list_logs
from handoff_md.store.files import digest
from handoff_md.syntax.session_id import given_id
from handoff_md.syntax.summary import parse_summary

NAME = "handoff-session-19-summary.md"
LOG = "../logs/work.md"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def find(root: Path, log: str) -> tuple[str | None, str]:
    data = f"---\nlog: {log}\n---\n\n# Cache the look-ups\n\nDone.\n".encode()
    summary = parse_summary(data, name=f"handoffs/{NAME}", origin="here")
    found, note = find_log(summary, given_id("19"), [list_logs(root, "sessions")])
    return found.path if found else None, note


def test_a_named_log_is_taken_inside_though_its_path_leads_outside_as_well(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    assert find(root, LOG) == (None, f"names a log that does not exist: {LOG}")
    write(tmp_path / "logs" / "work.md", "# Elsewhere\n")
    with pytest.raises(FileError, match="lies outside of the repository"):
        find(root, LOG)
    write(root / "logs" / "work.md", "# Work\n")
    assert find(root, LOG) == ("logs/work.md", "")
    with pytest.raises(FileError, match="log that it names is a folder"):
        find(root, "../logs")


def test_a_log_that_is_not_there_is_known_where_the_session_has_handed_over(
    tmp_path: Path,
) -> None:
    text = "---\nlog: sessions/work.md\n---\n\n# Cache the look-ups\n\nDone.\n"
    inbox = Inbox(tmp_path, "handoffs", copies=tmp_path / "copies")

    def read() -> OpenedSummary:
        file = SummaryFile(inbox, NAME, given_id("19"))
        return open_summary(file, limit=1000, checkouts=[list_logs(tmp_path, "sessions")])

    missing = read()
    assert (missing.data, missing.digest) == (None, "")
    assert missing.summary.problems
    write(tmp_path / "handoffs" / NAME, text)
    opened = read()
    assert opened.digest == digest(text.encode())
    assert (opened.log, opened.notes) == (
        None,
        ("names a log that does not exist: sessions/work.md",),
    )
    write(tmp_path / "copies" / NAME, f"{text}\nAnd more.\n")
    assert read().log is None
    write(tmp_path / "copies" / NAME, text)
    seen = read()
    assert seen.log is not None
    assert (seen.log.path, seen.notes) == ("sessions/work.md", ())
