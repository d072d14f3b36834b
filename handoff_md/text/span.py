"""Where something stands in a text: spans for programs, positions for people."""

from __future__ import annotations

from handoff_md.value import Value


class Span(Value, order=True):
    """A half-open range of a text: character offsets from 0, ``start`` included, ``end`` not."""

    start: int
    end: int

    def __post_init__(self) -> None:
        """Refuse what is no range (ValueError): it would corrupt whatever it is applied to."""
        if not 0 <= self.start <= self.end:
            msg = f"no span: {self.start} to {self.end}"
            raise ValueError(msg)

    def __len__(self) -> int:
        """Count the characters."""
        return self.end - self.start

    def __bool__(self) -> bool:
        """An empty span is a place like any other, so a span is always true."""
        return True


class Position(Value, order=True):
    """A place as editors show it: line and column, both from 1, the column in characters."""

    line: int
    column: int

    def __str__(self) -> str:
        """Give ``line:column``."""
        return f"{self.line}:{self.column}"
