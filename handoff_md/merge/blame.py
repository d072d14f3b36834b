"""Finds the summaries that make a merge unsound, and where in them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace

from handoff_md.merge.candidate import Candidate
from handoff_md.merge.result import Outcome
from handoff_md.merge.section import RenderedPart
from handoff_md.syntax.blocks import parse_blocks


def blame(
    candidates: Sequence[Candidate], reason: str, is_sound: Callable[[Candidate], bool]
) -> list[Candidate] | None:
    """Give the candidates, those invalid that can't be merged even alone.

    ``is_sound`` says whether a candidate can be merged alone. None where the fault is none of
    theirs: a harmless text in such a one's place can't be merged either, or each can alone.
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
        line = _find_line(candidates[index], is_sound)
        problem = f"can't be merged: {reason}" + (f", by line {line} of its text" if line else "")
        blamed[index] = replace(blamed[index], outcome=Outcome.INVALID, problems=(problem,))
    return blamed


def _find_line(candidate: Candidate, is_sound: Callable[[Candidate], bool]) -> int | None:
    """Give the line of a summary's text (from 1) whose block makes it unsound, where it is found.

    The block is found in the repaired text, which may write its first line otherwise.
    """
    starts = _starts(candidate)
    first = bisect_left(
        range(1, len(starts)), x=True, key=lambda n: not is_sound(_shortened(candidate, starts[n]))
    )
    guilty = _lines(candidate)[starts[first]] if starts else ""
    lines = candidate.summary.body_text.strip().splitlines()
    return lines.index(guilty) + 1 if guilty in lines else None


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
