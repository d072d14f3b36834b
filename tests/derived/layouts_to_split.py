"""Generated documents to split: entries of several forms, with what people leave between them."""

from __future__ import annotations

import datetime as dt
from random import Random

_TITLES = ("Mend the roof", "CON", "con", "Ünïcode – “quoted”", "a/b\\c: *d*", "x" * 300, "", "…")
_BODIES = (
    ("- done",),
    ("Words.", "", "More of them.  "),
    ("```", "---", "### no heading", "```"),
    ("> quoted", "", "| a | b |", "|---|---|", "| 1 | 2 |"),
    ("#### Deeper", "", "1. one", "2. two", "\t- tab"),
    (),
)
_GAPS = (
    ("",),
    (),
    ("", "---", ""),
    ("", "", ""),
    ("", "* * *", ""),
    ("  ",),
    ("\t",),
    ("", "=====", ""),
)
_BETWEEN = ("### A remark without a day", "<!-- a comment -->", "Loose words.")
_ENDINGS = ("\n", "\r\n", "\r")


def make_document(seed: int) -> bytes:
    """Make a document with entries; each choice is the seed's."""
    random = Random(seed)  # noqa: S311 - a seeded generator of documents, no secrets
    lines: list[str] = list(random.choice(((), ("# Handoff", ""), ("---", "a: b", "---", ""))))
    has_section = random.random() < 0.7
    if has_section:
        lines += ["## Recent Sessions", ""]
    gap = random.choice(_GAPS)
    day = dt.date(2026, 1, 1) + dt.timedelta(random.randrange(300))
    step = random.choice((-1, 1))
    led = has_section and random.random() < 0.25
    for number in range(random.randint(2, 9)):
        lines += _entry(random, day, number, led=led)
        lines += gap if random.random() < 0.7 else random.choice(_GAPS)
        if not led and random.random() < 0.15:
            lines += [random.choice(_BETWEEN), ""]
        day += dt.timedelta(step * random.choice((0, 1, 1, 2)))
    if has_section and random.random() < 0.5:
        lines += ["", "## Next Steps", "", "- all of it"]
    return _encode(random, lines)


def _entry(random: Random, day: dt.date, number: int, *, led: bool) -> list[str]:
    title = random.choice(_TITLES)
    if led:
        below = (
            [f"  {line}" for line in random.choice(_BODIES[:1])] if random.random() < 0.5 else []
        )
        return [f"- **{day}**: {title} {number}", *below]
    heading = random.choice(
        (f"{day}: {title} (Session {number})", f"Session {number}: {title} ({day})")
    )
    return [f"### {heading}", *([""] if random.random() < 0.8 else []), *random.choice(_BODIES)]


def _encode(random: Random, lines: list[str]) -> bytes:
    ending = random.choice(_ENDINGS)
    mixed = random.random() < 0.2
    text = "".join(line + (random.choice(_ENDINGS) if mixed else ending) for line in lines)
    data = text.encode()
    if random.random() < 0.2:
        data = data.rstrip(b"\r\n")
    if random.random() < 0.2:
        data = data.replace(b"o", b"\xff", random.randint(1, 3))
    return b"\xef\xbb\xbf" + data if random.random() < 0.2 else data
