"""Reading the world as a run finds it: code, environment, data. Nothing here writes a record."""
