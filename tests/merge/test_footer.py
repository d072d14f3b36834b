"""What closes a log below its last entry stays the last thing there, and is no entry's."""

from __future__ import annotations

import pytest

from handoff_md.merge.rendering import ENTRY, SECTION, Rendering
from handoff_md.merge.request import MergeOptions, SessionLog, Surroundings
from handoff_md.merge.result import Outcome, SummaryMerge
from handoff_md.merge.summaries import merge_summaries
from handoff_md.semantics.entries.rearrange import rearrange, remove
from handoff_md.syntax.form.form import FormHints
from handoff_md.syntax.nodes import Document
from handoff_md.syntax.parse import parse
from handoff_md.syntax.summary import parse_summary

_HEADED = "# Log\n\n## 2026-06-10: Soup\n\nCooked.\n\n## 2026-06-12: Bread\n\nBaked.\n\n"
_RULED = _HEADED.replace("Cooked.\n", "Cooked.\n\n---\n")
_ITEMS = "# Log\n\n- 2026-06-10: Soup\n- 2026-06-12: Bread\n\n"
_PARAGRAPHS = "# Log\n\n**2026-06-10** — Soup.\n\n**2026-06-12** — Bread.\n\n"
_FOOTERS = [
    "<!-- Add new entries above this line -->\n",
    "<!-- end of the log -->",
    "---\n\n*Kept by the cooks. Do not delete entries.*\n",
    "---\n\n_Last updated by Anna_\n\n<!-- generated links:\nnone -->\n",
    "<!-- log:end -->\n\n[soup]: https://example.org/soup\n",
    "<sub>This file is read by all cooks.</sub>\n",
    "---\n\n*Neue Einträge über diese Zeile.*\n",
]


def _parse(text: str) -> Document:
    return parse(text, hints=FormHints("log.md"))


def _try(
    text: str, number: int, rendering: Rendering, body: str = "Boiled.", *, replace: bool = False
) -> SummaryMerge:
    summary = parse_summary(
        f"---\nsession: {number}\ntitle: Jam\ndate: 2026-06-14\n---\n{body}\n".encode(),
        name=f".agents/temp/handoff-session-{number}-summary.md",
    )
    log = SessionLog(f".agents/sessions/2026-06-14-session-{number}.md")
    return merge_summaries(
        _parse(text),
        [summary],
        orchestrator="99",
        options=MergeOptions(rendering=rendering, replace=replace),
        surroundings=Surroundings(logs={summary.origin: log}),
    )


def _merge(text: str, number: int, rendering: Rendering) -> str:
    return _try(text, number, rendering).content.decode()


@pytest.mark.parametrize("footer", _FOOTERS)
@pytest.mark.parametrize("log", [_HEADED, _RULED, _ITEMS, _PARAGRAPHS])
def test_new_text_goes_above_the_footer(log: str, footer: str) -> None:
    text = log + footer
    for number, rendering in ((41, ENTRY), (42, SECTION), (43, SECTION)):
        text = _merge(text, number, rendering)
        assert text.endswith(f"\n{footer}")
        assert text.count(footer) == 1
        (again,) = _try(text, number, rendering).sessions
        assert again.outcome is Outcome.ALREADY_MERGED
        numbers = [one.number for entry in _parse(text).entries for one in entry.session_ids]
        assert numbers == list(range(41, number + 1))
    lines = iter(text.splitlines())
    assert all(line in lines for line in (log + footer).splitlines())


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_footer_of_a_section_stays_above_what_follows(end: str) -> None:
    text = _HEADED.replace("\n## ", "\n### ").replace("# Log", "# Kitchen\n\n## Log")
    rest = f"{_FOOTERS[0]}\n## Links\n\n- none\n".replace("\n", end)
    merged = parse(_merge(text.replace("\n", end) + rest, 41, ENTRY).encode())
    assert merged.to_bytes().decode().endswith(f"- none{end}")
    assert f"Boiled.{end}{end}{rest}" in merged.to_bytes().decode()


@pytest.mark.parametrize(
    "remark",
    [
        "*Cooked by Anna*\n",  # tells of no document
        "*Next session: bottle it, and write new sessions' notes.*\n",
        "---\n\n_End of day. Do not delete the jars!_\n",
        "*Generated with a stove*\n",
        "---\n\nAdd new entries above this line, if you like.\n",  # is not set apart
        "- see this file\n",
    ],
)
def test_what_may_be_the_last_entrys_own_stays_with_it(remark: str) -> None:
    text = _HEADED + remark
    assert _merge(text, 41, ENTRY).startswith(text)


def test_a_remark_that_every_entry_ends_with_is_its_own() -> None:
    remark = "\n\n*Written to this log by Anna*\n"
    text = _HEADED.replace(".\n", f".{remark}").rstrip() + "\n"
    assert _merge(text, 41, ENTRY).startswith(text)


def test_replacing_the_last_session_leaves_the_footer() -> None:
    text = _merge(_HEADED + _FOOTERS[2], 41, SECTION)
    again = _try(text, 41, SECTION, "Bottled.", replace=True)
    assert again.content.decode() == text.replace("Boiled.", "Bottled.")


def test_filling_in_the_last_session_leaves_the_footer() -> None:
    text = f"{_HEADED}## Session 41: [Pending]\n\nTBD\n\n{_FOOTERS[2]}"
    filled = _merge(text, 41, ENTRY)
    assert filled.startswith(_HEADED)
    assert filled.endswith(f"Boiled.\n\n{_FOOTERS[2]}")
    assert "TBD" not in filled


def test_entries_that_change_places_or_go_leave_the_footer_behind() -> None:
    document = _parse(_HEADED + _FOOTERS[2])
    entries = document.entries
    edit = rearrange(document.source, entries, [1, 0])
    assert edit is not None
    turned = document.source.text[: edit.span.start] + edit.text
    turned += document.source.text[edit.span.end :]
    assert turned.endswith(f"## 2026-06-10: Soup\n\nCooked.\n\n{_FOOTERS[2]}")
    gone = remove(document.source, entries, 1)
    assert document.source.text[gone.span.end :].endswith(f"\n\n{_FOOTERS[2]}")
    assert gone.span.end < document.source.text.index("---")
