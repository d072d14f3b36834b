"""The form of a document: which of its nodes are entries, where, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from handoff_md.syntax.form.moments import UNTOLD, Customs
from handoff_md.syntax.form.names import read_line_name
from handoff_md.value import Value

if TYPE_CHECKING:
    from handoff_md.syntax.form.template import Template


class Shape(StrEnum):
    """What the entries of a document are."""

    HEADINGS = "headings"
    ITEMS = "list items"
    PARAGRAPHS = "paragraphs"
    LINES = "lines"  # of which it is not known where entries begin


def count_shapes(shape: Shape, number: int) -> str:
    """Say how many there are: ``1 list item``, ``3 paragraphs``."""
    return f"{number} {str(shape)[:-1] if number == 1 else shape}"


class Certainty(StrEnum):
    """How sure it is where entries stand."""

    SURE = "sure"
    UNSURE = "unsure"
    NONE = "none"


def identify(level: int, words: str) -> tuple[int, str]:
    """Give what a heading has in common with that of another version; 0 and nothing for the top."""
    return level, " ".join(words.casefold().split())


class Series(Value):
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
    def place(self) -> str:
        """Say what it is and where, as in ``3 list items under 'Done', from line 7 on``."""
        where = f"under {self.words!r}" if self.words else "on top"
        return f"{count_shapes(self.shape, self.count)} {where}, from line {self.first + 1} on"

    @property
    def identity(self) -> tuple[Shape, int, str]:
        """Give what the run of another version of the document has in common with it."""
        return self.shape, *identify(self.above, self.words)


class Form(Value):
    """The form of a document, inferred from the whole of it.

    ``certainty`` tells how sure it is where entries stand: with `Certainty.UNSURE` no node, or
    nodes in several places, may be entries. ``runs`` are the runs of entries in the order of the
    document, and ``place`` is the one that new entries belong to, None where there is none or that
    is not sure. ``close`` are runs that nearly were. ``sample`` are words of the entries of
    ``place``, in the order of the document. ``order`` and ``entry_heading`` are the configured
    ones; empty without. ``customs`` are what dates without a year, or of a day alone, are of.
    ``by_template`` tells that how entries are headed had to be learned to read some of them.
    """

    certainty: Certainty
    runs: tuple[Series, ...] = ()
    place: Series | None = None
    close: tuple[Series, ...] = ()
    sample: tuple[str, ...] = ()
    order: str = ""
    entry_heading: str = ""
    customs: Customs = UNTOLD
    by_template: bool = False

    @property
    def template(self) -> Template | None:
        """Give how entries are headed: as configured, else as those of ``place``; else None."""
        if not (self.sample or self.entry_heading):
            return None
        return self.learn(self.sample)

    def learn(self, sample: Sequence[str]) -> Template:
        """Learn how entries are headed that begin with such words, as configured first."""
        return _learn(tuple(sample), self.entry_heading, self.customs)


@lru_cache(maxsize=64)
def _learn(sample: tuple[str, ...], entry_heading: str, customs: Customs) -> Template:
    # Few documents need it to be read.
    from handoff_md.syntax.form.learning import learn, parse_template  # noqa: PLC0415
    from handoff_md.syntax.form.told import read_told  # noqa: PLC0415

    ends = [date for words in (*sample[:1], *sample[-1:]) if (date := read_told(words).date)]
    learned = learn(sample, newest_first=ends == sorted(ends, reverse=True), known=customs)
    return parse_template(entry_heading, learned) if entry_heading else learned


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

    @property
    def in_versions(self) -> FormHints:
        """Give what is known of any version of the document: a line is that of one only."""
        return replace(self, heading="") if read_line_name(self.heading) is not None else self


NO_HINTS = FormHints()


def unite_forms(forms: Sequence[Form]) -> Form:
    """Give the form that the versions of one document are read by, the base first.

    It has the runs of all; how entries are headed tells the first that has any.
    """
    known: dict[tuple[Shape, int, str], Series] = {}
    for form in forms:
        for run in form.runs:
            known.setdefault(run.identity, run)
    first = next((form for form in forms if form.runs), NO_FORM)
    return replace(first, runs=tuple(known.values()))
