"""Merge, lint and preview HANDOFF.md, the file through which coding agents pass context on.

The names below are the stable API, and pure: no file, git, clock or terminal. Each is loaded when
it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from handoff_md.errors import ContentError, HandoffError
    from handoff_md.linter.diagnostic import Diagnostic
    from handoff_md.linter.engine import lint
    from handoff_md.linter.options import LintOptions
    from handoff_md.merge.request import MergeOptions, SessionLog, Surroundings
    from handoff_md.merge.result import Outcome, SessionOutcome, SummaryMerge
    from handoff_md.merge.summaries import merge_summaries
    from handoff_md.syntax.nodes import Document, Entry
    from handoff_md.syntax.parse import parse
    from handoff_md.syntax.session_id import SessionId
    from handoff_md.syntax.summary import Summary, parse_summary
    from handoff_md.threeway.conflict import Conflict, ConflictKind
    from handoff_md.threeway.document import merge_three_way
    from handoff_md.threeway.result import Labels, ThreeWayMerge

__version__ = "0.1.0"

__all__ = [
    "Conflict",
    "ConflictKind",
    "ContentError",
    "Diagnostic",
    "Document",
    "Entry",
    "HandoffError",
    "Labels",
    "LintOptions",
    "MergeOptions",
    "Outcome",
    "SessionId",
    "SessionLog",
    "SessionOutcome",
    "Summary",
    "SummaryMerge",
    "Surroundings",
    "ThreeWayMerge",
    "__version__",
    "lint",
    "merge_summaries",
    "merge_three_way",
    "parse",
    "parse_summary",
]

_MODULES = {
    "Conflict": "threeway.conflict",
    "ConflictKind": "threeway.conflict",
    "ContentError": "errors",
    "Diagnostic": "linter.diagnostic",
    "Document": "syntax.nodes",
    "Entry": "syntax.nodes",
    "HandoffError": "errors",
    "LintOptions": "linter.options",
    "Labels": "threeway.result",
    "MergeOptions": "merge.request",
    "Outcome": "merge.result",
    "SessionId": "syntax.session_id",
    "SessionLog": "merge.request",
    "SessionOutcome": "merge.result",
    "Summary": "syntax.summary",
    "SummaryMerge": "merge.result",
    "Surroundings": "merge.request",
    "lint": "linter.engine",
    "ThreeWayMerge": "threeway.result",
    "merge_summaries": "merge.summaries",
    "merge_three_way": "threeway.document",
    "parse": "syntax.parse",
    "parse_summary": "syntax.summary",
}


def __getattr__(name: str) -> object:
    """Load a public name from its module (PEP 562)."""
    module = _MODULES.get(name)
    if module is None:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module  # noqa: PLC0415 - the command needs none of these names

    return getattr(import_module(f"{__name__}.{module}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
