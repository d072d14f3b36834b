from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module

import pytest

import handoff_md
from handoff_md.text.pattern import lazy_pattern


def test_a_pattern_is_compiled_when_it_is_first_used() -> None:
    broken = lazy_pattern("(")
    with pytest.raises(re.error):
        broken.match("(")
    words = lazy_pattern("[a-z]+", re.IGNORECASE)
    assert words.fullmatch("Ab")
    assert words.findall("a B") == ["a", "B"]
    assert words.sub("x", "a 1") == "x 1"
    assert (words.pattern, words.flags & re.IGNORECASE) == ("[a-z]+", re.IGNORECASE)


def test_each_pattern_that_waits_can_be_compiled() -> None:
    patterns = [value.pattern for value in _values() if type(value) is type(lazy_pattern(""))]
    assert len(patterns) > 200


def _values() -> Iterator[object]:
    for module in pkgutil.walk_packages(handoff_md.__path__, "handoff_md."):
        if module.name != "handoff_md.__main__":
            yield from vars(import_module(module.name)).values()
