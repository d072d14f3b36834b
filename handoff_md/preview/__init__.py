"""Documents and patches as things to look at in a terminal."""
