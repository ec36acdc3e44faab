"""Runs beside the one that they are measured against."""
