"""The code of runs as commits, and the differences between them."""
