"""reviewdog's diagnostic format, rdjson: findings as comments of a review, fixes as suggestions."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence

from handoff_md.linter.diagnostic import Diagnostic, Fix, Severity
from handoff_md.linter.reporters.findings import page_of, sentence
from handoff_md.linter.reporters.json_report import can_be_told, tellable
from handoff_md.semantics.document.credentials import mask_secrets
from handoff_md.text.source import Source, encode
from handoff_md.text.span import Position, Span

_NAME, _URL = "handoff-md", "https://github.com/handoff-md/handoff-md"
_SEVERITIES = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.INFO: "INFO"}
_MOST_LINES = 50
_MASKED = "***"

_Object = dict[str, object]


def write(
    diagnostics: Sequence[Diagnostic],
    sources: Mapping[str, Source],
    *,
    color: bool,  # noqa: ARG001 - programs read it
    width: int,  # noqa: ARG001 - the same
    root: str,  # noqa: ARG001 - paths are relative
) -> str:
    """Write one ``DiagnosticResult``, ASCII alone.

    Lines count from 1, columns from 1 in bytes of UTF-8, a byte order mark among them; an end is
    behind the last byte. A finding whose text is not known has a line and no columns. A fix is one
    suggestion, whose text holds what stands between its edits; one that takes more than fifty lines
    is none.
    """
    listed = [_diagnostic(found, sources.get(found.path)) for found in diagnostics]
    return json.dumps({"source": _source(), "diagnostics": listed}, indent=2) + "\n"


def _source() -> _Object:
    return {"name": _NAME, "url": _URL}


def _diagnostic(found: Diagnostic, source: Source | None) -> _Object:
    known = source if found.commit is None else None
    place = _range(known, found.span) if known else {"start": {"line": found.start.line}}
    told: _Object = {
        "message": tellable(sentence(found)),
        "location": {"path": tellable(found.path), "range": place},
        "severity": _SEVERITIES[found.severity],
        "code": {"value": found.code, "url": page_of(found.code)},
    }
    if known and found.fix and can_be_told(found.fix):
        suggestion = _suggestion(known, found.fix)
        if suggestion:
            told["suggestions"] = [suggestion]
    return told


def _suggestion(source: Source, fix: Fix) -> _Object | None:
    """Make one replacement of all edits; None if it is too large, or would hold what is masked."""
    edits = sorted(fix.edits, key=lambda edit: edit.span)
    around = Span(edits[0].span.start, edits[-1].span.end)
    if source.line_of(around.end) - source.line_of(around.start) >= _MOST_LINES:
        return None
    pieces, done = list[str](), around.start
    for edit in edits:
        pieces += (source.text[done : edit.span.start], edit.text)
        done = edit.span.end
    text = "".join(pieces)
    if _MASKED in "".join(pieces[::2]) or mask_secrets(text) != text or tellable(text) != text:
        return None
    return {"range": _range(source, around), "text": text}


def _range(source: Source, span: Span) -> _Object:
    return {
        "start": _position(source, source.position(span.start)),
        "end": _position(source, source.position(span.end)),
    }


def _position(source: Source, place: Position) -> _Object:
    start = source.line_offset(place.line - 1)
    before = encode(source.text[start : start + place.column - 1])
    mark = BOM_UTF8 if source.bom and place.line == 1 else b""
    return {"line": place.line, "column": len(mark + before) + 1}
