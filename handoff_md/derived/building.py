"""Builds a document from its pieces and from the files of the sessions that came later."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from operator import eq

from msgspec.structs import replace

from handoff_md.derived.pieces import Gap, Pieces, tell_file
from handoff_md.derived.posts import Post, read_posts
from handoff_md.derived.slots import DaySlot, Ground, join, survey
from handoff_md.errors import ContentError
from handoff_md.merge.candidate import render
from handoff_md.merge.hosted import prove_hosted
from handoff_md.merge.insertion import insert_section, update_last_updated, with_newlines
from handoff_md.merge.led_proof import prove_around
from handoff_md.merge.manner import DOCUMENTED, Manner
from handoff_md.merge.proof import Addition, Unsound, prove
from handoff_md.merge.rendering import SectionHead
from handoff_md.merge.request import MergeOptions
from handoff_md.merge.result import Outcome, SummaryMerge
from handoff_md.merge.summaries import (
    make_replacement,
    merge_summaries,
    read_atx_heading,
    refuse_unreadable,
)
from handoff_md.semantics.entries.section import find_entries_section
from handoff_md.semantics.summaries.containment import contain_title
from handoff_md.syntax.blocks import parse_blocks
from handoff_md.syntax.form.form import NO_HINTS, FormHints
from handoff_md.syntax.nodes import Document, Entry
from handoff_md.syntax.parse import parse
from handoff_md.text.edit import Edit, Patch, make_patch
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_HEADING = re.compile(r"#{1,6} [^\r\n]*[\r\n]+")
_NEWEST = 12
"""So many entries tell how the next ones are written, where entries have no headings."""


class BuiltText(Value):
    """The text that tells of one session, or of those of a run, and the files that it is of.

    That of a heading that was made above them is of none.
    """

    text: str
    names: tuple[str, ...]


class Built(Value):
    """A document that was built: its text, what of it comes from sessions' files, and notes."""

    source: Source
    told: tuple[BuiltText, ...] = ()
    notes: tuple[str, ...] = ()


def build(
    pieces: Pieces, *, options: MergeOptions | None = None, hints: FormHints = NO_HINTS
) -> Built:
    """Build the document: a function of the pieces alone.

    Without files of sessions it is the document that was split, byte for byte. Each of those gets
    an entry, as a merge would write it; those of one run stand in one parallel section. Where they
    go tell the order and their own names. The header's ``**Last Updated**`` becomes their latest
    day, where it is not later.

    Args:
        pieces: what the folder holds.
        options: where the document lies, and whether its header is brought up to date.
        hints: what is known of its form beside its text.

    Raises:
        ContentError: a session's file can't be taken in, or the document can't be read safely.
    """
    joined = join(pieces)
    if not pieces.sessions:
        return Built(joined.source)
    document = parse(joined.source, hints=hints)
    refuse_unreadable(document)
    chosen = options or MergeOptions()
    absorbed = {
        name for name, data in pieces.sessions.items() if tell_file(data) in pieces.form.absorbed
    }
    fresh = {name: data for name, data in pieces.sessions.items() if name not in absorbed}
    posts, notes = read_posts(document, fresh, chosen)
    notes = (*(f"{name} became a piece: it is left out" for name in sorted(absorbed)), *notes)
    if pieces.form.is_led:
        return _add_led(pieces, document, posts, notes, chosen)
    days = {post.date for post in posts if post.fresh}
    return _add_headed(survey(pieces, joined, document, days), posts, notes, chosen)


def _add_headed(
    ground: Ground, posts: Sequence[Post], notes: Sequence[str], options: MergeOptions
) -> Built:
    """Add all posts at once; those that are not read back in the document's manner, as documented.

    Raises:
        ContentError: one can't be added.
    """
    manner = _learn_manner(ground)
    plain: frozenset[str] = frozenset()
    while True:
        manners = {post.name: DOCUMENTED if post.name in plain else manner for post in posts}
        rendered = [_render(ground, post, manners[post.name]) for post in posts]
        problems = [problem for post in rendered for problem in post.problems]
        if problems:
            raise _refusal(problems)
        patch, told = _assemble(ground, rendered, options)
        misread = _find_misread(ground.document, patch, rendered, manners) - plain
        if not misread:
            break
        plain |= misread
    found = [*notes, *(note for post in rendered for note in post.notes)]
    found += [slot.note for slot in ground.slots.values() if slot.note]
    return Built(patch.apply(), told, tuple(found))


def _refusal(problems: Sequence[str]) -> ContentError:
    return ContentError(
        "; ".join(problems), "Mend or remove the file, then run `handoff-md build` again."
    )


def _learn_manner(ground: Ground) -> Manner:
    form, sample = ground.document.form, ground.form.sample
    if not (sample or form.entry_heading):
        return DOCUMENTED
    template = form.learn(sample)
    return DOCUMENTED if template.is_documented else Manner(template=template)


