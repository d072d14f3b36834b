"""Laws of settings that hooks are put into, whatever JSON with comments they are."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from handoff_md.app.setup.agents.hook_file import cut_hooks, look_at_hooks, new_hooks, put_hooks
from handoff_md.app.setup.agents.hosts import CLAUDE, CURSOR, AgentHost
from handoff_md.jsonc import read_json
from handoff_md.text.source import Source, decode

_GAPS = st.sampled_from(["", "", " ", "\n", "\n  ", "\t", "\r\n    ", "/* , } */", ' // ] "\n'])
_WORDS = st.sampled_from(["hooks", "Stop", "SessionEnd", "stop", "command", "a", "", "// b", '"\\'])
_PLAIN = st.one_of(
    st.sampled_from(["null", "true", "-1.5e3", "0"]), _WORDS.map(json.dumps), st.just('"\\u00e9"')
)
_ELEMENTS = st.sampled_from(["", "{}", "7"])


@st.composite
def _texts(draw: st.DrawFn, depth: int = 4) -> str:
    """Make a value as a text; objects named hooks may hold anything."""
    kind = draw(st.sampled_from(["plain", "list", "object", "object"])) if depth else "plain"
    if kind == "plain":
        return draw(_PLAIN)
    items = [
        draw(_GAPS) + _key(draw, kind) + draw(_texts(depth - 1)) + draw(_GAPS)
        for _ in range(draw(st.integers(0, 3)))
    ]
    trailing = draw(st.sampled_from(["", "", ","])) if items else ""
    start, end = "{}" if kind == "object" else "[]"
    return start + ",".join(items) + trailing + draw(_GAPS) + end


def _key(draw: st.DrawFn, kind: str) -> str:
    return json.dumps(draw(_WORDS)) + draw(_GAPS) + ":" + draw(_GAPS) if kind == "object" else ""


@st.composite
def _settings(draw: st.DrawFn) -> Source:
    """Make settings with a place for hooks."""
    lists = [
        f'{draw(_GAPS)}"{event}":{draw(_GAPS)}[{draw(_GAPS)}{draw(_ELEMENTS)}]'
        for event in draw(st.lists(st.sampled_from(["Stop", "stop", "PreToolUse"]), max_size=2))
    ]
    hooks = f'"hooks":{draw(_GAPS)}{{{",".join(lists)}{draw(_GAPS)}}}'
    others = [f'"{name}": {draw(_texts())}' for name in draw(st.lists(st.sampled_from("abc")))]
    members = draw(st.permutations([*others, *draw(st.sampled_from([[], [hooks]]))]))
    body = ",".join(draw(_GAPS) + member + draw(_GAPS) for member in members)
    trailing = draw(st.sampled_from(["", ","])) if members else ""
    text = f"{draw(_GAPS)}{{{body}{trailing}{draw(_GAPS)}}}{draw(_GAPS)}"
    return decode(draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text.encode())


@settings(max_examples=60, deadline=None)
@given(_settings(), st.sampled_from([CLAUDE, CURSOR]))
def test_hooks_are_put_in_once_and_taken_out_to_the_byte(source: Source, host: AgentHost) -> None:
    assert host.hooks is not None
    before = read_json(source, "settings").root.value
    patched = put_hooks(source, "settings", host).apply()
    after = read_json(patched, "settings").root.value
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    theirs, hooks = before.pop("hooks", {}), after.pop("hooks")
    assert after == before
    for event, groups in hooks.items():
        there = theirs.get(event, [])
        ours = [host.hooks.element(host.name, event)] if event in host.hooks.events else []
        assert groups == [*there, *ours]
    assert look_at_hooks(patched, "settings", host).current == tuple(
        event for event in hooks if event in host.hooks.events
    )
    assert not put_hooks(patched, "settings", host).edits
    cut = cut_hooks(patched, "settings", host)
    assert cut is not None
    assert cut.apply().to_bytes() == source.to_bytes()
    assert patched.text != new_hooks(host)
