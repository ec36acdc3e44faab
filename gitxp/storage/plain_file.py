"""Opening what may be anything: plain files alone, and nobody waits for a pipe's other end."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_NO_WAITING = getattr(os, "O_NONBLOCK", 0)
_NO_FOLLOWING = getattr(os, "O_NOFOLLOW", 0)


class NoPlainFile(OSError):
    """There is a folder, a pipe, a device or the like.

    Attributes:
        mode: What it is, as `stat` tells it.
    """

    def __init__(self, path: str | Path, mode: int) -> None:
        super().__init__(errno.EINVAL, "no plain file", str(path))
        self.mode = mode


def open_plain(path: str | Path, *, follows_links: bool = True) -> BinaryIO:
    """Open a plain file to be read.

    Raises:
        NoPlainFile: If it is anything else.
        OSError: If it cannot be opened.
        ValueError: If no file can have such a path.
    """
    # A device may do something when it is opened.
    mode = os.stat(path, follow_symlinks=follows_links).st_mode  # noqa: PTH116
    _refuse_unless_plain(path, mode)
    following = 0 if follows_links else _NO_FOLLOWING
    descriptor = os.open(path, os.O_RDONLY | _NO_WAITING | following)
    try:
        _refuse_unless_plain(path, os.fstat(descriptor).st_mode)  # it may be another by now
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def _refuse_unless_plain(path: str | Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise NoPlainFile(path, mode)
