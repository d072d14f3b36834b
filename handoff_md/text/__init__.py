"""Text without any knowledge of Markdown: sources, spans and patches."""
