"""Laws of the managed section: what is outside of it stays, and putting it twice is putting it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff_md.errors import ContentError
from handoff_md.text.marked import HASH, MARKDOWN, Comment, find_marked, outside_marked, put_marked
from handoff_md.text.source import Source, decode

_BYTES = st.lists(
    st.sampled_from([b"a", b"# b", b" ", b"\n", b"\r\n", b"\r", b"\xff", b"<!--", b"-->", b"\t"])
).map(b"".join)
_BODIES = st.lists(st.sampled_from(["words", "", "## Title", "| a |"]), min_size=1).map("\n".join)
_COMMENTS = st.sampled_from([MARKDOWN, HASH])


def put(source: Source, body: str, comment: Comment) -> Source:
    return decode(put_marked(source, "file", body, comment).apply().to_bytes())


@given(_BYTES, _BODIES, _BODIES, _COMMENTS)
def test_every_byte_outside_stays_and_a_second_time_changes_nothing(
    data: bytes, body: str, other: str, comment: Comment
) -> None:
    old = decode(data)
    new = put(old, body, comment)
    assert new.text.startswith(old.text)
    assert not new.text.removeprefix(old.text).partition(comment.start)[0].strip("\r\n")
    assert put_marked(new, "file", body, comment).edits == ()
    assert outside_marked(put(new, other, comment), "file") == outside_marked(new, "file")
    assert put(put(new, other, comment), body, comment) == new


@given(_BYTES, _BYTES, _BODIES, _COMMENTS)
def test_a_section_in_the_middle_is_replaced_there(
    before: bytes, after: bytes, body: str, comment: Comment
) -> None:
    section = put(Source(""), "old", comment).text.encode()
    old = decode(before.rstrip() + b"\n" + section + after)
    new = put(old, body, comment)
    span = find_marked(old, "file")
    assert span is not None
    assert new.text.startswith(old.text[: span.start])
    assert new.text.endswith(old.text[span.end :])


@pytest.mark.parametrize("order", [["end"], ["begin"], ["end", "begin"], ["begin", "end"] * 2])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_marks_that_are_no_pair_are_refused(order: list[str], ending: str) -> None:
    text = "".join(f"# handoff-md:{which} x{ending}text{ending}" for which in order)
    with pytest.raises(ContentError, match="no pair"):
        find_marked(Source(text), "file")
