"""What a checkup finds."""

from __future__ import annotations

import sysconfig
from enum import StrEnum
from pathlib import Path
from shlex import quote

from handoff_md.errors import HandoffError
from handoff_md.value import Value

_PROGRAMS = ("chmod", "export", "git", "handoff-md", "mv", "pre-commit", "rm")


class Urgency(StrEnum):
    """How much a finding matters."""

    ENVIRONMENT = "environment"
    """git, the configuration or the file system is in the way of every command."""
    PROBLEM = "problem"
    """Something is broken or missing, and is to be mended."""
    ADVICE = "advice"
    """Worth knowing; nothing is wrong."""


class CheckupFinding(Value):
    """One thing that was found.

    Attributes:
        name: which finding it is.
        level: how much it matters.
        message: what was found, and where.
        mend: the command that mends it; else what to do.
    """

    name: str
    level: Urgency
    message: str
    mend: str

    @property
    def mends_by_command(self) -> bool:
        """Tell whether ``mend`` is a line for a shell."""
        return self.mend.partition(" ")[0] in _PROGRAMS


def quoted(*paths: str | Path) -> str:
    """Write paths for a shell."""
    return " ".join(quote(str(path)) for path in paths)


def mend_by(error: HandoffError) -> str:
    """Give what an error says to do; where it says nothing, its message has to do."""
    return error.hint or "mend what the message names, then run `handoff-md doctor` again"


def put_on_path() -> str:
    """Say how to get the command on PATH: this installation's own, if it has one."""
    scripts = Path(sysconfig.get_path("scripts"))
    if (scripts / "handoff-md").exists():
        return f'export PATH="$PATH":{quoted(scripts)}  # for good: in your shell\'s profile'
    return "install it on PATH: `pipx install DIR`, where DIR is its checkout or its wheel"


def damaged_record(name: str, path: Path, error: HandoffError) -> CheckupFinding:
    """Find a record of the shared state that can't be read, and put it aside where that helps."""
    if isinstance(error.__cause__, PermissionError):
        return CheckupFinding(name, Urgency.PROBLEM, error.message, mend_by(error))
    hint = f": {error.hint[0].lower()}{error.hint[1:]}".rstrip(".") if error.hint else ""
    mend = f"mv -- {quoted(path, f'{path}.damaged')}"
    return CheckupFinding(name, Urgency.PROBLEM, f"{error.message}{hint}", mend)
