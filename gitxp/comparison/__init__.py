"""What runs have in common and what sets them apart: differences, curves, spread, baselines."""
