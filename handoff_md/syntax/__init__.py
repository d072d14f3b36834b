"""The lossless tree: what stands where in a document or a summary."""
