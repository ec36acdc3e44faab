"""The index: rows of runs, decoded once and kept beside the repository."""
