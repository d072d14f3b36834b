"""Sessions in documents of other forms: ids go on as theirs, entries are written as theirs."""

from __future__ import annotations

from pathlib import Path

from agents import LOGS, end, lead, started, work
from checkouts import HANDOFF, commit_all, document_of, make_checkout, messages, run, write

from handoff_md.syntax.parse import parse

_CODED = (
    "# Orchard log\n\n## OR-07 — 2026-03-05 — Prune\n\nDone.\n\n## OR-06 — 2026-03-04 — Water\n"
)
_ITEMS = (
    "# Orchard\n\n## Log\n\n- [2026-03-04 08:30] Day 4: Water\n- [2026-03-05 17:10] Day 5: Prune\n"
)
_ANEW = (
    "# Orchard log\n\n## Session 2 - 2026-05-02\n\nb\n\n## Session 1 - 2026-05-01\n\na\n\n"
    "## Session 41 - 2026-03-02\n\nb\n\n## Session 40 - 2026-03-01\n\na\n"
)
_TWO = (
    "# Orchard\n\n## Trees\n\n### 2026-03-01: Water\n\na\n\n### 2026-03-02: Prune\n\nb\n\n"
    "## Hedges\n\n### 2026-04-01: Cut\n\nc\n\n### 2026-04-02: Burn\n\nd\n"
)


def _checkout(root: Path, text: str) -> Path:
    make_checkout(root)
    write(root / HANDOFF, text)
    commit_all(root, "log")
    return root


def test_a_code_goes_on_in_ids_names_trailers_and_the_entry(tmp_path: Path) -> None:
    root = _checkout(tmp_path / "root", _CODED)
    session = work(root, "--title", "Rake", "--date", "2026-03-06")
    assert session["id"] == "OR-08"
    assert session["log"] == f"{LOGS}/2026-03-06-session-OR-08-rake.md"
    assert session["summary"].endswith("/handoff-session-OR-08-summary.md")
    assert end(root, "OR-08").code == 0
    assert "## OR-08 — 2026-03-06 — Rake\n\n**Session Log**: [Session OR-08](" in document_of(root)
    assert "Handoff-Session: OR-08\n" in messages(root)[0]
    again = end(root, "OR-08")
    assert (again.code, document_of(root).count("Rake")) == (0, 1)
    assert started(root)["id"] == "OR-09"


def test_an_item_is_added_with_its_day_and_time(tmp_path: Path) -> None:
    root = _checkout(tmp_path / "root", _ITEMS)
    session = work(root, "--title", "Rake")
    assert session["id"] == "6"
    assert end(root, "6").code == 0
    entry = parse(document_of(root)).entries[-1]
    assert (str(entry.session_ids[0]), entry.title, str(entry.date)) == (
        "6",
        "Rake",
        session["date"],
    )
    assert entry.time is not None
    assert document_of(root).startswith(_ITEMS)
    assert f"\n- [{session['date']} " in document_of(root)


def test_numbers_that_began_anew_go_on_where_they_are_free(tmp_path: Path) -> None:
    root = _checkout(tmp_path / "root", _ANEW)
    write(root / LOGS / "2026-05-03-session-3-other.md", "# Log\n")
    assert started(root)["id"] == "4"


def test_where_the_place_is_not_sure_each_command_names_what_works(tmp_path: Path) -> None:
    root = _checkout(tmp_path / "root", _TWO)
    work(root, "--title", "Rake", "--date", "2026-04-03")
    refused = end(root, "1")
    assert refused.code == 1
    assert "--into LINE:5" in refused.stderr
    assert document_of(root) == _TWO
    for line, heading in ((5, "Trees"), (15, "Hedges")):
        shown = run(root, "preview", "1", "--orchestrator", "9", "--raw", "--into", f"LINE:{line}")
        assert shown.code == 0, shown.stderr
        section = shown.stdout.partition(f"## {heading}\n")[2].partition("\n## ")[0]
        assert "Parallel Sessions 01 " in section
    done = end(root, "1", "--into", "LINE:15")
    assert done.code == 0, done.stderr
    assert document_of(root).endswith("Did the work.\n")
    lead(root, "--expect", "2", orchestrator="8")
    work(root, "--id", "2", "--title", "Weed", "--date", "2026-04-04")
    assert end(root, "2").code == 0
    assert run(root, "run", "finish").code == 1
    assert run(root, "run", "finish", "--into", "Hedges").code == 0
    assert document_of(root).index("## Hedges") < document_of(root).index("Parallel Sessions 2 ")
