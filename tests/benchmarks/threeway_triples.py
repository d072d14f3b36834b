"""Makes triples with a known outcome, seeded: base, ours, theirs, and what is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from random import Random

from threeway_document import apply_all, render
from threeway_incidents import MAKERS, Incident, Maker, Verdict
from threeway_scene import Scene

_MOST_INCIDENTS = 5


@dataclass(frozen=True, slots=True)
class Bytes:
    """How one version is written: its line ending, and whether its last line has one."""

    ending: str = "\n"
    is_ended: bool = True

    def encode(self, text: str) -> bytes:
        kept = text if self.is_ended else text.removesuffix("\n")
        return kept.replace("\n", self.ending).encode()


@dataclass(frozen=True, slots=True)
class Triple:
    """Three versions, and what a merge of them has to be.

    ``truth`` is the merged text but for what is contested. ``incidents`` are named as their makers.
    """

    seed: int
    base: bytes
    ours: bytes
    theirs: bytes
    truth: str
    incidents: tuple[tuple[str, Incident], ...]

    @property
    def name(self) -> str:
        """Say what happens, and from which seed."""
        return f"{self.seed}: {', '.join(name for name, _ in self.incidents)}"

    @property
    def has_one_ending(self) -> bool:
        """Tell whether all versions end their lines alike."""
        return len({b"\r\n" in text for text in (self.base, self.ours, self.theirs)}) == 1

    def verdicts(self) -> frozenset[Verdict]:
        """Give what a merge may do, of all incidents."""
        return frozenset(incident.verdict for _, incident in self.incidents)


def make_triple(seed: int, makers: Sequence[Maker] = MAKERS) -> Triple:
    """Make the triple of a seed; the same seed gives the same triple."""
    scene = Scene(seed)
    count = scene.random.randint(1, min(_MOST_INCIDENTS, len(makers)))
    incidents: list[tuple[str, Incident]] = []
    for maker in scene.random.sample(makers, len(makers)):
        incident = maker(scene)
        if incident:
            swaps = scene.random.random() < 0.5
            incidents.append((maker.__name__, incident.swapped() if swaps else incident))
        if len(incidents) == count:
            break
    # What moves a unit comes last, as its parts are still where the others look for them.
    incidents.sort(key=lambda named: named[1].reorders)
    done = [incident for _, incident in incidents]
    base, ours, theirs, truth = (
        render(apply_all(scene.base, tuple(chain.from_iterable(changes))))
        for changes in (
            (),
            (incident.ours for incident in done),
            (incident.theirs for incident in done),
            (incident.outcome for incident in done),
        )
    )
    ways = _draw_bytes(scene.random)
    return Triple(
        seed,
        ways[0].encode(base),
        ways[1].encode(ours),
        ways[2].encode(theirs),
        truth,
        tuple(incidents),
    )


def _draw_bytes(random: Random) -> tuple[Bytes, Bytes, Bytes]:
    """Give how the three are written: mostly alike, sometimes with one that differs."""
    ending = "\r\n" if random.random() < 0.15 else "\n"
    alike = Bytes(ending, is_ended=random.random() < 0.9)
    ways = [alike, alike, alike]
    chance = random.random()
    if chance < 0.05:
        other = "\n" if ending == "\r\n" else "\r\n"
        ways[random.randint(1, 2)] = replace(alike, ending=other)
    elif chance < 0.15:
        ways[random.randint(1, 2)] = replace(alike, is_ended=not alike.is_ended)
    return ways[0], ways[1], ways[2]
