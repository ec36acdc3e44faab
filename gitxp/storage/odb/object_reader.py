"""Reading the objects of records, wherever they lie, each within the bounds of a record."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from gitxp.errors import DamagedRecord
from gitxp.storage.bounds import MOST_ENTRIES, check_extent
from gitxp.storage.git_path import decode_path
from gitxp.storage.odb.objects import TREE_MODE


class ObjectReader(ABC):
    """Reads commits, folders and files; raises `DamagedRecord` for what is missing or too large.

    What stands in a folder has an `id`, a `raw_name` and a `filemode`, as with libgit2.
    """

    def top(self, tip: str) -> dict[str, Any]:
        """Return what stands at the top of a record, by name."""
        return {decode_path(found.raw_name): found for found in self._opened(self._tree(tip), "")}

    def inside(self, folder: Any, path: str) -> list[Any]:
        """Return what stands in one folder.

        Args:
            path: Where it lies, for the error.
        """
        if folder.filemode != TREE_MODE:
            raise no_folder(path)
        return self._opened(folder.id, path)

    def walk(self, folder: Any, path: str) -> Iterator[tuple[str, Any]]:
        """Yield every file below a folder with its path, which begins with that of the folder.

        A folder that lies in another again and again is gone through as often, within the bounds.
        """
        left = MOST_ENTRIES
        pending = [(path, folder)]
        while pending:
            prefix, folder = pending.pop()
            found = self.inside(folder, f"{prefix}/")
            left -= len(found)
            check_extent(path, prefix, left)
            below = []
            for one in found:
                place = f"{prefix}/{decode_path(one.raw_name)}"
                if one.filemode == TREE_MODE:
                    below.append((place, one))
                else:
                    yield place, one
            pending += reversed(below)

    @abstractmethod
    def size(self, found: Any, path: str) -> int:
        """Return the bytes of a file."""

    @abstractmethod
    def content(self, found: Any, path: str, *, most: int) -> bytes:
        """Return the content of a file of at most `most` bytes."""

    @abstractmethod
    def _tree(self, tip: str) -> Any:
        """Return the id of the tree of a commit."""

    @abstractmethod
    def _opened(self, oid: Any, path: str) -> list[Any]:
        """Return what stands in the folder of an id."""


def no_folder(path: str) -> DamagedRecord:
    """Return what is raised where a record's folder cannot be read."""
    return DamagedRecord(f"the record has no readable folder {path!r}")


def no_file(path: str) -> DamagedRecord:
    """Return what is raised where a record's file cannot be read."""
    return DamagedRecord(f"the record has no readable file {path!r}")
