"""A large file that has come in part, and may go on from there."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gitxp.storage.sharing import make_folder, open_file

_PIECE = 1 << 20


class Gathered:
    """What has come of a file, with its digest so far."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.size = 0
        while piece := file.read(_PIECE):
            self._count(piece)

    @property
    def digest(self) -> str:
        """The SHA-256 of what has come."""
        return self._digest.hexdigest()

    def add(self, piece: bytes) -> None:
        """Append what has come.

        Raises:
            OSError: If it cannot be written.
        """
        self._file.write(piece)
        self._count(piece)

    def begin_anew(self) -> None:
        """Throw away what has come."""
        self._file.seek(0)
        self._file.truncate()
        self._digest = hashlib.sha256()
        self.size = 0

    def _count(self, piece: bytes) -> None:
        self._digest.update(piece)
        self.size += len(piece)


@contextmanager
def gathered(path: Path) -> Iterator[Gathered]:
    """Open what has come of a file; only one process at a time gathers it.

    Raises:
        OSError: If it cannot be opened or read.
    """
    make_folder(path.parent)
    while True:
        with os.fdopen(open_file(path, os.O_RDWR | os.O_CREAT), "r+b") as file:
            _lock(file)
            if _is_still_there(file, path):
                yield Gathered(file)
                return


def _lock(file: BinaryIO) -> None:
    """Wait until no other process gathers the same; where there are no locks, both may."""
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)
    except (ImportError, OSError):  # Windows; a file system without
        return


def _is_still_there(file: BinaryIO, path: Path) -> bool:
    """Whether the file was not moved to its place while this process waited for it."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
