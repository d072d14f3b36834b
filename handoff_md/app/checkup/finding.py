"""What a checkup finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from shlex import quote


class Level(StrEnum):
    """How much a finding matters."""

    ENVIRONMENT = "environment"
    """git, the configuration or the file system is in the way of every command."""
    PROBLEM = "problem"
    """Something is broken or missing, and is to be mended."""
    ADVICE = "advice"
    """Worth knowing; nothing is wrong."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found; ``mend`` is the command that mends it, else what to do."""

    name: str
    level: Level
    message: str
    mend: str


def quoted(*paths: str | Path) -> str:
    """Write paths for a shell."""
    return " ".join(quote(str(path)) for path in paths)
