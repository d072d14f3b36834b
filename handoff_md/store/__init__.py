"""Files: atomic replacement, locks, journal, archive. No Markdown."""
