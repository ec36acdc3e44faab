"""Copying files that others may change or delete at any moment."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gitxp.errors import InvalidValue
from gitxp.storage.plain_file import NoPlainFile, open_plain
from gitxp.storage.sharing import make_folder, share

# ioctl number of Linux's FICLONE: share the blocks where the file system can (ioctl_ficlone(2)).
_FICLONE = 0x40049409
_CHUNK = 1 << 20
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def stage(source: Path, target: Path) -> int:
    """Set the file `source` aside as `target`, whole or not at all, and return its size.

    The blocks are shared where the file system can (reflink), else copied. A link is followed.

    Raises:
        InvalidValue: If there is no such file, or it is no plain file, or `target` asks for a
            folder where a file lies.
        OSError: If the copy cannot be written.
    """
    with open_source(source) as reader:
        _make_room(target)
        with written_whole(target) as writer:
            copy_content(reader, writer)
    return target.stat().st_size


def stage_content(content: bytes, target: Path) -> None:
    """Write `content` as the file `target`, whole or not at all.

    Raises:
        InvalidValue: If `target` asks for a folder where a file lies, or is one.
        OSError: If it cannot be written.
    """
    _make_room(target)
    with written_whole(target) as writer:
        writer.write(content)


def open_source(source: Path) -> BinaryIO:
    """Open a file of the user's that is to become an artifact.

    Raises:
        InvalidValue: If there is no such file, or it is no plain file.
    """
    try:
        return open_plain(source)
    except NoPlainFile as error:
        kind = _KINDS.get(stat.S_IFMT(error.mode), "something else")
        raise InvalidValue(
            f"artifact {str(source)!r} is {kind}: expected a plain file",
            hint="run.log_artifacts(folder) logs all files of a folder" if "folder" in kind else "",
        ) from error
    except (OSError, ValueError) as error:
        raise InvalidValue(_unreadable(source, error)) from error


@contextmanager
def written_whole(target: Path, *, replaces: bool = True) -> Iterator[BinaryIO]:
    """Write a file that appears as `target` only when the block ends well.

    Args:
        replaces: Whether one that is there gives way.

    Raises:
        FileExistsError: If it does not.
    """
    partial = partial_path(target)
    try:
        with partial.open("xb") as writer:
            yield writer
        share(partial)
        if replaces or not _is_linked(partial, target):
            partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def partial_path(target: Path) -> Path:
    """Return where what is to become `target` can be made, beside it."""
    return target.with_name(f".partial-{secrets.token_hex(8)}")


def _is_linked(partial: Path, target: Path) -> bool:
    """Link a file into its place, which unlike a rename replaces none; False where nothing can."""
    try:
        os.link(partial, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        return False
    return True


def copy_content(reader: BinaryIO, writer: BinaryIO) -> None:
    """Copy what `reader` holds now, sharing its blocks where that can be.

    What is appended meanwhile is left out: the end of a log that grows as fast would never come.
    """
    if share_blocks(reader, writer):
        return
    left = os.fstat(reader.fileno()).st_size
    if not left:  # what lies in /proc has no size, but content
        shutil.copyfileobj(reader, writer, _CHUNK)
    while left and (chunk := reader.read(min(left, _CHUNK))):
        writer.write(chunk)
        left -= len(chunk)


def share_blocks(reader: BinaryIO, writer: BinaryIO) -> bool:
    """Make `writer` have the content of `reader` without copying it; False where that fails."""
    try:
        import fcntl

        fcntl.ioctl(writer.fileno(), _FICLONE, reader.fileno())
    except (ImportError, OSError):  # Windows; another file system, or one that cannot
        return False
    return True


def _make_room(target: Path) -> None:
    try:
        make_folder(target.parent)
    except (FileExistsError, NotADirectoryError) as error:
        raise InvalidValue(
            f"artifact {target.name!r} needs the folder {str(target.parent)!r}: "
            "an artifact of that name is there already"
        ) from error
    if target.is_dir():
        raise InvalidValue(f"artifact {target.name!r} has the name of a folder of artifacts")


def _unreadable(source: Path, error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError) and os.path.lexists(source):
        return f"artifact {str(source)!r} is a link that leads nowhere"
    if isinstance(error, FileNotFoundError):
        return f"artifact {str(source)!r} does not exist"
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return f"artifact {str(source)!r} cannot be read: {reason}"
