"""opencode, where a plugin calls the hooks, and takes plain text.

Source: @opencode-ai/plugin 1.18.33, dist/index.d.ts.
"""

from __future__ import annotations

from handoff_md.app.hook.host import EventKind, Host, Payload


def _answer(_kind: EventKind, text: str, _payload: Payload) -> str:
    return text


HOST = Host(
    "opencode",
    {
        "sessionstart": EventKind.SESSION_START,
        "sessioncreated": EventKind.SESSION_START,
        "sessionidle": EventKind.STOP,
        "sessioncompacting": EventKind.PRE_COMPACT,
        "sessiondeleted": EventKind.SESSION_END,
    },
    _answer,
)
