"""Runs that repeat one experiment, and how far their metrics spread."""
