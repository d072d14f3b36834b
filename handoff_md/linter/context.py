"""What rules may ask beyond the text at hand. Loaded outside, and only if a rule asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from msgspec import field

from handoff_md.linter.options import Layout, LintOptions
from handoff_md.linter.page import Page
from handoff_md.linter.suppressions import Suppression
from handoff_md.value import Value

if TYPE_CHECKING:
    from handoff_md.semantics.logs.own_log import LogIndex


class LintSurroundings(Value):
    """What the outside knows; None where nobody knows, and then a rule that asks is silent.

    All paths are relative to the repository's root, with ``/``. Each answer is worked out when it
    is first asked for, and kept.

    Attributes:
        exists: tells whether a path names a file or folder, here or in any linked worktree.
        logs: gives all session logs of this work tree.
        reachable_logs: gives all session logs here, in linked worktrees and in HEAD.
        anchors: gives the anchors of a document (see `semantics.anchors`), None where it can't be
            read.
        unknown_commits: gives those of the (abbreviated) commit ids that the repository lacks.
        handoff: gives the page of the handoff document, None where there is none.
        log_title: gives the title of the log at a path, None where it can't be read or has none.
        is_set_aside: tells whether nobody goes on with the log at a path, which has this content:
            its session was abandoned, or has ended with a log in another work tree.
        summaries_ignored: tells whether git ignores summaries; None where that can't be told.
        built: says what the document is to the one that its pieces give, in a clause; empty where
            it is as it should be.
        pieces: says what is wrong with the pieces, in whole sentences.
        today: the day that it is.
    """

    exists: Callable[[str], bool] | None = None
    logs: Callable[[], LogIndex] | None = None
    reachable_logs: Callable[[], LogIndex] | None = None
    anchors: Callable[[str], AbstractSet[str] | None] | None = None
    unknown_commits: Callable[[Iterable[str]], AbstractSet[str]] | None = None
    handoff: Callable[[], Page | None] | None = None
    log_title: Callable[[str], str | None] | None = None
    is_set_aside: Callable[[str, bytes], bool] | None = None
    summaries_ignored: Callable[[], bool | None] | None = None
    built: Callable[[], str] | None = None
    pieces: Callable[[], tuple[str, ...]] | None = None
    today: dt.date | None = None


class Context(Value):
    """All that a rule gets beside the page: options, where files are, and what lies around.

    ``codes`` are the codes of all rules there are; ``unused`` are the suppressions that silenced
    nothing, known once all other rules have run.
    """

    options: LintOptions = field(default_factory=LintOptions)
    layout: Layout = field(default_factory=Layout)
    around: LintSurroundings = field(default_factory=LintSurroundings)
    codes: AbstractSet[str] = frozenset()
    unused: tuple[Suppression, ...] = ()
