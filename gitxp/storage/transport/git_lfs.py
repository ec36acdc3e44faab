"""Whether the program git-lfs is here."""

from __future__ import annotations

from gitxp.errors import GitFailed, GitMissing
from gitxp.storage.git import run_git


def has_git_lfs() -> bool:
    """Return whether Git finds the program of Git LFS."""
    try:
        run_git("lfs", "version")
    except (GitMissing, GitFailed):
        return False
    return True
