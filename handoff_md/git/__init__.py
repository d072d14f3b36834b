"""git: repositories, worktrees, status and the isolated commit."""
