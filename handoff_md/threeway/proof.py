"""Proves a clean merge before it is called one: nothing lost, nothing doubled, structure intact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import chain

from msgspec.structs import replace

from handoff_md.semantics.document.folds import find_folded, find_folds
from handoff_md.syntax.nodes import (
    Block,
    BlockKind,
    Entry,
    Headed,
    Heading,
    Table,
    TextPiece,
    Tree,
    sections_of,
    split_row,
    walk_blocks,
    walk_sections,
)
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.threeway.conflict import Conflict, Merged, Side
from handoff_md.value import Value

_LONG = 40
_FENCES = ("```", "~~~")


class _Slack(Value):
    """By how many a count may differ from the sum of both sides' changes.

    ``removed`` and ``added`` count what both sides did alike, ``made`` and ``dropped`` what the
    merge did on purpose.
    """

    removed: Counter[Hashable]
    added: Counter[Hashable]
    made: Counter[Hashable]
    dropped: Counter[Hashable]


class _EntryKey(Value):
    """An entry: its heading's words, its log, whether it is folded away. Slack knows words only."""

    words: str
    log: str | None
    folded: bool


def project(merged: Merged, side: Side) -> Merged:
    """Give a merge as if each conflict were decided for one side, and what that gives up."""
    conflicts = merged.conflicts
    taken = [conflict.ours if side == "ours" else conflict.theirs for conflict in conflicts]
    left = [conflict.theirs if side == "ours" else conflict.ours for conflict in conflicts]
    chosen = iter(taken)
    return replace(
        merged,
        pieces=tuple(
            piece if isinstance(piece, str) else piece.head + next(chosen) + piece.tail
            for piece in merged.pieces
        ),
        made=(*merged.made, *_lines_of(conflict.base for conflict in conflicts), *_lines_of(taken)),
        dropped=(*merged.dropped, *_lines_of(left)),
    )


def _lines_of(texts: Iterable[str]) -> Iterator[str]:
    return (line for text in texts for line in text.split("\n"))


def find_defect(
    base: Tree,
    ours: Tree,
    theirs: Tree,
    result: Tree,
    merged: Merged,
    conflicts: Sequence[Conflict] = (),
) -> str | None:
    """Say what is wrong with a merge; None if it holds.

    The result's sections have to be those that were put together; each entry, row, code block and
    line has to stand there as often as a three-way merge of its counts allows; link definitions
    have to lead where the sides' do. What a side has added stands in that side's order, and is
    folded away where it was so there. Of `project` of a merge with ``conflicts`` only the counts
    are looked at.
    """
    if not conflicts and tuple(_read_outline(result, result)) != merged.outline:
        return "the result has other sections than were put together"
    versions = (base, ours, theirs, result)
    if not conflicts and (words := _find_disorder(versions)):
        return f"the result has another order than a side: {words}"
    contested = frozenset(words for conflict in conflicts for words in conflict.path)
    facts = _read_facts(versions, contested)
    checks = (
        ("line", [fact.lines for fact in facts], _line_key, False),
        ("block", [fact.containers for fact in facts], _closed, False),
        ("row", [fact.rows for fact in facts], _row_key, True),
        ("entry", [fact.entries for fact in facts], _heading_key, True),
    )
    for name, counts, key, once in checks:
        wrong = _find_miscounted(counts, _read_slack(merged, key), once=once)
        if wrong is not None:
            return f"{name} lost or doubled: {wrong}"
    return None if conflicts else _find_wrong_reference(versions)


def _read_outline(tree: Tree, above: Tree | Headed, depth: int = 0) -> Iterator[tuple[int, str]]:
    """Give all sections below one as `outline_of` gives those of a unit."""
    for section in sections_of(above):
        yield depth, tree.source.slice(section.heading.span)
        yield from _read_outline(tree, section, depth + 1)


