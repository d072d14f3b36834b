"""A file's bytes as text, byte-exact both ways. Knows lines, and nothing of Markdown."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate

from handoff_md.text.pattern import lazy_pattern
from handoff_md.text.span import Position, Span
from handoff_md.value import Value

_FEW = 8
NEWLINE = lazy_pattern(r"\r\n|\r|\n")


class Source(Value, dict=True, gc=True):
    """Text decoded from bytes, with its line table.

    ``text`` is UTF-8 decoded with ``surrogateescape`` and without the byte order mark, which
    ``bom`` remembers. Lines end as CommonMark says (section 2.1: LF, CR LF, or CR alone), so they
    are the parser's own; ``line_starts`` holds the offset of each line that has any character.
    """

    text: str
    bom: bool = False

    @cached_property
    def line_starts(self) -> Sequence[int]:
        """Give the offset of each line that has any character."""
        if "\r" in self.text:
            starts = array("q", [0, *[match.end() for match in NEWLINE.finditer(self.text)]])
        else:  # the same without a step of Python's for each line
            lengths = [len(line) + 1 for line in self.text.split("\n")]
            starts = array("q", list(accumulate(lengths, initial=0)))
            starts.pop()
        if starts[-1] == len(self.text):
            starts.pop()
        return starts

    @property
    def line_count(self) -> int:
        """Count the lines; a last one without a newline counts, an empty text has none."""
        return len(self.line_starts)

    def line_offset(self, line: int) -> int:
        """Give where line number ``line`` (from 0) starts; past the last line, the text's end."""
        return self.line_starts[line] if line < len(self.line_starts) else len(self.text)

    def lines_span(self, first: int, end: int) -> Span:
        """Give the span of the lines from ``first`` up to, not including, ``end`` (from 0)."""
        starts, count = self.line_starts, len(self.line_starts)
        return Span(
            starts[first] if first < count else len(self.text),
            starts[end] if end < count else len(self.text),
        )

    def line_of(self, offset: int) -> int:
        """Give the number (from 0) of the line that holds the character at ``offset``."""
        if "line_starts" not in self.__dict__ and next(self._turns, None) is not None:
            is_behind = offset >= len(self.text) and self.text.endswith("\n")
            return max(self.text.count("\n", 0, offset) - is_behind, 0)
        return max(bisect_right(self.line_starts, offset) - 1, 0)

    @cached_property
    def _turns(self) -> Iterator[int]:
        """Give a turn for each time that lines are counted; for more of them a table pays."""
        return iter(range(0 if "\r" in self.text else _FEW))

    def line_around(self, offset: int, within: Span) -> Span:
        """Give the span of the line that holds a character, without its line ending.

        ``within`` is a span of whole lines that holds it.
        """
        start = self.text.rfind("\n", within.start, offset) + 1 or within.start
        start = self.text.rfind("\r", start, offset) + 1 or start
        end = self.text.find("\n", offset, within.end)
        end = within.end if end < 0 else end
        cut = self.text.find("\r", offset, end)
        return Span(start, end if cut < 0 else cut)

    def position(self, offset: int) -> Position:
        """Give line and column, both from 1, of the character at ``offset``."""
        line = self.line_of(offset)
        return Position(line + 1, offset - self.line_offset(line) + 1)

    def slice(self, span: Span) -> str:
        """Give the text of a span."""
        return self.text[span.start : span.end]

    def line_text(self, line: int) -> str:
        """Give line number ``line`` (from 0) without its line ending."""
        return self.text[self.line_offset(line) : self.line_offset(line + 1)].rstrip("\r\n")

    @property
    def newline(self) -> str:
        """Give the line ending that most lines have; LF where there is none or a tie."""
        crlf = self.text.count("\r\n")
        counts = {
            "\n": self.text.count("\n") - crlf,
            "\r\n": crlf,
            "\r": self.text.count("\r") - crlf,
        }
        return max(counts, key=lambda ending: counts[ending])

    def to_bytes(self) -> bytes:
        """Give back the very bytes that were decoded."""
        encoded = encode(self.text)
        return BOM_UTF8 + encoded if self.bom else encoded


def decode(data: bytes | str) -> Source:
    """Decode bytes (or wrap a text) as a Source; total: any input is accepted.

    Bytes that are not UTF-8 become lone surrogates (PEP 383), and come back as they were.
    """
    raw = encode(data) if isinstance(data, str) else data
    bom = raw.startswith(BOM_UTF8)
    body = raw[len(BOM_UTF8) :] if bom else raw
    return Source(body.decode("utf-8", "surrogateescape"), bom=bom)


def encode(text: str) -> bytes:
    """Encode a text as UTF-8, lone surrogates included."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def holds_surrogates(text: str) -> bool:
    """Tell whether a text has any: they stand for bytes that are not UTF-8, as `decode` has them.

    A pattern would be compiled for longer than most texts are encoded.
    """
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
