from __future__ import annotations

import pytest

from handoff_md.errors import HandoffError
from handoff_md.syntax.session_id import given_id, order_of


def test_ids_that_are_recorded_are_in_order_whatever_they_are() -> None:
    recorded = ["zebra", "no id, too", "10", "9-b", "9", "no id!"]
    assert sorted(recorded, key=order_of) == ["9", "9-b", "10", "no id!", "no id, too", "zebra"]


def test_an_id_is_read_without_the_spaces_around_it_and_what_is_none_is_told() -> None:
    assert given_id(" 19\n").text == "19"
    with pytest.raises(HandoffError, match="'no id!' is no session id"):
        given_id("no id!")
