"""What a session is told as it begins: ordered, within a budget, framed as data. Pure."""
