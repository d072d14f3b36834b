"""GitHub Copilot: its command line, its cloud agent, and VS Code, which sends Claude's shape.

Source: github/docs, content/copilot/reference/hooks-reference.md.
"""

from __future__ import annotations

import json

from handoff_md.app.hook.host import EventKind, Host, Payload, additional_context


def _answer(kind: EventKind, text: str, payload: Payload) -> str:
    """Answer in the shape in which was asked: events in PascalCase send Claude's."""
    if "hook_event_name" in payload:
        return additional_context(kind, text, payload)
    return json.dumps({"additionalContext": text})


HOST = Host(
    "copilot",
    {
        "sessionstart": EventKind.SESSION_START,
        "subagentstart": EventKind.SUBAGENT_START,
        "subagentstop": EventKind.SUBAGENT_STOP,
        "agentstop": EventKind.STOP,
        "stop": EventKind.STOP,
        "precompact": EventKind.PRE_COMPACT,
        "sessionend": EventKind.SESSION_END,
    },
    _answer,
)
