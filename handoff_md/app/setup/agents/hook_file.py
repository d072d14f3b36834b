"""The hooks of a host in its file of settings: what is there of ours, what is missing, the patches.

What a person has written stays: other hooks, and ours where they were changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from handoff_md.app.setup.agents.hosts import AgentHost, Hooks, command_of, judge_command
from handoff_md.errors import ContentError
from handoff_md.jsonc import Item, JsonText, Node, append, cut, new_json, read_json, replace_value
from handoff_md.text.edit import Edit, Patch, compose, make_patch
from handoff_md.text.source import Source
from handoff_md.value import Value

_HOOKS = "hooks"
_KINDS = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "true or false",
    float: "a number",
}


class HooksFound(Value):
    """What a file has of our hooks: the events of those that are there, by what is to be done.

    Attributes:
        current: they are as this version writes them, whatever a person has put beside the command.
        old: another version has written them.
        own: a person has, so that they run our command in another way.
        places: where each stands, as the index of its group, and its index in that.
    """

    current: tuple[str, ...] = ()
    old: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    places: tuple[tuple[str, int, int], ...] = ()

    @property
    def events(self) -> frozenset[str]:
        """Give all events that have a hook of ours."""
        return frozenset((*self.current, *self.old, *self.own))


class _Hook(NamedTuple):
    """A hook that runs our command; ``way`` leads to it, or to its group if it is alone there.

    ``counts`` is False where the same key comes again below, which is all that the host sees.
    """

    event: str
    command: Node
    judged: str
    way: tuple[tuple[Node, int], ...]
    place: tuple[int, int]
    counts: bool


def look_at_hooks(source: Source, name: str, host: AgentHost) -> HooksFound:
    """Tell what a file has of our hooks.

    Raises:
        ContentError: it is no JSON.
    """
    hooks = tuple(hook for hook in _find(read_json(source, name), host) if hook.counts)

    def events(judged: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(hook.event for hook in hooks if hook.judged == judged))

    places = tuple((hook.event, *hook.place) for hook in hooks)
    return HooksFound(events("current"), events("old"), events("own"), places)


def put_hooks(source: Source, name: str, host: AgentHost) -> Patch:
    """Make the patch that gives a file the hooks that it lacks, and brings old ones up to date.

    Raises:
        ContentError: it is no JSON, or has something else where hooks stand.
    """
    text, shape = read_json(source, name), _shape(host)
    _refuse_other_types(text, name, host)
    found = tuple(hook for hook in _find(text, host) if hook.counts)
    edits = [
        replace_value(hook.command, command_of(host.name, shape.events[hook.event]))
        for hook in found
        if hook.judged == "old"
    ]
    there = {hook.event for hook in found}
    missing = {
        event: shape.element(host.name, event) for event in shape.events if event not in there
    }
    return make_patch(source, [*edits, *_add(text, missing)])


def _add(text: JsonText, elements: Mapping[str, object]) -> Iterator[Edit]:
    """Add an element to the list of each event, which is made where there is none."""
    hooks = text.find(text.root, _HOOKS)
    if hooks is None and elements:
        lists = {event: [element] for event, element in elements.items()}
        yield from append(text, text.root, [(_HOOKS, lists)])
        return
    lists_to_make: list[Item] = []
    for event, element in elements.items():
        there = text.find(hooks, event) if hooks else None
        if there is None:
            lists_to_make.append((event, [element]))
        else:
            yield from append(text, there, [("", element)])
    if hooks and lists_to_make:
        yield from append(text, hooks, lists_to_make)


def new_hooks(host: AgentHost) -> str:
    """Write a file that has our hooks, and nothing else."""
    shape = _shape(host)
    hooks = {event: [shape.element(host.name, event)] for event in shape.events}
    return new_json({_HOOKS: hooks, **shape.top}).text


def cut_hooks(source: Source, name: str, host: AgentHost) -> Patch | None:
    """Make the patch that takes our hooks out again; None where nothing else is in the file.

    Raises:
        ContentError: it is no JSON.
    """
    patch = make_patch(source, [])
    while True:
        text = read_json(patch.apply(), name)
        ours = [hook for hook in _find(text, host) if hook.judged != "own"]
        if not ours:
            return None if patch.edits and _is_bare(patch.apply(), source, host) else patch
        # From the end on, so that what is made for hooks is known by what is left in it.
        taken = cut(text, ours[-1].way)
        if taken is None:
            return None
        patch = compose(patch, taken)


def _is_bare(left: Source, before: Source, host: AgentHost) -> bool:
    """Tell whether only that is left which a file has that is made for hooks alone.

    There hooks come first; in a file that was there before they come last.
    """
    top = dict(_shape(host).top)
    if not top:
        return False
    first = read_json(before, "").root.value
    is_ours = isinstance(first, dict) and next(iter(first), "") == _HOOKS
    return is_ours and left.text == new_json(top).text


def _shape(host: AgentHost) -> Hooks:
    assert host.hooks is not None  # noqa: S101 - asked of hosts that have a file of hooks
    return host.hooks


def _find(text: JsonText, host: AgentHost) -> Iterator[_Hook]:
    """Give the hooks that run our command, in their order."""
    shape, root = _shape(host), text.root
    seen = text.find(root, _HOOKS)
    for top, member in enumerate(text.members(root)):
        if member.key != _HOOKS:
            continue
        for index, event in enumerate(text.members(member.node)):
            if event.key not in shape.events:
                continue
            way = ((root, top), (member.node, index))
            own = shape.events[event.key]
            counts = member.node == seen and event.node == text.find(member.node, event.key)
            for place, command, group in _commands(text, event.node, shape):
                judged = judge_command(str(command.value), host.name, own)
                if judged:
                    yield _Hook(event.key, command, judged, (*way, *group), place, counts)


def _commands(
    text: JsonText, event: Node, shape: Hooks
) -> Iterator[tuple[tuple[int, int], Node, tuple[tuple[Node, int], ...]]]:
    """Give the commands of an event's hooks, each with where it stands, and the way to it.

    What has another shape is passed over.
    """
    for index, element in enumerate(text.members(event)):
        if not shape.grouped:
            command = text.find(element.node, shape.command_key)
            if command is not None:
                yield (index, 0), command, ((event, index),)
            continue
        for at, member in enumerate(text.members(element.node)):
            if member.key != _HOOKS:
                continue
            hooks = text.members(member.node)
            for inner, hook in enumerate(hooks):
                command = text.find(hook.node, shape.command_key)
                if command is None:
                    continue
                way = [(event, index)]
                if len(hooks) > 1:
                    way += [(element.node, at), (member.node, inner)]
                yield (index, inner), command, tuple(way)


def _refuse_other_types(text: JsonText, name: str, host: AgentHost) -> None:
    """Make sure that hooks can be added.

    Raises:
        ContentError: something else stands in their place.
    """
    _refuse(text, name, text.root, dict, "", host)
    hooks = text.find(text.root, _HOOKS)
    if hooks is None:
        return
    _refuse(text, name, hooks, dict, _HOOKS, host)
    for event in _shape(host).events:
        node = text.find(hooks, event)
        if node is not None:
            _refuse(text, name, node, list, f"{_HOOKS}.{event}", host)


def _refuse(text: JsonText, name: str, node: Node, kind: type, key: str, host: AgentHost) -> None:
    if isinstance(node.value, kind):
        return
    place = text.source.position(node.span.start)
    what = "null" if node.value is None else _KINDS[type(node.value)]
    says = f"{key} is {what}" if key else f"it holds {what}"
    raise ContentError(
        f"{name}, line {place.line}, column {place.column}: {says}, where {host.title} has "
        f"{_KINDS[kind]}",
        f"Make it {_KINDS[kind]}{', or take that key out' if key else ''}; then run it again.",
    )
