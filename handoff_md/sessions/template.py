"""The text of a new session log: the repository's own template where its protocol has one."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Sequence

from handoff_md.syntax.nodes import Block, BlockKind, walk
from handoff_md.syntax.parse import parse
from handoff_md.syntax.session_id import SessionId
from handoff_md.text.pattern import lazy_pattern
from handoff_md.value import Value

_LONGEST_SLUG = 60
_FENCE = lazy_pattern(r"[ ]{0,3}(?P<fence>`{3,}|~{3,})[ \t]*(?:markdown|md)?[ \t]*")
_TEMPLATE_TITLE = lazy_pattern(r"#[ \t].*\bNN\b.*")
_DATE = "YYYY-MM-DD"
_FIELD = lazy_pattern(r"(?P<start>[ \t]*(?:[-*+][ \t]+)?\*\*(?P<key>[^*:]+)(?::\*\*|\*\*:)).*")
_DELIMITER = lazy_pattern(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)+\|?[ \t]*")
_HEADING = lazy_pattern(r"#{1,6}[ \t]+(?P<words>.*)")


class LogFacts(Value):
    """What a new log says of its session; ``branch``, ``commit`` and others may be empty.

    ``title`` is one line of inline Markdown. ``evidence`` proves that the session was started.
    ``time`` is when on its day it began, empty where the order of ids tells that. ``pieces`` is the
    folder that the document is built of, empty where it is written.
    """

    session_id: SessionId
    title: str
    date: dt.date
    agent: str
    orchestrator: str
    branch: str
    commit: str
    handoff: str
    evidence: str
    time: str = ""
    pieces: str = ""

    @property
    def fields(self) -> dict[str, str]:
        """Give the fields of the session's info, in their order; those that are unknown are out."""
        orchestrator = f"Session {self.orchestrator}" if self.orchestrator else ""
        fields = {
            "Session": str(self.session_id),
            "Date": self.date.isoformat(),
            "Time": self.time,
            "Agent": self.agent,
            "Orchestrator": orchestrator,
            "Branch": self.branch,
            "Starting Commit": self.commit,
        }
        known = {key: value for key, value in fields.items() if value}
        return known | {"Objective": self.title}


def slug_of(title: str) -> str:
    """Make of a title what may stand in a file name: lower-case ASCII words, with hyphens."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode("ascii").lower()
    words = re.findall(r"[a-z0-9]+", plain)
    slug = ""
    for word in words:
        longer = f"{slug}-{word}" if slug else word[:_LONGEST_SLUG]
        if len(longer) > _LONGEST_SLUG:
            break
        slug = longer
    return slug


def log_name(session_id: SessionId, date: dt.date, title: str) -> str:
    """Name a session's log, as in ``2025-12-18-session-19-title.md``."""
    suffix = f"-{slug}" if (slug := slug_of(title)) else ""
    return f"{date.isoformat()}-session-{session_id}{suffix}.md"


def find_template(protocol: bytes) -> str | None:
    """Find the session log's template in a protocol: a code block whose title speaks of ``NN``."""
    document = parse(protocol)
    for node in walk(document):
        if isinstance(node, Block) and node.kind is BlockKind.FENCE:
            lines = document.source.slice(node.span).replace("\r\n", "\n").rstrip().split("\n")
            opened = _FENCE.fullmatch(lines[0])
            if opened and len(lines) > 1 and _TEMPLATE_TITLE.fullmatch(lines[1]):
                closed = lines[-1].strip().startswith(opened["fence"])
                return "\n".join(lines[1:-1] if closed else lines[1:]).rstrip() + "\n"
    return None


def render_log(
    facts: LogFacts, template: str | None, *, start_rows: Sequence[str], end_rows: Sequence[str]
) -> str:
    """Write a new log (LF).

    Args:
        facts: what is known of the session.
        template: the repository's own, None for ours.
        start_rows: rows added to the start checklist, as in ``MUST: Read the constraints``.
        end_rows: rows added to the end checklist.
    """
    text = _fill(template, facts) if template else _own(facts)
    lines = text.split("\n")
    _add_rows(lines, "session start", start_rows)
    _add_rows(lines, "session end", end_rows)
    return "\n".join(lines)


def _own(facts: LogFacts) -> str:
    title = f": {facts.title}" if facts.title else ""
    info = "\n".join(f"- **{key}**: {value}".rstrip() for key, value in facts.fields.items())
    beginning = ", ".join(f"`{known}`" for known in (facts.branch, facts.commit) if known)
    noted = f"| [x] | {beginning} |" if beginning else "| [ ] | |"
    context = f"`handoff-md context --for {facts.session_id}`"
    head = "| Req | Step | Status | Evidence |\n|---|---|---|---|"
    kept = f"a file in `{facts.pieces}`" if facts.pieces else f"an entry in `{facts.handoff}`"
    return f"""\
# Session {facts.session_id}{title}

## Session Info

{info}

## Protocol Compliance

### Session Start

{head}
| MUST | Claim a session id and create this log | [x] | {facts.evidence} |
| MUST | Context was read: {context} | [ ] | |
| SHOULD | Note the branch and the commit that this session begins from {noted}

### Session End

{head}
| MUST | Complete this log: what was done, decided, left open | [ ] | |
| MUST | Commit this log, and nothing else with it | [ ] | |
| MUST | Hand over: a summary during a run, else {kept} | [ ] | |
| SHOULD | Leave no change of this session uncommitted | [ ] | |

## Work Log

## Notes for Next Session
"""


def _fill(template: str, facts: LogFacts) -> str:
    """Put what is known into the repository's template; what is not stays as it is there."""
    title, *lines = template.split("\n")
    title = re.sub(r"\bNN\b", lambda _: str(facts.session_id), title)
    filled = [title.replace(_DATE, facts.date.isoformat())]
    keys = (field["key"].strip() for line in lines if (field := _FIELD.fullmatch(line)))
    has_time = "Time" in keys
    for line in lines:
        field = _FIELD.fullmatch(line)
        key = field["key"].strip() if field else ""
        value = facts.fields.get(key)
        filled.append(f"{field['start']} {value}" if field and value else line)
        if field and key == "Date" and facts.time and not has_time:
            filled.append(f"{field['start'].replace('Date', 'Time')} {facts.time}")
    return "\n".join(_ticked(filled, facts)).replace(_DATE, facts.date.isoformat())


def _ticked(lines: Sequence[str], facts: LogFacts) -> Iterator[str]:
    """Tick the rows that the creation of the log fulfils by itself."""
    proofs = {"create this session log": facts.evidence, "note starting commit": facts.commit}
    for line in lines:
        cells = line.split("|")
        step = cells[2].strip().casefold() if len(cells) == 6 else ""  # noqa: PLR2004 - |a|b|c|d|
        proof = proofs.get(step, "")
        yield "|".join([*cells[:3], " [x] ", f" {proof} ", cells[5]]) if proof else line


def _add_rows(lines: list[str], heading: str, rows: Sequence[str]) -> None:
    """Add rows to the first table below a heading that begins so."""
    if not rows:
        return
    inside = False
    for number, line in enumerate(lines):
        headed = _HEADING.fullmatch(line)
        if headed:
            inside = headed["words"].casefold().startswith(heading)
        elif inside and _DELIMITER.fullmatch(line):
            end = number + 1
            while end < len(lines) and lines[end].lstrip().startswith("|"):
                end += 1
            made = [row.partition(": ") for row in rows]
            lines[end:end] = [f"| {level} | {step} | [ ] | |" for level, _, step in made]
            return
