"""Entries that are made of lines with keys: ``Date: 2026-05-03``, ``Session: 7``, ``Title: …``."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from handoff_md.syntax.form.moments import find_moments
from handoff_md.syntax.form.spelling import agree, write_moment
from handoff_md.syntax.form.words import NUMBER
from handoff_md.syntax.session_id import SessionId

# `re` compiles these when they are first used; few documents need them.
KEY_LINE = (
    r"(?P<lead>\s*[*_]{0,2})(?P<key>[^\W\d_][^:*_\n]{0,39})"
    r"(?P<sign>[*_]{0,2}\s*:[*_]{0,2}[ \t]*)(?P<value>\S.*)"
)
DATE_KEYS = "date|datum|when|time|timestamp|started|fecha|data|day"
ID_KEYS = "session(?: id| no)?"
_ID_VALUE = r"#?[\w.-]{1,40}"
TITLE_KEYS = "title|summary|task|topic|goal|subject|what"


def is_key(line: str) -> bool:
    """Tell whether a line has a key and a value."""
    return re.match(KEY_LINE, line) is not None


def read_key(line: str) -> str:
    """Say what the key of a line is for: ``date``, ``id`` or ``title``.

    Empty for another one, and where more stands behind it: ``Session: 2026-05-03 — Water``.
    """
    match = re.match(KEY_LINE, line)
    kinds = (("date", DATE_KEYS), ("id", ID_KEYS), ("title", TITLE_KEYS))
    plain = match["key"].strip().casefold() if match else ""
    kind = next((kind for kind, keys in kinds if re.fullmatch(keys, plain)), "")
    value = match["value"].strip("*_` ") if match else ""
    if kind == "date":
        moments = find_moments(value)
        return kind if moments and moments[0].end - moments[0].start == len(value) else ""
    return "" if kind == "id" and not re.fullmatch(_ID_VALUE, value) else kind


def write_keys(
    lines: Sequence[str],
    date: dt.date,
    time: dt.time | None,
    session_id: SessionId,
    title: str,
) -> str:
    """Write the lines of an entry as those of another, with its own date, id and title.

    What has another key is left out; a title or an id that the others lack gets a line.
    """
    written: dict[str, str] = {}
    for line in lines:
        match = re.match(KEY_LINE, line)
        kind = read_key(line)
        if match is None or not kind or kind in written:
            continue
        value = match["value"]
        if kind == "date":
            value = _write_date(value, date, time)
        elif kind == "id":
            number = NUMBER.search(value)
            value = f"{value[: number.start()] if number else ''}{session_id}"
        else:
            value = title
        written[kind] = f"{match['lead']}{match['key']}{match['sign']}{value}"
    model = re.match(KEY_LINE, lines[0])
    for kind, key, value in (("id", "Session", str(session_id)), ("title", "Title", title)):
        if kind not in written and model:
            written[kind] = f"{model['lead']}{key}{model['sign']}{value}"
    return "\n".join(written.values())


def _write_date(value: str, date: dt.date, time: dt.time | None) -> str:
    moments = find_moments(value)
    if not moments:
        return date.isoformat()
    moment = moments[0]
    written = write_moment(agree([moment.notation]), date, time if moment.time else None)
    return f"{value[: moment.start]}{written}{value[moment.end :]}"
