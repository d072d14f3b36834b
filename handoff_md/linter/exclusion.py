"""Which paths a list of patterns excludes, as in a ``.gitignore``; nothing is looked up on disk."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from handoff_md.text.pattern import lazy_pattern

_PIECE = lazy_pattern(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)
_WRITTEN = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


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
