"""Copying files that others may change or delete at any moment."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from pathlib import Path
from typing import BinaryIO

from gitxp.errors import InvalidValue

# ioctl number of Linux's FICLONE: share the blocks where the file system can (ioctl_ficlone(2)).
_FICLONE = 0x40049409


def stage(source: Path, target: Path) -> int:
    """Set the file `source` aside as `target`, whole or not at all, and return its size.

    The blocks are shared where the file system can (reflink), else copied. A link is followed.

    Raises:
        InvalidValue: If there is no such file, or it is no plain file.
    """
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise InvalidValue(f"artifact {str(source)!r} cannot be read: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as reader:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise InvalidValue(
                f"artifact {str(source)!r} is no plain file",
                hint="log a folder with log_artifacts(folder)",
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        try:
            with partial.open("xb") as writer:
                copy_content(reader, writer)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
    return target.stat().st_size


def copy_content(reader: BinaryIO, writer: BinaryIO) -> None:
    """Copy all of `reader`, sharing its blocks where that can be."""
    if not _share_blocks(reader, writer):
        shutil.copyfileobj(reader, writer, 1 << 20)


def _share_blocks(reader: BinaryIO, writer: BinaryIO) -> bool:
    import fcntl

    try:
        fcntl.ioctl(writer.fileno(), _FICLONE, reader.fileno())
    except OSError:  # another file system, or one that cannot
        return False
    return True
