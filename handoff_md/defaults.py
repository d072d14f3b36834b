"""Where a repository keeps its documents unless its configuration says otherwise, and their size.

Paths are relative to the repository's root, with ``/``.
"""

HANDOFF = ".agents/HANDOFF.md"
SUMMARIES = ".agents/temp"
SESSIONS = ".agents/sessions"
PROTOCOL = ".agents/SESSION-PROTOCOL.md"
GUIDE = ".agents/ORCHESTRATOR.md"
MAX_SUMMARY_SIZE = 262_144
"""The most bytes that a summary may have."""
