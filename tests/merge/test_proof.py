"""The proof by itself: what it refuses of an addition that nothing has repaired before."""

from __future__ import annotations

import pytest

from handoff_md.merge.proof import Addition, prove
from handoff_md.syntax.parse import parse
from handoff_md.text.edit import Edit, Patch
from handoff_md.text.span import Span

_BEFORE = "# Handoff\n\n[doc]: https://example.org\n\n## Sessions\n\n"
_BEHIND = "### Before\n\nText.\n"
_REACHES = "a heading of a summary would leave the new section"


def refused(
    text: str, *, before: str = _BEFORE, behind: str = _BEHIND, title: str = "Title"
) -> str | None:
    """Give why a section of level 3 can't be put between two texts; None where it can."""
    document = parse(before + behind)
    edit = Edit(Span(len(before), len(before)), text)
    patch = Patch(document.source, (edit,))
    unsound = prove(document, patch, [Addition(edit, text, 3, ((3, title),))])
    return unsound.reason if unsound else None


def test_a_section_that_keeps_to_its_place_is_sound() -> None:
    assert refused("### Title\n\n<details>\n\n#### Deeper\n\n</details>\n\n") is None
    assert refused("---\n\n### Title\n\nText.\n\n") is None
    assert refused("### Title\n\nText.\n", behind="") is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("### Title\n\n<details>\n\nText.\n\n", "HTML of a summary would reach beyond"),
        ("### Title\n\n</details>\n\nText.\n\n", "HTML of a summary would reach beyond"),
        ("### Title\n\nSee <b>this.\n\n", "HTML of a summary would reach beyond"),
        ("### Title\n\n### Second\n\n", _REACHES),
        ("### Title\n\n## Higher\n\n", _REACHES),
        ("### Other\n\nText.\n\n", _REACHES),
        ("Text.\n\n### Title\n\n", _REACHES),
        ("### Title\n\nSee [doc].\n\n", "brackets and a link definition would meet"),
        ("### Title\n\n[new]: https://example.org\n\n", "link definitions would change"),
        ("### Title\n\n```\ncode\n\n", "reach across the place of the insertion"),
        (f"### Title\n\n{'> ' * 200}deep\n\n", "would nest too deep"),
    ],
)
def test_a_section_that_reaches_beyond_its_place_is_unsound(text: str, reason: str) -> None:
    assert reason in (refused(text) or "")


@pytest.mark.parametrize("opens", ["```\ncode\n", "<!-- open\n", "<script>\n"])
def test_a_block_that_stays_open_at_the_end_is_unsound_though_nothing_follows(opens: str) -> None:
    reason = refused(f"### Title\n\n{opens}", behind="")
    assert reason == "a block that stays open would swallow what comes behind the new section"


def test_a_deeper_heading_behind_would_come_to_stand_below_the_section() -> None:
    reason = refused("### Title\n\nText.\n\n", behind="#### Before\n\nText.\n")
    assert reason == "a heading of the document would come to stand below the new section"


def test_text_in_front_that_would_join_the_section_is_unsound() -> None:
    assert refused("===\n\n### Title\n\n", before="# Handoff\n\nWords\n", behind="\nMore.\n")


def test_front_matter_stays_what_it_was() -> None:
    reason = refused("---\ntitle: T\n---\n\n### Title\n\n", before="", behind="Text.\n")
    assert reason == "its front matter would change"
