"""The pieces of a document that is built: their values, their names, and how they are written down.

The truth is the folder; each of its files is read here, and none is opened.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence

from msgspec import ValidationError, convert, field, to_builtins

from handoff_md.errors import ContentError
from handoff_md.text.source import NEWLINE
from handoff_md.value import Value

HEAD, TAIL, ORDER, FORM, BUILT = "head.md", "tail.md", "order.tsv", "form.json", "built"
OWN_FILES = frozenset({HEAD, TAIL, ORDER, FORM, BUILT})
"""The files that are neither a piece nor a session's."""

ATTRIBUTES, MERGE_BOTH = ".gitattributes", f"{BUILT} merge=union\n".encode("ascii")
"""The file by which git merges the records of two builds to both; and what it says."""

MOST_BYTES = 10_000_000
"""The most bytes that a folder's files may have together; a document that is split, as well."""

_VERSION = 1
_UNDATED = "undated"
_LONGEST_NAME = 80
_DIGITS = 32
_LEVELS = range(1, 7)
_NEWLINES = ("\n", "\r\n", "\r")
_PIECE_FILE = re.compile(
    rf"(?P<date>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}|{_UNDATED})-(?P<kind>entry|text|fold)"
    r"(?:-[a-z0-9]+)*\.md"
)
_GAP_LINE = re.compile(r"[^\t\r\n\\\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]*")
_NOT_PLAIN = re.compile(r"[^a-z0-9]+")
_LAST_ENDING = re.compile(r"(?:\r\n|\r|\n)\Z")

Gap = tuple[str, ...]
"""The lines between a piece and the next, without their ends: blank ones, and perhaps a rule."""


class OrderLine(Value):
    """A line of the order: a piece's name, and the gap behind it."""

    name: str
    gap: Gap


class FormRecord(Value):
    """What has to be known of a document to add a session's text to its pieces.

    Attributes:
        newest_first: which way its entries run.
        gap: the lines between most entries.
        newline: the line ending of most lines.
        level: the level of an entry's heading.
        section: the heading that entries stand under, with its hashes; empty on top.
        is_led: whether entries have no headings: they are list items, or paragraphs.
        sample: words that head some of them, by which new ones are headed.
        absorbed: what tells the sessions' files that became pieces: one that a merge brings back
            is not told again.
        version: of the record.
    """

    newest_first: bool = True
    gap: Gap = ("",)
    newline: str = "\n"
    level: int = 3
    section: str = ""
    is_led: bool = False
    sample: tuple[str, ...] = ()
    absorbed: tuple[str, ...] = ()
    version: int = _VERSION


class Pieces(Value):
    """A document in pieces.

    Attributes:
        head: the bytes above all entries.
        tail: the bytes below them.
        order: the pieces as they stood when the document was split. One whose file is gone stands
            there still: it tells where new text belongs.
        files: the pieces' own bytes, by name.
        form: what has to be known to add more.
        sessions: the files of sessions that came later, by name.
    """

    head: bytes
    tail: bytes
    order: tuple[OrderLine, ...]
    files: Mapping[str, bytes]
    form: FormRecord
    sessions: Mapping[str, bytes] = field(default_factory=dict)


def is_piece_name(name: str) -> bool:
    """Tell whether a file is named as a piece of a document that was split."""
    return _PIECE_FILE.fullmatch(name) is not None


def is_of_main(name: str) -> bool:
    """Tell whether a file of the folder changes on the main branch alone, once it is there."""
    return is_piece_name(name) or name in (ORDER, FORM, BUILT)


def tell_file(data: bytes) -> str:
    """Give what tells a session's file from all others, whatever its line endings."""
    from hashlib import sha256  # noqa: PLC0415 - loads OpenSSL, which few documents need

    return sha256(data.replace(b"\r\n", b"\n")).hexdigest()[:_DIGITS]


def read_piece_date(name: str) -> dt.date | None:
    """Give the day of the entry that a piece is, by its name; None for other text."""
    match = _PIECE_FILE.fullmatch(name)
    return _read_day(match["date"]) if match and match["kind"] == "entry" else None


