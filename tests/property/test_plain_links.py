from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff_md.syntax import inline
from handoff_md.syntax.blocks import Reference, parse_blocks

_PIECES = st.sampled_from(
    [
        *("[", "]", "(", ")", "![", "](", "](./a.md)", "[Session 19](./sessions/a-19.md#top)"),
        *(
            "`",
            "``",
            "`[a](b)`",
            "\\",
            "<",
            ">",
            "*",
            "_",
            "**",
            "&amp;",
            "^",
            "#",
            ":",
            "//",
            "..",
            "\n",
            " ",
            "é",
        ),
        *("word", "[x] ", "[doc]", "(a b)", "http", "%20", "A"),
    ]
)
_REFERENCES: list[Mapping[str, Reference]] = [{}, {"DOC": Reference("https://example.org/", "")}]


@pytest.mark.parametrize("references", _REFERENCES, ids=["alone", "with-a-definition"])
@settings(max_examples=1_000, deadline=None)
@given(pieces=st.lists(_PIECES, min_size=1, max_size=12))
def test_plain_links_are_found_as_the_parser_finds_them(
    references: Mapping[str, Reference], pieces: list[str]
) -> None:
    text = "x" + "".join(pieces) + "\n"
    tokens = parse_blocks(text).tokens
    found = inline.scan_tokens(tokens, references)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inline, "_scan_plain", lambda _content: None)
        assert found == inline.scan_tokens(tokens, references)
