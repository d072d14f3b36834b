"""Says what was understood of a document. Reads one file, writes nothing."""

from __future__ import annotations

import os
from pathlib import Path

from handoff_md.app.documents import say_where
from handoff_md.app.workspace import open_workspace
from handoff_md.preview.outline import ShownDocument, outline
from handoff_md.semantics.document.header import header_fields
from handoff_md.store.files import read_bytes
from handoff_md.syntax.nodes import Document
from handoff_md.syntax.parse import parse
from handoff_md.value import Value


class Understood(Value):
    """A document as it was parsed, and its outline; ``entries_heading`` is the configured one.

    ``is_built`` tells that the profile has it built.
    """

    document: Document
    outline: ShownDocument
    entries_heading: str | None
    is_built: bool


def understand(directory: Path, path: Path | None = None) -> Understood:
    """Read a document and say what was understood of it; works without git.

    Args:
        directory: where the command runs.
        path: the document, as the user has named it; else the configured one.

    Raises:
        FileError: the document can't be read.
        HandoffError: the configuration or the git repository can't be.
    """
    workspace = open_workspace(directory)
    chosen = workspace.handoff if path is None else directory / path
    if not chosen.exists() and os.path.normpath(chosen.absolute()) == str(workspace.handoff):
        from handoff_md.app.documents import explain_missing

        hint = "Name the document (`handoff-md show PATH`), or set `handoff` in handoff-md.toml."
        raise explain_missing(workspace, say_where(workspace, "show") or hint)
    # What the user names may lie anywhere; what the configuration names must not lead outside.
    root = workspace.root if path is None else Path(workspace.root.anchor)
    name = _name(chosen, workspace.root) if path is None else str(path)
    hints = workspace.config.hints(name=name)
    document = parse(read_bytes(chosen, root=root, limit=None), hints=hints)
    heading = workspace.config.entries_heading or None
    header = header_fields(document)
    told = outline(document, name, header=header, entries_heading=heading)
    is_built = workspace.is_derived and name == workspace.config.handoff
    return Understood(document, told, heading, is_built)


def _name(path: Path, root: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix()
