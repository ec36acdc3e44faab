"""The objects of a repository's store, read through libgit2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gitxp.errors import DamagedRecord
from gitxp.storage.bounds import LARGEST_COMMIT, LARGEST_TREE
from gitxp.storage.extensions import open_with_libgit2
from gitxp.storage.odb.object_reader import ObjectReader, no_file, no_folder
from gitxp.storage.odb.object_sizes import size_reader

if TYPE_CHECKING:
    from gitxp.storage.repository import Repository


class StoredObjects(ObjectReader):
    """Reads what Git would read."""

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

    def size(self, found: Any, path: str) -> int:
        """Return the bytes of a file, without reading it."""
        try:
            return self._size(found.id)
        except self._unreadable as error:
            raise no_file(path) from error

    def content(self, found: Any, path: str, *, most: int) -> bytes:
        """Return the content of a file of at most `most` bytes."""
        try:
            self._check_size(found.id, most, path)
            content: bytes = self._git.read(found.id)[1]
        except self._unreadable as error:
            raise no_file(path) from error
        return content

    def _tree(self, tip: str) -> Any:
        try:
            self._check_size(tip, LARGEST_COMMIT, tip)
            return self._git[tip].tree_id  # type: ignore[attr-defined]  # where it is a commit
        except (*self._unreadable, AttributeError) as error:
            raise DamagedRecord(f"record {tip} is missing, damaged or no commit") from error

    def _opened(self, oid: Any, path: str) -> list[Any]:
        try:
            self._check_size(oid, LARGEST_TREE, path)
            tree: Any = self._git[oid]
            return list(tree)
        except (*self._unreadable, TypeError) as error:  # a file where a folder should be
            raise no_folder(path) from error

    def _check_size(self, oid: Any, most: int, what: str) -> None:
        size = self._size(oid)
        if size > most:
            raise DamagedRecord(f"{what or 'a record'} has {size} bytes: expected at most {most}")
