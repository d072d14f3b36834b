"""What is linted: which rules run, by code and name, and which paths are excluded."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache

from handoff_md.errors import ConfigError, did_you_mean
from handoff_md.linter.diagnostic import Severity
from handoff_md.linter.options import LintOptions
from handoff_md.linter.rule import Listed, list_rules
from handoff_md.text.pattern import lazy_pattern

EVERY_RULE = "ALL"

_PIECE = lazy_pattern(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)
_WRITTEN = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def select_codes(options: LintOptions) -> tuple[str, ...]:
    """Give the codes of the rules that the options ask for, sorted.

    The longer of two selectors that match a rule decides; of two equally long, the one that leaves
    it out.

    Raises:
        ConfigError: a selector matches no rule.
    """
    check_selectors(options)
    chosen = (*options.select, *options.extend_select)
    return tuple(
        code
        for code, entry in list_rules().items()
        if _weight(entry, chosen) > _weight(entry, options.ignore)
    )


def check_selectors(options: LintOptions, where: Callable[[str], str] = lambda _: "") -> None:
    """Raise a ConfigError for the first selector of the options that matches no rule.

    ``where`` names the place of a key in messages.
    """
    given: Mapping[str, Iterable[str]] = {
        "select": options.select,
        "extend-select": options.extend_select,
        "ignore": options.ignore,
        "severity": options.severity,
    }
    for key, selectors in given.items():
        for selector in selectors:
            check_selector(selector, where(key))
    for pattern, selectors in options.per_file_ignores.items():
        place = where("per-file-ignores")
        for selector in selectors:
            check_selector(selector, place and f"{place}: {pattern}")


def ignored_for(path: str, options: LintOptions) -> frozenset[str]:
    """Give the codes of the rules that ``per-file-ignores`` leaves out of a file.

    A pattern matches as in the shell, where ``*`` matches ``/`` too; one without a slash matches
    the file's name.
    """
    if not options.per_file_ignores:
        return frozenset()
    from fnmatch import fnmatchcase  # noqa: PLC0415 - few configurations have patterns

    selectors = [
        selector
        for pattern, selectors in options.per_file_ignores.items()
        if fnmatchcase(path if "/" in pattern else path.rpartition("/")[2], pattern)
        for selector in selectors
    ]
    return frozenset(code for code in list_rules() if matches(code, selectors))


def severity_of(code: str, options: LintOptions) -> Severity | None:
    """Give the severity that is configured for a rule, by the longest key; None for its own."""
    keys = [key for key in options.severity if matches(code, (key,))]
    if not keys:
        return None
    return options.severity[max(keys, key=lambda key: _match(list_rules()[code], key))]


def matches(code: str, selectors: Collection[str]) -> bool:
    """Tell whether any selector names the rule with this code."""
    return _weight(list_rules()[code], selectors) >= 0


@cache
def selectors_of(code: str) -> frozenset[str]:
    """Give all words that name the rule with this code, in lower case."""
    prefixes = (code[: end + 1].casefold() for end in range(len(code)))
    return frozenset((EVERY_RULE.casefold(), list_rules()[code].name, *prefixes))


def check_selector(selector: str, where: str = "") -> None:
    """Raise a ConfigError, with what may have been meant, for a selector that matches no rule.

    ``where`` names the place that it comes from.
    """
    if any(_weight(entry, (selector,)) >= 0 for entry in list_rules().values()):
        return
    known = [word for entry in list_rules().values() for word in (entry.code, entry.name)]
    hint = f"{did_you_mean(selector, known)} `handoff-md rule` lists all rules.".lstrip()
    raise ConfigError(f"{where}{': ' if where else ''}there is no rule {selector!r}", hint)


def _weight(entry: Listed, selectors: Iterable[str]) -> int:
    """Give how closely the closest selector names a rule: its length, -1 where none does."""
    return max((_match(entry, selector) for selector in selectors), default=-1)


def _match(entry: Listed, selector: str) -> int:
    if selector.upper() == EVERY_RULE:
        return 0
    if selector.lower() == entry.name:
        return len(entry.code)
    return len(selector) if selector and entry.code.startswith(selector.upper()) else -1


def is_excluded(path: str, patterns: Sequence[str]) -> bool:
    """Tell whether any pattern matches a file's path, or that of a folder around it.

    A pattern without a slash before its end matches a name at any depth, another one from the root
    on. ``*`` and ``?`` pass no slash, ``**`` passes any. One that ends with a slash is of folders.

    Args:
        path: relative to the root, with ``/``.
        patterns: what is excluded.
    """
    return any(
        _compiled(pattern).fullmatch(above)
        for pattern in patterns
        for above in _with_folders(path, pattern)
    )


def _with_folders(path: str, pattern: str) -> Iterator[str]:
    """Give a path and those of the folders around it, as a pattern sees them."""
    if not pattern.endswith("/"):
        yield path
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    body = pattern.removesuffix("/")
    anchored = "/" in body
    body = body.removeprefix("./").removeprefix("/")
    form = "".join(_translated(piece) for piece in _PIECE.findall(body))
    try:
        return re.compile(form if anchored else f"(?:.*/)?{form}", re.DOTALL)
    except re.error:  # a range that runs backwards: no name matches it
        return re.compile(r"(?!)")


def _translated(piece: str) -> str:
    if piece in _WRITTEN:
        return _WRITTEN[piece]
    if len(piece) > 1:
        inner = piece[1:-1]
        negated = inner.startswith("!")
        listed = re.escape(inner.removeprefix("!")).replace("\\-", "-")
        return f"[{'^' if negated else ''}{listed}]"
    return re.escape(piece)
