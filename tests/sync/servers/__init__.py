"""Real servers on loopback, each of which lives as long as a block of the test that needs it."""
