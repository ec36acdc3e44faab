"""The look at what a remote does not have yet, before any of it leaves this clone."""
