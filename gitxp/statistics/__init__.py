"""Numbers only: NumPy arrays in, frozen values out; nothing here knows of runs."""
