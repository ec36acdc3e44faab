"""One file a command; each holds `command`."""