def _render(ground: Ground, post: Post, manner: Manner) -> Post:
    """Render the sessions of a post; what the document tells of already is left out."""
    slot, run = ground.slots.get(post.date), post.run(ground.document)
    level = slot.place.level if slot else 0
    done = [render(run, one, level, post.date, manner) for one in post.candidates]
    return replace(post, candidates=tuple(done))


class _Text(Value):
    """A post as it is written (LF), with the headings that have to be its only ones on top.

    ``made`` are the lines that head its month, or its week, where it is the first below them.
    """

    post: Post
    slot: DaySlot
    text: str
    level: int
    headings: tuple[tuple[int, str], ...]
    made: tuple[str, ...] = ()


def _assemble(
    ground: Ground, posts: Sequence[Post], options: MergeOptions
) -> tuple[Patch, tuple[BuiltText, ...]]:
    """Make the patch of all posts and prove it.

    Raises:
        ContentError: it would change the rest of the document.
    """
    document = ground.document
    additions, told = _additions(ground, posts)
    latest = max((post.date for post in posts if post.fresh or post.filling), default=None)
    stamp = None
    if latest and options.update_last_updated:
        stamp = update_last_updated(document, latest)
    patch = _make_patch(document, additions, stamp)
    if additions and (unsound := _judge(document, patch, additions, stamp)):
        guilty = [post for post in posts if not _is_sound(ground, post)]
        names = ", ".join(post.name for post in guilty) or "the sessions' files"
        raise _refusal([f"{names} can't be taken in: {unsound.reason}"])
    return patch, told


def _judge(
    document: Document, patch: Patch, additions: Sequence[Addition], stamp: Edit | None
) -> Unsound | None:
    return prove(document, patch, additions, stamp) or prove_hosted(document, additions, stamp)


def _is_sound(ground: Ground, post: Post) -> bool:
    additions, _ = _additions(ground, [post])
    patch = _make_patch(ground.document, additions, None)
    return not additions or not _judge(ground.document, patch, additions, None)


def _make_patch(document: Document, additions: Sequence[Addition], stamp: Edit | None) -> Patch:
    edits = [addition.edit for addition in additions]
    return make_patch(document.source, [*edits, stamp] if stamp else edits)


def _additions(
    ground: Ground, posts: Sequence[Post]
) -> tuple[list[Addition], tuple[BuiltText, ...]]:
    """Make what is added at each place, and what takes the places that are held for sessions."""
    document = ground.document
    additions = [make_replacement(document, one) for post in posts for one in post.filling]
    places: dict[int, list[_Text]] = {}
    for post in posts:
        if post.fresh:
            slot = ground.slots[post.date]
            places.setdefault(slot.place.offset, []).append(_write(post, slot))
    told: list[BuiltText] = []
    for texts in places.values():
        ordered = list(_in_order(ground, texts))
        additions.append(_add(ground, ordered))
        told += [text for one in ordered for text in _tell_text(document, one)]
    return additions, tuple(told)


def _in_order(ground: Ground, texts: Sequence[_Text]) -> Iterator[_Text]:
    """Give the texts of one place, which come oldest first, in the document's order.

    Those of a month stand together, whatever day the first session of a run was of.
    """
    days: dict[tuple[str, ...], dt.date] = {}
    for one in texts:
        days.setdefault(one.slot.headings, one.post.date)
    ordered = texts[::-1] if ground.form.newest_first else texts
    ordered = sorted(ordered, key=lambda one: days[one.slot.headings], reverse=ground.newest_first)
    above: tuple[str, ...] = ()
    for one in ordered:
        same = len(list(takewhile(bool, map(eq, above, one.slot.headings))))
        above = one.slot.headings
        yield replace(one, made=above[same:])


def _tell_text(document: Document, one: _Text) -> Iterator[BuiltText]:
    """Give what of the document comes from a post, piece by piece."""
    newline = document.source.newline
    for made in one.made:
        yield BuiltText(f"{made}{newline}", ())
    names = tuple(candidate.summary.origin for candidate in one.post.fresh)
    yield BuiltText(with_newlines(one.text, newline), names)


def _write(post: Post, slot: DaySlot) -> _Text:
    """Write a post; its headings are those of its sessions, and of the section above them."""
    level = slot.place.level
    rendered = [one.rendered for one in post.fresh if one.rendered]
    ids = tuple(one.draft.session_id for one in post.fresh)
    text = post.rendering.compose(rendered, SectionHead(ids, level, post.date, post.leader, ()))
    own = [read_atx_heading(text)]
    if post.is_section:
        own += [read_atx_heading(part.text) for part in rendered]
    return _Text(post, slot, text, max(depth for depth, _ in own), tuple(own))


