from __future__ import annotations

from rendering import as_text

from handoff_md.preview.markdown import render_diff, render_in_place, render_section
from handoff_md.text.edit import Edit, Patch, make_patch, section_text
from handoff_md.text.source import Source
from handoff_md.text.span import Span

LINES = "".join(f"line {number}\n" for number in range(1, 31))
NEW = "## New\n\nWords.\n\n"


def patched(newline: str = "\n") -> Patch:
    source = Source(LINES.replace("\n", newline))
    stamp = Edit(source.lines_span(1, 2), f"line two{newline}")
    place = source.line_offset(20)
    return make_patch(source, [stamp, Edit(Span(place, place), NEW.replace("\n", newline))])


def test_new_text_stands_between_numbered_old_lines() -> None:
    assert as_text(render_in_place(patched())).splitlines() == [
        "     1 line 1",
        "┃ line two",
        "     3 line 3",
        "     4 line 4",
        "     5 line 5",
        "     6 line 6",
        "     ⋮ 10 lines left out",
        "    17 line 17",
        "    18 line 18",
        "    19 line 19",
        "    20 line 20",
        "┃ ## New",
        "┃",
        "┃ Words.",
        "    24",
        "    25 line 21",
        "    26 line 22",
        "    27 line 23",
        "     ⋮ 7 lines left out",
    ]


def test_line_endings_make_no_difference() -> None:
    wanted = as_text(render_in_place(patched()))
    assert as_text(render_in_place(patched("\r\n"))) == wanted
    assert as_text(render_in_place(patched("\r"))) == wanted


def test_the_section_alone_is_what_the_patch_brings_as_whole_lines() -> None:
    assert section_text(patched()) == "## New\n\nWords.\n"
    assert section_text(patched("\r\n")) == "## New\r\n\r\nWords.\r\n"
    assert as_text(render_section(patched())) == "## New\n\nWords.\n"


def test_old_lines_can_not_steer_the_terminal() -> None:
    source = Source("a\x1b[31m\u202eb [bold]\n")
    patch = make_patch(source, [Edit(Span(len(source.text), len(source.text)), "\n## New\n")])
    assert "a␛[31m<U+202E>b [bold]" in as_text(render_in_place(patch))


def test_a_diff_is_coloured_by_line_and_made_visible() -> None:
    shown = as_text(render_diff("--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-old\x1b\n+new\n"), color=True)
    assert "\x1b[31m-old␛" in shown
    assert "\x1b[32m+new" in shown
    assert "\x1b[36m@@" in shown
