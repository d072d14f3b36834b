"""Session ids: how they are read, compared and ordered."""

from __future__ import annotations

import re

from handoff_md.errors import HandoffError
from handoff_md.text.pattern import lazy_pattern
from handoff_md.value import Value

_NUMBERED = lazy_pattern(r"(?P<number>[0-9]{1,18})(?:-(?P<suffix>[A-Za-z][A-Za-z0-9]*))?")
_LETTERED = lazy_pattern(r"(?P<number>[0-9]{1,5})(?P<suffix>[A-Za-z])")
_SERIAL = r"[a-z]{1,9}[-_.]?(?P<behind>[0-9]{1,9})[a-z]?|(?P<before>[0-9]{1,9})[a-z]"
_DRAWN = lazy_pattern(
    r"[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])-[A-Za-z][A-Za-z0-9]{3,5}"
)
_SLUG = lazy_pattern(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")


class SessionId(Value):
    """A session's id: a number (``19``), one with a suffix (``57-PR201``, ``7b``), a slug or hash.

    ``text`` is the id as it was written; ``07`` and ``7`` are equal, and so are suffixes and slugs
    that differ in case only. ``number`` is None for a slug, which ``suffix`` then holds. An id that
    was drawn at random behind its day (``261128-k3f9``) is one: nothing counts by it.
    """

    text: str
    number: int | None
    suffix: str = ""

    @property
    def serial(self) -> int | None:
        """Give what it counts by: the number, or a slug's such as ``AB-107`` or ``7b``, if any."""
        if self.number is not None:
            return self.number
        match = re.fullmatch(_SERIAL, self.suffix)
        return int(match["before"] or match["behind"]) if match else None

    @property
    def is_drawn(self) -> bool:
        """Tell whether it was drawn: a day, and four to six letters and digits behind it."""
        return self.number is None and _DRAWN.fullmatch(self.suffix) is not None

    @property
    def stem(self) -> int | str | None:
        """Give what the name of its log surely has of it: the number, or all of a drawn id."""
        return self.suffix if self.is_drawn else self.number

    @property
    def is_plain(self) -> bool:
        """Tell whether the name of its log has all of it, as that of ``57-PR201`` need not."""
        return self.is_drawn or (self.number is not None and not self.suffix)

    @property
    def rank(self) -> tuple[bool, int, str]:
        """Give what ids are in order by: `order`, but of drawn ids of one day none is the first."""
        day = self.suffix.partition("-")[0] if self.is_drawn else self.suffix
        return (self.number is None, self.serial or 0, day)

    @property
    def order(self) -> tuple[bool, int, str]:
        """Give the sort key: by number, then by suffix; slugs after numbers."""
        return (self.number is None, self.serial or 0, self.suffix)

    @property
    def summary_name(self) -> str:
        """Give the name of the file in which its session hands over."""
        return f"handoff-session-{self.text}-summary.md"

    @property
    def key(self) -> str:
        """Give the form of the id that equal ids share, fit for a file name."""
        if self.number is None:
            return self.suffix
        return f"{self.number}-{self.suffix}".removesuffix("-")

    def __eq__(self, other: object) -> bool:
        """Compare ids, however they were written."""
        if not isinstance(other, SessionId):
            return NotImplemented
        return self.number == other.number and self.suffix == other.suffix

    def __hash__(self) -> int:
        """Hash what is compared."""
        return hash((self.number, self.suffix))

    def __str__(self) -> str:
        """Give the id as it was written."""
        return self.text


def read_session_id(text: str) -> SessionId | None:
    """Read an id; None where ``text`` as a whole is none (at most 100 characters, ASCII)."""
    if _DRAWN.fullmatch(text):
        return SessionId(text, None, text.casefold())
    if match := _NUMBERED.fullmatch(text) or _LETTERED.fullmatch(text):
        return SessionId(text, int(match["number"]), (match["suffix"] or "").casefold())
    if ".." not in text and _SLUG.fullmatch(text):
        return SessionId(text, None, text.casefold())
    return None


def given_id(text: str) -> SessionId:
    """Read an id that a user has given.

    Raises:
        HandoffError: it is none.
    """
    session_id = read_session_id(text.strip())
    if session_id is None:
        raise HandoffError(
            f"{text!r} is no session id", "An id reads like 19, 57-PR201 or a1b2c3d4."
        )
    return session_id


def order_of(text: str) -> tuple[bool, int, str]:
    """Give the sort key of an id as it is recorded; what reads as none is taken for a slug."""
    return (read_session_id(text) or SessionId(text, None, text)).order
