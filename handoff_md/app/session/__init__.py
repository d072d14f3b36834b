"""Sessions: one use case per module, from the claim of an id to the hand-over."""
