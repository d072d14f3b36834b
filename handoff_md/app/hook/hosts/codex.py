"""Codex CLI, which refuses an answer with a key that it does not know.

Source: codex-rs/hooks/schema/generated; run with 0.171.
"""

from __future__ import annotations

from handoff_md.app.hook.host import EventKind, Host, additional_context

HOST = Host(
    "codex",
    {
        "sessionstart": EventKind.SESSION_START,
        "subagentstart": EventKind.SUBAGENT_START,
        "subagentstop": EventKind.SUBAGENT_STOP,
        "stop": EventKind.STOP,
        "interrupt": EventKind.STOP,
        "precompact": EventKind.PRE_COMPACT,
        "sessionend": EventKind.SESSION_END,
    },
    additional_context,
)
