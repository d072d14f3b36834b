"""Summaries: what makes one safe to stand in a document, and what it says of its work."""
