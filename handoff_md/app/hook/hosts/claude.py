"""Claude Code. Source: its docs/hooks.md; run with 2.1.197."""

from __future__ import annotations

from handoff_md.app.hook.host import EventKind, Host, additional_context

HOST = Host(
    "claude",
    {
        "sessionstart": EventKind.SESSION_START,
        "subagentstart": EventKind.SUBAGENT_START,
        "subagentstop": EventKind.SUBAGENT_STOP,
        "stop": EventKind.STOP,
        "precompact": EventKind.PRE_COMPACT,
        "sessionend": EventKind.SESSION_END,
    },
    additional_context,
)
