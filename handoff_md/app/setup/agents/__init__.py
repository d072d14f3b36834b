"""The hosts of coding agents: what each reads, and what a set-up writes for it."""
