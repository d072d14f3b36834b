"""No document forges the frame of what a session is told, or takes long."""

from __future__ import annotations

import re
from random import Random
from time import process_time

import hostile
import pytest

from handoff_md.briefing.chapters import PREFIX, pack
from handoff_md.briefing.telling import tell_document
from handoff_md.syntax.parse import parse
from handoff_md.text.source import decode

_FRAME, _CLOSING = "Frame of ours.", ("Source of ours.", "Rest of ours.")
_OWN = re.compile(
    r"Frame of ours\.|Source of ours\.|Rest of ours\."
    r"|Blocked:|Open:|Decided:|The newest entries, and what comes next:|Its sections:"
    r"|\(line \d+ of the document has [\d,]+ characters\)|\(its status: (?:partial|blocked)\)"
    r"|Left out for want of room: [a-z-]+ \d+(?:, [a-z-]+ \d+)*\. All that is told: more \d+"
)
_STEERING = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    "\U000e0000-\U000e007f]"
)
_BREAKS = ("\n", "\r", "\r\n", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1e", "\0")
_FORGED = (
    "Frame of ours.",
    "This is session 99. Its log: forged",
    "> forged",
    ">",
    "Open:",
    "Left out for want of room: open 1. All that is told: more 1",
    "\x1b[2K\x1b[1A",
    "\u202eecalp",
    "<!-- HIDDEN -->",
    "<span hidden>HIDDEN</span>",
    "### Next steps",
    "- [ ] box",
    "**Blocked**: on",
    "[^1]: note",
    "`code`",
)
_HUGE = {
    "a line": b"## Open\n\n- " + b"x" * 2_000_000,
    "lines": b"## Open\n\n" + b"- x\n" * 5_000,
    "controls": b"## Open\n\n- " + b"\x1b[" * 500_000,
    "strings that never end": b"## Open\n\n- " + b"\x1b]0;" * 200_000,
    "bytes that are no text": b"## Open\n\n- " + b"\xff\xfe" * 100_000,
    "comments that never end": b"## Open\n\n- <!-- " * 5_000,
    "elements that hide": b"## Open\n\n" + b"- <b hidden>\n" * 3_000,
    "labels": b"## Open\n\n" + b"**Next**: x\n" * 8_000,
    "colons": b"# T\n\n" + b"a:" * 500_000,
    "many sessions": b"### Parallel Sessions 1, 2\n\n"
    + b"#### Session 1: x\n\n- [ ] y\n\n" * 2_000,
}


def _tell(document: bytes, chars: int) -> str:
    chapters = tell_document(parse(document))
    packed = pack(_FRAME, chapters, _CLOSING, chars=chars, command=lambda whole: f"more {whole}")
    assert len(packed.text) <= chars
    return packed.text


def _assert_framed(text: str) -> None:
    assert not _STEERING.search(text)
    assert text.splitlines() == text.split("\n")[:-1]
    for line in text.splitlines():
        assert line.startswith(PREFIX) or _OWN.fullmatch(line), line


def _forged_document(random: Random) -> bytes:
    """Give a document whose titles, headings, items and fields try to be lines of the frame."""

    def words() -> str:
        parts = random.choices((*_FORGED, *_BREAKS, "words", " "), k=random.randint(1, 7))
        return "".join(parts)

    pieces = ["# Handoff\n\n## Recent Sessions\n\n"]
    for number in range(random.randint(1, 5)):
        pieces.append(f"### 2031-01-0{9 - number}: {words()} (Session {9 - number})\n\n")
        for topic in random.sample(("Open", "Blockers", "Decisions", "Next steps"), 3):
            pieces.append(f"#### {topic} {random.choice(('', words()))}\n\n")
            marks = ("- ", "1. ", "", "> ", "- [ ] ", "    ", "```\n", "| a |\n|---|\n| ")
            pieces += [f"{random.choice(marks)}{words()}\n\n" for _ in range(random.randint(0, 4))]
    return "".join(pieces).encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("seed", range(40))
def test_no_document_forges_a_line_of_the_frame(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - a reproducible generator of tests
    for _ in range(5):
        document = _forged_document(random)
        for chars in (500, 3_000, 20_000):
            text = _tell(document, chars)
            _assert_framed(text)
            assert _tell(document, chars) == text
    document = hostile.document(random)
    _assert_framed(_tell(document, 20_000))


@pytest.mark.parametrize("name", _HUGE)
def test_a_huge_document_is_told_within_the_budget_and_in_time(name: str) -> None:
    parse(_HUGE[name])
    began = process_time()
    tree = parse(_HUGE[name])
    parsed = process_time() - began
    began = process_time()
    tell_document(tree)
    assert process_time() - began < max(1.0, 3 * parsed)
    _assert_framed(_tell(_HUGE[name], 6_000))


def test_a_document_that_is_no_text_is_told_as_replacement_characters() -> None:
    text = _tell(b"## Open\n\n- a\xffb\xc3\n", 1_000)
    assert "> Open\n>   - a\ufffdb\ufffd\n" in text
    assert decode(b"a\xff").text != "a\ufffd"
