"""What is known of sessions and runs: the records, and how far each has come. Pure."""
