"""All rules there are: known by their files' names, and loaded when one is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from handoff_md.linter import rules
from handoff_md.linter.rule import Rule
from handoff_md.text.pattern import lazy_pattern
from handoff_md.value import Value

_MODULE = lazy_pattern(r"(?P<code>[a-z]{2}[0-9]{3})_(?P<name>[a-z0-9_]+)")


class Listed(Value):
    """A rule as its file's name tells of it; the module is not loaded yet."""

    code: str
    name: str
    module: str


@cache
def list_rules() -> Mapping[str, Listed]:
    """List all rules by code, sorted.

    Raises:
        ValueError: two files have one code.
    """
    found: dict[str, Listed] = {}
    for name in sorted(module.name for module in iter_modules(rules.__path__)):
        match = _MODULE.fullmatch(name)
        if match is None:
            continue
        code = match["code"].upper()
        if code in found:
            msg = f"two rules have the code {code}"
            raise ValueError(msg)
        found[code] = Listed(code, match["name"].replace("_", "-"), f"{rules.__name__}.{name}")
    return found


def load_rule(code: str) -> Rule:
    """Load a rule by its code (KeyError where there is none)."""
    rule = import_module(list_rules()[code].module).check
    assert isinstance(rule, Rule)  # noqa: S101 - each module keeps to it
    return rule


def load_rules(codes: Sequence[str]) -> tuple[Rule, ...]:
    """Load rules by their codes, in this order."""
    return tuple(load_rule(code) for code in codes)
