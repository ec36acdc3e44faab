"""Keeping runs in order: what is removed, taken back, and tidied away."""
