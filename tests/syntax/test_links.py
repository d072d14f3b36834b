from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff_md.syntax.blocks import parse_blocks
from handoff_md.syntax.inline import locate_tokens, plain_text
from handoff_md.syntax.links import find_links, find_log_mentions, unread_paragraphs
from handoff_md.syntax.parse import parse
from handoff_md.text.source import Source
from handoff_md.text.span import Span

_PIECES = (
    *("[a](./b.md)", "![a](b)", "[a]", "[a][b]", "<http://c>", "`[a](b)`", "\\[a](b)", "|", " "),
    *("\n", "\n\n", "> ", "- ", "1. ", "# ", "| a | b |\n|---|---|\n", "    ", "[a]: ./d\n", "\\|"),
    *("[a](<b c>)", "[a](b 'title')", "---\nkey: value\n---\n", "\r\n", "[![i](j)](k)", "é🎯"),
    *("\u00a0\n", "\u00a0", "\x0c\n", "\u3000"),
)


def test_links_have_their_places_in_all_containers() -> None:
    text = (
        "---\na: b\n---\n# [one](1.md)\n\n> - [two](<2 .md>)\n\n"
        "| a |\n|---|\n| \\| [three](3.md) |\n\n"
        "[![four](4.png)](5.md) [six]\n\n[six]: 6.md\n"
    )
    found = find_links(parse(text))
    assert [(text[link.span.start : link.span.end], link.href) for link in found] == [
        ("[one](1.md)", "1.md"),
        ("[two](<2 .md>)", "2%20.md"),
        ("[three](3.md)", "3.md"),
        ("[![four](4.png)](5.md)", "5.md"),
        ("![four](4.png)", "4.png"),
        ("[six]", "6.md"),
    ]
    destinations = [link.destination for link in found if link.destination]
    written = [text[place.start : place.end] for place in destinations]
    assert written == ["1.md", "<2 .md>", "3.md", "5.md", "4.png"]


@pytest.mark.parametrize("ahead", ["\u00a0\n", "> \u00a0\n> ", "- \u3000\n  \u00a0\n  "])
def test_a_line_of_other_white_space_moves_no_place(ahead: str) -> None:
    text = f"{ahead}see [a](./b.md)\nand [c](d)\n"
    found = find_links(parse(text))
    assert [text[link.span.start : link.span.end] for link in found] == ["[a](./b.md)", "[c](d)"]


@given(st.lists(st.sampled_from(_PIECES), max_size=25).map("".join))
def test_a_links_place_holds_the_link(text: str) -> None:
    document = parse(text)
    for link in find_links(document):
        words = document.source.slice(link.span)
        assert words.startswith(("[", "!["))
        assert words.endswith((")", "]"))
        if link.destination:
            assert link.span.start < link.destination.start
            assert link.destination.end < link.span.end


@given(st.lists(st.sampled_from(_PIECES), max_size=25).map("".join), st.integers(0, 5))
def test_wanted_tokens_are_located_as_among_all(text: str, step: int) -> None:
    source, tokens = Source(text), parse_blocks(text).tokens
    wanted = frozenset(range(0, len(tokens), step + 1))
    every = locate_tokens(source, tokens)
    some = locate_tokens(source, tokens, wanted=wanted)
    assert some == {index: place for index, place in every.items() if index in wanted}


@pytest.mark.parametrize("text", ["[" * 100_000, "![" * 50_000, "[a](" * 30_000, "*a" * 60_000])
def test_a_crowded_paragraph_is_named_instead_of_read(text: str) -> None:
    document = parse(f"# [a](b)\n\n{text} *[a](b*)\n")
    assert [link.href for link in find_links(document)] == ["b"]
    assert unread_paragraphs(document) == (Span(10, len(document.source.text)),)


def test_plain_links_are_read_however_many_there_are() -> None:
    document = parse("- Links:\n" + "  *and* [one](./a.md), [two](./b.md)\n" * 5000)
    assert len(find_links(document)) == 10_000
    assert unread_paragraphs(document) == ()


def test_words_lose_their_markup() -> None:
    assert (
        plain_text("**a** `b_c` [d](e) ![f](g) <b>h</b> \\* &amp; i_j\nk", {})
        == "a b_c d  h * & i_j k"
    )


def test_a_log_among_very_many_tags_is_named_and_not_free() -> None:
    name = "sessions/2025-12-18-session-19-work.md"
    for tags, is_free in ((10, True), (1_001, False)):
        document = parse(f"{'a < b ' * tags}\n**Session Log**: {name}\n")
        assert [(m.path, m.is_free) for m in find_log_mentions(document)] == [(name, is_free)]
