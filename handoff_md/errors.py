"""The errors a user can meet: one clear sentence each, and what to do next."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Final

_REPORT_TO: Final = "https://github.com/handoff-md/handoff-md/issues"


class HandoffError(Exception):
    """Something the user must know of and can act on.

    Args:
        message: one sentence: what is wrong, and where.
        hint: what to do next, or an empty string where the message says it all.

    ``exit_code`` is what the command ends with: 1 where the content has problems, 2 for usage,
    configuration, file and git environment.
    """

    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ContentError(HandoffError):
    """A document or a summary has a problem that a person has to mend (exit 1)."""

    exit_code = 1


class ConfigError(HandoffError):
    """The configuration can't be read, or says something that can't be (exit 2)."""


class FileError(HandoffError):
    """A file can't be read or written, or lies where it must not (exit 2)."""


class GitError(HandoffError):
    """git is missing, or refuses what is asked of it (exit 2)."""


def explain(error: Exception) -> tuple[str, str]:
    """Give the sentence that tells an error, and the hint, which may be empty.

    What is neither ours nor the machine's is a mistake in the tool: it is told, not dumped.
    """
    if isinstance(error, HandoffError):
        return error.message, error.hint
    if isinstance(error, OSError) and error.strerror:
        where = f"{os.fsdecode(error.filename)}: " if error.filename else ""
        return f"{where}{error.strerror.lower()}", ""
    return (
        f"handoff-md itself has failed ({type(error).__name__}: {error})",
        f"Please report it at {_REPORT_TO} with what HANDOFF_MD_DEBUG=1 shows.",
    )


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give ``Did you mean x?`` for the known word that is closest, or an empty text."""
    from difflib import get_close_matches  # noqa: PLC0415 - for a mistake only

    folded = {other.casefold(): other for other in known}
    close = get_close_matches(word.casefold(), folded, n=1)
    return f"Did you mean {folded[close[0]]}?" if close else ""
