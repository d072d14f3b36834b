"""Linting files, commits, and what is new since a revision."""
