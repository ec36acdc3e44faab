"""Metrics along steps and time: aligned, banded, and how fast they get there."""
