"""Says why a document's entries are read as they are: what was found, what was close, how sure."""

from __future__ import annotations

from collections.abc import Iterator

from handoff_md.errors import HandoffError
from handoff_md.semantics.entries.order import Order, ToldBy
from handoff_md.semantics.entries.section import find_entries_section
from handoff_md.syntax.form.form import Certainty, Series, Shape, count_shapes
from handoff_md.syntax.nodes import Document
from handoff_md.text.visible import visible

_TOLD_BY = {
    ToldBy.CONFIGURED: "entries-order is configured",
    ToldBy.DATES: "their dates say so",
    ToldBy.TIMES: "their times say so",
    ToldBy.NUMBERS: "their sessions' numbers say so",
    ToldBy.COUNTS: "what counts those of one day says so",
    ToldBy.DEFAULT: "nothing tells, so this is the default",
}


def explain_form(document: Document, name: str, *, entries_heading: str | None) -> Iterator[str]:
    """Give lines that say how a document's entries were recognised, and where new ones go.

    Args:
        document: the document.
        name: what to call it.
        entries_heading: the configured heading of the entries section, if any.
    """
    form = document.form
    yield f"{visible(name)}: {_SURE[form.certainty]}"
    for run in form.runs:
        yield f"entries: {describe_run(run)}"
        yield from (f"  because {visible(reason)}" for reason in run.why)
    for run in form.close:
        yield f"close: {describe_run(run)}, but not sure to be entries"
        yield from (f"  because {visible(reason)}" for reason in run.why)
    if form.template and form.place:
        yield f"headed as: {visible(form.template.key)}"
    try:
        section = find_entries_section(document, configured=entries_heading)
    except HandoffError as error:
        yield f"new entries: nowhere: {visible(error.message)}"
        if error.hint:
            yield f"  hint: {visible(error.hint)}"
        return
    place = f'under "{visible(section.heading)}"' if section.heading else "at the top level"
    yield f"new entries: {place}"
    yield f"order: {tell_order_of(section.order)}"


_SURE = {
    Certainty.SURE: "it is sure where entries stand",
    Certainty.UNSURE: "it is not sure where entries stand",
    Certainty.NONE: "no entries were found",
}


def tell_order_of(order: Order) -> str:
    """Say which way entries run, and what tells so."""
    way = "newest first" if order.newest_first else "newest last"
    return f"{way}: {_told_by(order)}"


def _told_by(order: Order) -> str:
    if order.told_by is ToldBy.WORDS:
        return f'the document says "{visible(order.words)}"'
    return _TOLD_BY[order.told_by]


def describe_run(run: Series) -> str:
    """Say how many entries a run has, of which kind, and where they stand."""
    what = count_shapes(run.shape, run.count)
    if run.shape is Shape.HEADINGS:
        what += f" of level {run.level}"
    where = f'under "{visible(run.words)}"' if run.words else "on top"
    return f"{what} {where}, from line {run.first + 1} on"
