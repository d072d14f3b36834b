"""Keeps the list items of both sides where both have added items at one place."""

from __future__ import annotations

import re
from collections.abc import Sequence

from handoff_md.threeway.conflict import Merged
from handoff_md.threeway.item import BodyItem

_BULLET = re.compile(r"(?P<indent>[ \t]*)(?P<mark>[-+*])(?P<gap>[ \t]+)\S")


def unite_list_items(
    ours: Sequence[BodyItem], theirs: Sequence[BodyItem], around: tuple[str, str]
) -> Merged | None:
    """Keep the items that both sides have put between the lines ``around``; None if they are none.

    What both have alike stands once. Each side's items keep their order: sorted together where
    both sides' are sorted, else one side's behind the other's, by their first item.
    """
    mine, yours = _read_group(ours), _read_group(theirs)
    if not mine or not yours or _form(mine[0]) != _form(yours[0]):
        return None
    if len(set(mine)) < len(mine) or len(set(yours)) < len(yours):
        return None  # one that a side has twice may be meant twice
    if not any(_belongs(line, mine[0]) for line in around):
        return None
    if {item.endswith("\n\n") for item in (*mine, *yours)} == {True, False}:
        return None
    same = tuple(("", item) for item in mine if item in yours)
    return Merged(tuple(dict.fromkeys(_in_order(mine, yours))), alike=same)


def _in_order(mine: Sequence[str], yours: Sequence[str]) -> Sequence[str]:
    if list(mine) == sorted(mine) and list(yours) == sorted(yours):
        return sorted((*mine, *yours))
    first, second = sorted((list(mine), list(yours)))
    return (*first, *second)


def _read_group(items: Sequence[BodyItem]) -> list[str]:
    """Give the texts of whole list items of one form, or nothing if the lines are anything else."""
    found: list[str] = []
    form: tuple[str, str] | None = None
    for item in items:
        if item.table or item.name:
            return []
        match = _BULLET.match(item.text)
        if match and (form is None or form == (match["indent"], match["mark"])):
            form = (match["indent"], match["mark"])
            found.append(item.text)
        elif form and found and _continues(item.text, form[0]):
            found[-1] += item.text
        else:
            return []
    return found


def _continues(line: str, indent: str) -> bool:
    if not line.strip():
        return True
    return line.startswith((indent + " ", indent + "\t"))


def _form(item: str) -> tuple[str, str]:
    match = _BULLET.match(item)
    return (match["indent"], match["mark"]) if match else ("", "")


def _belongs(line: str, item: str) -> bool:
    """Tell whether a neighbouring line is of the same list."""
    indent, mark = _form(item)
    match = _BULLET.match(line)
    if match:
        return (match["indent"], match["mark"]) == (indent, mark) or len(match["indent"]) > len(
            indent
        )
    return bool(line.strip()) and _continues(line, indent) and len(line) > len(line.lstrip())
