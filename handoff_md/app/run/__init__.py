"""Runs: one use case per module, from the start of a parallel run to its end."""