def _find_disorder(versions: Sequence[Tree]) -> str | None:
    """Name a section that a side alone has added, and that stands before what it followed there."""
    before, mine, yours, found = (list(_read_headings(tree)) for tree in versions)
    counts = Counter(found)
    places = {heading: place for place, heading in enumerate(found) if counts[heading] == 1}
    for side, other in ((mine, yours), (yours, mine)):
        known = {*before, *other}
        in_side = Counter(side)
        last: dict[tuple[str, ...], int] = {}
        for heading in side:
            if heading in known or heading not in places or in_side[heading] > 1:
                continue
            if places[heading] < last.get(heading[:-1], -1):
                return heading[-1]
            last[heading[:-1]] = places[heading]
    return None


def _read_headings(tree: Tree) -> Iterator[tuple[str, ...]]:
    """Give each section's heading, behind those that it stands under."""
    around: list[tuple[int, tuple[str, ...]]] = [(0, ())]
    for section in walk_sections(tree):
        head = section.heading
        if isinstance(head, Heading):
            while around[-1][0] >= head.level:
                around.pop()
            path = (*around[-1][1], tree.source.slice(head.text))
            around.append((head.level, path))
            yield path


class _Facts(Value):
    """How often what matters stands in a version."""

    lines: Counter[Hashable]
    containers: Counter[Hashable]
    rows: Counter[Hashable]
    entries: Counter[Hashable]


def _read_facts(versions: Sequence[Tree], contested: frozenset[str]) -> list[_Facts]:
    """Count lines, tables and code, rows of sessions, and entries, in each version.

    An entry counts by the words of its heading and its log, but by its words alone where a conflict
    may be about the log, and by whether it is folded away.
    """
    pieces = texts = [tree.pieces for tree in versions]
    if any("\r" in tree.source.text for tree in versions):  # a piece may end where no line does
        texts = [(TextPiece(tree.source.text, (), 0),) for tree in versions]
    return list(
        map(
            _Facts,
            _count_changed(texts, _read_lines),
            _count_changed(pieces, _read_containers),
            _count_changed(pieces, _read_rows),
            [_count_entries(tree, contested) for tree in versions],
        )
    )


def _count_changed(
    versions: Sequence[Sequence[TextPiece]], read: Callable[[TextPiece], Iterable[Hashable]]
) -> list[Counter[Hashable]]:
    """Count what ``read`` gives of the pieces of each version, if it stands in one that changed.

    Anything else stands as often in all of them, as those pieces do.
    """
    counts = [Counter(map(id, pieces)) for pieces in versions]
    every = {id(piece): piece for pieces in versions for piece in pieces}
    uneven = {place for count in counts for place, _ in count.items() ^ counts[0].items()}
    changed = {key: key for place in uneven for key in read(every[place]) if _tells(key)}
    if not changed:
        return [Counter() for _ in versions]
    found = {
        place: [changed[key] for key in read(piece) if key in changed]
        for place, piece in every.items()
    }
    return [Counter(chain.from_iterable(found[id(piece)] for piece in one)) for one in versions]


def _read_lines(piece: TextPiece) -> Iterator[str]:
    return map(str.strip, piece.text.split("\n"))


def _read_containers(piece: TextPiece) -> Iterator[Hashable]:
    """Give tables, code and raw HTML by their first line, and whether a fence is closed."""
    for node in piece.nodes:
        match node:
            case Table():
                yield _closed(piece.slice(node.children[0].span))
            case Block(kind=BlockKind.FENCE | BlockKind.HTML):
                block = piece.slice(node.span).strip().split("\n")
                is_fence = node.kind is BlockKind.FENCE
                ended = len(block) > 1 and block[-1].strip().startswith(_FENCES)
                yield block[0], ended or not is_fence
            case _:
                pass


def _read_rows(piece: TextPiece) -> Iterator[Hashable]:
    for node in piece.nodes:
        if isinstance(node, Table) and node.by_session:
            yield from (_row_key(piece.slice(row.span)) for row in node.children)


