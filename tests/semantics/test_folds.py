from __future__ import annotations

from handoff_md.semantics.document.folds import find_folded, find_folds
from handoff_md.syntax.nodes import walk
from handoff_md.syntax.parse import parse

_FOLDED = """\
# A

<details>

## B

<details>

## C

</details>

## D

</details>

## E

<details>

## F

</details>
<details>

## G

</details>

## H
"""


def test_a_place_is_folded_where_any_fold_holds_it() -> None:
    document = parse(_FOLDED)
    folds = find_folds(document.source, walk(document))
    every = range(len(_FOLDED))
    folded = find_folded(folds, every)
    assert folded == {place for place in every if any(fold.holds(place) for fold in folds)}
    words = [word for word in "ABCDEFGH" if _FOLDED.index(f"# {word}") in folded]
    assert (len(folds), words) == (4, ["B", "C", "D", "F", "G"])
    assert not find_folded((), every)
