"""Recording any command: its output, its arguments, its signals; the code untouched."""
