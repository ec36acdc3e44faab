"""Opening a process's part of a journal: all of it, or nothing is left behind."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from gitxp.errors import JournalFailed
from gitxp.storage.journal.process import this_process
from gitxp.storage.journal.writer import JournalWriter


@contextmanager
def opening(folder: Path, *, is_shared: bool = False) -> Iterator[JournalWriter]:
    """Yield a new writer; where the block fails, what was made is taken away again.

    Args:
        is_shared: Whether other processes may begin to write there at the same time.

    Raises:
        JournalFailed: If a file cannot be made or written, there or in the block.
    """
    is_first = not is_shared and _is_new(folder)
    writer: JournalWriter | None = None
    try:
        writer = JournalWriter(folder)
        yield writer
    except BaseException as error:
        if writer is not None:
            writer.close()
            writer.points_path.unlink(missing_ok=True)
            writer.lines_path.unlink(missing_ok=True)
        if is_first:
            shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, OSError):
            raise JournalFailed(f"cannot write the journal {str(folder)!r}: {error}") from error
        raise


def _is_new(folder: Path) -> bool:
    try:
        return not any(folder.glob("*"))
    except OSError as error:
        with suppress(OSError):  # only an empty one goes
            folder.rmdir()
        raise JournalFailed(f"cannot read the journal {str(folder)!r}: {error}") from error


def introduce(writer: JournalWriter, rank: int | None) -> None:
    """Say which process writes, so that others can tell whether it still lives.

    Args:
        rank: Which rank of a distributed job it is; None where it is of none.
    """
    told = {"process": asdict(this_process()), "is_locked": writer.is_locked}
    writer.say("writer", told if rank is None else told | {"rank": rank})
