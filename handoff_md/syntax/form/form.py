"""The form of a document: which of its nodes are entries, where they stand, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from msgspec.structs import replace

from handoff_md.syntax.form.template import Template
from handoff_md.value import Value


class Shape(StrEnum):
    """What the entries of a document are."""

    HEADINGS = "headings"
    ITEMS = "list items"
    PARAGRAPHS = "paragraphs"


class Certainty(StrEnum):
    """How sure it is where entries stand."""

    SURE = "sure"
    UNSURE = "unsure"
    NONE = "none"


class Run(Value):
    """Siblings of which some are entries.

    ``line`` (from 0) and ``words`` are those of the heading that they stand under, and ``above`` is
    its level; None, empty and 0 on top. ``level`` is that of the entries' headings, or of a heading
    beside entries that have none. ``first`` is the line of the first entry. ``named`` tells that
    the heading, the title or the file is named as a log. ``why`` says what made it a run, in parts
    of a sentence.
    """

    shape: Shape
    line: int | None
    words: str
    above: int
    level: int
    first: int
    count: int
    named: bool
    certainty: Certainty
    why: tuple[str, ...]

    @property
    def identity(self) -> tuple[Shape, int, str]:
        """Give what the run of another version of the document has in common with it."""
        return self.shape, self.above, " ".join(self.words.casefold().split())


class Form(Value):
    """The form of a document, inferred from the whole of it.

    ``certainty`` tells how sure it is where entries stand: with `Certainty.UNSURE` no node, or
    nodes in several places, may be entries. ``runs`` are the runs of entries in the order of the
    document, and ``place`` is the one that new entries belong to, None where there is none or that
    is not sure. ``close`` are runs that nearly were. ``template`` is how the entries of ``place``
    are headed; None without any. ``order`` is the configured one; empty without.
    """

    certainty: Certainty
    runs: tuple[Run, ...] = ()
    place: Run | None = None
    close: tuple[Run, ...] = ()
    template: Template | None = None
    order: str = ""


NO_FORM = Form(Certainty.NONE)


class FormHints(Value):
    """What is known of a document beside its text.

    Attributes:
        name: the file's name or path; empty where it is not known.
        heading: the heading, with or without hashes, whose section holds the entries; or
            ``LINE:79``, the line (from 1) of that heading, or of an entry on top.
        order: ``newest-first`` or ``newest-last`` where that is configured.
        entry_heading: how entries are headed where that is configured, such as
            ``{date} ({id}) — {title}``.
        like: the form of another version, which this one is read by.
    """

    name: str = ""
    heading: str = ""
    order: str = ""
    entry_heading: str = ""
    like: Form | None = None


NO_HINTS = FormHints()


def unite_forms(forms: Sequence[Form]) -> Form:
    """Give the form that the versions of one document are read by, the base first.

    It has the runs of all; how entries are headed tells the first that has any.
    """
    known: dict[tuple[Shape, int, str], Run] = {}
    for form in forms:
        for run in form.runs:
            known.setdefault(run.identity, run)
    first = next((form for form in forms if form.runs), NO_FORM)
    return replace(first, runs=tuple(known.values()))
