"""What a document tells a session that begins, and what a budget leaves of it."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from handoff_md.briefing.chapters import PREFIX, Chapter, Passage, Topic, pack, quote
from handoff_md.briefing.notes import read_topic
from handoff_md.briefing.telling import tell_document, tell_whole
from handoff_md.syntax.parse import parse

_SESSIONS = """\
# Handoff

## Next steps

1. Release it.

## Recent Sessions

"""


def told(document: str) -> dict[str, list[str]]:
    """Give what is told of each topic, line by line, without the prefix of quotes."""
    return {
        chapter.topic.value: [
            line.removeprefix(PREFIX) for item in chapter.items for line in item.lines
        ]
        for chapter in tell_document(parse(document))
        if chapter.items
    }


def test_sections_labels_and_boxes_of_the_latest_entries_are_told_below_their_headings() -> None:
    document = f"""{_SESSIONS}### 2031-01-04: The parser (Session 4)

**Status**: blocked

- [x] Done already.
- [ ] Fuzz it.

**Blockers**: a key from the vendor

**Decisions:**

- Python only.
  - No shell.

Words that are about nothing of it.

#### Left open

- The lexer
  has no owner.
- [x] Ticked since.
- None

### 2031-01-03: The lexer (Session 3)

- **Next steps**: name the owner
- **Open**: none
"""
    assert told(document) == {
        "blocked": [
            "2031-01-04: The parser (Session 4)",
            "(its status: blocked)",
            "2031-01-04: The parser (Session 4)",
            "  **Blockers**: a key from the vendor",
        ],
        "open": [
            "2031-01-04: The parser (Session 4)",
            "  - [ ] Fuzz it.",
            "  Left open",
            "  - The lexer",
            "    has no owner.",
        ],
        "decisions": [
            "2031-01-04: The parser (Session 4)",
            "  **Decisions:**",
            "  - Python only.",
            "    - No shell.",
        ],
        "entries": [
            "2031-01-04: The parser (Session 4)",
            "2031-01-03: The lexer (Session 3)",
            "  - **Next steps**: name the owner",
            "Next steps",
            "  1. Release it.",
        ],
    }


def test_what_announces_another_topic_below_a_heading_is_told_of_that_one() -> None:
    document = f"""{_SESSIONS}### 2031-01-04: The parser (Session 4)

#### Blockers

None.

**Next steps**: ship it.

#### Decisions

Python only.

**Open**: the lexer.

- No shell.

**Blocked**:

- The key.

No cache.

##### Remaining

- The docs.
"""
    title = "2031-01-04: The parser (Session 4)"
    found = told(document)
    assert found["blocked"] == [title, "  **Blocked**:", "  - The key."]
    assert found["open"] == [title, "  **Open**: the lexer.", "  Remaining", "  - The docs."]
    decided = ["  Decisions", "  Python only.", "  - No shell.", "  No cache."]
    assert found["decisions"] == [title, *decided]
    assert "  **Next steps**: ship it." in found["entries"]


def test_a_paragraph_without_a_visible_word_announces_nothing() -> None:
    document = parse(b"# Log\n\n## Open\n\n\x1e\n\n- Mend the roof\n")
    assert [chapter.topic for chapter in tell_document(document) if chapter.items] == [Topic.OPEN]


def test_the_sessions_of_a_parallel_section_are_told_one_by_one() -> None:
    document = f"""{_SESSIONS}### Parallel Sessions 4, 5 (2031-01-04)

**Orchestrator**: Session 6
**Parallel Executions**: 2

#### Session 4: The parser

##### Next

Fuzz it.

#### Session 5: The lexer

**Status**: partial

