"""Reading a path of the working tree as it is now, which may be no file any more."""

from __future__ import annotations

import os
import stat

from gitxp.storage.odb.objects import FILE_MODE
from gitxp.storage.odb.tree_edit import EXECUTABLE_MODE, LINK_MODE

# Neither to where a link leads, nor for somebody who would write into a pipe.
_NO_WAITING = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def read_plain(place: str, most: int) -> tuple[int | None, bytes]:
    """Return the mode and content of a file or link; no mode for anything else.

    Args:
        most: Bytes; a file that has more is read one byte beyond.
    """
    mode = os.lstat(place).st_mode
    if stat.S_ISLNK(mode):
        return LINK_MODE, os.fsencode(os.readlink(place))  # noqa: PTH115
    if not stat.S_ISREG(mode):
        return None, b""
    descriptor = os.open(place, os.O_RDONLY | _NO_WAITING)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None, b""
        content = b""
        while len(content) <= most and (piece := file.read(most + 1 - len(content))):
            content += piece
    return (EXECUTABLE_MODE if mode & stat.S_IXUSR else FILE_MODE), content
