"""Patterns that are compiled when they are first used: a command loads many more than it needs."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, cast


def lazy_pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """Give what `re.compile` gives, for all that a pattern can be asked; `re` itself refuses it."""
    return cast("re.Pattern[str]", _Pattern(text, flags))


class _Pattern:
    """Stands for a compiled pattern, whose methods it makes its own as they are asked for."""

    def __init__(self, text: str, flags: int) -> None:
        self._text = text
        self._flags = flags

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._text, self._flags)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a pattern has
        value = getattr(self._compiled, name)
        setattr(self, name, value)
        return value
