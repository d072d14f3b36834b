from __future__ import annotations

import string

import pytest

from handoff_md.syntax.blocks import new_parser, parse_blocks

BEFORE = (
    "",
    "words\n",
    "words\n\n",
    "> ",
    "> words\n",
    "- words\n",
    "- words\n  ",
    "|a|b|\n|-|-|\n",
)
LINE = (
    "{0}",
    "{0} words",
    "{0}{0}{0}",
    "{0}{0}{0} words",
    "   {0} words",
    "    {0}",
    "1{0} words",
    "{0}div>",
)
BEHIND = ("", "\nwords\n", "\n===\n", "]: /there\n")


@pytest.mark.parametrize("character", string.punctuation + string.digits + "a\té\u3000")
def test_a_line_with_any_first_character_begins_the_block_that_the_plain_parser_sees(
    character: str,
) -> None:
    plain = new_parser().disable(["inline", "text_join"])
    for line in LINE:
        for before in BEFORE:
            for behind in BEHIND:
                text = before + line.format(character) + behind
                expected = [token.as_dict() for token in plain.parse(text)]
                assert [token.as_dict() for token in parse_blocks(text).tokens] == expected, text


@pytest.mark.parametrize("mark", ["---", "=", "-- ", "- -", "---x"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_heading_is_underlined_where_the_plain_parser_sees_it(mark: str, newline: str) -> None:
    plain = new_parser().disable(["inline", "text_join"])
    for before in ("", "> ", "- ", "> - ", "1. > ", "   ", "\t"):
        for within in ("", "> ", ">", "  ", "> >", "      "):
            for above in ("words\n", "words\nmore\n", "", "\n", f"{within}\n", "|a|\n"):
                text = f"{before}{above}{within}{mark}\nbehind\n".replace("\n", newline)
                expected = [token.as_dict() for token in plain.parse(text)]
                assert [token.as_dict() for token in parse_blocks(text).tokens] == expected, text
