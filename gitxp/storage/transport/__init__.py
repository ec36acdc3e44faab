"""Talking to remotes: through the `git` program, so that it is set up as the user's own is."""
