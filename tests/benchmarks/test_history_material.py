from __future__ import annotations

from pathlib import Path

from histories import Checkout
from history_generator import write_history
from repositories import git


def test_a_history_has_its_commits_its_merges_and_nothing_to_find(tmp_path: Path) -> None:
    write_history(tmp_path / "a", 20, 20_000)
    checkout = Checkout(tmp_path / "a")
    report = checkout.lint("main")
    assert (report.checked, report.diagnostics) == (21, ())
    assert len(git(checkout.root, "rev-list", "--merges", "main").split()) == 2


def test_the_same_seed_gives_the_same_history_and_another_seed_another(tmp_path: Path) -> None:
    heads = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_history(tmp_path / name, 5, 20_000, seed=seed)
        heads.append(Checkout(tmp_path / name).head)
    assert heads[0] == heads[1] != heads[2]
