"""Parsing keeps every byte, and reads as markdown-it reads, whatever the bytes are."""

from __future__ import annotations

import re
from random import Random

import pytest
from hostile import body
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from handoff_md.semantics.summaries.containment import contain_title
from handoff_md.syntax.blocks import find_crowded_lines, parse_blocks
from handoff_md.syntax.dump import dump
from handoff_md.syntax.front_fields import read_front_matter
from handoff_md.syntax.front_matter import front_matter_end
from handoff_md.syntax.grammar import read_entry_heading, read_log_links
from handoff_md.syntax.inline import locate_tokens, scan_tokens
from handoff_md.syntax.nodes import Document, Entry, Heading, Node, Part, Section, Table, walk
from handoff_md.syntax.nodes import children_of as children
from handoff_md.syntax.parse import parse
from handoff_md.syntax.title import read_title
from handoff_md.text.diff import unified_diff
from handoff_md.text.edit import Edit, Patch, compose, make_patch
from handoff_md.text.source import Source, decode
from handoff_md.text.span import Span

_LINES = (
    *(
        b"\n",
        b"\r\n",
        b"\r",
        b"\n\n",
        b"---\n",
        b"key: value\n",
        b"# ",
        b"===\n",
        b"1. ",
        b"- ",
        b"> ",
    ),
    *(b"## 2025-12-18: x (Session 3)", b"### Parallel Sessions 1, 2\n", b"#### Session 1: x\n"),
    *(
        b"```",
        b"~~~\n",
        b"| a | b |\n|---|---|\n",
        b"**Key**: value\n",
        b"[a]: b\n",
        b"    ",
        b"\t",
    ),
    *(
        b"<!--",
        b"-->",
        b"<div>",
        b"word",
        b"\\",
        b"\xf0\x9f\x8e\x89",
        b"\xed\xa0\x80",
        b"\x00",
        b"\xff",
    ),
    *(b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\xc2\x85", b"\xc2\xa0", b"\x0b", b"\x0c", b"\x1c"),
)
_PIECES = st.sampled_from(_LINES)
_BYTES = st.one_of(st.binary(max_size=200), st.lists(_PIECES, max_size=40).map(b"".join))


def _assert_tiles(node: Document | Node) -> None:
    """Children start where their parent starts, follow without a gap, and end where it ends."""
    below = children(node)
    if isinstance(node, Heading) or not below:
        return
    place = node.span.start
    for child in below:
        assert child.span.start == place
        place = child.span.end
        _assert_tiles(child)
    assert place == node.span.end


@settings(max_examples=1000, deadline=None)
@given(_BYTES)
def test_any_bytes_are_parsed_exactly_and_nodes_tile(data: bytes) -> None:
    document = parse(data)
    assert document.to_bytes() == data
    if document.children:
        _assert_tiles(document)
    else:
        assert not document.source.text
    assert dump(document).endswith("\n")
    for node in walk(document):
        assert not isinstance(node, Section | Entry | Part) or node.children[0] is node.heading


@settings(max_examples=500, deadline=None)
@given(st.text(st.characters(codec=None), max_size=60))
def test_any_text_is_parsed_exactly(text: str) -> None:
    assert parse(text).to_bytes() == decode(text).to_bytes()


@settings(max_examples=500, deadline=None)
@given(_BYTES)
@example(b"# \x1c\n\x00")
@example(b"  a\x1c\r\n\tb\x00\n   \xff \n---")
def test_headings_are_those_of_a_full_parse(data: bytes) -> None:
    known = parse(data)
    if known.blocks.too_deep is not None:
        return
    text = known.source.text[known.source.line_offset(known.first_line) :]
    clean = re.sub(r"[\ud800-\udfff]", "\ufffd", text)
    tokens = MarkdownIt("commonmark", {"maxNesting": 100}).enable("table").parse(clean)
    expected = [
        (int(token.tag[1]), tokens[index + 1].content, (token.map or [0])[0] + known.first_line)
        for index, token in enumerate(tokens)
        if token.type == "heading_open" and not token.level
    ]
    source = known.source
    found = [
        (node.level, source.slice(node.text), source.line_of(node.span.start))
        for node in walk(known)
        if isinstance(node, Heading)
    ]
    assert [(level, line) for level, _, line in found] == [(lv, line) for lv, _, line in expected]
    for (_, words, _), (_, content, _) in zip(found, expected, strict=True):
        assert _plain(words) == _plain(content)
    tables = sum(1 for token in tokens if token.type == "table_open" and not token.level)
    assert tables == sum(1 for node in walk(known) if isinstance(node, Table))


def _plain(words: str) -> list[str]:
    """Give the words of a heading over several lines, what the parser replaces replaced."""
    return re.sub(r"[\ud800-\udfff\x00]", "\ufffd", words).split()


@settings(max_examples=500, deadline=None)
@given(st.randoms(use_true_random=False))
def test_inline_positions_are_where_the_source_has_the_text(rng: Random) -> None:
    text = body(rng).replace("\x00", "")
    blocks = parse_blocks(text)
    source = Source(text)
    for index, place in locate_tokens(source, blocks.tokens).items():
        assert blocks.tokens[index].type == "inline"
        for offset, char in enumerate(blocks.tokens[index].content):
            if not char.isspace():
                assert source.text[place.to_source(offset)] == char


@settings(max_examples=500, deadline=None)
@given(st.randoms(use_true_random=False))
def test_marks_are_the_links_and_html_of_a_full_parse(rng: Random) -> None:
    text = body(rng)
    blocks = parse_blocks(text)
    if blocks.too_deep is not None:
        return
    marks = [mark for found in scan_tokens(blocks.tokens, blocks.references) for mark in found]
    found = sorted(
        mark.href for mark in marks if mark.kind in ("link", "image") and mark.destination
    )
    plain = MarkdownIt("commonmark", {"maxNesting": 100}).enable("table").parse(text)
    below = [child for token in plain for child in token.children or ()]
    images = [child for token in below for child in token.children or ()]
    expected = [
        str(token.attrs.get("href", token.attrs.get("src", "")))
        for token in (*below, *images)
        if token.type in ("link_open", "image") and token.markup != "autolink"
    ]
    references = {reference.href for reference in blocks.references.values()}
    assert set(found) <= set(expected)
    assert set(expected) <= set(found) | references


_FEW = st.integers(0, 30)


_EDITS = st.lists(st.tuples(_FEW, _FEW, st.text("xy\n", max_size=4)), max_size=6)


@given(st.text("ab\r\n", max_size=30), _EDITS, _EDITS)
def test_composed_patches_do_what_they_do_in_turn(
    text: str, first: list[tuple[int, int, str]], second: list[tuple[int, int, str]]
) -> None:
    one = _patch_of(Source(text), first)
    other = _patch_of(one.apply(), second)
    both = compose(one, other)
    assert both.source == one.source
    assert both.apply() == other.apply()
    assert make_patch(both.source, both.edits) == both
    assert compose(make_patch(one.source, ()), one).apply() == one.apply()


def _patch_of(source: Source, wanted: list[tuple[int, int, str]]) -> Patch:
    """Make a patch of those edits that it can have, in turn."""
    patch = make_patch(source, ())
    for a, b, new in wanted:
        try:
            patch = make_patch(source, [*patch.edits, Edit(Span(min(a, b), max(a, b)), new)])
        except ValueError:
            continue
    return patch


@given(st.text("ab\r\n", max_size=30), st.lists(st.tuples(_FEW, _FEW, st.text("xy\n", max_size=4))))
def test_patches_keep_their_laws(text: str, wanted: list[tuple[int, int, str]]) -> None:
    source = Source(text)
    edits = [Edit(Span(min(a, b), max(a, b)), new) for a, b, new in wanted]
    try:
        patch = make_patch(source, edits)
    except ValueError:
        return
    expected = text
    for edit in sorted(edits, key=lambda found: found.span, reverse=True):
        expected = expected[: edit.span.start] + edit.text + expected[edit.span.end :]
    assert patch.apply().text == expected
    assert make_patch(source, reversed(edits)) == patch
    assert make_patch(source, ()).apply() == source
    inside = {place for edit in edits for place in range(edit.span.start, edit.span.end)}
    for place in set(range(len(text))) - inside:
        assert expected[patch.shift(place)] == text[place]
    assert bool(unified_diff(patch, "a")) == (expected != text)
    added = [line[1:] for line in re.findall(r"(?m)^\+(?!\+\+ ).*", unified_diff(patch, "a"))]
    assert all(line.rstrip("\r") in expected for line in added)


@given(st.text("ab c.:,-()", max_size=40))
def test_a_title_without_brackets_needs_no_repair(words: str) -> None:
    found = contain_title(words, captured={})
    assert found.text == " ".join(words.split())
    assert not found.notes


_LONG = 200_000
_HANGING = [
    "---\na" + " " * _LONG,
    "---\nk: v" + " " * _LONG + "x\n---\n",
    "# " + "Session " * (_LONG // 8),
    "# " + "2025-12-18 " * (_LONG // 11),
    "# Session 1 (" * (_LONG // 13),
    "**" * _LONG,
    "**Session Log**: " + "2025-12-18-session-1-" * (_LONG // 21),
    "[a](" + "2025-12-18-session-1-" * (_LONG // 21),
    "[" * _LONG,
    "> " * _LONG,
    ("> " * 16 + "x\n") * 20 + "lazy\n" * 2000,
    "| a |\n|---|\n" + "|" * _LONG,
    "\n" * _LONG,
    "\r" * _LONG,
    " " * _LONG,
    "<" * _LONG,
    "- " * _LONG,
    "x\n" * (_LONG // 2),
    "# a\n" * 20_000,
    "# a\n## Session 1\n" * 10_000,
]


@pytest.mark.parametrize("text", _HANGING, ids=range(len(_HANGING)))
def test_long_input_does_not_hang(text: str) -> None:
    document = parse(text)
    assert document.to_bytes() == text.encode()
    read_front_matter(document.source)
    read_entry_heading(text)
    read_log_links(text)
    read_title(text)
    assert front_matter_end(document.source) in (0, 3)


def test_a_comment_that_ends_on_a_line_of_markers_hides_no_depth() -> None:
    nested = "<!--\n" + "> " * 17 + "-->\n" + "> " * 48 + "x\n" + "lazy\n" * 300
    assert parse_blocks(nested).too_deep == 1


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_depth_is_seen_whatever_ends_the_lines(newline: str) -> None:
    text = newline.join(["text", "", "> " * 48 + "x", *["lazy"] * 300])
    assert parse_blocks(text).too_deep == 2


CROWDED = re.compile(
    r"(?:^|(?<=\r))(?:[ \t]*(?:>|(?:[-+*]|[0-9]{1,9}[.)])(?=[ \t]))){17}", re.MULTILINE
)


@given(st.text(alphabet="- >*+1.)x\t\n\r", max_size=400))
@settings(max_examples=300, deadline=None)
def test_crowded_lines_are_found_where_markers_are(text: str) -> None:
    expected = [match.start() for match in CROWDED.finditer(text)]
    assert [match.start() for match in find_crowded_lines(text)] == expected


@given(st.lists(st.sampled_from(["> ", ">", "- ", "1. ", "\t", "x", "\n", "\r", "-" * 20])))
@settings(max_examples=300, deadline=None)
def test_crowded_lines_are_found_among_markers(pieces: list[str]) -> None:
    text = "".join(piece * 6 for piece in pieces)
    expected = [match.start() for match in CROWDED.finditer(text)]
    assert [match.start() for match in find_crowded_lines(text)] == expected
