"""Finding what looks secret by name or shape, and the same values without it; pure functions."""
