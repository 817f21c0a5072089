"""What every HTTP service here has in common: where it listens, and what it takes in."""
