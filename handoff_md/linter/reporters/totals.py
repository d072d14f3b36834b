"""What people want to know of all findings together, and the colours of their formats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from handoff_md.linter.diagnostic import Diagnostic, Safety, Severity
from handoff_md.text.visible import visible
from handoff_md.value import Value

_PLURALS = {Severity.ERROR: "errors", Severity.WARNING: "warnings", Severity.INFO: "infos"}

_RESET = "\x1b[0m"
_BOLD, _DIM, _GREEN = "1", "2", "32"
_SEVERITIES = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.INFO: "1;36"}


def write_summary(
    diagnostics: Sequence[Diagnostic],
    fixed: Sequence[Diagnostic] = (),
    *,
    checked: int,
    unit: str = "file",
    known: int = 0,
    color: bool = False,
) -> str:
    """Write the last line: what was found, in how many files or commits, and what can be fixed.

    Args:
        diagnostics: what remains.
        fixed: what was mended.
        checked: how many files, or commits, were checked.
        unit: which of them: ``file`` or ``commit``.
        known: how many findings are left out since the baseline knows of them.
        color: whether it is coloured.
    """
    paint = Paint(color)
    mended = f"Fixed {count(len(fixed), 'finding')}. " if fixed else ""
    if not diagnostics:
        passed = f"{paint.good('All checks passed')} ({count(checked, unit)})"
        return f"{mended}{passed}.\n{_hidden(known)}"
    kinds = count_kinds(diagnostics, unit=unit, color=color)
    return f"{mended}Found {kinds}{_fixable(diagnostics)}.\n{_hidden(known)}"


def count_kinds(
    diagnostics: Sequence[Diagnostic], *, unit: str = "file", color: bool = False
) -> str:
    """Count findings by severity, and their files or commits: ``2 errors and 1 info in 1 file``."""
    paint = Paint(color)
    counts = Counter(found.severity for found in diagnostics)
    kinds = [
        paint.severity(severity, count(counts[severity], severity, _PLURALS[severity]))
        for severity in Severity
        if counts[severity]
    ]
    places = len({found.commit or found.path for found in diagnostics})
    return f"{_join(kinds)} in {count(places, unit)}"


def _hidden(known: int) -> str:
    return f"{tell_hidden(known)}.\n" if known else ""


def tell_hidden(known: int) -> str:
    """Say how many findings the baseline knows of, and how they are shown."""
    verb = "is" if known == 1 else "are"
    return f"{count(known, 'known finding')} {verb} not shown; --no-baseline shows all"


def write_statistics(diagnostics: Sequence[Diagnostic], *, color: bool = False) -> str:
    """Write a line for each rule, the most frequent first: count, code, ``[*]``, name."""
    paint = Paint(color)
    counts = Counter(found.code for found in diagnostics)
    rules = {found.code: found for found in diagnostics}
    fixable = {found.code for found in diagnostics if _has(found, Safety.SAFE)}
    width = len(str(max(counts.values(), default=0)))
    return "".join(
        f"{counts[code]:>{width}}  {paint.severity(rules[code].severity, code)}  "
        f"{paint.good('[*]') if code in fixable else '   '}  {rules[code].name}\n"
        for code in sorted(counts, key=lambda code: (-counts[code], code))
    )


def write_fixes(fixed: Sequence[Diagnostic], *, color: bool = False) -> str:
    """List what was fixed, file by file, with the lines of the text it was found in."""
    paint = Paint(color)
    files = dict.fromkeys(found.path for found in fixed)
    return "".join(
        f"{paint.bold(visible(path))}\n{''.join(_fix_lines(path, fixed, paint))}" for path in files
    )


def _fix_lines(path: str, fixed: Iterable[Diagnostic], paint: Paint) -> Iterable[str]:
    for found in fixed:
        if found.path == path and found.fix:
            code = paint.severity(found.severity, found.code)
            yield f"  {found.start}  {code}  {visible(found.fix.description)}\n"


def _fixable(diagnostics: Sequence[Diagnostic]) -> str:
    """End the sentence with what ``--fix`` would mend; what needs more is a line of its own."""
    safe = sum(1 for found in diagnostics if _has(found, Safety.SAFE))
    unsafe = sum(1 for found in diagnostics if _has(found, Safety.UNSAFE))
    if safe and unsafe:
        return f"; {safe:,} fixable with --fix.\n{unsafe:,} more fixable with --unsafe-fixes"
    if safe:
        return f"; {safe:,} fixable with --fix"
    return f"; {unsafe:,} fixable with --unsafe-fixes" if unsafe else ""


def _has(found: Diagnostic, safety: Safety) -> bool:
    return found.fix is not None and found.fix.safety is safety


def count(number: int, noun: str, plural: str = "") -> str:
    """Give a number with its noun, whose plural takes an ``s`` unless another one is given."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def _join(words: Sequence[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


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
