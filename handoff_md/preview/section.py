"""What a patch brings as whole lines. Loads nothing big."""

from __future__ import annotations

from handoff_md.text.edit import Patch


def section_text(patch: Patch) -> str:
    """Give what the patch brings as whole lines, as it stands in the new text."""
    texts = [edit.text.strip("\r\n") for edit in patch.edits]
    whole = [text for text in texts if "\n" in text or "\r" in text]
    newline = patch.source.newline
    return (2 * newline).join(whole) + newline if whole else ""
