"""What the hooks of coding agents do: one core, and an adapter for each host."""