Begun.
"""
    found = told(document)
    assert found["entries"][:5] == [
        "Parallel Sessions 4, 5 (2031-01-04)",
        "  Session 4: The parser",
        "  Next",
        "  Fuzz it.",
        "  Session 5: The lexer",
    ]
    assert found["blocked"] == ["Session 5: The lexer", "(its status: partial)"]


def test_entries_are_told_newest_first_whichever_way_they_run() -> None:
    entries = [f"### 2031-01-0{day}: Day {day} (Session {day})\n\nText.\n\n" for day in (1, 2, 3)]
    up, down = (told(_SESSIONS + "".join(order)) for order in (entries, reversed(entries)))
    assert up == down
    assert up["entries"][0] == "2031-01-03: Day 3 (Session 3)"


def test_a_document_that_tells_nothing_else_tells_its_sections() -> None:
    assert told("# Progress\n\n## Phase 1\n\nText.\n")["entries"] == ["Progress", "  Phase 1"]


@pytest.mark.parametrize(
    "hidden",
    [
        "<!-- secret -->",
        "<!-- markdownlint-disable secret -->",
        '<span style="display:none">secret</span>',
        "<span hidden>se<span>cr</span>et secret</span>",
        "\u200b\u2060\u202e\u2066",
        "".join(chr(0xE0000 + ord(letter)) for letter in "secret"),
        "\x1b]0;secret\x07",
    ],
)
def test_what_is_hidden_is_left_out(hidden: str) -> None:
    document = f"""{_SESSIONS}### 2031-01-04: Title{hidden} (Session 4)

#### Open {hidden}

- Shown{hidden} words.

  [x]: # (secret)

<div hidden>

- secret

</div>

- More.
"""
    found = told(document)
    shown = "\n".join(line for lines in found.values() for line in lines)
    assert "secret" not in shown
    assert "  - Shown words." in found["open"]
    assert "  - More." in found["open"]


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ('<span data-note="secret > secret">seen</span>', "seen"),
        ("<a title='secret'>one</a><br>two", "one two"),
        ('<img src="a.png" alt="secret">seen', "seen"),
        ('[seen](a.md "secret words")', "[seen](a.md)"),
        ("[seen](<a b.md> 'secret')", "[seen](<a b.md>)"),
        ("[seen](a.md (secret))", "[seen](a.md)"),
        ('![secret](a.png "secret") seen', "![](a.png) seen"),
        ('[![secret](a.png "secret")](b.md) seen', "[![](a.png)](b.md) seen"),
        ("[seen][secret] ![secret][secret]", "[seen] ![]"),
        ("[](secret.md)seen", "seen"),
        ("seen[^secret] as [^1]", "seen[^] as [^1]"),
        ("seen <?secret?> <![CDATA[secret <b> secret]]> <!X secret>", "seen"),
        ("seen <!-- secret\n  secret -->", "seen"),
        ('`[code](a "seen")` `<b seen>`', '`[code](a "seen")` `<b seen>`'),
        ('<span title="hidden">seen</span>', "seen"),
        ("<https://example.org/seen>", "<https://example.org/seen>"),
    ],
)
def test_of_markup_what_a_reader_sees_is_told(written: str, seen: str) -> None:
    found = told(f"## Open\n\n- [ ] {written}\n- More.\n\n[secret]: a.md 'secret'\n")["open"]
    assert [line.rstrip() for line in found[1:]] == [f"  - [ ] {seen}", "  - More."]


def test_no_fence_table_footnote_or_block_of_html_tells_what_a_reader_does_not_see() -> None:
    document = """## Open

```text secret words
code
```

> 1. ~~~ secret
>    quoted
>    ~~~

| One | Two |
| --- | --- |
| a <!-- secret --> | [b](c "secret") | secret |

<div title="secret"
  data-x='secret > secret'>block</div>

[^secret]: foot

<div data-x="secret

Below.

<!-- secret

