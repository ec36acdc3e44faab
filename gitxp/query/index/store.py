"""The folder of the index: blocks in files that are written once, and never changed.

A file's name tells its version, a random number and the checksum of its content, so that a
damaged one is known before anything in it is believed; one that is as it was written, and no
block, is damaged, too. No locks: a file appears by a rename, and goes when its rows stand in
another. Nothing here is needed: what cannot be read is decoded again, and what cannot be written is
left unwritten.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gitxp.query.index.block import Block
from gitxp.query.index.block_file import Listed, block_bytes, read_block
from gitxp.query.index.files import index_files, is_whole, left_behind, new_file_name
from gitxp.storage.disk import write_whole


@dataclass(frozen=True, slots=True)
class Stored:
    """A block, and the file that holds it."""

    path: Path
    listed: Listed

    @property
    def block(self) -> Block:
        """The rows."""
        return self.listed.block


def read_blocks(folder: Path, *, besides: Iterable[Stored] = ()) -> list[Stored]:
    """Return every block of this version that is whole; a damaged file is deleted.

    Args:
        besides: What was read already.
    """
    known = {one.path for one in besides}
    paths = (path for path in index_files(folder) if path not in known)
    return [stored for path in paths if (stored := _read(path)) is not None]


def write_block(folder: Path, block: Block) -> Stored | None:
    """Keep a block; None where it could not be written."""
    return write_listed(folder, Listed.of(block))


def write_listed(folder: Path, listed: Listed) -> Stored | None:
    """Keep a block of which it is known what Git lists."""
    content = block_bytes(listed)
    path = folder / new_file_name(content)
    try:
        write_whole(path, content)
    except OSError:  # a full disk, a folder that may not be written: it goes without
        return None
    return Stored(path, listed)


def drop_blocks(folder: Path, stored: Iterable[Stored]) -> None:
    """Delete files whose rows stand elsewhere, and what nobody will want any more."""
    for one in stored:
        _delete(one.path)
    with suppress(OSError):
        for path in left_behind(folder, time.time()):
            _delete(path)


def drop_logs(paths: Iterable[Path]) -> None:
    """Delete files of single rows whose rows stand in a block."""
    for path in paths:
        _delete(path)


def _read(path: Path) -> Stored | None:
    try:
        content = _content(path)
    except OSError:  # merged into another a moment ago
        return None
    if is_whole(path, content):
        with suppress(ValueError):  # written whole, and yet no block
            return Stored(path, read_block(content))
    _delete(path)
    return None


def _content(path: Path) -> memoryview:
    """Return the content of a file in memory of Arrow's.

    That comes in large pages, and again for the next question: to read a hundred megabytes into
    new memory of Python's takes eight times as long. The file is not mapped, for on a network file
    system whoever reads that dies where another merges the file.

    Raises:
        OSError: If it cannot be read, or is cut meanwhile.
    """
    import pyarrow as pa

    with path.open("rb", buffering=0) as file:
        content = memoryview(pa.allocate_buffer(os.fstat(file.fileno()).st_size))
        filled = 0
        while filled < len(content):
            count = file.readinto(content[filled:])
            if not count:
                raise OSError(f"{path} was cut")
            filled += count
    return content


def _delete(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
