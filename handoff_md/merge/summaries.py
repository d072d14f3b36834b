"""Merges sessions' summaries into a document: match, render, insert, prove. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from handoff_md.errors import ContentError
from handoff_md.merge.blame import blame
from handoff_md.merge.candidate import Candidate, MergeInput, drop_doubles, judge, render
from handoff_md.merge.grouping import narrow
from handoff_md.merge.hosted import prove_hosted
from handoff_md.merge.insertion import (
    Place,
    find_index,
    find_insertion,
    find_led_insertion,
    insert_section,
    replace_part,
    update_last_updated,
    with_newlines,
)
from handoff_md.merge.led_proof import prove_led
from handoff_md.merge.manner import DOCUMENTED, Manner, find_manners
from handoff_md.merge.proof import Addition, Unsound, place_in_result, prove
from handoff_md.merge.rendering import SectionHead
from handoff_md.merge.request import MergeOptions, SessionLog, Surroundings
from handoff_md.merge.result import Outcome, SessionOutcome, SummaryMerge
from handoff_md.semantics.document.conflict_markers import find_conflict_markers
from handoff_md.semantics.document.header import is_template, tell_generated
from handoff_md.semantics.entries.identity import index_sessions
from handoff_md.semantics.entries.order import ToldBy
from handoff_md.semantics.entries.section import (
    EntriesSection,
    appended_section,
    find_entries_section,
)
from handoff_md.semantics.summaries.containment import contain_title
from handoff_md.syntax.blocks import Reference
from handoff_md.syntax.form.form import Shape
from handoff_md.syntax.nodes import Document, Entry
from handoff_md.syntax.parse import parse
from handoff_md.syntax.session_id import SessionId, read_session_id
from handoff_md.syntax.summary import Summary
from handoff_md.text.edit import Edit, Patch, make_patch
from handoff_md.text.visible import shorten
from handoff_md.value import Value

_DEFAULT_ORDER = (
    "nothing tells which way the entries run, so the new text goes first: "
    "`entries-order` in handoff-md.toml, or `Newest last` above them, says otherwise"
)

_MARKUP = r"[\\`*_\[<&~]"

NEW_DOCUMENT = "# Handoff\n"
"""What a document is before anything is merged into it."""


def judge_summaries(
    summaries: Sequence[Summary],
    *,
    orchestrator: SessionId,
    today: dt.date,
    options: MergeOptions,
    logs: Mapping[str, SessionLog],
) -> tuple[SessionOutcome, ...]:
    """Say what a merge into a new document would make of summaries; see `merge_summaries`."""
    merged = merge_summaries(
        parse(NEW_DOCUMENT),
        summaries,
        orchestrator=orchestrator,
        today=today,
        options=replace(options, create_section=True),
        surroundings=Surroundings(logs),
    )
    return merged.sessions


def merge_summaries(
    document: Document,
    summaries: Sequence[Summary],
    *,
    orchestrator: SessionId | str,
    date: dt.date | None = None,
    today: dt.date | None = None,
    options: MergeOptions | None = None,
    surroundings: Surroundings | None = None,
) -> SummaryMerge:
    """Merge summaries into a document as one parallel section.

    Args:
        document: the document; one with conflict markers is refused.
        summaries: one for each session; their order does not matter.
        orchestrator: the id of the session that merges.
        date: the section's date; else the latest date of the summaries that are merged, else
            ``today``, which then must be given.
        today: the date to fall back on.
        options: how to merge.
        surroundings: logs, what exists, and what earlier merges have recorded.

    Returns:
        The patch, and what became of each session. If any session can't be merged and the merge
        is not partial, it is refused: nothing changes, and every problem is named.

    Raises:
        ContentError: the document itself can't take a section.
        ValueError: no date is known, or the orchestrator's id is none.
    """
    chosen, around = options or MergeOptions(), surroundings or Surroundings()
    leader = read_session_id(orchestrator) if isinstance(orchestrator, str) else orchestrator
    if leader is None:
        msg = f"no session id: {orchestrator!r}"
        raise ValueError(msg)
    refuse_unfit(document)
    run_date = date or _latest(summaries) or today
    if run_date is None:
        msg = "no summary is dated: give date or today"
        raise ValueError(msg)
    run = MergeInput(document, leader, run_date, chosen, around, index_sessions(document))
    ordered = sorted(summaries, key=_order)
    candidates = drop_doubles([judge(run, summary) for summary in ordered])
    fresh = [c.summary for c in candidates if c.outcome is Outcome.MERGED and not c.recorded]
    section_date = date or _latest(fresh) or run_date
    section = _find_section(document, chosen) if fresh else None
    manner = _manner_of_entries(run, candidates)
    if section is None:
        return _merge_candidates(run, candidates, _Spot(None, (), section_date, manner))
    if chosen.rendering.is_entry:
        return _merge_single(run, candidates, list(_find_spots(run, section, section_date)))
    room = narrow(document, section, section_date)
    place = find_insertion(document.source, room, section_date)
    spot = _Spot(place, room.to_create, section_date, manner, _tell_default(section))
    return _merge_candidates(run, candidates, spot)


class _Spot(Value):
    """Where new text goes, what headings are to be created above it, its date, and its manner.

    ``notes`` say what was taken without being told.
    """

    place: Place | None
    to_create: tuple[str, ...]
    date: dt.date
    manner: Manner = DOCUMENTED
    notes: tuple[str, ...] = ()


def _tell_default(section: EntriesSection) -> tuple[str, ...]:
    """Say that nothing tells which way the entries run, where there are any."""
    if not section.entries or section.order.told_by is not ToldBy.DEFAULT:
        return ()
    return (_DEFAULT_ORDER,)


def _manner_of_entries(run: MergeInput, candidates: Sequence[Candidate]) -> Manner:
    """Give how the document's entries are headed; as documented where it does not tell.

    That is learnt for entries alone: those that are asked for, and placeholders.
    """
    if not (run.options.rendering.is_entry or any(one.fills for one in candidates)):
        return DOCUMENTED
    template = run.document.form.template
    is_own = template is None or template.is_documented
    return DOCUMENTED if is_own else Manner(template=template)


def _find_spots(run: MergeInput, section: EntriesSection, date: dt.date) -> Iterator[_Spot]:
    """Find where an entry of its own may go, and how it may be written there, the best first."""
    source, room = run.document.source, narrow(run.document, section, date)
    for manner in find_manners(run.document, section, find_index(section, date)):
        in_list = manner.shape is Shape.ITEMS
        place = (
            find_led_insertion(source, room, date, tight=manner.tight, in_list=in_list)
            if manner.is_led
            else find_insertion(source, room, date)
        )
        yield _Spot(place, room.to_create, date, manner, _tell_default(section))


def _merge_single(
    run: MergeInput, candidates: Sequence[Candidate], spots: Sequence[_Spot]
) -> SummaryMerge:
    """Merge in the first manner that is read back to the same session, date and title."""
    for spot in spots[:-1]:
        try:
            merged = _merge_candidates(run, candidates, spot)
        except ContentError:
            continue
        if not merged.refused and _is_read_back(run, merged, spot):
            return merged
    return _merge_candidates(run, candidates, spots[-1])


def _is_read_back(run: MergeInput, merged: SummaryMerge, spot: _Spot) -> bool:
    """Tell whether the new document has all entries of the old one, and the session's beside."""
    again = parse(merged.content, hints=run.document.hints)
    told, added = list(map(_tell, again.entries)), list(map(_tell, run.document.entries))
    day = spot.manner.day(merged.date, run.options.time)
    for session in merged.merged:
        captured = run.document.blocks.references
        title = contain_title(session.title, captured=captured).text
        added.append(((spot.manner.here(session.session_id),), day, title))
    return Counter(told) == Counter(added)


