"""The journal of a running run: what survives `kill -9`, and becomes the record at the end."""
