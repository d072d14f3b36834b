"""Sets a repository up: works out what each file needs, shows it, writes it."""
