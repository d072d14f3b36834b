"""Looks for what is missing or broken in a repository, and says how to mend it; changes nothing."""
