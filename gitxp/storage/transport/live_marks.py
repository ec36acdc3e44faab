"""Of which runs a remote was sent checkpoints, and who sends them.

A file a run, which holds the name of the ref: it is made before the first checkpoint goes, and
deleted when the remote has none any more. So what a process that was killed has left there is
known here. Whoever sends the checkpoints of a run holds the file's lock meanwhile.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gitxp.storage.live_layout import live_marks_dir
from gitxp.storage.refs import RunRef, live_ref, parse_live_ref
from gitxp.storage.repository import Repository
from gitxp.storage.sharing import make_folder, open_file
from gitxp.storage.transport.last_seen import remote_digest


@dataclass(frozen=True, slots=True)
class LiveMark:
    """The mark of one run, with its lock held by this process."""

    ref: str
    path: Path
    descriptor: int

    def delete(self) -> None:
        """Take note that the remote has no checkpoint of the run."""
        self.path.unlink(missing_ok=True)

    def release(self) -> None:
        """Let go of the lock."""
        os.close(self.descriptor)


def take_mark(repository: Repository, url: str, place: RunRef) -> LiveMark | None:
    """Mark a run of which checkpoints are to be sent; None where another process sends them."""
    folder = live_marks_dir(repository.private_dir, remote_digest(url))
    make_folder(folder)
    return _taken(folder / place.run, live_ref(place.experiment, place.run))


def free_marks(repository: Repository, url: str) -> Iterator[LiveMark]:
    """Take the marks of runs of which no process sends checkpoints now, and yield each."""
    try:
        paths = sorted(live_marks_dir(repository.private_dir, remote_digest(url)).iterdir())
    except FileNotFoundError:
        return
    for path in paths:
        ref = path.read_text("utf-8", "replace").strip()
        mark = _taken(path, ref) if parse_live_ref(ref) else None
        if mark is not None:
            yield mark


def _taken(path: Path, ref: str) -> LiveMark | None:
    descriptor = open_file(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:  # this file system has no locks: two may send the same, to no harm
        pass
    os.pwrite(descriptor, f"{ref}\n".encode(), 0)
    return LiveMark(ref, path, descriptor)
