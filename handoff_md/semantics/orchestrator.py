"""Who led the sessions of a parallel section."""

from __future__ import annotations

from handoff_md.syntax.nodes import Block, Document, Entry, Field
from handoff_md.syntax.session_id import SessionId, read_session_id


def orchestrator_of(document: Document, entry: Entry) -> SessionId | None:
    """Give the session that an entry names as its ``**Orchestrator**``, None without one."""
    source = document.source
    for node in entry.children:
        for line in node.children if isinstance(node, Block) else ():
            if isinstance(line, Field) and source.slice(line.key) == "Orchestrator":
                return read_session_id(source.slice(line.value).removeprefix("Session").strip())
    return None
