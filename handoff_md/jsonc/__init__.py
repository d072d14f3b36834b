"""JSON of people, with comments and trailing commas, changed by patches. Pure."""
