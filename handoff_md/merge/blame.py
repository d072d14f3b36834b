"""Finds the summaries that make a merge unsound, and where in them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from handoff_md.merge.candidate import Candidate
from handoff_md.merge.rendering import RenderedPart
from handoff_md.merge.result import Outcome
from handoff_md.syntax.blocks import parse_blocks


def blame(
    candidates: Sequence[Candidate], reason: str, is_sound: Callable[[Candidate], bool]
) -> list[Candidate] | None:
    """Give the candidates, those invalid that can't be merged even alone.

    ``is_sound`` says whether a candidate can be merged alone. None where the fault is none of
    theirs: a harmless text in the place of one can't be merged either, or each can alone.
    """
    guilty = [
        index
        for index, candidate in enumerate(candidates)
        if candidate.outcome is Outcome.MERGED and not is_sound(candidate)
    ]
    if not guilty or not is_sound(_shortened(candidates[guilty[0]], 0)):
        return None
    blamed = list(candidates)
    for index in guilty:
        problem = f"can't be merged: {reason}, by {_find_place(candidates[index], is_sound)}"
        blamed[index] = replace(blamed[index], outcome=Outcome.INVALID, problems=(problem,))
    return blamed


def _find_place(candidate: Candidate, is_sound: Callable[[Candidate], bool]) -> str:
    """Name the block of a summary's text that makes it unsound, by its line (from 1), or the title.

    It is found in the repaired text, and is looked for in the summary's own by its words.
    """
    starts = _starts(candidate)
    sound = bisect_left(
        range(len(starts)), x=True, key=lambda n: not is_sound(_shortened(candidate, starts[n]))
    )
    if not sound:
        return "its title"
    guilty = _words(_lines(candidate)[starts[sound - 1]])
    lines = [_words(line) for line in candidate.summary.body_text.strip().splitlines()]
    return f"line {lines.index(guilty) + 1} of its text" if guilty in lines else "its text"


def _words(line: str) -> list[str]:
    return re.findall(r"\w+", line.replace("&lt;", "<"))


def _starts(candidate: Candidate) -> list[int]:
    """Give the lines (from 0) of a rendered part in which its blocks start, but its heading's."""
    tokens = parse_blocks("\n".join(_lines(candidate))).tokens
    return [token.map[0] for token in tokens if token.map and not token.level][1:]


def _lines(candidate: Candidate) -> list[str]:
    return candidate.rendered.text.split("\n") if candidate.rendered else []


def _shortened(candidate: Candidate, end: int) -> Candidate:
    """Give a candidate whose part ends before a line; with none at all it gets harmless words."""
    lines = _lines(candidate)
    if end:
        text = "\n".join([*lines[:end], ""])
    else:
        text = f"{'#' * (len(lines[0]) - len(lines[0].lstrip('#')))} Session 1: A title\n\nWords.\n"
    return replace(candidate, rendered=RenderedPart(text, (), ()))
