"""Scores three-way merges: ``python tests/benchmarks/threeway.py DIR…`` prints a table.

A folder is a triple (``base.md``, ``ours.md``, ``theirs.md``) or holds such folders. Without one,
triples are generated: ``--count N --seed FIRST``. ``--details`` says what is wrong with each.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from measure import tabulate
from threeway_scoring import Score, judge
from threeway_triples import Triple, make_triple
from threeway_truth import judge_clean, judge_conflicted

from handoff_md.threeway.document import merge_three_way

_NAMES = ("base.md", "ours.md", "theirs.md")
_MOST_CONFLICTS = 127


@dataclass(frozen=True, slots=True)
class Sample:
    """Three versions; ``triple`` where they were generated and their outcome is known."""

    name: str
    base: bytes
    ours: bytes
    theirs: bytes
    triple: Triple | None = None


@dataclass(frozen=True, slots=True)
class Merged:
    """What a tool gives: the text, and how many conflicts it says are left."""

    content: bytes
    conflicts: int


@dataclass(frozen=True, slots=True)
class Tool:
    """A way to merge three versions."""

    name: str
    merge: Callable[[Sample], Merged]
    newest: bool = False


@dataclass(slots=True)
class Tally:
    """What a tool made of all samples."""

    tool: Tool
    scores: list[tuple[Sample, Score]] = field(default_factory=list)

    def row(self) -> list[str]:
        """Give the tool's row of the table."""
        scores = [score for _, score in self.scores]
        clean = [score for score in scores if score.is_clean]
        numbers = (
            len(clean),
            sum(1 for score in clean if not score.defects),
            sum(1 for score in clean if score.defects),
            sum(1 for score in scores if score.conflicts and score.defects),
            sum(score.conflicts for score in scores),
            sum(score.conflict_lines for score in scores),
        )
        return [self.tool.name, *(f"{number:,}" for number in numbers)]

    def details(self) -> Iterator[str]:
        """Say of each sample what became of it."""
        for sample, score in self.scores:
            verdict = f"{score.conflicts} conflicts" if score.conflicts else "clean"
            yield f"{self.tool.name}: {sample.name}: {verdict}, {len(score.defects)} defects"
            yield from (f"    {defect}" for defect in score.defects[:12])


HEAD = ("tool", "clean", "correct", "defective", "defective beside conflicts", "conflicts",
        "conflict lines")  # fmt: skip


def git_tool(name: str, *options: str) -> Tool:
    """Merge with git's own line merge."""

    def merge(sample: Sample) -> Merged:
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder) / file for file in _NAMES]
            for path, text in zip(paths, (sample.base, sample.ours, sample.theirs), strict=True):
                path.write_bytes(text)
            base, ours, theirs = map(str, paths)
            command = ["git", "merge-file", "--stdout", *options, ours, base, theirs]
            done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode > _MOST_CONFLICTS:
            raise RuntimeError(done.stderr.decode())
        return Merged(done.stdout, done.returncode)

    return Tool(name, merge)


def own_tool(policy: Literal["strict", "newest"]) -> Tool:
    """Merge with the structural merge."""

    def merge(sample: Sample) -> Merged:
        done = merge_three_way(sample.base, sample.ours, sample.theirs, policy=policy)
        return Merged(done.content, len(done.conflicts))

    return Tool(f"handoff-md, {policy}", merge, newest=policy == "newest")


def tools() -> tuple[Tool, ...]:
    """Give the tools that are compared."""
    return (
        git_tool("git merge-file"),
        git_tool("git merge-file --union", "--union"),
        own_tool("strict"),
        own_tool("newest"),
    )


def read_samples(folders: Sequence[Path]) -> Iterator[Sample]:
    """Read all triples in or below folders."""
    for folder in folders:
        for path in sorted(folder.rglob(_NAMES[0])):
            base, ours, theirs = (path.with_name(name).read_bytes() for name in _NAMES)
            yield Sample(path.parent.name, base, ours, theirs)


def make_samples(first: int, count: int) -> Iterator[Sample]:
    """Generate triples of ``count`` seeds."""
    for seed in range(first, first + count):
        triple = make_triple(seed)
        yield Sample(triple.name, triple.base, triple.ours, triple.theirs, triple)


def score(tool: Tool, sample: Sample) -> Score:
    """Merge with a tool, and judge by the known outcome, where there is one, else by counts."""
    merged = tool.merge(sample)
    counted = judge(
        sample.base,
        sample.ours,
        sample.theirs,
        merged.content,
        conflicts=merged.conflicts,
        newest=tool.newest,
    )
    if sample.triple is None:
        return counted
    judge_known = judge_conflicted if merged.conflicts else judge_clean
    defects = judge_known(sample.triple, merged.content, newest=tool.newest)
    return Score(counted.conflicts, counted.conflict_lines, tuple(defects))


def tally(samples: Sequence[Sample]) -> list[Tally]:
    """Give what each tool makes of all samples."""
    tallies = [Tally(tool) for tool in tools()]
    for one in tallies:
        one.scores += [(sample, score(one.tool, sample)) for sample in samples]
    return tallies


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, metavar="DIR")
    parser.add_argument("--count", type=int, default=1000, help="generated triples")
    parser.add_argument("--seed", type=int, default=0, help="the first one's seed")
    parser.add_argument("--details", action="store_true", help="say what is wrong with each")
    given = parser.parse_args()
    samples = list(
        read_samples(given.folders) if given.folders else make_samples(given.seed, given.count)
    )
    tallies = tally(samples)
    if given.details:
        sys.stdout.writelines(f"{line}\n" for one in tallies for line in one.details())
    sys.stdout.write(f"{len(samples):,} triples\n\n")
    sys.stdout.write(tabulate(HEAD, [one.row() for one in tallies]))


if __name__ == "__main__":
    main()
