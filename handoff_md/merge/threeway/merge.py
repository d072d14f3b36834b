"""The three-way merge of a handoff document, from bytes to bytes."""

from __future__ import annotations

from dataclasses import replace

from handoff_md.merge.threeway.conflict import ConflictKind, Merged
from handoff_md.merge.threeway.context import Context, Policy
from handoff_md.merge.threeway.fields import find_newer
from handoff_md.merge.threeway.markers import (
    DEFAULT_MARKER_SIZE,
    ConflictStyle,
    Labels,
    MarkerForm,
    render,
)
from handoff_md.merge.threeway.proof import find_defect
from handoff_md.merge.threeway.result import ThreeWayMerge
from handoff_md.merge.threeway.sections import merge_sections
from handoff_md.merge.threeway.unit import choose_gap, make_root
from handoff_md.merge.threeway.version import (
    from_plain,
    merge_forms,
    mixes_endings,
    read_form,
    to_plain,
)
from handoff_md.semantics.conflict_markers import find_conflict_markers
from handoff_md.syntax.nodes import Document
from handoff_md.syntax.parse import parse
from handoff_md.text.source import Source, decode


def merge_three_way(
    base: bytes,
    ours: bytes,
    theirs: bytes,
    *,
    policy: Policy = "strict",
    conflict_style: ConflictStyle = "merge",
    marker_size: int = DEFAULT_MARKER_SIZE,
    labels: Labels | None = None,
) -> ThreeWayMerge:
    """Merge two versions of a handoff document that go back to one, by its structure.

    Swapping the sides gives the same verdict and, where that is clean, the same bytes.

    Args:
        base: the version both go back to; empty where both sides have created the file.
        ours: one side's version.
        theirs: the other side's.
        policy: ``strict`` leaves header fields that both sides changed as conflicts; ``newest``
            takes the record of the side that is newer by date and session.
        conflict_style: how conflicts are written (git's ``merge.conflictStyle``).
        marker_size: how many characters a marker has.
        labels: what the versions are called behind the markers.
    """
    form = MarkerForm(conflict_style, marker_size, labels or Labels())
    if ours == base or theirs in (base, ours):
        return ThreeWayMerge(theirs if ours == base else ours, (), ())
    return _merge((decode(base), decode(ours), decode(theirs)), policy, form)


def _merge(
    sources: tuple[Source, Source, Source], policy: Policy, form: MarkerForm
) -> ThreeWayMerge:
    forms = [read_form(source) for source in sources]
    raw = any(mixes_endings(source) for source in sources)
    documents = [parse(_plain(source, raw=raw)) for source in sources]
    target = merge_forms(forms)
    if raw:
        target = replace(target, newline=None)
    refused = next(filter(None, map(_why_not, documents)), "")
    merged = _contest_all(documents, refused) if refused else _merge_proven(documents, policy)
    text = render(merged.pieces, form)
    content = from_plain(text, target, complete=not merged.clean).to_bytes()
    return ThreeWayMerge(content, merged.conflicts, merged.notes, refused, merged.pieces, target)


def _merge_proven(documents: list[Document], policy: Policy) -> Merged:
    """Merge, and prove what is clean; a merge that has a defect becomes a conflict."""
    merged = _merge_documents(documents, policy)
    if not merged.clean:
        return merged
    base, ours, theirs = documents
    defect = find_defect(base, ours, theirs, parse(merged.text), merged)
    return _contest_all(documents, f"not proven to be sound: {defect}") if defect else merged


def _contest_all(documents: list[Document], reason: str) -> Merged:
    """Give one conflict of the whole document."""
    base, ours, theirs = (document.source.text for document in documents)
    return replace(Context().conflict(ConflictKind.DOCUMENT, base, ours, theirs), notes=(reason,))


def _plain(source: Source, *, raw: bool) -> str:
    if not raw:
        return to_plain(source)
    text = source.text
    return text if not text or text[-1] in "\r\n" else text + "\n"


def _why_not(document: Document) -> str | None:
    """Say why a document can't be merged by its structure."""
    if document.blocks.too_deep is not None:
        return "a version nests too deep to be parsed"
    if any("\ud800" <= char <= "\udfff" for char in document.source.text):
        return "a version is not UTF-8"
    if find_conflict_markers(document.source, document.blocks.tokens, document.first_line):
        return "a version holds conflict markers already"
    return None


def _merge_documents(documents: list[Document], policy: Policy) -> Merged:
    base, ours, theirs = (make_root(document) for document in documents)
    context = Context(newer=find_newer(documents[1], documents[2], policy))
    merged = merge_sections(base, ours, theirs, context)
    gap = choose_gap([base.gap, ours.gap, theirs.gap], "")
    return replace(merged, pieces=(*merged.pieces, gap) if gap else merged.pieces)
