"""Reading runs: which there are, what they hold, and as which tables they are seen."""
