"""Who led the sessions of a parallel section."""

from __future__ import annotations

from handoff_md.semantics.document.fields import fields_of, read_words
from handoff_md.syntax.nodes import Document, Entry
from handoff_md.syntax.session_id import SessionId, read_session_id


def orchestrator_of(document: Document, entry: Entry) -> SessionId | None:
    """Give the session that an entry names as its ``**Orchestrator**``, None without one."""
    source = document.source
    for field in fields_of(source, entry.children):
        if read_words(source, field.key) == "Orchestrator":
            return read_session_id(source.slice(field.value).removeprefix("Session").strip())
    return None
