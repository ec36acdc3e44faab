"""Reading a path of the working tree as a tree would have it; it may be no file any more."""

from __future__ import annotations

import os
import stat

from gitxp.storage.odb.objects import FILE_MODE
from gitxp.storage.odb.tree_edit import EXECUTABLE_MODE, LINK_MODE
from gitxp.storage.plain_file import NoPlainFile, open_plain


def read_tree_file(place: str, most: int) -> tuple[int | None, bytes]:
    """Return the mode and content of a file or link; no mode for anything else.

    Args:
        most: Bytes; a file that has more is read one byte beyond.
    """
    found = os.lstat(place)
    mode = found.st_mode
    if stat.S_ISLNK(mode):
        return LINK_MODE, os.fsencode(os.readlink(place))  # noqa: PTH115
    try:
        with open_plain(place, follows_links=False) as file:
            # Room is made for all that is asked for, which takes longer than to read a small file.
            content = file.read(min(found.st_size, most) + 1)
            if len(content) > found.st_size:  # it grows
                content += file.read(most + 1 - len(content))
    except NoPlainFile:
        return None, b""
    return (EXECUTABLE_MODE if mode & stat.S_IXUSR else FILE_MODE), content
