"""What the hooks of coding agents do: one core, and a table of the hosts."""
