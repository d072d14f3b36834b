"""Colours for terminals, as ANSI codes around a text; a severity always has the same one."""

from __future__ import annotations

from handoff_md.linter.diagnostic import Severity
from handoff_md.value import Value

_RESET = "\x1b[0m"
_BOLD, _DIM, _GREEN = "1", "2", "32"
_SEVERITIES = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.INFO: "1;36"}


class Paint(Value):
    """A brush that may be off; then each text stays as it is."""

    on: bool

    def bold(self, text: str) -> str:
        """Make a text stand out."""
        return self._in(_BOLD, text)

    def dim(self, text: str) -> str:
        """Let a text step back."""
        return self._in(_DIM, text)

    def good(self, text: str) -> str:
        """Colour what helps: a fix."""
        return self._in(_GREEN, text)

    def severity(self, severity: Severity, text: str) -> str:
        """Colour a text by how much a finding matters."""
        return self._in(_SEVERITIES[severity], text)

    def _in(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}{_RESET}" if self.on and text else text
