"""What will not work on this machine and repository, and what to do about it."""
