"""Takes a file that holds conflict markers apart into the versions that it was made of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from handoff_md.errors import ContentError
from handoff_md.text.pattern import lazy_pattern
from handoff_md.value import Value

_MARKER = lazy_pattern(r"(?P<mark><{7,}|\|{7,}|={7,}|>{7,})(?: (?P<label>[^\r\n]*))?\r?\n?")
_PLACE = lazy_pattern(r" \[[^\[\]]*\]\Z")


class Hunk(Value):
    """One conflict: its sides, which may hold markers again; ``base`` is None where not shown."""

    ours: str
    base: str | None
    theirs: str
    our_label: str
    base_label: str
    their_label: str
    size: int


class Marked(Value):
    """A text taken apart at its outermost conflicts."""

    parts: tuple[str | Hunk, ...]

    @property
    def hunks(self) -> tuple[Hunk, ...]:
        """Give the conflicts in their order."""
        return tuple(part for part in self.parts if isinstance(part, Hunk))

    @property
    def knows_base(self) -> bool:
        """Tell whether every conflict shows what both sides had before."""
        return all(hunk.base is not None for hunk in self.hunks)

    @property
    def ours(self) -> str:
        """Give our version, whole."""
        return "".join(part if isinstance(part, str) else part.ours for part in self.parts)

    @property
    def theirs(self) -> str:
        """Give their version, whole."""
        return "".join(part if isinstance(part, str) else part.theirs for part in self.parts)

    @property
    def base(self) -> str:
        """Give the base as far as it is known: nothing stands where a conflict does not show it."""
        return "".join(part if isinstance(part, str) else part.base or "" for part in self.parts)


def has_markers(text: str) -> bool:
    """Tell whether a text may hold conflicts."""
    return re.search(r"^<{7,}(?: |\r?$)", text, re.MULTILINE) is not None


def read_marked(text: str) -> Marked:
    """Take a text apart at its outermost conflicts; markers are of one length within each.

    The styles are those of git's ``merge.conflictStyle`` (merge, diff3, zdiff3). A line of ``=`` or
    ``|`` outside a conflict is text.

    Raises:
        ContentError: a conflict is not closed, or has no middle; the message names its line.
    """
    lines = text.splitlines(keepends=True) if "\r" not in text else _split(text)
    return Marked(tuple(_parts(lines)))


def _split(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+\Z", text)


def _parts(lines: Sequence[str]) -> Iterator[str | Hunk]:
    plain: list[str] = []
    number = 0
    while number < len(lines):
        match = _MARKER.fullmatch(lines[number])
        if match is None or match["mark"][0] != "<":
            plain.append(lines[number])
            number += 1
            continue
        if plain:
            yield "".join(plain)
            plain = []
        hunk, number = _read_hunk(lines, number, len(match["mark"]))
        yield hunk
    if plain:
        yield "".join(plain)


def _read_hunk(lines: Sequence[str], start: int, size: int) -> tuple[Hunk, int]:
    """Read the conflict whose opening marker is at ``start``; give it and the line behind."""
    sides: dict[str, list[str]] = {"<": []}
    labels = {"<": _label(lines[start])}
    current, depth = "<", 0
    for number in range(start + 1, len(lines)):
        match = _MARKER.fullmatch(lines[number])
        mark = match["mark"] if match and len(match["mark"]) == size else ""
        kind = mark[:1]
        if kind == "<":
            depth += 1
        elif kind == ">" and depth:
            depth -= 1
        elif kind == ">" and "=" in sides:
            labels[">"] = _label(lines[number])
            return _make_hunk(sides, labels, size), number + 1
        elif not depth and _moves_on(kind, current):
            current = kind
            sides[kind] = []
            labels[kind] = _label(lines[number])
            continue
        sides[current].append(lines[number])
    raise ContentError(
        f"the conflict that starts in line {start + 1} does not end",
        "Mend its markers: <<<<<<<, =======, >>>>>>>.",
    )


def _moves_on(kind: str, current: str) -> bool:
    return (kind == "|" and current == "<") or (kind == "=" and current in "<|")


def _make_hunk(sides: dict[str, list[str]], labels: dict[str, str], size: int) -> Hunk:
    return Hunk(
        ours="".join(sides["<"]),
        base="".join(sides["|"]) if "|" in sides else None,
        theirs="".join(sides["="]),
        our_label=labels["<"],
        base_label=labels.get("|", ""),
        their_label=labels[">"],
        size=size,
    )


def _label(line: str) -> str:
    """Give a marker's label, without the place that this tool writes behind it."""
    match = _MARKER.fullmatch(line)
    return _PLACE.sub("", (match["label"] or "").strip()) if match else ""


def forget_base(marked: Marked) -> Marked:
    """Give the same without bases that hold conflicts themselves: what they were is not known."""
    return Marked(
        tuple(
            replace(part, base=None)
            if isinstance(part, Hunk) and part.base and has_markers(part.base)
            else part
            for part in marked.parts
        )
    )
