"""Makes documents in which one construct is repeated, by its name: to see what it costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

_HEAD = "# Handoff\n\n## Recent Sessions\n\n"
_PARTS = "### Parallel Sessions 1, 2 (2025-12-01)\n\n"


def _entry(number: int, body: str) -> str:
    month, day = 1 + number // 28 % 12, 1 + number % 28
    return f"### {2025 - number // 336}-{month:02}-{day:02}: Work (Session {number})\n\n{body}\n"


def _entries(count: int) -> str:
    return "".join(_entry(number, f"- Step {number}\n") for number in range(count, 0, -1))


def _repeated(count: int) -> str:
    """Give entries that all have the same sub-headings, with other words below each."""
    return "".join(
        _entry(number, "".join(f"#### {name}\n\n- {name} {number}\n\n" for name in _NAMES))
        for number in range(count, 0, -1)
    )


_NAMES = ("Done", "Decisions", "Next")
_LINES: Mapping[str, Callable[[int], str]] = {
    "headings": lambda number: f"#### Done\n\nWords {number}.\n\n",
    "items": lambda number: f"- Step {number}\n",
    "links": lambda number: f"See [page {number}](https://example.org/{number}).\n\n",
    "rows": lambda number: f"| [Session {number}](#handoff) | words |\n",
}


def _in_one(name: str) -> Callable[[int], str]:
    def body(count: int) -> str:
        head = "| Session | Outcome |\n|---|---|\n" if name == "rows" else ""
        return _entry(1, head + "".join(map(_LINES[name], range(count))))

    return body


def _parallel(count: int) -> str:
    parts = (f"#### Session {number}: Work\n\nWords.\n\n" for number in range(1, count + 1))
    return _PARTS + "".join(parts)


def _listed(count: int) -> str:
    ids = ", ".join(map(str, range(1, count + 1)))
    return _parallel(count).replace("Sessions 1, 2 ", f"Sessions {ids} ", 1)


_BODIES: Mapping[str, Callable[[int], str]] = {
    "entries": _entries,
    "entries with the same sub-headings": _repeated,
    "parts that the heading lists": _listed,
    "parts that it does not list": _parallel,
    **{f"{name} in one entry": _in_one(name) for name in _LINES},
}

CONSTRUCTS = tuple(_BODIES)


def make_growing(construct: str, count: int) -> str:
    """Make a document that has a construct so many times."""
    return _HEAD + _BODIES[construct](count)


def make_sides(construct: str, count: int) -> tuple[str, str, str]:
    """Make such a document, and two versions that have each added an entry to it."""
    base = make_growing(construct, count)
    ours, theirs = (
        base.replace(_HEAD, _HEAD + _entry(0, f"- By {side}\n").replace("Session 0", side), 1)
        for side in ("Session 900001", "Session 900002")
    )
    return base, ours, theirs
