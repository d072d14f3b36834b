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
    "code blocks": lambda number: f"```sh\nmake step-{number}\n```\n\n",
    "comments": lambda number: f"<!-- note {number} -->\n\n",
    "definitions": lambda number: f"[page {number}]: https://example.org/{number}\n",
    "fields": lambda number: f"**Field {number}**: words\n",
    "folds": lambda number: f"<details>\n\n#### Fold {number}\n\nWords.\n\n</details>\n\n",
    "headings": lambda number: f"#### Done\n\nWords {number}.\n\n",
    "items": lambda number: f"- Step {number}\n",
    "lines of one paragraph": lambda number: f"Words {number} that go on,\n",
    "links": lambda number: f"See [page {number}](https://example.org/{number}).\n\n",
    "nested items": lambda number: f"- Step {number}\n  - Detail\n    - [ ] Task\n",
    "paragraphs": lambda number: f"Words {number} of a paragraph.\n\n",
    "quotes": lambda number: f"> Words {number}\n\n",
    "references": lambda number: f"See [page {number % 7}] and [{number}][page].\n\n",
    "rows": lambda number: f"| [Session {number}](#handoff) | words |\n",
    "rows with logs": lambda number: f"| [Session {number}](./{_log(number)}) | words |\n",
    "rules": lambda number: f"Words {number}\n\n---\n\n",
}


def _log(number: int) -> str:
    return f"sessions/2025-12-01-session-{number}-work.md"


def make_body(construct: str, count: int) -> str:
    """Make the body of an entry, or of a summary, that has a construct so many times."""
    head = "| Session | Outcome |\n|---|---|\n" if construct.startswith("rows") else ""
    return head + "".join(map(_LINES[construct], range(count)))


def _in_one(construct: str) -> Callable[[int], str]:
    return lambda count: _entry(1, make_body(construct, count))


def _logged(count: int) -> str:
    return "".join(
        _entry(number, f"**Session Log**: [Session {number}](./{_log(number)})\n")
        for number in range(count, 0, -1)
    )


def _unordered(count: int) -> str:
    return "".join(_entry(number, f"- Step {number}\n") for number in range(1, count + 1))


def _undated(count: int) -> str:
    return "".join(f"### Session {number}: Work\n\nWords.\n\n" for number in range(count, 0, -1))


def _doubled(count: int) -> str:
    return "".join(_entry(number % 7 + 1, f"- Step {number}\n") for number in range(count))


def _parallel(count: int) -> str:
    parts = (f"#### Session {number}: Work\n\nWords.\n\n" for number in range(1, count + 1))
    return _PARTS + "".join(parts)


def _parallels(count: int) -> str:
    return "".join(
        f"### Parallel Sessions {number}, {number + 1} (2025-12-01)\n\n"
        f"#### Session {number}: Work\n\nWords.\n\n#### Session {number + 1}: Work\n\nWords.\n\n"
        for number in range(2 * count, 0, -2)
    )


def _sections(count: int) -> str:
    return "".join(f"## Part {number}\n\nWords.\n\n" for number in range(count))


def _listed(count: int) -> str:
    ids = ", ".join(map(str, range(1, count + 1)))
    return _parallel(count).replace("Sessions 1, 2 ", f"Sessions {ids} ", 1)


def _day(number: int) -> str:
    return f"{2025 - number // 336}-{1 + number // 28 % 12:02}-{1 + number % 28:02}"


def _list_items(count: int) -> str:
    lines = (f"- **{_day(number)}** Work {number}\n  - Step\n" for number in range(count))
    return "".join(lines)


def _dated_paragraphs(count: int) -> str:
    return "".join(f"**{_day(number)}** — Work {number}\nDone.\n\n" for number in range(count))


def _key_blocks(count: int) -> str:
    return "".join(
        f"Date: {_day(number)}\nTask: Work {number}\n\nDone.\n\n---\n\n" for number in range(count)
    )


_BODIES: Mapping[str, Callable[[int], str]] = {
    "entries": _entries,
    "entries with the same sub-headings": _repeated,
    "entries with logs": _logged,
    "entries in the wrong order": _unordered,
    "entries without dates": _undated,
    "entries of the same few sessions": _doubled,
    "entries that are list items": _list_items,
    "entries that are paragraphs": _dated_paragraphs,
    "entries that are blocks of keys": _key_blocks,
    "sections": _sections,
    "parallel sections": _parallels,
    "parts that the heading lists": _listed,
    "parts that it does not list": _parallel,
    **{f"{name} in one entry": _in_one(name) for name in _LINES},
}

_ADDED: Mapping[str, str] = {
    "entries that are list items": "- **{day}** More work\n  - Step\n",
    "entries that are paragraphs": "**{day}** — More work\nDone.\n\n",
    "entries that are blocks of keys": "Date: {day}\nTask: More work\n\nDone.\n\n---\n\n",
}

CONSTRUCTS = tuple(_BODIES)
BODIES = tuple(_LINES)


def make_growing(construct: str, count: int) -> str:
    """Make a document that has a construct so many times."""
    return _HEAD + _BODIES[construct](count)


def make_sides(construct: str, count: int) -> tuple[str, str, str]:
    """Make such a document, and two versions that have each added an entry of its kind to it."""
    base = make_growing(construct, count)
    if (added := _ADDED.get(construct)) is not None:
        ours, theirs = (base + added.format(day=day) for day in ("2099-01-01", "2099-01-02"))
        return base, ours, theirs
    ours, theirs = (
        base.replace(_HEAD, _HEAD + _entry(0, f"- By {side}\n").replace("Session 0", side), 1)
        for side in ("Session 900001", "Session 900002")
    )
    return base, ours, theirs
