"""Summaries: what makes one safe to stand in a document."""
