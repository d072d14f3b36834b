"""What entries mean, for merge and lint alike."""
