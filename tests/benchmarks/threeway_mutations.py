"""Mutates single lines of a document on two sides, seeded: hostile where incidents are orderly.

What is right follows from the lines alone: each base line is unique, so is each new one. A line
that both sides reword, or one rewords and the other takes out, has to be a conflict.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from threeway_document import render
from threeway_scene import Scene

_MOST_MUTATIONS = 6
_BLANK_OR_MARKUP = re.compile(r"\s*|---|(?:```|~~~).*|\|[-| :]+\||\| (?:Project|Session) \|.*")
_ROW = re.compile(r"(?P<start>\|.*\|)(?P<cell>[^|]+)\|")
_MUTATED = re.compile(r"by (?:ours|theirs) at \d+")
_SESSION_ROW = re.compile(r"\| \[?Session \d")  # one side may let it go, the other's edit stays
_FIELD = re.compile(r"\*\*[^*]+\*\*: ")


@dataclass(frozen=True, slots=True)
class Mutated:
    """Three versions; ``contested`` are the base's lines on which the sides are at odds.

    ``expected`` holds every other line, with how often it has to stand in a clean merge.
    """

    seed: int
    base: bytes
    ours: bytes
    theirs: bytes
    contested: frozenset[str]
    expected: Counter[str]
    words: frozenset[str]


def make_mutated(seed: int, most: int = _MOST_MUTATIONS) -> Mutated:
    """Make a document of a seed, whose lines are all different, and mutate it."""
    scene = Scene(seed)
    return mutate(_number_lines(render(scene.base).splitlines()), seed, most)


def mutate(base: Sequence[str], seed: int, most: int = _MOST_MUTATIONS) -> Mutated:
    """Mutate up to ``most`` lines of a document on each side; the same seed gives the same."""
    random = Random(seed)  # noqa: S311 - mutations for a proof, no secret
    free = [i for i, line in enumerate(base) if not _BLANK_OR_MARKUP.fullmatch(line)]
    sides = [_draw(random, base, free, side, most) for side in ("ours", "theirs")]
    ours, theirs = (_apply(base, side) for side in sides)
    contested, expected = _combine(base, sides[0], sides[1])
    words = frozenset(line for side in (ours, theirs) for line in side if _MUTATED.search(line))
    texts = ("\n".join(lines).encode() + b"\n" for lines in (base, ours, theirs))
    return Mutated(seed, *_three(texts), contested, expected, words)


def _three(texts: Iterator[bytes]) -> tuple[bytes, bytes, bytes]:
    return next(texts), next(texts), next(texts)


def _number_lines(lines: list[str]) -> list[str]:
    """Make each line that says something unique."""
    numbered: list[str] = []
    for number, line in enumerate(lines):
        is_kept = _BLANK_OR_MARKUP.fullmatch(line) or line.startswith("|") or "Updated" in line
        numbered.append(line if is_kept else f"{line} L{number}")
    return numbered


Side = dict[int, tuple[str, ...]]
"""What a side puts in the place of lines, by their index."""


def _draw(random: Random, base: Sequence[str], free: list[int], side: str, most: int) -> Side:
    picked = random.sample(free, min(len(free), random.randint(1, most)))
    return {index: _mutate(random, base[index], f"by {side} at {index}") for index in picked}


def _mutate(random: Random, line: str, words: str) -> tuple[str, ...]:
    """Reword a line, take it out, or put one of its kind behind it."""
    chance = random.random()
    if chance < 0.4:
        return (_reword(line, words),)
    if chance < 0.6:
        return ()
    return (line, _new_line(line, words))


def _reword(line: str, words: str) -> str:
    row = _ROW.fullmatch(line)
    return f"{row['start']}{row['cell']}{words} |" if row else f"{line} {words}"


def _new_line(line: str, words: str) -> str:
    if line.startswith("|"):
        cells = line.count("|") - 2
        return f"| New {words} |{' - |' * cells}"
    if line.startswith("- ["):
        return f"- [ ] New {words}"
    if line.startswith("- "):
        return f"- New {words}"
    return f"**New {words}**: x" if _FIELD.match(line) else f"New {words}"


def _apply(base: Sequence[str], side: Side) -> list[str]:
    return [line for i, old in enumerate(base) for line in side.get(i, (old,))]


def _combine(base: Sequence[str], ours: Side, theirs: Side) -> tuple[frozenset[str], Counter[str]]:
    """Give the contested lines of the base, and how often each other line has to be there."""
    contested: set[str] = set()
    expected: Counter[str] = Counter()
    for index, line in enumerate(base):
        mine, its = ours.get(index, (line,)), theirs.get(index, (line,))
        if line not in mine and line not in its and mine != its:
            contested.add(line)
            continue
        keeps = line in mine and line in its
        expected.update([line] if keeps else [])
        expected.update(new for new in (*mine, *its) if new != line)
    said = (_plain(line) for line in expected.elements() if _says_something(line))
    return frozenset(contested), Counter(said)


def _says_something(line: str) -> bool:
    return not _BLANK_OR_MARKUP.fullmatch(line)


def _plain(line: str) -> str:
    return " ".join(line.replace("**", "").split())


def judge_mutated(mutated: Mutated, merged: bytes, *, conflicts: int) -> Iterator[str]:
    """Say what is wrong with a merge of a mutated triple."""
    text = merged.decode()
    if conflicts:
        yield from (f"lost: {line}" for line in mutated.words if line not in text
                    and not line.startswith("|"))  # fmt: skip
        return
    at_odds = (line for line in mutated.contested if not _SESSION_ROW.match(line))
    yield from (f"missed conflict: {line}" for line in at_odds)
    if mutated.contested:
        return
    found = Counter(_plain(line) for line in text.splitlines() if _says_something(line))
    yield from (f"lost: {line}" for line in mutated.expected - found)
    yield from (f"doubled or revived: {line}" for line in found - mutated.expected)
