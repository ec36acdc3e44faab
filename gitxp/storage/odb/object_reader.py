"""Reading objects through libgit2, each within the bounds of what a record may hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from gitxp.errors import DamagedRecord
from gitxp.storage.bounds import LARGEST_COMMIT, LARGEST_TREE, MOST_ENTRIES, check_extent
from gitxp.storage.extensions import open_with_libgit2
from gitxp.storage.git_path import decode_path
from gitxp.storage.odb.object_sizes import size_reader
from gitxp.storage.odb.objects import TREE_MODE

if TYPE_CHECKING:
    from gitxp.storage.repository import Repository


class ObjectReader:
    """Reads commits, folders and files; raises `DamagedRecord` for what is missing or too large."""

    def __init__(self, repository: Repository) -> None:
        """Open the repository's objects.

        Raises:
            UnsupportedRepository: If libgit2 cannot; with its own words.
        """
        import pygit2

        # Missing; its bytes damaged; no id.
        self._unreadable = (KeyError, pygit2.GitError, ValueError)
        self._git = open_with_libgit2(repository)
        self._size = size_reader(repository, self._git)

    def top(self, tip: str) -> dict[str, Any]:
        """Return what stands at the top of a record, by name."""
        try:
            self._check_size(tip, LARGEST_COMMIT, tip)
            tree = self._git[tip].tree_id  # type: ignore[attr-defined]  # where it is a commit
        except (*self._unreadable, AttributeError) as error:
            raise DamagedRecord(f"record {tip} is missing, damaged or no commit") from error
        return {decode_path(found.raw_name): found for found in self._opened(tree, "")}

    def inside(self, folder: Any, path: str) -> list[Any]:
        """Return what stands in one folder.

        Args:
            path: Where it lies, for the error.
        """
        if folder.filemode != TREE_MODE:
            raise _no_folder(path)
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

    def size(self, found: Any, path: str) -> int:
        """Return the bytes of a file, without reading it."""
        try:
            return self._size(found.id)
        except self._unreadable as error:
            raise DamagedRecord(f"the record has no readable file {path!r}") from error

    def content(self, found: Any, path: str, *, most: int) -> bytes:
        """Return the content of a file of at most `most` bytes."""
        try:
            self._check_size(found.id, most, path)
            content: bytes = self._git.read(found.id)[1]
        except self._unreadable as error:
            raise DamagedRecord(f"the record has no readable file {path!r}") from error
        return content

    def _opened(self, oid: Any, path: str) -> list[Any]:
        try:
            self._check_size(oid, LARGEST_TREE, path)
            tree: Any = self._git[oid]
            return list(tree)
        except (*self._unreadable, TypeError) as error:  # a file where a folder should be
            raise _no_folder(path) from error

    def _check_size(self, oid: Any, most: int, what: str) -> None:
        size = self._size(oid)
        if size > most:
            raise DamagedRecord(f"{what or 'a record'} has {size} bytes: expected at most {most}")


def _no_folder(path: str) -> DamagedRecord:
    return DamagedRecord(f"the record has no readable folder {path!r}")