def _tell(entry: Entry) -> tuple[tuple[SessionId, ...], dt.date | None, str]:
    return entry.session_ids, entry.date, entry.title


def _merge_candidates(
    run: MergeInput, candidates: Sequence[Candidate], spot: _Spot
) -> SummaryMerge:
    """Render and prove; only where that fails is each summary judged alone, and then blamed.

    The proof of the whole takes one rendering, judging them alone one for each.
    """
    done = _render_all(run, candidates, spot)
    if not any(candidate.problems for candidate in done):
        merged = _assemble(run, done, spot)
        if isinstance(merged, SummaryMerge):
            return merged
    done = _render_all(replace(run, hosted=True), candidates, spot)
    merged = _assemble(run, done, spot)
    if isinstance(merged, Unsound):
        blamed = blame(done, merged.reason, lambda candidate: _is_sound(run, candidate, spot))
        merged = _assemble(run, blamed, spot) if blamed else merged
    if isinstance(merged, SummaryMerge):
        return merged
    raise ContentError(
        f"the summaries can't be merged: {merged.reason}",
        "A code fence or an HTML comment that the document leaves open is the usual cause: "
        "`handoff-md show --tree` tells how it is read.",
    )


def refuse_unreadable(document: Document) -> None:
    """Refuse a document of which it is not sure what it says (ContentError)."""
    blocks = document.blocks
    if blocks.too_deep is not None:
        line = blocks.too_deep + document.first_line + 1
        raise ContentError(
            f"the document nests too deep to be read safely, in line {line}",
            "Flatten the quotes or lists there.",
        )
    markers = find_conflict_markers(document.source, blocks.tokens, document.first_line)
    if markers:
        lines = ", ".join(str(number + 1) for number in markers)
        raise ContentError(
            f"the document holds conflict markers in lines {lines}",
            "Resolve the conflict there, then run the command again.",
        )


