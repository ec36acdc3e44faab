"""The code as it runs: what Git tracks, what it does not yet, and what is left out."""
