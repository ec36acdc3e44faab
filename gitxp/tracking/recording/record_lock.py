"""The lock on a journal: one process records it, and none while another begins to write to it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gitxp.errors import JournalFailed
from gitxp.storage.layout import recording_lock_path
from gitxp.storage.sharing import open_file

# Only who records this very run is waited for, and recording takes seconds at most.
SECONDS_WAITED = 60.0
SECONDS_BETWEEN = 0.02


@contextmanager
def recording_lock(folder: Path) -> Iterator[bool]:
    """Hold the right to record the run of a journal; yields False where another process has it."""
    with _opened(folder) as descriptor:
        if descriptor is None or not _is_locked(descriptor, fcntl.LOCK_EX):
            yield False
        else:
            yield _is_in_place(folder, descriptor)


@contextmanager
def joining_lock(folder: Path) -> Iterator[bool]:
    """Keep others from recording a run while this process becomes one of its writers.

    Yields False where the run has just been recorded, and the folder is gone.

    Raises:
        JournalFailed: If another process records it for too long.
    """
    limit = time.monotonic() + SECONDS_WAITED
    with _opened(folder) as descriptor:
        while descriptor is not None and not _is_locked(descriptor, fcntl.LOCK_SH):
            if time.monotonic() > limit:
                raise JournalFailed(f"run {folder.name[:7]} is held by another process")
            time.sleep(SECONDS_BETWEEN)
        yield descriptor is not None and _is_in_place(folder, descriptor)


@contextmanager
def _opened(folder: Path) -> Iterator[int | None]:
    try:
        descriptor = open_file(recording_lock_path(folder), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:  # it has been recorded, and the folder is gone
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _is_locked(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # this file system has no locks
        return True
    return True


def _is_in_place(folder: Path, descriptor: int) -> bool:
    """Return whether the lock is that of the folder as it stands: it may have been made anew."""
    try:
        found = recording_lock_path(folder).stat()
    except OSError:
        return False
    return found.st_ino == os.fstat(descriptor).st_ino