def refuse_unfit(document: Document) -> None:
    """Refuse a document that no merge may touch (ContentError)."""
    refuse_unreadable(document)
    generated = tell_generated(document)
    if generated is not None:
        raise ContentError(
            f"the document is generated, or not to be edited, as its line {generated + 1} says",
            "Name the document that people write with `handoff` in handoff-md.toml, or take that "
            "line out.",
        )
    if is_template(document):
        raise ContentError(
            "the document is a template: its headings have dates that are to be filled in",
            "Name the document that people write with `handoff` in handoff-md.toml, or take the "
            "placeholders out.",
        )


def _order(summary: Summary) -> tuple[bool, int, str, float, str, str]:
    """Give the sort key of a summary: by id; by time where ids were drawn on one day."""
    known = summary.session_id
    if known is None:
        return (True, 0, "", 0, "", summary.origin)
    moment = 0.0
    if known.is_drawn and summary.date and summary.time:
        began = dt.datetime.combine(summary.date, summary.time)
        moment = (began if began.tzinfo else began.replace(tzinfo=dt.UTC)).timestamp()
    return (*known.rank, moment, known.suffix, summary.origin)


def _latest(summaries: Sequence[Summary]) -> dt.date | None:
    return max((summary.date for summary in summaries if summary.date), default=None)


def _find_section(document: Document, options: MergeOptions) -> EntriesSection:
    """Find the entries section, or name the one to create where that is asked for."""
    try:
        return find_entries_section(document, configured=options.entries_heading, into=options.into)
    except ContentError:
        if options.create_section:
            return appended_section(document, options.entries_heading)
        raise


def _render_all(run: MergeInput, candidates: Sequence[Candidate], spot: _Spot) -> list[Candidate]:
    level = spot.place.level if spot.place else 0
    return [render(run, candidate, level, spot.date, spot.manner) for candidate in candidates]


def _assemble(
    run: MergeInput, candidates: Sequence[Candidate], spot: _Spot
) -> SummaryMerge | Unsound:
    """Make the patch of all that can be merged, and prove it."""
    document = run.document
    outcomes = [candidate.report() for candidate in candidates]
    outcomes += [
        SessionOutcome(session_id, "", Outcome.MISSING, problems=("has no summary",))
        for session_id in run.around.missing
    ]
    outcomes.sort(key=lambda found: found.session_id.rank)
    absent = [found for found in outcomes if found.problems]
    merged = [found for found in candidates if found.outcome is Outcome.MERGED]
    if (absent and not run.options.partial) or not merged:
        nothing = make_patch(document.source, ())
        return SummaryMerge(nothing, tuple(outcomes), spot.date, refused=bool(absent))
    additions = _additions(run, merged, absent, spot)
    stamp = update_last_updated(document, spot.date) if run.options.update_last_updated else None
    unsound = _prove(document, additions, stamp)
    if unsound:
        return unsound
    patch = _make_patch(document, additions, stamp)
    section = place_in_result(patch, additions[-1])
    return SummaryMerge(patch, tuple(outcomes), spot.date, section, spot.notes)


def _prove(
    document: Document, additions: Sequence[Addition], stamp: Edit | None = None
) -> Unsound | None:
    """Ask both judges."""
    patch = _make_patch(document, additions, stamp)
    if additions[0].is_led:
        return prove_led(document, patch, additions[0], stamp)
    unsound = prove(document, patch, additions, stamp) or prove_hosted(document, additions, stamp)
    return unsound or _prove_first(document, patch)


