"""The journal writer of this process, whichever process it was when the run was started."""

from __future__ import annotations

import threading

from gitxp.errors import RunFinished
from gitxp.storage.journal.writer import JournalWriter
from gitxp.tracking.opening import introduce, opening


class OwnWriter:
    """A run's writer in this process; a forked child gets one of its own at its first word.

    Until then the child holds nothing of the run: that it lives keeps no run open.
    """

    def __init__(self, writer: JournalWriter, rank: int | None) -> None:
        """Begin with the writer that was opened for this process.

        Args:
            rank: Which rank of a distributed job the process is, and its children with it.
        """
        self._writer = writer
        self.rank = rank
        self._is_inherited = False
        self._lock = threading.Lock()

    @property
    def latest(self) -> JournalWriter:
        """The writer as it stands, in a forked child perhaps the parent's."""
        return self._writer

    @property
    def is_inherited(self) -> bool:
        """Whether this is a forked child that has said nothing yet."""
        return self._is_inherited

    def get(self) -> JournalWriter:
        """Return this process's own writer.

        Raises:
            RunFinished: If the run was recorded before this forked child said anything.
            JournalFailed: If the files cannot be made.
        """
        if self._is_inherited:
            with self._lock:
                if self._is_inherited:
                    self._writer = self._opened()
                    self._is_inherited = False
        return self._writer

    def after_fork(self) -> None:
        """In a forked child: leave the files, and their lock, to the parent."""
        self._lock = threading.Lock()  # another thread may have held it, which is not here
        self._writer.leave()
        self._is_inherited = True

    def _opened(self) -> JournalWriter:
        folder = self._writer.folder
        if not folder.is_dir():
            raise RunFinished(f"run {folder.name[:7]} was finished by the process that started it")
        with opening(folder) as writer:
            introduce(writer, self.rank)
        return writer
