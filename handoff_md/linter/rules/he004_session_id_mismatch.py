"""HE004: a heading, and the link to the log that it is told of, disagree on the session."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from handoff_md.linter.context import Context
from handoff_md.linter.diagnostic import Finding, Severity
from handoff_md.linter.page import Page
from handoff_md.linter.rule import rule
from handoff_md.semantics.entries.identity import (
    NamedLog,
    claimed_sessions,
    heading_words,
    own_logs,
)
from handoff_md.syntax.grammar import EntryKind, read_entry_heading
from handoff_md.syntax.nodes import Entry, Heading, Lead, Part
from handoff_md.syntax.session_id import SessionId
from handoff_md.text.span import Span
from handoff_md.value import Value

_FEWEST = 3


@rule("HE004", "session-id-mismatch", severity=Severity.ERROR)
def check(page: Page, _context: Context) -> Iterator[Finding]:
    """
    A heading, or a link's label, names one session, and a `Session Log` line another one's log.

    ## Why

    One of them is wrong: a template was copied, or a number was taken twice. Whoever follows the
    link reads of other work.

    Only what an entry calls itself counts: `(Session 19)`, `Session 19: Title`. Ranges and sessions
    that a title is about (`Sessions 19-21`, `Session 15 Retrospective`) are no claim, nor is a log
    that the text mentions elsewhere. Several logs are fine if one is the session's own. Of a label,
    a plain number counts, `[Session 19](…)`. Where most of three headings or more, or of three
    labels, disagree with their logs, the two are numbered apart, and none of them is flagged.

    ```markdown bad
    ### 2025-12-18: Cache the look-ups (Session 19)

    **Session Log**: [Session 20](./sessions/2025-12-18-session-20-gate.md)
    ```

    ```markdown bad
    ### 2025-12-18: Cache the look-ups (Session 19)

    **Session Log**: [Session 19](./sessions/2025-12-18-session-20-gate.md)
    ```

    ```markdown good
    ### 2025-12-18: Cache the look-ups (Session 19)

    **Session Log**: [Session 19](./sessions/2025-12-18-session-19-cache.md)

    ### 2025-12-18: Session 15 Retrospective

    **Session Log**: [Session 18](./sessions/2025-12-18-session-18-retrospective.md)
    ```
    """
    pairs = [pair for entry in page.entries for pair in _pairs(page, entry)]
    compared = [pair for pair in pairs if pair.claimed]
    mismatches = [pair for pair in compared if not pair.agrees]
    if not _are_usual(len(mismatches), len(compared)):
        for pair in mismatches:
            yield _finding(page, pair)
    labels = [label for pair in pairs for label in pair.labels]
    wrong = [label for label in labels if label[0].stem != label[1].link.log.session_id.stem]
    if not _are_usual(len(wrong), len(labels)):
        reported = {named for pair in mismatches for named in pair.logs}
        for label_id, named in wrong:
            if named not in reported:
                yield _label_finding(page, label_id, named)


def _are_usual(mismatches: int, compared: int) -> bool:
    return compared >= _FEWEST and mismatches * 2 > compared


class _Pair(Value):
    """The one session that a heading names, if it does, and the logs that are called its own."""

    heading: Heading | Lead
    claimed: SessionId | None
    logs: tuple[NamedLog, ...]

    @property
    def agrees(self) -> bool:
        return self.claimed is None or any(
            session_id is not None and session_id.stem == self.claimed.stem
            for named in self.logs
            for session_id in (named.link.session_id, named.link.label_id)
        )

    @property
    def labels(self) -> Iterator[tuple[SessionId, NamedLog]]:
        """Give the logs whose links call a session by a plain id, with what they call it."""
        for named in self.logs:
            label_id = named.link.label_id
            if label_id and label_id.is_plain:
                is_claim = self.claimed is not None and label_id.stem == self.claimed.stem
                if is_claim or "session" in named.link.label.casefold():
                    yield label_id, named


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
    logs = tuple(own_logs(page.source, node.span, page.code_lines))
    if logs:
        is_one = len(claimed) == 1 and claimed[0].stem is not None
        yield _Pair(node.heading, claimed[0] if is_one else None, logs)


def _finding(page: Page, pair: _Pair) -> Finding:
    log, line = pair.logs[0].link.log, pair.logs[0].line
    return Finding(
        pair.heading.text,
        f"The heading names session {pair.claimed}, but its log in line {line + 1} is that of "
        f"session {log.session_id}, `{log.name}`",
        related=(page.source.lines_span(line, line + 1),),
        sessions=(*([pair.claimed] if pair.claimed else []), log.session_id),
    )


def _label_finding(page: Page, label_id: SessionId, named: NamedLog) -> Finding:
    log, start = named.link.log, page.source.line_offset(named.line)
    return Finding(
        Span(start, start + len(page.source.line_text(named.line))),
        f"The link is labelled session {label_id}, but leads to the log of session "
        f"{log.session_id}, `{log.name}`",
        sessions=(label_id, log.session_id),
    )
