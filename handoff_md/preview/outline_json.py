"""An outline as one JSON object for programs; docs/exit-codes-and-json.md tells of its fields."""

from __future__ import annotations

from handoff_md.preview.outline import (
    EntryLine,
    Lines,
    Outline,
    PartLine,
    SectionLine,
    TableLine,
)

_VERSION = 1


def to_json(outline: Outline) -> dict[str, object]:
    """Give the documented object."""
    target = outline.target
    return {
        "version": _VERSION,
        "path": _text(outline.name),
        "lines": outline.lines,
        "bytes": outline.size,
        "line_endings": outline.endings or None,
        "byte_order_mark": outline.bom,
        "header": [
            {"key": _text(field.key), "value": _text(field.value), "line": field.line}
            for field in outline.header
        ],
        "sections": [
            {"level": item.level, "title": _text(item.title), **_lines(item.lines)}
            for item in outline.items
            if isinstance(item, SectionLine)
        ],
        "entries": [_entry(entry) for entry in outline.entries],
        "tables": [
            {"rows": item.rows, "ids": [str(i) for i in item.session_ids], **_lines(item.lines)}
            for item in outline.items
            if isinstance(item, TableLine)
        ],
        "entries_section": {
            "heading": _text(target.heading) if target.heading is not None else None,
            "line": target.line,
            "level": target.level,
            "order": "newest-first" if target.newest_first else "newest-last",
            "entries": target.entries,
        }
        if target
        else None,
        "problems": [
            {"message": _text(found.message), "hint": _text(found.hint), "lines": found.lines}
            for found in outline.problems
        ],
    }


def _entry(entry: EntryLine) -> dict[str, object]:
    return {
        "kind": entry.kind,
        "level": entry.level,
        "ids": [str(session_id) for session_id in entry.session_ids],
        **_told(entry),
        "parts": [{"id": str(part.session_id), **_told(part)} for part in entry.parts],
    }


def _told(item: EntryLine | PartLine) -> dict[str, object]:
    return {
        "title": _text(item.title),
        "date": item.date.isoformat() if item.date else None,
        "log": item.log or None,
        "status": item.status.value if item.status else None,
        **_lines(item.lines),
    }


def _lines(lines: Lines) -> dict[str, int]:
    return {"line": lines.first, "end_line": lines.last}


def _text(text: str) -> str:
    """Give a text that any JSON parser accepts: a lone surrogate is no character."""
    if text.isascii():
        return text
    return "".join("\ufffd" if "\ud800" <= char <= "\udfff" else char for char in text)
