"""Merges sessions, or hands them in where the document is built."""

from __future__ import annotations

from handoff_md.app.merge.pipeline import merge
from handoff_md.app.merge.report import MergeReport, Watch
from handoff_md.app.merge.request import MergeRequest
from handoff_md.app.merge.scope import BuiltDocumentError


def merge_or_hand_in(request: MergeRequest, watch: Watch) -> MergeReport:
    """Merge sessions; where the document is built, hand their summaries in instead.

    Raises:
        ContentError: as `merge`.
        HandoffError: as `merge`.
    """
    try:
        return merge(request, watch)
    except BuiltDocumentError:
        from handoff_md.app.derived.handing import hand_in_all

        return hand_in_all(request, watch)
