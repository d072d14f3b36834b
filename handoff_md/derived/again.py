"""Splits a document again that was built and edited: what nobody has touched keeps its file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product

from msgspec.structs import replace

from handoff_md.derived.building import Built, BuiltText, build
from handoff_md.derived.pieces import OrderLine, Pieces, free_name, tell_file
from handoff_md.derived.slots import join
from handoff_md.derived.splitting import split
from handoff_md.errors import ContentError
from handoff_md.merge.request import MergeOptions
from handoff_md.syntax.nodes import Document

_WORD = re.compile(r"\w")


def split_again(
    document: Document,
    before: Pieces,
    built: Built,
    *,
    options: MergeOptions,
    configured: str | None = None,
) -> Pieces:
    """Split a document whose text has grown out of what was built.

    Sessions whose text stands in it as it was built keep their files, and so do all that stand
    nowhere in it. Where their text has changed, or would not be built as it stands, it becomes
    pieces, and their files go.

    Args:
        document: the document as it is to be.
        before: the pieces that there are.
        built: what these give.
        options: how it was built.
        configured: as `split` takes it.

    Raises:
        HandoffError: as `split`.
        ContentError: as `split`.
    """
    whole = split(document, configured=configured, into=before.form.section or None)
    whole = _keep_names(whole, before)
    told = {name for one in built.told for name in one.names}
    whole = replace(whole, form=replace(whole.form, absorbed=before.form.absorbed))
    left = {name: data for name, data in before.sessions.items() if name not in told}
    # A heading that was made for a month is made again, unless what stands below becomes a piece.
    texts = [built.told, tuple(one for one in built.told if one.names)]
    for kept in [_keep_sessions(whole, before, one) for one in dict.fromkeys(texts)]:
        # The day in a head that was built is computed: the head as it was may give it as well.
        for head, tail in product((before.head, kept.head), (before.tail, kept.tail)):
            found = replace(kept, head=head, tail=tail)
            if _gives(found, document, options):
                return _absorbing(found, before)
    return _absorbing(replace(whole, sessions=left), before)


def _absorbing(pieces: Pieces, before: Pieces) -> Pieces:
    """Note which sessions' files go: a merge may bring one back."""
    gone = [data for name, data in before.sessions.items() if name not in pieces.sessions]
    known = (*pieces.form.absorbed, *sorted(map(tell_file, gone)))
    return replace(pieces, form=replace(pieces.form, absorbed=tuple(dict.fromkeys(known))))


def _gives(pieces: Pieces, document: Document, options: MergeOptions) -> bool:
    try:
        return build(pieces, options=options, hints=document.hints).source == document.source
    except ContentError:
        return False


def _keep_sessions(whole: Pieces, before: Pieces, texts: Sequence[BuiltText]) -> Pieces:
    """Take the pieces out that read as texts were built; the sessions' files stay."""
    is_own = _find_own(whole, texts)
    stay = {name for one in is_own.values() if one for name in one.names}
    told = {name for one in texts for name in one.names}
    gaps = {line.name: line.gap for line in before.order}
    order: list[OrderLine] = []
    for line, behind in zip(whole.order, [*whole.order, None][1:], strict=True):
        if is_own[line.name]:
            continue
        beside = behind is not None and is_own[behind.name] is not None
        order.append(OrderLine(line.name, gaps.get(line.name, line.gap)) if beside else line)
    return replace(
        whole,
        order=tuple(order),
        files={name: data for name, data in whole.files.items() if not is_own[name]},
        form=before.form,
        sessions={
            name: data for name, data in before.sessions.items() if name in stay or name not in told
        },
    )


def _find_own(whole: Pieces, texts: Sequence[BuiltText]) -> dict[str, BuiltText | None]:
    """Give, by each piece's name, the sessions of which it tells just as that is built.

    The text of the last one may end in what was split off as the tail, as a rule.
    """
    joined = join(whole)
    text, heads = joined.source.text, {_head(one.text): one for one in texts}
    ends = [*joined.starts.values(), joined.end][1:]
    own: dict[str, BuiltText | None] = {}
    for (name, start), end in zip(joined.starts.items(), ends, strict=True):
        told = heads.get(_head(text[start:end]))
        is_same = told and text.startswith(told.text, start)
        is_all = told and not _WORD.search(text, start + len(told.text), end)
        own[name] = told if is_same and is_all else None
    return own


def _head(text: str) -> str:
    return text[: text.find("\n") + 1].strip()


def _keep_names(whole: Pieces, before: Pieces) -> Pieces:
    """Let pieces that have not changed keep the names that they had."""
    known: dict[bytes, list[str]] = {}
    for line in before.order:
        if line.name in before.files:
            known.setdefault(before.files[line.name], []).append(line.name)
    names: dict[str, str] = {}
    for line in whole.order:
        same = known.get(whole.files[line.name])
        if same:
            names[line.name] = same.pop(0)
    taken = dict.fromkeys(names.values(), 1)
    for line in whole.order:
        if line.name not in names:
            names[line.name] = free_name(line.name.removesuffix(".md"), taken)
    return replace(
        whole,
        order=tuple(OrderLine(names[line.name], line.gap) for line in whole.order),
        files={names[name]: data for name, data in whole.files.items()},
    )
