"""Sharing: runs go to remotes and come from them, and what both sides said is merged."""