def _prove_first(document: Document, patch: Patch) -> Unsound | None:
    """Prove that of a document without entries the new ones are all that is read in the result.

    Where there are some, what a merge writes has no vote on where entries stand.
    """
    if document.entries:
        return None
    result = parse(patch.apply(), hints=document.hints)
    return Unsound("more entries would be read than it has") if len(result.entries) > 1 else None


def _make_patch(document: Document, additions: Sequence[Addition], stamp: Edit | None) -> Patch:
    edits = [addition.edit for addition in additions]
    return make_patch(document.source, [*edits, stamp] if stamp else edits)


def _is_sound(run: MergeInput, candidate: Candidate, spot: _Spot) -> bool:
    """Tell whether a candidate can be merged alone."""
    return not _prove(run.document, _additions(run, [candidate], [], spot))


def _additions(
    run: MergeInput,
    merged: Sequence[Candidate],
    absent: Sequence[SessionOutcome],
    spot: _Spot,
) -> list[Addition]:
    """Make what the merge adds: the parts that replace others, and the new section."""
    additions = [make_replacement(run.document, found) for found in merged if found.recorded]
    fresh = [found for found in merged if not found.recorded]
    if fresh and spot.place:
        additions.append(_addition(run, spot.place, spot, fresh, absent))
    return additions


def make_replacement(document: Document, candidate: Candidate) -> Addition:
    """Put a session's new part, or the entry that was to be written, in the place of the old one.

    What stands behind that stays.
    """
    assert candidate.rendered is not None  # noqa: S101 - a merged candidate is rendered
    assert candidate.recorded is not None  # noqa: S101 - the caller has looked
    old = candidate.recorded.part or candidate.recorded.entry
    edit = replace_part(document, old, candidate.rendered.text)
    own = with_newlines(candidate.rendered.text, document.source.newline)
    return Addition(edit, own, old.heading.level, (read_atx_heading(candidate.rendered.text),))


def _addition(
    run: MergeInput,
    place: Place,
    spot: _Spot,
    fresh: Sequence[Candidate],
    absent: Sequence[SessionOutcome],
) -> Addition:
    """Make what is new, a section or an entry, and where it goes."""
    rendered = [candidate.rendered for candidate in fresh if candidate.rendered]
    captured = run.document.blocks.references
    created = list(map(read_atx_heading, spot.to_create))
    if run.options.rendering.is_entry and spot.manner.is_led:
        text = "\n\n".join((*spot.to_create, rendered[0].text))
        edit = insert_section(run.document.source, place, text)
        own = with_newlines(text, run.document.source.newline)
        level = spot.manner.body_level(place.level)
        return Addition(edit, own, level, tuple(created), is_led=True)
    head = SectionHead(
        tuple(candidate.draft.session_id for candidate in fresh),
        place.level,
        spot.date,
        run.leader,
        tuple(f"Session {a.session_id} ({_reason(a, captured)})" for a in absent),
    )
    text = run.options.rendering.compose(rendered, head)
    # Of an entry, which is all of what is added, the heading is its own.
    below = [read_atx_heading(part.text) for part in rendered if part.text != text]
    headings = [read_atx_heading(text), *below]
    level = max(level for level, _ in headings)
    text = "\n\n".join((*spot.to_create, text))
    edit = insert_section(run.document.source, place, text)
    own = with_newlines(text, run.document.source.newline)
    return Addition(edit, own, level, (*created, *headings))


def read_atx_heading(text: str) -> tuple[int, str]:
    """Give the level and the words of an ATX heading that a text starts with."""
    line = text.partition("\n")[0]
    words = line.lstrip("#")
    return len(line) - len(words), words.strip()


def _reason(absent: SessionOutcome, captured: Mapping[str, Reference]) -> str:
    """Say why a session is left out; words of its summary are quoted briefly, and have no effect.

    Which summaries conflict is told where the merge is: branches and authors are anybody's words.
    """
    outcome = absent.outcome.replace("-", " ")
    if absent.outcome is not Outcome.INVALID:
        return outcome
    words = re.sub(_MARKUP, r"\\\g<0>", shorten("; ".join(absent.problems)))
    problems = contain_title(words, captured=captured).text
    return f"{outcome}: {problems}" if problems else outcome
