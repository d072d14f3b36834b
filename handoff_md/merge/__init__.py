"""Pure: insertion, rendering, containment's proof."""
