"""Documents of sessions with mistakes in them, driven by a random generator."""

from __future__ import annotations

from random import Random

from hostile import body, document, words

_HEADINGS = (
    "### 2025-12-{d}: {w} {w} (Session {n})",
    "### 2025-12-{d}: {w}",
    "### 2025-12-{d}",
    "### Session {n}: {w}",
    "### Sessions {n} & 7: {w}",
    "### Session {n} wrap-up",
    "### {w}",
    "### [2025-12-{d}] {w} (Session {n}, continued)",
    "2025-12-{d}: {w}\n---",
)
_BODIES = (
    "{w}\n",
    "- {w}\n- {w}\n",
    "**Session Log**: [Session {n}](./sessions/2025-12-{d}-session-{n}-{w}.md)\n",
    "**Session Log**: [Session {m}](./sessions/2025-12-19-session-{m}-x.md)\n",
    "**Status**: {w}\n\n#### {w}\n\n{w}\n",
    "```sh\n# {w}\n```\n",
    "```sh\n{w}\n",
    "<!-- handoff-md: ignore[HE003, HE999] {w} -->\n",
    "<!-- handoff-md: ignore-file[HX003] -->\n{w}\n",
    "{w}\x1b[31m{w}\x1b[0m\n",
    "{w}\u202e{w}\n",
    "<details>\n\n{w}\n",
    "{w}  \n",
    "",
)
_PARTS = (
    "#### Session {n}: {w}",
    "#### Session {n}: {w}",
    "#### Session {n}",
    "#### Session {n} - {w}",
    "#### {w}",
    "### {w}",
    "##### {w}",
    "## {w}",
)
_TABLE = "### History (Last {c})\n\n| Session | {w} |\n|---|---|\n| 1 | {w} |\n| 2 | {w} |\n"


def faulty(rng: Random) -> bytes:
    """A document in the shape of real ones, with a mistake here and there."""
    text = "# Handoff\n\n**Last Updated**: 2025-12-1" + str(rng.randrange(10)) + "\n\n"
    if rng.random() < 0.3:
        text += _TABLE.replace("{c}", str(rng.randrange(4))) + "\n"
    text += "## Recent Sessions\n\n"
    between = rng.choice(("\n", "\n", "\n---\n\n", ""))
    shapes = rng.sample(_HEADINGS, rng.randint(1, 3))
    entries = [_entry(rng, shapes, day) for day in _days(rng)]
    for _ in range(rng.choice((0, 0, 1, 2)) if entries else 0):
        entries.insert(rng.randint(0, len(entries)), rng.choice(entries))
    text += between.join(entries)
    if rng.random() < 0.5:
        text += f"{between}## Notes\n\n{{w}}\n"
    text = words(rng, text)
    ending = rng.choice(("\n", "\n", "\n", "\r\n"))
    lines = text.split("\n")
    mixed = rng.random() < 0.1
    text = "".join(line + (rng.choice(("\r\n", "\n")) if mixed else ending) for line in lines[:-1])
    return (text.rstrip() if rng.random() < 0.2 else text + lines[-1]).encode()


def any_document(rng: Random) -> bytes:
    """A document of any kind: faulty, hostile, or a heap of fragments and bytes."""
    shape = rng.randrange(6)
    if shape < 3:
        return faulty(rng)
    if shape == 3:
        return document(rng)
    pieces = [body(rng).encode() for _ in range(rng.randint(0, 6))]
    pieces += [rng.randbytes(rng.randint(0, 40)) for _ in range(rng.randint(0, 3))]
    pieces += [faulty(rng)[: rng.randint(0, 400)]]
    rng.shuffle(pieces)
    return b"".join(pieces)


def _days(rng: Random) -> list[int]:
    days = sorted(rng.choices(range(10, 25), k=rng.randint(0, 9)), reverse=rng.random() < 0.7)
    for _ in range(rng.choice((0, 0, 1, 2)) if days else 0):
        days.append(days.pop(rng.randrange(len(days))))
    return days


def _entry(rng: Random, shapes: list[str], day: int) -> str:
    if rng.random() < 0.2:
        return _parallel(rng, day)
    number = rng.choice((day, day, 7, "57-PR201"))
    entry = f"{rng.choice(shapes)}\n\n{rng.choice(_BODIES)}"
    return _filled(rng, entry, day, str(number))


def _parallel(rng: Random, day: int) -> str:
    ids = rng.sample(("7", "19", "20", "021", "57-PR201"), rng.randint(1, 3))
    named = rng.choice((", ", ", ", " & ")).join(ids)
    date = rng.choice((f" (2025-12-{day})", f" (2025-12-{day})", f" (2025/12/{day})", ""))
    text = f"### Parallel Sessions {named}{date}\n\n"
    if rng.random() < 0.8:
        text += "**Orchestrator**: Session 22\n"
        text += f"**Parallel Executions**: {rng.choice((len(ids), 2))} agents\n\n"
    for number in rng.choice((ids, ids, ids[1:], [*ids, "7"])):
        part = f"{rng.choice(_PARTS)}\n\n{rng.choice(_BODIES)}\n"
        text += _filled(rng, part, day, number)
    return text


def _filled(rng: Random, text: str, day: int, number: str) -> str:
    other = str(rng.randint(1, 30))
    return text.replace("{d}", str(day)).replace("{n}", number).replace("{m}", other)
