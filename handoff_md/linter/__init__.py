"""The linter: rules over documents, summaries, logs and history. Pure."""
