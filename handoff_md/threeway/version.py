"""Three versions in one form: what the merge needs not see (line endings, BOM) is set aside."""

from __future__ import annotations

import re
from collections.abc import Sequence

from handoff_md.text.source import Source
from handoff_md.value import Value

_LF, _CRLF, _CR = "\n", "\r\n", "\r"
_ENDING = re.compile(r"\r\n|\r|\n")


class TextStyle(Value):
    """How a version is written: its line ending, a byte order mark, a newline at its end.

    ``newline`` is None where endings are mixed, or where there is none.
    """

    newline: str | None
    bom: bool
    ends_with_newline: bool


def read_form(source: Source) -> TextStyle:
    """Say how a version is written."""
    text = source.text
    endings = set(_ENDING.findall(text)) if _CR in text else {_LF} if _LF in text else set()
    newline = endings.pop() if len(endings) == 1 else None
    return TextStyle(newline, source.bom, not text or text[-1] in "\r\n")


def mixes_endings(source: Source) -> bool:
    """Tell whether a version has lines of several endings."""
    return _CR in source.text and len(set(_ENDING.findall(source.text))) > 1


def to_plain(source: Source) -> str:
    """Give a version's text with a newline at its end, and with LF unless its endings are mixed."""
    text = source.text
    if _CR in text and not mixes_endings(source):
        text = _ENDING.sub(_LF, text)
    return text if not text or text[-1] in "\r\n" else text + _LF


def from_plain(text: str, form: TextStyle, *, complete: bool) -> Source:
    """Write a text in a form; ``complete`` keeps the newline at its end in any case."""
    if not form.ends_with_newline and not complete:
        text = text.removesuffix(_LF)
    if form.newline in (_CRLF, _CR):
        text = text.replace(_LF, form.newline)
    return Source(text, bom=form.bom)


def merge_forms(forms: Sequence[TextStyle]) -> TextStyle:
    """Give the three-way choice of base's, ours' and theirs' form, part by part."""
    base, ours, theirs = forms
    known = [form.newline for form in forms if form.newline]
    newline = _choose(*(form.newline or (known[0] if known else None) for form in forms))
    return TextStyle(
        newline if isinstance(newline, str) else None,
        bool(_choose(base.bom, ours.bom, theirs.bom)),
        bool(_choose(base.ends_with_newline, ours.ends_with_newline, theirs.ends_with_newline)),
    )


def _choose(base: object, ours: object, theirs: object) -> object:
    """Give what changed; where both sides changed it, and not alike, LF (the lesser one)."""
    if ours == base:
        return theirs
    if theirs in (base, ours):
        return ours
    return min(str(ours), str(theirs), key=lambda ending: (len(ending), ending != _LF))
