"""Entries: which session one is, where they stand, in what order, and what became of them."""
