"""What is written into a log of any shape changes nothing else, and is read as one of its own."""

from __future__ import annotations

import datetime as dt
from random import Random

import pytest
from logs_of_people import Log, make_log

from handoff_md.errors import ContentError
from handoff_md.merge.rendering import ENTRY, SECTION
from handoff_md.merge.request import MergeOptions, SessionLog, Surroundings
from handoff_md.merge.result import SummaryMerge
from handoff_md.merge.summaries import merge_summaries
from handoff_md.semantics.entries.section import find_entries_section
from handoff_md.syntax.form.form import FormHints
from handoff_md.syntax.grammar import EntryKind
from handoff_md.syntax.nodes import Document, Entry
from handoff_md.syntax.parse import parse
from handoff_md.syntax.summary import parse_summary

_HINTS = FormHints("HANDOFF.md")
_BODY = (
    "# {title}\n\nRead it anew, and wrote it.\n\n## Done\n\n- one\n- two\n\n1. first\n2. second\n\n"
    "```\ncode\n```\n\n---\n\n## Open\n\n> Nothing is.\n"
)
_TITLES = (
    "Mend the parser",
    "Read 3 files, write 2",
    "Say what `--why` says",
    "Plan: part 2 (v1.2)",
)
_TIME = dt.time(9, 5, tzinfo=dt.UTC)


def _write(text: str, ids: list[str], title: str, day: dt.date, *, single: bool) -> SummaryMerge:
    names = [f".agents/temp/handoff-session-{known}-summary.md" for known in ids]
    summaries = [parse_summary(_BODY.format(title=title), name=name) for name in names]
    logs = {
        summary.origin: SessionLog(f".agents/sessions/{day}-session-{known}-mend.md")
        for known, summary in zip(ids, summaries, strict=True)
    }
    return merge_summaries(
        parse(text, hints=_HINTS),
        summaries,
        orchestrator=ids[0] if single else "9000",
        date=day,
        options=MergeOptions(rendering=ENTRY if single else SECTION, time=_TIME),
        surroundings=Surroundings(logs=logs),
    )


def _tell(entry: Entry) -> tuple[object, ...]:
    return entry.session_ids, entry.date, entry.title, entry.time


def _describe(document: Document) -> tuple[object, ...]:
    form = document.form
    assert form.place is not None
    assert form.template is not None
    section = find_entries_section(document)
    return form.place.identity, form.place.level, section.order.newest_first, form.template.key


def _check_added(
    old: str, merged: SummaryMerge, ids: list[str], title: str, day: dt.date
) -> tuple[Document, Document, Entry]:
    """Check that one stretch of text has come in, and one entry, and that all else is the same."""
    assert not merged.refused, merged.sessions
    new = merged.content.decode()
    (edit,) = merged.patch.edits
    assert new == old[: edit.span.start] + edit.text + old[edit.span.start :]
    before, after = parse(old, hints=_HINTS), parse(new, hints=_HINTS)
    told = [_tell(entry) for entry in before.entries]
    added = [entry for entry in after.entries if _tell(entry) not in told]
    rest = [_tell(entry) for entry in after.entries if entry not in added]
    assert rest == told, new
    assert len(added) == 1, new
    assert [known.text.lstrip("0S") for known in added[0].session_ids] == ids, new
    assert added[0].date == day, new
    if len(ids) == 1:
        assert added[0].title == title, new
    return before, after, added[0]


def _check_form(before: Document, after: Document, added: Entry, title: str) -> None:
    """Check that an entry has the shape that most have, and a plain title stands as theirs do."""
    kinds = [
        type(entry.heading) for entry in before.entries if entry.kind is not EntryKind.PARALLEL
    ]
    assert type(added.heading) is max(set(kinds), key=kinds.count), after.source.text
    template = before.form.template
    if template and title == _TITLES[0] and "\nDate" not in after.source.text.replace("*", ""):
        reading = template.read(after.source.slice(added.heading.text))
        assert reading is not None, after.source.text
        assert reading.fits, after.source.text


def _check_place(log: Log, new: str, day: dt.date) -> None:
    entries = parse(new, hints=_HINTS).entries
    assert (entries[0] if log.newest_first else entries[-1]).date == day, new


def check_log(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    log, title = make_log(random), random.choice(_TITLES)
    text = log.text()
    day = log.days[-1] + dt.timedelta(days=random.randint(0, 40))
    single = _write(text, [log.numbered], title, day, single=True)
    _check_form(*_check_added(text, single, [log.numbered], title, day), title)
    one = single.content.decode()
    _check_place(log, one, day)
    assert _describe(parse(one, hints=_HINTS)) == _describe(parse(text, hints=_HINTS)), one
    ids = [str(log.number + 1), str(log.number + 2)]
    parallel = _write(one, ids, title, day, single=False)
    _check_added(one, parallel, ids, title, day)
    both = parallel.content.decode()
    assert _describe(parse(both, hints=_HINTS)) == _describe(parse(text, hints=_HINTS)), both
    _check_place(log, both, day)
    last = log.numbered.replace(str(log.number), str(log.number + 3))
    later = day + dt.timedelta(days=1)
    third = _write(both, [last], title, later, single=True)
    _check_form(*_check_added(both, third, [last], title, later), title)
    _check_place(log, third.content.decode(), later)


def check_broken_log(seed: int) -> None:
    """Check that a log that is cut, mixed or in no order is refused, or added to rightly."""
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    log, other = make_log(random), make_log(random)
    text = random.choice(
        (
            log.text(order=random),
            log.text(1),
            "".join(log.text().splitlines(keepends=True)[: random.randint(2, 20)]),
            log.text() + "\n" + "".join(other.entries),
            log.text() + "\n" + other.text(),
        )
    )
    day = max(*log.days, *other.days)
    try:
        merged = _write(text, ["9001"], "Mend the parser", day, single=True)
    except ContentError:
        return
    _check_added(text, merged, ["9001"], "Mend the parser", day)


@pytest.mark.parametrize("first", range(0, 40, 20))
def test_entries_are_written_as_the_others_are(first: int) -> None:
    for seed in range(first, first + 20):
        check_log(seed)


def test_what_is_no_whole_log_is_refused_or_added_to_rightly() -> None:
    for seed in range(25):
        check_broken_log(seed)


@pytest.mark.full
def test_entries_are_written_as_the_others_are_in_many_logs() -> None:
    for seed in range(1_000, 11_000):
        check_log(seed)
        check_broken_log(seed)
