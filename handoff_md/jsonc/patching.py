"""Puts elements into JSON, and takes them out again, so that every other byte stays.

What `append` adds `cut` takes out, with the lists and objects that were made for it. A container
that was there, and empty, is filled right behind its opening bracket; one that is made has a blank
there: that is how they are told apart.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from handoff_md.jsonc.reading import JsonText, Member, Node
from handoff_md.text.edit import Edit, Patch, make_patch
from handoff_md.text.source import Source
from handoff_md.text.span import Span
from handoff_md.value import Value

_UNIT = "  "
Item = tuple[str, object]


class _Style(Value):
    """How a text is laid out: what a line is indented by for each level, and its line ending.

    ``lines`` is False where all stands in one line.
    """

    unit: str
    newline: str
    lines: bool


def new_json(value: object) -> Source:
    """Write a value as a text of its own."""
    return Source(_render(value, _Style(_UNIT, "\n", lines=True), "") + "\n")


def replace_value(node: Node, value: str) -> Edit:
    """Make the edit that puts another text in the place of a value."""
    return Edit(node.span, json.dumps(value, ensure_ascii=False))


def cut(text: JsonText, way: Sequence[tuple[Node, int]]) -> Patch | None:
    """Make the patch that takes an element out, and the containers that were made for it.

    Args:
        text: the JSON.
        way: the containers that lead to the element, from the root on, each with the index of what
            is next in it.

    Returns:
        The patch; None where nothing is left that was not made for the element.
    """
    for container, index in reversed(way):
        members = text.members(container)
        if len(members) > 1 or not _is_made(text, container, members[0]):
            return make_patch(text.source, _take_out(text, container, members, index))
    rest = text.source.text[: text.root.span.start] + text.source.text[text.root.span.end :]
    if rest.strip():
        container, index = way[0]
        return make_patch(text.source, _take_out(text, container, text.members(container), index))
    return None


def _is_made(text: JsonText, container: Node, only: Member) -> bool:
    """Tell whether a container was made for its only element, and holds nothing else."""
    whole = text.source.text
    start, end = container.span.start + 1, container.span.end - 1
    around = whole[start : only.span.start] + whole[only.span.end : end]
    return whole[start].isspace() and not around.strip(" \t\r\n,")


def _take_out(
    text: JsonText, container: Node, members: Sequence[Member], index: int
) -> tuple[Edit, ...]:
    """Take one member out of several, or the only one of a container that was there before."""
    span = members[index].span
    before = text.source.text[container.span.start + 1 : span.start]
    start = container.span.start + 1 + len(before.rstrip(" \t\r\n"))
    taken = [Span(start, span.end)]
    follows = text.skip(span.end)
    tail = [at for at in text.trailing if span.end <= at < container.span.end]
    if index < len(members) - 1:
        taken.append(Span(follows, follows + 1))
    elif tail:
        taken += [Span(at, at + 1) for at in tail]
    elif index > 0:
        comma = text.skip(members[index - 1].span.end)
        taken.append(Span(comma, comma + 1))
    return tuple(Edit(one, "") for one in sorted(taken))


def append(text: JsonText, container: Node, items: Sequence[Item]) -> tuple[Edit, ...]:
    """Make the edits that add members to an object, or elements to a list, behind the others.

    Args:
        text: the JSON.
        container: the object, or the list.
        items: values that json can write, each with its key; an element's key is empty.
    """
    source, members = text.source, text.members(container)
    style = _style_of(text)
    if not members:
        at = container.span.start + 1
        indent = _indent_of_line(source, container.span.start)
        if len(items) > 1:
            indent += style.unit
        lead = f"{style.newline}{indent}" if style.lines else " "
        return (Edit(Span(at, at), _write(items, style, indent, f",{lead}")),)
    last = members[-1]
    end = container.span.end - 1
    at = last.span.end + len(source.text[last.span.end : end].rstrip(" \t\r\n"))
    lead = _lead_of(text, container, last, at)
    style = _Style(style.unit, style.newline, lines=lead != " ")
    added = lead + _write(items, style, lead.lstrip("\r\n"), f",{lead}")
    if any(last.span.end <= comma < end for comma in text.trailing):
        return (Edit(Span(at, at), added + ","),)
    if at == last.span.end:
        return (Edit(Span(at, at), "," + added),)
    return Edit(Span(last.span.end, last.span.end), ","), Edit(Span(at, at), added)


def _lead_of(text: JsonText, container: Node, last: Member, at: int) -> str:
    """Give what stands before a new member: a line break and the others' indent, or a blank."""
    source = text.source
    before = source.text[container.span.start + 1 : last.span.start]
    blank = before[len(before.rstrip(" \t\r\n")) :]
    if "\n" in blank or "\r" in blank:
        return source.newline + blank[max(blank.rfind("\n"), blank.rfind("\r")) + 1 :]
    if "//" in source.text[last.span.end : at]:
        # A comment that goes to the end of its line would swallow what follows.
        indent = _indent_of_line(source, container.span.start)
        return source.newline + indent + _style_of(text).unit
    return " "


def _style_of(text: JsonText) -> _Style:
    """Find out how a text is laid out, by the first member of its root."""
    source = text.source
    members = text.members(text.root)
    if not members:
        return _Style(_UNIT, source.newline, lines=True)
    indent = _indent_of_line(source, members[0].span.start)
    inner = source.text[text.root.span.start : text.root.span.end]
    first = source.text[text.root.span.start + 1 : members[0].span.start]
    begins_line = "\n" in first or "\r" in first
    return _Style(
        indent if begins_line else _UNIT, source.newline, lines="\n" in inner or "\r" in inner
    )


def _indent_of_line(source: Source, offset: int) -> str:
    line = source.line_text(source.line_of(offset))
    return line[: len(line) - len(line.lstrip(" \t"))]


def _write(items: Sequence[Item], style: _Style, indent: str, between: str) -> str:
    return between.join(
        (f"{json.dumps(key)}: " if key else "") + _render(value, style, indent)
        for key, value in items
    )


def _render(value: object, style: _Style, indent: str) -> str:
    """Write a value; each container that holds anything has a blank behind its opening bracket."""
    if isinstance(value, dict) and value:
        items = [f"{json.dumps(key)}: {_inner(item, style, indent)}" for key, item in value.items()]
        brackets = "{}"
    elif isinstance(value, list) and value:
        items = [_inner(item, style, indent) for item in value]
        brackets = "[]"
    else:
        return json.dumps(value, ensure_ascii=False)
    lead, end = " ", " "
    if style.lines:
        lead, end = f"{style.newline}{indent}{style.unit}", f"{style.newline}{indent}"
    return brackets[0] + lead + ("," + lead).join(items) + end + brackets[1]


def _inner(value: object, style: _Style, indent: str) -> str:
    return _render(value, style, indent + style.unit)
