"""A project's baseline: what of it still holds, and what is new beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from handoff_md.app.lint.invocation import LintRun
from handoff_md.errors import FileError
from handoff_md.linter.baseline import (
    Baseline,
    Known,
    read_baseline,
    tell_apart,
)
from handoff_md.linter.diagnostic import Diagnostic
from handoff_md.linter.page import Page
from handoff_md.store.files import read_present

_IGNORE = ".gitignore"


class KnownFindings:
    """What a baseline knows of, and which of it the files that were looked at still have."""

    def __init__(self, root: Path, baseline: Baseline) -> None:
        self._by_path: dict[str, dict[Known, int]] = {}
        for known, count in baseline.items():
            self._by_path.setdefault(known.path, {})[known] = count
        missing = [path for path in self._by_path if is_missing(root, path)]
        self._lost = {
            known: self._by_path[path][known] for path in missing for known in self._by_path[path]
        }
        self._used: dict[str, Baseline] = {}

    @property
    def hidden(self) -> int:
        """Count the findings that are known."""
        return sum(sum(used.values()) for used in self._used.values())

    def find_new(self, page: Page, found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
        """Give those of a page's findings that are not known; the last answer for a page counts."""
        lost = {known: self._lost[known] for known in self._lost if known.path != page.path}
        left = Counter(lost)
        for path, used in self._used.items() if left else ():
            if path != page.path:
                left.subtract({known: used[known] for known in used.keys() & left.keys()})
        left.update(self._by_path.get(page.path, {}))
        headings = _headings(page) if found else frozenset()
        told = tell_apart(
            found,
            left,
            lambda known: (
                known in self._lost or (known.entry != "" and known.entry not in headings)
            ),
        )
        self._used[page.path] = told.used
        return told.new

    def count_gone(self, looked_for: Mapping[str, AbstractSet[str]]) -> int:
        """Count what is known and no more, of the rules that ran over each file, by its path."""
        used: Counter[Known] = Counter()
        for one in self._used.values():
            used.update(one)
        return sum(
            count - used[known]
            for path, rules in looked_for.items()
            for known, count in self._by_path.get(path, {}).items()
            if known.rule in rules
        )


def _headings(page: Page) -> AbstractSet[str]:
    return {" ".join(page.source.slice(entry.heading.text).split()) for entry in page.entries}


def is_missing(root: Path, path: str) -> bool:
    """Tell whether a file with known findings is no more; ignore rules are judged without one."""
    return path != _IGNORE and not (root / path).exists()


def read_known(run: LintRun) -> KnownFindings:
    """Read the baseline that is configured, or has the usual name.

    Raises:
        FileError: it is damaged, or configured and not there.
    """
    name = run.context.options.baseline
    baseline = load_baseline(run.workspace.root / name, name)
    if baseline is not None:
        return KnownFindings(run.workspace.root, baseline)
    raise FileError(
        f"there is no baseline {name}, which the configuration names",
        "Write it with `handoff-md lint --write-baseline`, or check all with `--no-baseline`.",
    )


def load_baseline(path: Path, name: str) -> Baseline | None:
    """Load a baseline; None where there is no such file.

    Raises:
        FileError: it can't be read, or is damaged.
    """
    data = read_present(path)
    return None if data is None else read_baseline(data.decode("utf-8", "replace"), name)
