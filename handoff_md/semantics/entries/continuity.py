"""Which items of one version of a document another lacks: moved and edited ones are still there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from handoff_md.semantics.entries.identity import SessionKey, is_same_session
from handoff_md.semantics.entries.items import Item, ItemKind
from handoff_md.text.pattern import lazy_pattern

_LONG = 60
_LAST = lazy_pattern(r"\(\s*last\s+(?P<count>[0-9]{1,6})\b", re.IGNORECASE)
_COUNT = lazy_pattern(r"[0-9]+")


def find_lacking(items: Sequence[Item], others: Sequence[Item]) -> tuple[Item, ...]:
    """Give those of some items that are not among others.

    One is there that is the same session, or the very same text. What remains is paired one to one
    with what remains of the others: by an equal heading, title or body, where id, date and log
    allow it; an id alone counts only where a date is missing.
    """
    left = find_other(items, others)
    free = find_other(others, items) if left else []
    left, free = _pair(left, free, _by_name, _may_be_one)
    left, free = _pair(left, free, _by_title, _may_be_one)
    left, free = _pair(left, free, _by_id_and_title, _always)
    left, free = _pair(left, free, _by_body, _always)
    left, free = _pair(left, free, _by_id, _is_undated)
    return tuple(left)


def find_other(items: Sequence[Item], others: Sequence[Item]) -> list[Item]:
    """Give the items that are neither the same session as another nor the same text."""
    return _find_other(items, others, _always)


def find_apart(items: Sequence[Item], others: Sequence[Item]) -> list[Item]:
    """Do as `find_other` does, but never take an equal id and date alone for the same session.

    Sessions that run in parallel take the same number. Here they need a log, a title, or much of
    their text in common. One without a date is there in what has its very heading, and much of its
    text: where it ends may differ, by a rule or a footer.
    """
    return _pair(_find_other(items, others, _is_alike), others, _by_name, _is_same_text)[0]


def _find_other(
    items: Sequence[Item], others: Sequence[Item], allowed: Callable[[Item, Item], bool]
) -> list[Item]:
    texts = {(other.name, other.body) for other in others}
    left = [item for item in items if (item.name, item.body) not in texts]
    if not left:
        return left
    logs = {(_is_row(other), key.log) for other in others for key in other.keys}
    by_id: defaultdict[object, list[tuple[SessionKey, Item]]] = defaultdict(list)
    for other in others:
        for key in other.keys:
            by_id[_is_row(other), key.session_id].append((key, other))
    return [
        item
        for item in left
        if not any(
            (key.log and (_is_row(item), key.log) in logs)
            or any(
                is_same_session(key, known) and allowed(item, other)
                for known, other in by_id[_is_row(item), key.session_id]
            )
            for key in item.keys
        )
    ]


def find_unlike(items: Sequence[Item], others: Sequence[Item]) -> tuple[Item, ...]:
    """Give those of some items whose heading and whose body none of the others has.

    A row's first cell says too little: only the whole row counts.
    """
    names = {item.name.casefold() for item in others if not _is_row(item)}
    bodies = {item.body for item in others}
    return tuple(
        item
        for item in items
        if item.body not in bodies and (_is_row(item) or item.name.casefold() not in names)
    )


def is_beyond_limit(item: Item, others: Sequence[Item]) -> bool:
    """Tell whether a version had no room for an item: its section is headed ``(Last N)``, and full.

    The number may differ between the versions.
    """
    section = _uncounted(item.section)
    peers = [
        other
        for other in others
        if (other.kind is ItemKind.ROW) == (item.kind is ItemKind.ROW)
        and _uncounted(other.section) == section
    ]
    limit = _LAST.search(peers[0].section) if peers else None
    return limit is not None and len(peers) >= int(limit["count"])


def _uncounted(section: str) -> str:
    return _COUNT.sub("", section.casefold())


def _pair(
    items: Sequence[Item],
    others: Sequence[Item],
    features: Callable[[Item], Iterable[object]],
    allowed: Callable[[Item, Item], bool],
) -> tuple[list[Item], list[Item]]:
    """Pair items with others that share a feature, and give what remains of both."""
    waiting: defaultdict[object, list[Item]] = defaultdict(list)
    for other in others:
        for feature in features(other):
            waiting[feature].append(other)
    taken: set[int] = set()
    left: list[Item] = []
    for item in items:
        partner = next(
            (
                other
                for feature in features(item)
                for other in waiting.get(feature, ())
                if id(other) not in taken and allowed(item, other)
            ),
            None,
        )
        if partner is None:
            left.append(item)
        else:
            taken.add(id(partner))
    return left, [other for other in others if id(other) not in taken]


def _may_be_one(item: Item, other: Item) -> bool:
    """Tell whether nothing that is known of both speaks against it."""
    if item.date and other.date and item.date != other.date:
        return False
    return _agree(item.session_ids, other.session_ids) and _agree(_logs(item), _logs(other))


def _agree(mine: Sequence[object], its: Sequence[object]) -> bool:
    return not mine or not its or not set(mine).isdisjoint(its)


def _is_undated(item: Item, other: Item) -> bool:
    return not (item.date and other.date) and _may_be_one(item, other)


def _is_alike(item: Item, other: Item) -> bool:
    """Tell whether two items have their title, or half the lines of the shorter, in common."""
    if item.title and item.title == other.title:
        return True
    return _shares_text(item, other)


def _is_same_text(item: Item, other: Item) -> bool:
    return _may_be_one(item, other) and _shares_text(item, other)


def _shares_text(item: Item, other: Item) -> bool:
    mine, its = _lines(item), _lines(other)
    return 2 * len(mine & its) >= min(len(mine), len(its)) > 0


def _lines(item: Item) -> set[str]:
    return {line.strip() for line in item.body.splitlines() if line.strip()}


def _always(_item: Item, _other: Item) -> bool:
    return True


def _logs(item: Item) -> tuple[str, ...]:
    return tuple(key.log for key in item.keys if key.log)


def _is_row(item: Item) -> bool:
    return item.kind is ItemKind.ROW


def _by_name(item: Item) -> Iterator[object]:
    yield _is_row(item), item.name


def _by_title(item: Item) -> Iterator[object]:
    if item.title:
        yield _is_row(item), item.title


def _by_id_and_title(item: Item) -> Iterator[object]:
    for session_id in item.session_ids:
        if item.title:
            yield _is_row(item), session_id, item.title


def _by_body(item: Item) -> Iterator[object]:
    if len(item.body) >= _LONG:
        yield _is_row(item), item.body


def _by_id(item: Item) -> Iterator[object]:
    for session_id in item.session_ids:
        yield _is_row(item), session_id
