"""The hosts of coding agents: how each calls its events, what it sends, and what it takes."""
