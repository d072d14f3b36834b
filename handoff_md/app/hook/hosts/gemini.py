"""Gemini CLI, which takes no plain text. Source: gemini-cli-core 0.61.0, its dist/docs/hooks."""

from __future__ import annotations

from handoff_md.app.hook.host import EventKind, Host, additional_context

HOST = Host(
    "gemini",
    {
        "sessionstart": EventKind.SESSION_START,
        "afteragent": EventKind.STOP,
        "precompress": EventKind.PRE_COMPACT,
        "sessionend": EventKind.SESSION_END,
    },
    additional_context,
)
