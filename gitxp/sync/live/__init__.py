"""Runs that go on: their checkpoints go to a remote, and come from there."""
