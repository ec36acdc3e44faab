"""Runs and points as files for other programs: CSV, JSON and Parquet, one or a data set."""
