"""HP003: a parallel section's count, heading and parts disagree."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Fix, Safety, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.document.header import read_words
from handoff_md.semantics.parallel import EXECUTIONS, ParallelSection, count_agents
from handoff_md.syntax.session_id import SessionId
from handoff_md.text.edit import Edit
from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.span import Span

_COUNT = lazy_pattern(r"(?P<count>[0-9]+) agents?")


@rule("HP003", "parallel-count", severity=Severity.ERROR, fix=Safety.SAFE)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    The sessions in a parallel section's heading, its parts, and its count of agents disagree.

    ## Why

    What is named and not told is a summary that got lost; what is told and not named is not found.

    The fix corrects the count where heading and parts agree. It never adds or removes a session.

    ```markdown bad
    ### Parallel Sessions 19, 20 (2025-12-18)

    **Orchestrator**: Session 22
    **Parallel Executions**: 3 agents

    #### Session 19: Cache the look-ups

    #### Session 20: Add the gate
    ```

    ```markdown fixed
    ### Parallel Sessions 19, 20 (2025-12-18)

    **Orchestrator**: Session 22
    **Parallel Executions**: 2 agents

    #### Session 19: Cache the look-ups

    #### Session 20: Add the gate
    ```

    ```markdown bad
    ### Parallel Sessions 19, 20 (2025-12-18)

    **Orchestrator**: Session 22
    **Parallel Executions**: 2 agents

    #### Session 19: Cache the look-ups
    ```

    ```markdown good
    ### Parallel Sessions 19, 20 (2025-12-18)

    **Orchestrator**: Session 22
    **Parallel Executions**: 2 agents

    #### Session 19: Cache the look-ups

    #### Session 20: Add the gate
    ```
    """
    for section in page.parallel_sections:
        disagreements = [
            *_named_twice(section),
            *_missing(section),
            *_told_besides(page, section),
        ]
        yield from disagreements
        yield from _count(page, section, agreed=not disagreements)


def _named_twice(section: ParallelSection) -> Iterator[Finding]:
    seen: set[SessionId] = set()
    for session_id in section.entry.session_ids:
        if session_id in seen:
            message = f"The heading names session {session_id} twice"
            yield Finding(section.entry.heading.text, message, sessions=(session_id,))
        seen.add(session_id)


def _missing(section: ParallelSection) -> Iterator[Finding]:
    """Report the sessions without a part, those aside that a malformed heading may be about."""
    torn_off = {part.session_id for _, part in section.torn_off_parts}
    missing = [session_id for session_id in section.missing if session_id not in torn_off]
    if len(missing) > len(section.malformed):
        ids = ", ".join(map(str, missing))
        what = f"sessions {ids}, which have" if len(missing) > 1 else f"session {ids}, which has"
        message = f"The heading names {what} no part in this section"
        yield Finding(section.entry.heading.text, message, sessions=tuple(missing))


def _told_besides(page: Page, section: ParallelSection) -> Iterator[Finding]:
    first: dict[SessionId, Span] = {}
    for node in section.subsections:
        part = section.read(node)
        if part is None:
            continue
        place = node.heading.text
        if part.session_id in first:
            line = page.source.position(first[part.session_id].start).line
            message = f"Session {part.session_id} has a part in line {line} already"
            yield Finding(place, message, None, (first[part.session_id],), (part.session_id,))
        elif part.session_id not in section.entry.session_ids:
            line = page.source.position(section.entry.heading.text.start).line
            message = (
                f"Session {part.session_id} is not named in the section's heading, line {line}"
            )
            yield Finding(place, message, None, (section.entry.heading.text,), (part.session_id,))
        first.setdefault(part.session_id, place)


def _count(page: Page, section: ParallelSection, *, agreed: bool) -> Iterator[Finding]:
    field = section.field(EXECUTIONS)
    claim = _COUNT.fullmatch(read_words(page.source, field.value)) if field else None
    sessions = len(set(section.entry.session_ids))
    if field is None or claim is None or int(claim["count"][:9]) == sessions:
        return
    settled = agreed and not section.missing
    edit = Edit(field.value, count_agents(sessions))
    yield Finding(
        field.value,
        f"The section counts {claim['count']}, and its heading names {sessions}",
        Fix(f"count {sessions}", (edit,)) if settled else None,
        (section.entry.heading.text,),
    )
