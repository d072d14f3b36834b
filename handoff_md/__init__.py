"""Merge, lint and preview HANDOFF.md, the file through which coding agents pass context on."""

__version__ = "0.1.0"
