"""Summaries and where they are found."""
