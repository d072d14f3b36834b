"""The document that is built: its folder on disk, and what is done with both."""
