"""Cursor, which keeps the text for the whole conversation. Source: its client 3.20.17, as read."""

from __future__ import annotations

import json

from handoff_md.app.hook.host import EventKind, Host, Payload


def _answer(_kind: EventKind, text: str, _payload: Payload) -> str:
    return json.dumps({"additional_context": text})


HOST = Host(
    "cursor",
    {
        "sessionstart": EventKind.SESSION_START,
        "subagentstart": EventKind.SUBAGENT_START,
        "subagentstop": EventKind.SUBAGENT_STOP,
        "stop": EventKind.STOP,
        "precompact": EventKind.PRE_COMPACT,
        "sessionend": EventKind.SESSION_END,
    },
    _answer,
)
