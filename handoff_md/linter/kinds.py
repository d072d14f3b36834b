"""Which files a rule is about, as its code tells before its module is loaded."""

from __future__ import annotations

from collections.abc import Mapping

from handoff_md.linter.page import EVERY_TEXT, PageKind

# None stands for commits. The longest beginning of a code decides; letters that don't stand here
# are about every text. A rule that is about fewer of these files says so itself.
_KINDS: Mapping[str, tuple[PageKind | None, ...]] = {
    "HD004": (PageKind.SUMMARY,),
    "HE": (PageKind.HANDOFF,),
    "HF": (PageKind.SUMMARY,),
    "HG": (None,),
    "HP": (PageKind.HANDOFF,),
    "HR001": (PageKind.PROTOCOL,),
    "HR002": (PageKind.IGNORE,),
    "HR003": (PageKind.HANDOFF,),
    "HR004": (PageKind.HANDOFF,),
    "HS": (PageKind.LOG,),
    "HS011": (PageKind.HANDOFF, PageKind.SUMMARY),
}


def kinds_of(code: str) -> tuple[PageKind, ...]:
    """Give the kinds of files that a rule is about unless it says that these are fewer."""
    return tuple(kind for kind in _listed(code) if kind is not None)


def may_check(code: str, kind: PageKind | None) -> bool:
    """Tell whether a rule is about files of a kind, or with None about commits, by its code alone.

    So a rule's module is loaded only where there is something for it to check.
    """
    return kind in _listed(code)


def _listed(code: str) -> tuple[PageKind | None, ...]:
    prefix = max((known for known in _KINDS if code.startswith(known)), key=len, default="")
    return _KINDS.get(prefix, EVERY_TEXT)
