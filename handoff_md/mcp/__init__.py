"""What a coding agent is served over the Model Context Protocol: five tools, and the document."""
