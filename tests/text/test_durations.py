from __future__ import annotations

import pytest

from handoff_md.config import read_config
from handoff_md.text.duration import read_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("1.5", 1.5),
        ("5m", 300),
        ("5 min", 300),
        ("2h", 7200),
        ("1h30m", 5400),
        ("1H 30M 5S", 5405),
        ("0", 0),
        (" 1h ", 3600),
    ],
)
def test_a_duration_is_read_with_its_units(text: str, seconds: float) -> None:
    assert read_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-5", "5d", "m", "5m1h", "inf", "nan", "1e3"])
def test_what_is_no_duration_is_none(text: str) -> None:
    assert read_duration(text) is None


def test_a_configured_time_may_have_units() -> None:
    assert read_config({"lock-timeout": "2m"}, "x.toml").lock_timeout == 120
    assert read_config({"lock-timeout": 7}, "x.toml").lock_timeout == 7
