"""Writing a journal: one pair of files a process, each call one `write()`."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import secrets
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gitxp.errors import JournalFailed
from gitxp.storage.journal.points import RECORD, header
from gitxp.storage.layout import lines_path, points_path
from gitxp.storage.sharing import OWNER_ONLY, make_folder, open_file

# Readable too: a writer whose files were taken away still has what it wrote.
_APPEND = os.O_CREAT | os.O_RDWR | os.O_APPEND | os.O_CLOEXEC
_PIECE = 1 << 20


class JournalWriter:
    """One process's part of a run's journal, locked for as long as the process writes.

    Attributes:
        id: Eight hexadecimal digits.
        is_locked: Whether this file system grants locks at all.
    """

    def __init__(self, folder: Path) -> None:
        """Create the pair of files in `folder`, which is made where it is missing.

        Raises:
            JournalFailed: If the files cannot be made.
        """
        self.folder = folder
        self.id = secrets.token_hex(4)
        self.marker = int.from_bytes(secrets.token_bytes(4))
        self.is_locked = True
        # Again by the same thread: a signal's handler may say something, amid a word.
        self._lock = threading.RLock()
        self._has_torn_line = False
        try:
            make_folder(folder, OWNER_ONLY)
            self._points = open_file(self.points_path, _APPEND | os.O_EXCL)
            self._lines = open_file(self.lines_path, _APPEND | os.O_EXCL)
            first = header(self.marker)
            _check_whole(os.write(self._points, first), first)
        except OSError as error:
            raise JournalFailed(f"cannot write the journal {str(folder)!r}: {error}") from error
        try:
            fcntl.flock(self._points, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.is_locked = False

    @property
    def points_path(self) -> Path:
        """The file of fixed-size records."""
        return points_path(self.folder, self.id)

    @property
    def lines_path(self) -> Path:
        """The file of JSON lines."""
        return lines_path(self.folder, self.id)

    @property
    def points_descriptor(self) -> int:
        """Where the hot path writes its records."""
        return self._points

    @property
    def is_in_place(self) -> bool:
        """Whether the files are still where this writer made them.

        They are not once another process took this one for dead and recorded the run.
        """
        try:
            found = self.points_path.stat()
        except OSError:
            return False
        return found.st_ino == os.fstat(self._points).st_ino

    def say(self, kind: str, content: Mapping[str, Any]) -> None:
        """Append one JSON line."""
        line = json.dumps({"kind": kind, **content}).encode() + b"\n"
        with self._lock:
            # What a full disk has torn is left there: cut, it could take along another's line.
            whole = b"\n" + line if self._has_torn_line else line
            self._has_torn_line = (written := os.write(self._lines, whole)) != len(whole)
            _check_whole(written, whole)

    def drop_torn_record(self) -> None:
        """Cut a record that a full disk left half-written, so that later ones stay in step."""
        size = os.fstat(self._points).st_size
        torn = size % RECORD.size
        if torn:  # else another thread, for which there was room again, may have appended meanwhile
            os.ftruncate(self._points, size - torn)

    def sync(self) -> None:
        """Ask the disk to keep what was written, through a loss of power too."""
        os.fsync(self._points)
        os.fsync(self._lines)

    def read_points(self) -> bytes:
        """Return the points file as this writer has it, in place or not."""
        return _read_whole(self._points)

    def read_lines(self) -> bytes:
        """Return the lines as this writer has them, in place or not."""
        return _read_whole(self._lines)

    def close(self) -> None:
        """Release the lock; what was written stays."""
        points, lines = self._points, self._lines
        # A number that is used again must not lead a late word into another file.
        self._points = self._lines = -1
        os.close(points)
        os.close(lines)

    def leave(self) -> None:
        """Let go of the files in a forked child: they, and the lock, are its parent's alone."""
        nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        for descriptor in (self._points, self._lines):
            if descriptor >= 0:
                os.dup2(nowhere, descriptor, inheritable=False)
        os.close(nowhere)


def _read_whole(descriptor: int) -> bytes:
    pieces = []
    offset = 0
    while piece := os.pread(descriptor, _PIECE, offset):
        pieces.append(piece)
        offset += len(piece)
    return b"".join(pieces)


def _check_whole(written: int, content: bytes) -> None:
    if written != len(content):
        told = f"{os.strerror(errno.ENOSPC)}: wrote {written} of {len(content)} bytes"
        raise OSError(errno.ENOSPC, told)