secret
"""
    found = "\n".join(tell_whole(parse(document.encode())))
    assert "secret" not in found
    assert found.count("\n") + 1 == document.count("\n"), "each line is where it was"
    for seen in ("> ```\n> code", "> > 1. ~~~", "| a  | [b](c) |", "block", "[^]: foot", "Below."):
        assert seen in found


@pytest.mark.parametrize("unit", ["![", "[a](", "![[", "[^", '[a](b "', "<a '", "- <!-- x\n"])
def test_what_nobody_can_tell_apart_costs_no_time(unit: str) -> None:
    document = parse(unit * (40_000 // len(unit)) + "\n\nSeen.\n")
    begun = time.process_time()
    lines = tell_whole(document)
    assert time.process_time() - begun < 1
    assert "<!--" in unit or lines[-1] == "> Seen."


@pytest.mark.parametrize("image", ["<img hidden>", "<br hidden>"])
def test_an_empty_element_hides_nothing_behind_it(image: str) -> None:
    assert told(f"## Open\n\n- One {image} two.\n- Three.\n")["open"][1:] == [
        "  - One  two.",
        "  - Three.",
    ]


def test_a_piece_that_is_very_long_is_named_by_its_line() -> None:
    found = told(f"## Open\n\n- {'word ' * 300}\n- Short.\n")
    assert found["open"][1:] == ["(line 3 of the document has 1,505 characters)", "  - Short."]


@pytest.mark.parametrize(
    ("words", "topic"),
    [
        ("Open", Topic.OPEN),
        ("⏭️ Next Steps:", Topic.ENTRIES),
        ("3. Left open", Topic.OPEN),
        ("TODO", Topic.OPEN),
        ("To-do", Topic.OPEN),
        ("Blocked", Topic.BLOCKED),
        ("Current blockers (2)", Topic.BLOCKED),
        ("Key Decisions Made", Topic.DECISIONS),
        ("Notes for Next Session", Topic.ENTRIES),
        ("Open source licences", None),
        ("Opening hours", None),
        ("What was done", None),
        ("open " * 100, None),
    ],
)
def test_a_heading_announces_a_topic_in_any_dress(words: str, topic: Topic | None) -> None:
    assert read_topic(words) is topic


def _chapters() -> list[Chapter]:
    first = Chapter(Topic.SESSION, "", (Passage(("Who you are.",)),))
    second = Chapter(
        Topic.OPEN,
        "Open:",
        tuple(
            Passage((quote(f"item {number}"), quote("  more")), number // 4) for number in range(19)
        ),
    )
    third = Chapter(Topic.ENTRIES, "Entries:", (Passage((quote("title"),)),))
    return [first, Chapter(Topic.BLOCKED, "Blocked:", ()), second, third]


def test_a_budget_is_never_exceeded_and_a_larger_one_never_tells_less() -> None:
    chapters = _chapters()
    packed = [
        pack(
            "Frame.",
            chapters,
            ("Source.", "Rest."),
            chars=chars,
            command=lambda whole: f"more --chars {whole}",
        )
        for chars in range(700)
    ]
    counts = [sum(len(chapter.items) for chapter in one.told) for one in packed]
    assert all(len(one.text) <= chars for chars, one in enumerate(packed))
    assert all(one <= other for one, other in pairwise(counts))
    assert packed[0].text == ""
    assert (counts[-1], packed[-1].left_out) == (21, {})
    for count, one in zip(counts, packed, strict=True):
        assert count + sum(one.left_out.values()) == 21
        others = [chapter for chapter in one.told if chapter.topic is not Topic.SESSION]
        assert not others or one.text.endswith("Source.\nRest.\n")


def test_who_is_told_has_room_before_anything_else() -> None:
    item, title, end = (
        Passage(("You are 7.",)),
        Passage((quote("t" * 300),), 1),
        Passage(("End: end 7",)),
    )
    run = Chapter(Topic.RUN, "", (Passage(("A run is active.",)),))
    chapters = [Chapter(Topic.SESSION, "", (item, title, end)), run, *_chapters()[1:]]

    def texts(*closing: str) -> list[str]:
        return [
            pack("Frame.", chapters, closing, chars=chars, command=lambda _: "more").text
            for chars in range(900)
        ]

    for closing in (("Source.",), ("Source. " + "s" * 200, "Rest.")):
        for chars, text in enumerate(texts(*closing)):
            lines = text.splitlines()
            known = "Frame.\nYou are 7.\nEnd: end 7\nA run is active.\n"
            assert chars < len(known) or [line for line in lines if line[0] != ">"][:4] == (
                known.splitlines()
            )
            assert "> item" not in text or lines[-len(closing) :] == [*closing]


def test_nothing_is_counted_where_only_the_last_lines_have_no_room() -> None:
    packed = pack("Frame.", _chapters()[:1], ("S" * 50,), chars=40, command=lambda _: "more")
    assert (packed.text, packed.left_out) == ("Frame.\nWho you are.\n", {})


def test_items_of_the_second_tier_go_first_and_none_is_cut() -> None:
    expected = (
        "Frame.\nWho you are.\nOpen:\n"
        + "".join(f"> item {number}\n>   more\n" for number in range(4))
        + "Entries:\n> title\n"
        + "Left out for want of room: open 15. All that is told: more\nRest.\n"
    )
    packed = pack(
        "Frame.",
        _chapters(),
        ("Rest.",),
        chars=len(expected) + 24,
        command=lambda _: "more",
    )
    assert packed.text == expected
    assert packed.left_out == {Topic.OPEN: 15}
