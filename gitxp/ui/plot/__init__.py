"""Pictures of runs: what is drawn, and each way of drawing it."""