def _count_entries(tree: Tree, contested: frozenset[str]) -> Counter[Hashable]:
    source = tree.source
    entries = [node for node in walk_sections(tree) if isinstance(node, Entry)]
    folds = find_folds(source, walk_blocks(tree))
    folded = find_folded(folds, [entry.span.start for entry in entries])
    counts: Counter[Hashable] = Counter()
    for entry in entries:
        heading = source.slice(entry.heading.text)
        log = None if heading in contested else entry.log
        counts[_EntryKey(heading.strip("# \t\r"), log, entry.span.start in folded)] += 1
    return counts


def _read_slack(merged: Merged, key: Callable[[str], Hashable]) -> _Slack:
    removed: Counter[Hashable] = Counter()
    added: Counter[Hashable] = Counter()
    for before, after in merged.alike:
        old, new = _count(before.split("\n"), key), _count(after.split("\n"), key)
        removed += old - new
        added += new - old
    return _Slack(removed, added, _count(merged.made, key), _count(merged.dropped, key))


def _find_miscounted(
    counts: Sequence[Counter[Hashable]], slack: _Slack, *, once: bool
) -> Hashable | None:
    """Give what stands in the result less or more often than both sides' changes allow.

    Where both sides have added (or both removed) the same, anything from one side's change to the
    sum of both will do, unless it has to be there ``once``. There is no slack for what neither side
    has touched and stands once at most: it can only have been doubled; nor for a heading or a long
    line that stood once: where one side removed it and it stands elsewhere, the other moved it.
    """
    before, mine, yours, found = counts
    for key, count in (before | mine | yours | found).items():
        old = before[key]
        loose = key.words if isinstance(key, _EntryKey) else key
        if mine[key] == yours[key] == found[key] == old == count:
            continue
        ours, theirs = mine[key] - old, yours[key] - old
        together = old + ours + theirs
        low = high = together
        if ours * theirs > 0:
            strongest = old + (max(ours, theirs) if ours > 0 else min(ours, theirs))
            low, high = sorted((strongest, strongest if once and ours > 0 else together))
        stands_once = max(old, mine[key], yours[key]) <= 1
        if not (stands_once and (ours == theirs == 0 or _is_distinct(loose))):
            low = min(low, together - slack.added[loose])
            high = max(high, together + slack.removed[loose])
        if not low - slack.dropped[loose] <= found[key] <= max(high, 0) + slack.made[loose]:
            return key
    return None


def _is_distinct(key: Hashable) -> bool:
    """Tell whether a line is hardly there for two reasons: a heading, or a long one."""
    return isinstance(key, str) and (key.startswith("#") or len(key) >= _LONG)


def _count(lines: Iterable[str], key: Callable[[str], Hashable]) -> Counter[Hashable]:
    counts = Counter(map(key, lines))
    del counts[None]
    return counts


def _tells(key: Hashable) -> bool:
    """Tell whether a key counts; no line does without words, as a rule or a delimiter row."""
    return not isinstance(key, str) or bool(key.strip(" \t\r\n-*_|:"))


def _line_key(line: str) -> Hashable:
    """Give a line's words; None for one without any."""
    return line.strip() if _tells(line) else None


def _row_key(line: str) -> Hashable:
    """Give the first two cells of a table's row, which tell the session and its date."""
    if "|" not in line:
        return None
    source = Source(line)
    return tuple(
        source.slice(cell).strip("*_ ") for cell in split_row(source, Span(0, len(line)))[:2]
    )


def _closed(line: str) -> Hashable:
    """Give the key of a block that is closed, by its first line; see `_read_facts`."""
    return line.strip(), True


def _heading_key(line: str) -> Hashable:
    """Give the words of a line that may be a heading."""
    return line.strip("# \t\r") or None


def _find_wrong_reference(versions: Sequence[Tree]) -> str | None:
    """Name a link label that leads elsewhere than a three-way merge of its definitions would."""
    before, mine, yours, found = (document.references for document in versions)
    for label in found:
        old, ours, theirs = before.get(label), mine.get(label), yours.get(label)
        allowed = {theirs} if ours == old else {ours} if theirs in (old, ours) else set()
        if found[label] not in allowed | {None} and (ours, theirs) != (None, None):
            return f"link label {label!r} leads elsewhere"
    return None