def _safe_gap(gap: Gap) -> str:
    """Give the lines between texts; what stands beside them is blank, whatever others have."""
    lines = list(gap) or [""]
    if lines[0].strip():
        lines.insert(0, "")
    if lines[-1].strip():
        lines.append("")
    return "".join(f"{line}\n" for line in lines)


def _add(ground: Ground, texts: Sequence[_Text]) -> Addition:
    """Make the addition of texts that stand at one place, with gaps (LF) between them.

    Above the first of a month that has no heading yet its heading is made.
    """
    source, level = ground.document.source, max(one.level for one in texts)
    written, headings = list[str](), list[tuple[int, str]]()
    for one in texts:
        if written:
            written.append(_safe_gap((one.slot.rule,) if one.made else ground.form.gap))
        written.append("\n\n".join((*one.made, one.text)))
        headings += [*map(read_atx_heading, one.made), *_headings_to(one, level)]
    text, place = "".join(written), texts[0].slot.place
    place = replace(place, rule_behind=texts[-1].slot.place.rule_behind)
    own = with_newlines(text, source.newline)
    return Addition(insert_section(source, place, text), own, level, tuple(headings))


def _headings_to(one: _Text, level: int) -> Iterator[tuple[int, str]]:
    """Give the headings of a text down to a level as they are read where it stands alone.

    Raises:
        ContentError: down to its own level it has others than it should.
    """
    tokens = parse_blocks(one.text).tokens
    found = [
        (int(token.tag[1]), tokens[index + 1].content)
        for index, token in enumerate(tokens)
        if token.type == "heading_open"
    ]
    if tuple(heading for heading in found if heading[0] <= one.level) != one.headings:
        raise _refusal([f"{one.post.name} can't be taken in: a heading would leave its section"])
    yield from (heading for heading in found if heading[0] <= level)


def _find_misread(
    document: Document,
    patch: Patch,
    posts: Sequence[Post],
    manners: Mapping[str, Manner],
) -> frozenset[str]:
    """Give the posts without whose manner all entries would be read; none where all are."""
    own = [post for post in posts if post.fresh and manners[post.name] is not DOCUMENTED]
    own = [post for post in own if not post.is_section]
    if not own:
        return frozenset()
    again = parse(patch.apply(), hints=document.hints)
    told = Counter(map(_tell, again.entries))
    if any(told[key] < count for key, count in Counter(map(_tell, document.entries)).items()):
        return frozenset(post.name for post in own)
    missing = []
    for post in own:
        manner, draft = manners[post.name], post.fresh[0].draft
        title = contain_title(draft.title, captured=document.blocks.references).text
        day = manner.day(post.date, None)
        if not told[(manner.here(draft.session_id),), day, title]:
            missing.append(post.name)
    return frozenset(missing)


def _tell(entry: Entry) -> tuple[object, ...]:
    return entry.session_ids, entry.date, entry.title


def _add_led(
    pieces: Pieces,
    document: Document,
    posts: Sequence[Post],
    notes: Sequence[str],
    options: MergeOptions,
) -> Built:
    """Add posts where entries have no headings, each as a merge does.

    Raises:
        ContentError: one can't be added.
    """
    chosen = replace(options, into=pieces.form.section or None)
    built = _add_at_once(pieces, document, posts, chosen)
    built = built or _add_in_turn(document, posts, chosen)
    return replace(built, notes=(*notes, *built.notes))


def _add_at_once(
    pieces: Pieces, document: Document, posts: Sequence[Post], options: MergeOptions
) -> Built | None:
    """Add posts that go to one place at the newest end, each as it is merged beside a few others.

    None where that is not so, or it is not proved that each is read there, and all else as before.
    """
    near = _keep_newest(document, options, newest_first=pieces.form.newest_first)
    if near is None or not posts or any(map(_is_known, posts)):
        return None
    near_by = replace(options, update_last_updated=False)
    wanted, told = Counter(map(_tell, document.entries)), list[BuiltText]()
    start, text = -1, ""
    for post in posts:
        try:
            merged = _merge_post(near.text, post, near_by)
        except ContentError:
            return None  # it is refused in its turn, with what else is wrong
        edits, place = merged.patch.edits, near.place_of(merged.patch)
        start = place if start < 0 and place is not None else start
        if place is None or merged.section is None or not start <= place <= start + len(text):
            return None
        text = text[: place - start] + edits[0].text + text[place - start :]
        grown = near.grow(merged.patch)
        told += _tell_merged(grown.text, merged, post)
        before, after = (Counter(map(_tell, one.text.entries)) for one in (near, grown))
        if before - after:
            return None
        wanted += after - before
        near = _trim(grown, options)
    addition = Addition(Edit(Span(start, start), text), text, 0, (), is_led=True)
    latest = max(post.date for post in posts)
    stamp = update_last_updated(document, latest) if options.update_last_updated else None
    patch = _make_patch(document, [addition], stamp)
    source = patch.apply()
    is_read = Counter(map(_tell, parse(source, hints=document.hints).entries)) == wanted
    if not is_read or prove_around(document, patch, addition, stamp):
        return None
    return Built(source, tuple(told))


