"""The beginnings of large files that would go to where the remote keeps such files."""

from __future__ import annotations

from typing import Final

from gitxp.artifacts.lasting import LastingNames
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.configuration import lfs_storage
from gitxp.storage.repository import Repository

# Text of this length is searched in a second; models and data are no text, and cost less.
MOST_SEARCHED: Final = 8 << 20


class LargeContents:
    """Reads what pointers stand for, as far as it is here."""

    def __init__(self, repository: Repository) -> None:
        """Look nothing up yet: mostly there is no large file."""
        self._repository = repository
        self._names: LastingNames | None = None

    def beginning(self, pointer: Pointer) -> bytes | None:
        """Return the beginning of a large file; None where it is not here, or cannot be read."""
        if self._names is None:
            self._names = LastingNames(self._repository, lfs_storage(self._repository))
        path = self._names.locate(pointer.digest)
        try:
            if path is None:
                return None
            with path.open("rb") as file:
                return file.read(MOST_SEARCHED)
        except OSError:  # whose upload will tell why
            return None
