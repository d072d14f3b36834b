"""HE004: a heading and the session log that it is told of disagree on the session."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.claims import NamedLog, claimed_sessions, heading_words, own_logs
from handoff_md.syntax.grammar import EntryKind, read_entry_heading
from handoff_md.syntax.nodes import Entry, Heading, Part
from handoff_md.syntax.session_id import SessionId

_FEWEST = 3


@rule("HE004", "session-id-mismatch", severity=Severity.ERROR)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    A heading names one session, and the `Session Log` line below it another one's log.

    ## Why

    One of them is wrong: a template was copied, or a number was taken twice. Whoever follows the
    link reads of other work.

    Only what an entry calls itself counts: `(Session 19)`, `Session 19: Title`. Ranges and sessions
    that a title is about (`Sessions 19-21`, `Session 15 Retrospective`) are no claim, nor is a log
    that the text mentions elsewhere. Several logs are fine if one is the session's own. Where most
    of three headings or more disagree with their logs, the two are numbered apart, and nothing is
    flagged.

    ```markdown bad
    ### 2025-12-18: Cache the look-ups (Session 19)

    **Session Log**: [Session 20](./sessions/2025-12-18-session-20-gate.md)
    ```

    ```markdown good
    ### 2025-12-18: Cache the look-ups (Session 19)

    **Session Log**: [Session 19](./sessions/2025-12-18-session-19-cache.md)

    ### 2025-12-18: Session 15 Retrospective

    **Session Log**: [Session 18](./sessions/2025-12-18-session-18-retrospective.md)
    ```
    """
    compared = [pair for entry in page.entries for pair in _pairs(page, entry)]
    mismatches = [pair for pair in compared if not pair.agrees]
    if len(compared) >= _FEWEST and len(mismatches) * 2 > len(compared):
        return
    for pair in mismatches:
        yield _finding(page, pair)


@dataclass(frozen=True, slots=True)
class _Pair:
    """The one session that a heading names, and the logs that are called its own."""

    heading: Heading
    claimed: SessionId
    logs: tuple[NamedLog, ...]

    @property
    def agrees(self) -> bool:
        return any(
            session_id is not None and session_id.number == self.claimed.number
            for named in self.logs
            for session_id in (named.link.session_id, named.link.label_id)
        )


def _pairs(page: Page, entry: Entry) -> Iterator[_Pair]:
    """Give what can be compared in an entry: itself, or each part of a parallel section."""
    if entry.kind is EntryKind.PARALLEL:
        for part in entry.parts:
            yield from _pair(page, part, (part.session_id,))
    elif entry.log:
        words = heading_words(page.source, entry)
        heading = read_entry_heading(words)
        yield from _pair(
            page, entry, claimed_sessions(words, heading.session_ids if heading else ())
        )


def _pair(page: Page, node: Entry | Part, claimed: Sequence[SessionId]) -> Iterator[_Pair]:
    if len(claimed) == 1 and claimed[0].number is not None:
        logs = tuple(own_logs(page.source, node.span, page.code_lines))
        if logs:
            yield _Pair(node.heading, claimed[0], logs)


def _finding(page: Page, pair: _Pair) -> Finding:
    log, line = pair.logs[0].link.log, pair.logs[0].line
    return Finding(
        pair.heading.text,
        f"The heading names session {pair.claimed}, but its log in line {line + 1} is that of "
        f"session {log.session_id}, `{log.name}`",
        related=(page.source.lines_span(line, line + 1),),
        sessions=(pair.claimed, log.session_id),
    )
