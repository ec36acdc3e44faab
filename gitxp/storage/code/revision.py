"""What a user calls a commit, as Git understands it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from gitxp.errors import GitFailed
from gitxp.storage.repository import Repository


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit, and the tree of its code."""

    id: str
    tree: str


def find_commit(repository: Repository, text: str) -> Revision | None:
    """Return the commit that `text` means to Git, such as `main` or `HEAD~2`; None for none."""
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options")
    if not text or "\0" in text:
        return None
    with suppress(GitFailed):
        commit = repository.git(*words, f"{text}^{{commit}}").decode().strip()
        return Revision(commit, repository.git(*words, f"{commit}^{{tree}}").decode().strip())
    return None
