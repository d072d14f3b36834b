"""The three-way merge of a handoff document, from bytes to bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache, partial

from msgspec.structs import replace

from handoff_md.semantics.document.conflict_markers import find_conflict_markers
from handoff_md.semantics.entries.order import ToldBy, tell_order
from handoff_md.syntax.form.form import NO_HINTS, FormHints, unite_forms
from handoff_md.syntax.form.shapes import reads_alike
from handoff_md.syntax.nodes import Entry, Tree, walk_sections
from handoff_md.syntax.parse import parse
from handoff_md.syntax.versions import VersionParser
from handoff_md.text.source import Source, decode, holds_surrogates
from handoff_md.threeway.asides import find_asides
from handoff_md.threeway.body import merge_items
from handoff_md.threeway.conflict import ConflictKind, MergeContext, Merged, Policy, TakenOut
from handoff_md.threeway.item import find_newer, read_plain_lines, unite_fields_in_conflict
from handoff_md.threeway.matching import find_moved_and_removed, follow_moves
from handoff_md.threeway.proof import find_defect, project
from handoff_md.threeway.result import (
    DEFAULT_MARKER_SIZE,
    ConflictStyle,
    Labels,
    MarkerForm,
    ThreeWayMerge,
    from_plain,
    merge_forms,
    mixes_endings,
    read_form,
    render,
    to_plain,
)
from handoff_md.threeway.sections import merge_sections
from handoff_md.threeway.unit import choose_gap, make_root

_TIE = "neither header is newer by its date and highest session, so policy newest decides no field"
_MARKERS = ("<" * 7, ">" * 7)


def merge_three_way(  # noqa: PLR0913 - options, each by its name
    base: bytes,
    ours: bytes,
    theirs: bytes,
    *,
    policy: Policy = "strict",
    conflict_style: ConflictStyle = "merge",
    marker_size: int = DEFAULT_MARKER_SIZE,
    labels: Labels | None = None,
    name: str = "",
    hints: FormHints = NO_HINTS,
) -> ThreeWayMerge:
    """Merge two versions of a handoff document that go back to one, by its structure.

    Swapping the sides gives the same verdict and, where that is clean, the same bytes.

    Args:
        base: the version both go back to; empty where both sides have created the file.
        ours: one side's version.
        theirs: the other side's.
        policy: ``strict`` leaves header fields that both sides changed as conflicts; ``newest``
            takes the record of the side that is newer by date and session.
        conflict_style: how conflicts are written (git's ``merge.conflictStyle``).
        marker_size: how many characters a marker has.
        labels: what the versions are called behind the markers.
        name: the file's name or path, which may tell that it is a log.
        hints: all that is known of the document's form beside its text.
    """
    form = MarkerForm(conflict_style, marker_size, labels or Labels())
    if ours == base or theirs in (base, ours):
        return ThreeWayMerge(theirs if ours == base else ours, (), ())
    hints = replace(hints, name=name or hints.name).in_versions
    sources = decode(base), decode(ours), decode(theirs)
    del base, ours, theirs  # a third of what a merge needs to begin with, and no more of use
    return _merge(VersionParser(hints), sources, policy, form)


def _merge(
    parser: VersionParser,
    sources: tuple[Source, Source, Source],
    policy: Policy,
    form: MarkerForm,
) -> ThreeWayMerge:
    forms = [read_form(source) for source in sources]
    raw = any(mixes_endings(source) for source in sources)
    target = merge_forms(forms)
    if raw:
        target = replace(target, newline=None)
    plain = [Source(_plain(source, raw=raw)) for source in sources]
    trees = _parse_alike(parser, plain)
    refused = next(filter(None, map(_why_not, plain, trees)), "")
    known = [tree for tree in trees if tree is not None]
    merged = _contest_all(plain, refused) if refused else _merge_proven(parser, known, policy)
    text = render(merged.pieces, form)
    content = from_plain(text, target, complete=not merged.clean).to_bytes()
    return ThreeWayMerge(content, merged.conflicts, merged.notes, refused, merged.pieces, target)


def _parse_alike(parser: VersionParser, sources: Sequence[Source]) -> list[Tree | None]:
    """Parse the versions of a document by one form: what is a run of entries in one is in all.

    Each tree has that form.
    """
    leaves = [parser.find_leaves(source) for source in sources]
    trees = [None if found is None else parser.nest(found) for found in leaves]
    form = unite_forms([tree.form for tree in trees if tree])
    if all(tree is None or tree.form.runs == form.runs for tree in trees):
        return trees
    for number, (found, tree) in enumerate(zip(leaves, trees, strict=True)):
        if found is not None and tree is not None:
            heads = ((head.level, head.words) for head in found.heads)
            alike = reads_alike(tree.form, form, heads)
            trees[number] = replace(tree if alike else parser.nest(found, form), form=form)
    return trees


def _merge_proven(parser: VersionParser, trees: Sequence[Tree], policy: Policy) -> Merged:
    """Merge, and prove it; a merge that has a defect becomes one by lines, and never a clean one.

    What stands beside conflicts is proved as well: a person looks only between the markers.
    """
    merged = _merge_trees(trees, policy)
    defect = _find_any_defect(parser, trees, merged)
    if not defect:
        return merged
    reason = f"not proven to be sound, so merged by lines: {defect}"
    base, ours, theirs = (read_plain_lines(tree.source.text) for tree in trees)
    lines = merge_items(base, ours, theirs, MergeContext())
    if not lines.clean and not _find_any_defect(parser, trees, lines):
        return replace(lines, notes=(reason,))
    return _contest_all([tree.source for tree in trees], reason)


def _find_any_defect(parser: VersionParser, trees: Sequence[Tree], merged: Merged) -> str | None:
    """Say what is wrong with a merge, or with either way to decide its conflicts."""
    base, ours, theirs = trees
    ways = [merged] if merged.clean else [project(merged, "ours"), project(merged, "theirs")]
    for way in ways:
        text = Source(way.text)
        result = parser.parse(text, base.form)
        defect = _why_not(text, result)
        if result and not defect:
            defect = find_defect(base, ours, theirs, result, way, merged.conflicts)
        if defect:
            return defect
    return None


def _contest_all(sources: Sequence[Source], reason: str) -> Merged:
    """Give one conflict of the whole document."""
    base, ours, theirs = (source.text for source in sources)
    return replace(
        MergeContext().conflict(ConflictKind.DOCUMENT, base, ours, theirs), notes=(reason,)
    )


def _plain(source: Source, *, raw: bool) -> str:
    if not raw:
        return to_plain(source)
    text = source.text
    return text if not text or text[-1] in "\r\n" else text + "\n"


def _why_not(source: Source, tree: Tree | None) -> str | None:
    """Say why a version can't be merged by its structure."""
    if tree is None:
        return "a version nests too deep to be parsed"
    if holds_surrogates(source.text):
        return "a version is not UTF-8"
    if lines := _find_markers(source):
        return (
            f"a version holds conflict markers already, in line {lines[0] + 1}; run "
            "`handoff-md resolve` where that was committed, commit, and merge again"
        )
    return None


def _find_markers(source: Source) -> tuple[int, ...]:
    """Give the lines that are conflict markers; hardly a text has what may be one."""
    text = source.text
    if not (text.startswith(_MARKERS) or any(f"\n{mark}" in text for mark in _MARKERS)):
        return ()
    document = parse(source)
    return find_conflict_markers(source, document.blocks.tokens, document.first_line)


def _tell_order(tree: Tree) -> bool | None:
    """Tell which way the entries of a version run; None where nothing does."""
    order = tell_order([node for node in walk_sections(tree) if isinstance(node, Entry)])
    return None if order.told_by is ToldBy.DEFAULT else order.newest_first


def _merge_trees(trees: Sequence[Tree], policy: Policy) -> Merged:
    roots = map(make_root, trees, find_asides(*trees))
    base, ours, theirs = versions = follow_moves(*roots)
    context = MergeContext(
        newer=find_newer(trees[1], trees[2], policy),
        find_taken_out=cache(partial(_find_taken_out, [tree.source.text for tree in trees])),
        moved=find_moved_and_removed(*versions),
        is_newest_first=partial(_tell_order, trees[0]),
    )
    merged = merge_sections(base, ours, theirs, context)
    gap = choose_gap([base.gap, ours.gap, theirs.gap], "")
    notes = merged.notes
    if policy == "newest" and context.newer is None and _has_field(merged):
        notes = (*notes, _TIE)
    return replace(
        merged, pieces=tuple(unite_fields_in_conflict((*merged.pieces, gap))), notes=notes
    )


def _has_field(merged: Merged) -> bool:
    return any(conflict.kind is ConflictKind.FIELD for conflict in merged.conflicts)


def _find_taken_out(texts: Sequence[str]) -> TakenOut:
    """Give the lines that a side has less often than the base: of ours, and of theirs."""
    base, ours, theirs = (Counter(map(str.strip, text.split("\n"))) for text in texts)
    return frozenset(base - ours), frozenset(base - theirs)
