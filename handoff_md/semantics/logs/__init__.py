"""Session logs: checklists, what is made of their words, and which log is whose."""