def is_between(name: str) -> bool:
    """Tell whether a piece is text between two entries."""
    match = _PIECE_FILE.fullmatch(name)
    return match is not None and match["kind"] == "text"


def _read_day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def name_piece(kind: str, date: dt.date | None, words: str, taken: dict[str, int]) -> str:
    """Give a piece a name that is no other's, whatever the file system, and take it.

    Args:
        kind: ``entry``, ``text`` or ``fold``.
        date: the entry's.
        words: what it is about.
        taken: as `free_name` takes it; all names are of small letters.
    """
    day = date.isoformat() if date else _UNDATED
    plain = _NOT_PLAIN.sub("-", words.casefold()).strip("-")
    return free_name(f"{day}-{kind}-{plain}"[:_LONGEST_NAME].strip("-"), taken)


def free_name(stem: str, taken: dict[str, int]) -> str:
    """Give a file name that begins so and is not taken, and take it.

    ``taken`` has the names, each with the number that was the last to be tried behind it.
    """
    first = name = f"{stem}.md"
    count = taken.get(first, 1)
    while name in taken:
        count += 1
        name = f"{stem}-{count}.md"
    taken[first] = count
    taken.setdefault(name, 1)
    return name


def can_be_gap(lines: Sequence[str]) -> bool:
    """Tell whether lines can be written down as a gap."""
    return all(_GAP_LINE.fullmatch(line) for line in lines)


def has_rule(gap: Gap) -> bool:
    """Tell whether a gap holds a rule, as a thematic break or a row of signs."""
    return any(one.strip() for one in gap)


def ending_of(text: str) -> str:
    """Give the line ending that a text ends with; empty where it has none."""
    match = _LAST_ENDING.search(text)
    return match.group() if match else ""


def write_order(order: Sequence[OrderLine]) -> bytes:
    """Write the order: a line for each piece, its name, a tab, and its gap's lines.

    Each of these ends with a backslash and an n.
    """
    lines = (f"{line.name}\t" + "".join(rf"{one}\n" for one in line.gap) for line in order)
    return "".join(f"{line}\n" for line in lines).encode("utf-8")


def read_order(data: bytes) -> tuple[OrderLine, ...]:
    """Read the order.

    Raises:
        ContentError: it is damaged; the message says in which line.
    """
    found: list[OrderLine] = []
    known: set[str] = set()
    for number, text in enumerate(_text_lines(data), 1):
        name, tab, gap = text.partition("\t")
        lines = gap.split(r"\n")
        is_whole = tab and not lines[-1] and can_be_gap(lines)
        if not is_whole or not is_piece_name(name) or name in known:
            raise ContentError(f"{ORDER} is damaged in its line {number}")
        known.add(name)
        found.append(OrderLine(name, tuple(lines[:-1])))
    return tuple(found)


def _text_lines(data: bytes) -> list[str]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ContentError(f"{ORDER} is not UTF-8") from error
    lines = NEWLINE.split(text)
    return lines[:-1] if not lines[-1] else lines


def write_form(form: FormRecord) -> bytes:
    """Write the form as JSON, in ASCII."""
    return json.dumps(to_builtins(form), indent=1).encode("ascii") + b"\n"


def read_form(data: bytes) -> FormRecord:
    """Read the form.

    Raises:
        ContentError: it is damaged, or of another version.
    """
    try:
        values = json.loads(data)
        version = values["version"]
        form = convert(values, FormRecord) if version == _VERSION else None
    except (ValidationError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise ContentError(f"{FORM} is damaged") from error
    if form is None:
        raise ContentError(
            f"{FORM} has version {version!r}; this is version {_VERSION}",
            "Build with the version of handoff-md that split the document.",
        )
    if form.level not in _LEVELS or form.newline not in _NEWLINES or not can_be_gap(form.gap):
        raise ContentError(f"{FORM} is damaged")
    return form
