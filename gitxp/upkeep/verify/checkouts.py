"""Submodules as they are checked out now: what a deep look asks for the rest of a bundle."""

from __future__ import annotations

from gitxp.errors import GitxpError
from gitxp.storage.odb.proved import ProvedObjects
from gitxp.storage.repository import Repository, open_repository_at


class Checkouts:
    """The stores of submodules that have a working tree; they are read, and nothing else."""

    def __init__(self, repository: Repository) -> None:
        self._top = repository.work_tree
        self._known: dict[str, ProvedObjects | None] = {}

    def store(self, path: str) -> ProvedObjects | None:
        """Return the objects of the submodule at `path`; None where not all of them are here."""
        if path not in self._known:
            self._known[path] = self._opened(path)
        return self._known[path]

    def _opened(self, path: str) -> ProvedObjects | None:
        if self._top is None or not (self._top / path / ".git").exists():
            return None
        try:
            store = ProvedObjects(open_repository_at(self._top / path))
        except GitxpError:  # no submodule any more, or one that nobody can read
            return None
        return None if store.is_partial else store
