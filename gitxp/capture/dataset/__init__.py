"""Data sets: what identifies them."""
