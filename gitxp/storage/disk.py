"""The disk: what must outlast a loss of power, and what cannot be written at all."""

from __future__ import annotations

import errno
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gitxp.storage.sharing import make_folder, open_file, share

# What a read-only file system, and a folder of somebody else's, answer.
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_PARTIAL = re.compile(r"\.[0-9a-f]{8}")
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def is_read_only(error: BaseException) -> bool:
    """Return whether the place may not be written; a full disk is another matter."""
    return isinstance(error, OSError) and error.errno in _READ_ONLY


def lacks_room(error: BaseException) -> bool:
    """Return whether the disk, a quota or a limit of the process had no room."""
    return isinstance(error, OSError) and error.errno in _NO_ROOM


def sync(*paths: Path) -> None:
    """Ask the disk to keep files, and the names in folders; one that is gone is passed over."""
    for path in paths:
        with suppress(FileNotFoundError):  # a loose ref that was packed a moment ago
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def is_partial(path: Path) -> bool:
    """Return whether a file is one that `write_whole` has begun, or was killed amid.

    Example:
        >>> is_partial(Path("a.json.c0ffee00")), is_partial(Path("a.json"))
        (True, False)
    """
    return _PARTIAL.fullmatch(path.suffix) is not None


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that others may be reading: they see what was there before, or all of this.

    Its folder is made where it is the first in there.
    """
    partial = path.with_name(f"{path.name}.{os.urandom(4).hex()}")
    try:
        try:
            partial.write_bytes(content)
        except FileNotFoundError:
            make_folder(path.parent)
            partial.write_bytes(content)
        share(partial)
        partial.replace(path)
    except BaseException:  # Ctrl-C leaves nothing, either
        partial.unlink(missing_ok=True)
        raise


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file for the block, which other processes that want it wait for.

    A file system without locks grants nothing, and holds up nobody.
    """
    make_folder(path.parent)
    descriptor = open_file(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