def _is_known(post: Post) -> bool:
    """Tell whether the document tells of a post's session already, or it can't be told."""
    return any(one.recorded or one.problems for one in post.candidates)


class _Near(Value):
    """A document without its older entries: ``far`` is what was cut out, at ``cut``."""

    text: Document
    cut: int
    far: str
    newest_first: bool

    def place_of(self, patch: Patch) -> int | None:
        """Give where in the whole document a patch puts text; None where it does otherwise.

        Nothing is put beside what was cut out.
        """
        if len(patch.edits) != 1 or len(patch.edits[0].span):
            return None
        offset = patch.edits[0].span.start
        if self.newest_first:
            return offset if offset < self.cut else None
        return offset + len(self.far) if offset > self.cut else None

    def grow(self, patch: Patch) -> _Near:
        """Give what a patch makes of it that puts text at its newest end."""
        moved = len(patch.edits[0].text) if self.newest_first else 0
        text = parse(patch.apply(), hints=self.text.hints)
        return replace(self, text=text, cut=self.cut + moved)


def _keep_newest(document: Document, options: MergeOptions, *, newest_first: bool) -> _Near | None:
    """Leave the newest entries of a document; None where it has few, or a line tells where."""
    entries = find_entries_section(document, into=options.into).entries
    if len(entries) <= _NEWEST or document.hints != document.hints.in_versions:
        return None
    order = "newest-first" if newest_first else "newest-last"
    hints = replace(document.hints, like=document.form, order=order)
    cut = entries[-1 if newest_first else 1].span.start
    return _cut_out(_Near(replace(document, hints=hints), cut, "", newest_first), entries)


def _trim(near: _Near, options: MergeOptions) -> _Near:
    """Cut older entries out as soon as there are many again."""
    entries = find_entries_section(near.text, into=options.into).entries
    return _cut_out(near, entries) if len(entries) > 2 * _NEWEST else near


def _cut_out(near: _Near, entries: Sequence[Entry]) -> _Near:
    """Cut out what lies between the newest entries and what was cut out before."""
    source, cut = near.text.source, near.cut
    edge = entries[_NEWEST if near.newest_first else -_NEWEST].span.start
    start, end = sorted((cut, edge))
    far, gone = near.far, source.text[start:end]
    far = gone + far if near.newest_first else far + gone
    text = Source(source.text[:start] + source.text[end:], bom=source.bom)
    return _Near(parse(text, hints=near.text.hints), start, far, near.newest_first)


def _add_in_turn(document: Document, posts: Sequence[Post], options: MergeOptions) -> Built:
    """Add posts one after the other.

    Raises:
        ContentError: one can't be added.
    """
    told: list[BuiltText] = []
    found: list[str] = []
    for post in posts:
        merged = _merge_post(document, post, options)
        document = parse(merged.patch.apply(), hints=document.hints)
        if merged.section:
            told += _tell_merged(document, merged, post)
        found += [
            f"{one.origin} stands in the document already: it is left out"
            for one in merged.sessions
            if one.outcome is Outcome.ALREADY_MERGED
        ]
    return Built(document.source, tuple(told), tuple(found))


def _merge_post(document: Document, post: Post, options: MergeOptions) -> SummaryMerge:
    """Merge the sessions of a post into a document.

    Raises:
        ContentError: that can't be.
    """
    problems = list(post.problems)
    if not problems:
        merged = merge_summaries(
            document,
            [one.summary for one in post.candidates],
            orchestrator=post.leader,
            date=post.date,
            options=replace(options, rendering=post.rendering),
            surroundings=post.around,
        )
        problems = [f"{one.origin} {said}" for one in merged.sessions for said in one.problems]
        if not problems:
            return merged
    raise _refusal(problems)


def _tell_merged(document: Document, merged: SummaryMerge, post: Post) -> Iterator[BuiltText]:
    """Give what of the document comes from a post: headings that were made, and its own text."""
    assert merged.section is not None  # noqa: S101 - the callers have looked
    text = document.source.slice(merged.section)
    while heading := _HEADING.match(text):
        if post.is_section and not _HEADING.match(text, heading.end()):
            break
        yield BuiltText(f"{heading.group().strip()}{document.source.newline}", ())
        text = text[heading.end() :]
    yield BuiltText(text, tuple(one.summary.origin for one in post.candidates))
