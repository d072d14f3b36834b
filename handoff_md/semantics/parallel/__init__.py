"""Parallel sections: their documented form, and who led the sessions."""
