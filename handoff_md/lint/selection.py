"""Which rules run: codes, beginnings of codes and names, and which of two that match decides."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from handoff_md.errors import ConfigError
from handoff_md.lint.catalogue import Listed, list_rules
from handoff_md.lint.options import LintOptions

EVERY_RULE = "ALL"


def select_codes(options: LintOptions) -> tuple[str, ...]:
    """Give the codes of the rules that the options ask for, sorted.

    The longer of two selectors that match a rule decides; of two equally long, the one that leaves
    it out.

    Raises:
        ConfigError: a selector matches no rule.
    """
    chosen = (*options.select, *options.extend_select)
    for selector in (*chosen, *options.ignore, *options.severity):
        check_selector(selector)
    for selectors in options.per_file_ignores.values():
        for selector in selectors:
            check_selector(selector)
    return tuple(
        code
        for code, entry in list_rules().items()
        if _weight(entry, chosen) > _weight(entry, options.ignore)
    )


def matches(code: str, selectors: Collection[str]) -> bool:
    """Tell whether any selector names the rule with this code."""
    return _weight(list_rules()[code], selectors) >= 0


def check_selector(selector: str) -> None:
    """Raise a ConfigError, with what may have been meant, for a selector that matches no rule."""
    if any(_weight(entry, (selector,)) >= 0 for entry in list_rules().values()):
        return
    from difflib import get_close_matches  # noqa: PLC0415 - for a mistake only

    rules = list_rules().values()
    known = [*(entry.code for entry in rules), *(entry.name for entry in rules)]
    close = get_close_matches(selector.upper(), known, n=1, cutoff=0.5) or get_close_matches(
        selector.lower(), known, n=1
    )
    hint = f"Did you mean {close[0]}? " if close else ""
    raise ConfigError(f"there is no rule {selector!r}", f"{hint}`handoff-md rule` lists all rules.")


def _weight(entry: Listed, selectors: Iterable[str]) -> int:
    """Give how closely the closest selector names a rule: its length, -1 where none does."""
    return max((_match(entry, selector) for selector in selectors), default=-1)


def _match(entry: Listed, selector: str) -> int:
    if selector.upper() == EVERY_RULE:
        return 0
    if selector.lower() == entry.name:
        return len(entry.code)
    return len(selector) if selector and entry.code.startswith(selector.upper()) else -1
