"""Each finding with the lines that it is about, and with what a fix would do: for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from handoff_md.linter.diagnostic import Diagnostic, Fix, Safety
from handoff_md.linter.reporters.concise_report import place
from handoff_md.linter.reporters.excerpt import excerpt
from handoff_md.linter.reporters.paint import Paint
from handoff_md.text.source import Source
from handoff_md.text.visible import visible
from handoff_md.text.wrap import break_words

_INDENT = "  "
_OPTIONS = {Safety.SAFE: "--fix", Safety.UNSAFE: "--unsafe-fixes"}


def write(
    diagnostics: Sequence[Diagnostic],
    sources: Mapping[str, Source],
    *,
    color: bool,
    width: int,
    root: str,  # noqa: ARG001 - paths are relative
) -> str:
    """Write the findings one below the other, with a blank line behind each."""
    paint = Paint(color)
    return "".join(
        f"{line}\n"
        for found in diagnostics
        for line in (*_lines(found, sources.get(found.path), width, paint), "")
    )


def _lines(found: Diagnostic, source: Source | None, width: int, paint: Paint) -> Iterator[str]:
    mark = partial(paint.severity, found.severity)
    yield f"{paint.bold(place(found))}: {mark(f'{found.severity}[{found.code}]')} {found.name}"
    yield from _wrapped(visible(found.message), width)
    if source and found.commit is None:
        yield from excerpt(source, found.span, width=width, paint=paint, mark=mark)
    if found.fix:
        first, *others = _wrapped(_advice(found.fix), width)
        yield first.replace("fix:", paint.good("fix:"), 1)
        yield from others


def _advice(fix: Fix) -> str:
    option = _OPTIONS[fix.safety]
    return f"fix: {option} would {visible(fix.description)}"


def _wrapped(text: str, width: int) -> list[str]:
    """Wrap a text; what is one word, such as a path, stays whole so that it can be copied."""
    return break_words(_INDENT + text, width)
