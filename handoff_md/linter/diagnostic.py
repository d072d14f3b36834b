"""What a rule finds, and what is reported of it: values, no behaviour beyond reading them."""

from __future__ import annotations

from enum import StrEnum

from handoff_md.syntax.session_id import SessionId
from handoff_md.text.edit import Edit
from handoff_md.text.span import Position, Span
from handoff_md.value import Value

_START = Span(0, 0)


class Severity(StrEnum):
    """How much a finding matters; by default only errors make the command fail."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Safety(StrEnum):
    """Whether a fix may be made unasked: a safe one keeps the meaning, whatever was meant."""

    SAFE = "safe"
    UNSAFE = "unsafe"


class Fix(Value):
    """Edits of the text that was checked; ``description`` completes "This fix would …"."""

    description: str
    edits: tuple[Edit, ...]
    safety: Safety = Safety.SAFE


class Finding(Value):
    """One violation, as a rule sees it.

    ``span`` is what is shown and underlined: a few words, a heading, never a whole section.
    ``message`` is a sentence without its full stop that states what is seen, in place of a guess at
    its cause. ``related`` are the other places that make it one (the first of two equal entries).
    ``severity`` is another than the rule's, where this one matters more or less; None for that.
    """

    span: Span
    message: str
    fix: Fix | None = None
    related: tuple[Span, ...] = ()
    sessions: tuple[SessionId, ...] = ()
    severity: Severity | None = None


class CommitFinding(Value):
    """One violation that a commit is, as a rule about history sees it.

    ``span`` is its place in the handoff document as the commit leaves it, or the start of the file
    ``path`` where that is another one. ``text`` is what it is about, such as a heading: it tells
    the finding from others of the commit. ``message`` is as in `Finding`.
    """

    message: str
    text: str
    span: Span = _START
    path: str = ""
    sessions: tuple[SessionId, ...] = ()


class Diagnostic(Value):
    """A finding with its rule and its place, as it is reported.

    ``path`` is relative to the repository's root, with ``/``. ``start`` and ``end`` count lines and
    columns from 1, in characters; ``end`` is behind the last character. ``entry`` names the entry
    that holds it, and ``text`` is what is underlined: with code and path they tell a finding from
    all others, wherever its line has moved to. ``commit`` is the full id where it is about one.
    """

    code: str
    name: str
    severity: Severity
    message: str
    path: str
    span: Span
    start: Position
    end: Position
    fix: Fix | None = None
    sessions: tuple[SessionId, ...] = ()
    commit: str | None = None
    entry: str = ""
    text: str = ""

    @property
    def fingerprint(self) -> tuple[str, ...]:
        """Give what makes two findings of two versions the same one; holds no line number."""
        return (self.code, self.path, self.commit or "", self.entry, self.text)
