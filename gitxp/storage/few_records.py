"""Reading a few records, or many, by whatever is sooner done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from gitxp.storage.odb.streamed_objects import streamed_objects
from gitxp.storage.reader import RecordReader
from gitxp.storage.repository import Repository

# Through `git cat-file` each takes a third of a millisecond, and libgit2 forty to begin.
_FEW: Final = 100


@contextmanager
def reader_of(repository: Repository, count: int) -> Iterator[RecordReader]:
    """Yield what reads so many records of a repository."""
    if count > _FEW:
        yield RecordReader(repository)
        return
    with streamed_objects(repository) as objects:
        yield RecordReader(repository, objects=objects)
