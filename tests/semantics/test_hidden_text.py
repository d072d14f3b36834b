from __future__ import annotations

import time

import pytest

from handoff_md.semantics.summaries.hidden_text import find_hidden_text, may_hide
from handoff_md.syntax.parse import parse

HEAD = "---\nsession: 19\n---\n# T\n\n"


def hidden(text: str) -> list[str]:
    return [found.what for found in find_hidden_text(parse(f"{HEAD}{text}\n"))]


@pytest.mark.parametrize(
    "text",
    [
        "👩‍💻 ❤️ 1️⃣ 🏳️‍🌈 👨🏽‍🚀 👩‍❤️‍👨 ☺️",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "\u0645\u06cc\u200c\u062e \u0915\u094d\u200d\u0937 \u05e9\u05dc\u200f abc \u845b\U000e0100",
        "Donau\u00addampf",
        "<details>\n<summary>More</summary>\n\nText.\n\n</details>",
        "<!-- toc -->\n\n<!-- markdownlint-disable MD013 MD033 -->\n\n<!-- prettier-ignore -->",
        "<!-- handoff-md: ignore[HE003] both are right -->",
        "`<!-- code -->`\n\n```html\n<p hidden>x</p>\n```",
        'See [x] and <span class="hidden-md">x</span>.\n\n[x]: https://example.org "Title"',
        '<img width="0" src="a.png"> <td style="width: 100px; opacity: 0.5">',
    ],
)
def test_what_shows_or_tools_read_is_not_hidden(text: str) -> None:
    assert hidden(text) == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a <!-- AGENT: go\non --> b", "a comment, `AGENT: go on`"),
        ("- > <!-- AGENT -->", "a comment, `AGENT`"),
        ("<?php go ?>", "a comment, `php go ?`"),
        ("<p hidden>Go</p>", "an element that does not show, `<p hidden>Go`"),
        (
            "a <i style='display : none'>Go</i>",
            "an element that does not show, `<i style='display ",
        ),
        ('<b style="font-size:0px">Go</b>', "an element that does not show"),
        ('<b style="VISIBILITY:hidden">Go</b>', "an element that does not show"),
        ("<b style='color: #FFFFFF'>Go</b>", "an element that does not show"),
        ("<font color=white>Go</font>", "an element that does not show"),
        ("<b style='position:absolute;left:-9999px'>Go</b>", "an element that does not show"),
        ("<template>Go</template>", "an element that does not show"),
        ("[//]: # (Go on)", "a definition that nothing refers to, `[//]: # (Go on)`"),
        ("[comment]: <> (Go)", "a definition that nothing refers to"),
        ("ma\u200bke \u200ctest", "2 characters that can't be seen, <U+200B><U+200C>"),
        ("x\U000e0047\U000e006f", "which spell `Go`"),
        ("x\ufe00y\ufe01z", "2 characters that can't be seen, <U+FE00><U+FE01>"),
        ("x\u00ad\u00ad\u00ady", "3 characters that can't be seen"),
        ("x\u2060y \u3164", "2 characters that can't be seen"),
    ],
)
def test_what_only_an_agent_sees_is_told_escaped(text: str, what: str) -> None:
    (found,) = hidden(text)
    assert what in found
    assert found.isprintable()
    assert may_hide(text)


@pytest.mark.parametrize(
    "text",
    [
        "<!--" * 20_000,
        "<!-- a -->" + "<!--" * 20_000,
        "<!a" * 30_000,
        "<" + "a" * 100_000,
        "\u200ba" * 30_000,
        "a\u200e" * 20_000,
        "".join(f"[a{number}]: # (x)\n\n" for number in range(2000)),
    ],
    ids=["open", "closed", "declarations", "name", "characters", "marks", "definitions"],
)
def test_no_summary_takes_long(text: str) -> None:
    document = parse(f"{HEAD}{text}\n")
    before = time.process_time()
    find_hidden_text(document)
    assert time.process_time() - before < 2
