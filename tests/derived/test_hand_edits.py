"""Edits by hand of a document that was built are taken into its pieces: no word is lost."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

import pytest
from msgspec.structs import replace

from handoff_md.derived.again import split_again
from handoff_md.derived.building import build
from handoff_md.derived.pieces import Pieces
from handoff_md.derived.splitting import split
from handoff_md.merge.request import MergeOptions
from handoff_md.syntax.parse import parse
from handoff_md.threeway.document import merge_three_way

HEAD = "# Handoff\n\n**Last Updated**: 2025-12-10\n\nThe head stays.\n\n## Recent Sessions\n\n"
TAIL = "## Open Points\n\n- The tail stays.\n"
FEW, MANY = 40, 1_000

Blocks = list[str]


def entry(number: int, words: str) -> str:
    return f"### 2025-12-{number:02}: Work {number} (Session {number})\n\nWords {words}.\n\n"


def make_document(random_: random.Random) -> Pieces:
    count = random_.randint(1, 7)
    body = "".join(entry(number, f"old{number}") for number in range(count + 2, 2, -1))
    pieces = split(parse((HEAD + body + TAIL).encode()))
    return replace(pieces, sessions={session(20): text_of(20)})


def session(number: int) -> str:
    return f"2025-12-{number}-session-{number}.md"


def text_of(number: int) -> bytes:
    return f"---\ntitle: Later {number}\n---\nWords later{number}.\n".encode()


def blocks_of(text: str) -> Blocks:
    """Divide a document into its head, its entries and its tail."""
    return re.split(r"(?m)^(?=### |## Open)", text)


def reword(blocks: Blocks, random_: random.Random) -> None:
    at = random_.randrange(1, len(blocks) - 1)
    blocks[at] = blocks[at].replace("Words ", f"Words reworded{random_.randrange(1000)} and ")


def lengthen(blocks: Blocks, random_: random.Random) -> None:
    at = random_.randrange(1, len(blocks) - 1)
    blocks[at] += f"#### More\n\nWords longer{random_.randrange(1000)}.\n\n"


def delete(blocks: Blocks, random_: random.Random) -> None:
    del blocks[random_.randrange(1, len(blocks) - 1)]


def insert(blocks: Blocks, random_: random.Random) -> None:
    at, number = random_.randrange(1, len(blocks)), random_.randrange(100, 1000)
    text = f"### 2025-12-{random_.randint(1, 28):02}: By hand (Session {number})\n\nWords hand.\n\n"
    blocks.insert(at, text.replace("hand.", f"hand{number}."))


def edit_head(blocks: Blocks, random_: random.Random) -> None:
    blocks[0] = blocks[0].replace("The head", f"The head{random_.randrange(1000)} head")


def edit_tail(blocks: Blocks, random_: random.Random) -> None:
    blocks[-1] += f"- Point{random_.randrange(1000)}\n"


def reorder(blocks: Blocks, random_: random.Random) -> None:
    middle = blocks[1:-1]
    random_.shuffle(middle)
    blocks[1:-1] = middle


EDITS: Sequence[Callable[[Blocks, random.Random], None]] = (
    reword,
    lengthen,
    delete,
    insert,
    edit_head,
    edit_tail,
    reorder,
)


def edit_by_hand(text: str, random_: random.Random) -> str:
    blocks = blocks_of(text)
    for change in random_.choices(EDITS, k=random_.randint(1, 3)):
        if len(blocks) > 2 or change in (insert, edit_head, edit_tail):
            change(blocks, random_)
    edited = "".join(blocks)
    return edited.replace("\n", "\r\n") if random_.random() < 0.2 else edited


def words_of(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]+[0-9]+", text))


def take_in(seed: int) -> bool:
    """Edit what was built, and take it in beside what came later; False for a conflict."""
    random_ = random.Random(seed)  # noqa: S311 - which edits are made
    before = make_document(random_)
    base = build(before).source
    edited = edit_by_hand(base.text, random_).encode()
    later = before
    if random_.random() < 0.5:
        later = replace(before, sessions={**before.sessions, session(21): text_of(21)})
    built = build(later)
    merged = merge_three_way(base.to_bytes(), edited, built.source.to_bytes())
    if merged.conflicts:
        return False
    document = parse(merged.content)
    again = split_again(document, later, built, options=MergeOptions())
    assert build(again).source.to_bytes() == merged.content
    kept = words_of(merged.content.decode())
    deleted = words_of(base.text) - words_of(edited.decode())
    assert words_of(edited.decode()) | words_of(built.source.text) - deleted <= kept
    files = b"".join((again.head, again.tail, *again.files.values(), *again.sessions.values()))
    assert words_of(edited.decode()) <= words_of(files.decode())
    return True


def test_entries_may_all_be_deleted_by_hand() -> None:
    before = make_document(random.Random(1))  # noqa: S311 - which entries there are
    built = build(before)
    document = parse((HEAD + TAIL).encode())
    again = split_again(document, before, built, options=MergeOptions())
    assert (again.order, dict(again.sessions)) == ((), {})
    assert build(again).source == document.source


def test_no_word_of_an_edit_by_hand_is_lost() -> None:
    assert sum(map(take_in, range(FEW))) > FEW * 3 // 4


@pytest.mark.full
def test_no_word_of_a_thousand_edits_by_hand_is_lost() -> None:
    assert sum(map(take_in, range(MANY))) > MANY * 3 // 4
