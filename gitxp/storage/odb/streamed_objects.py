"""The objects of a repository's store, read through `git cat-file`.

To start it takes two milliseconds, and to load libgit2 forty: for a few records it is sooner done.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from gitxp.errors import DamagedRecord, GitFailed
from gitxp.storage.odb.object_stream import ObjectStream, object_stream
from gitxp.storage.odb.objects import ObjectKind, object_id
from gitxp.storage.odb.parsed_objects import ParsedObjects
from gitxp.storage.repository import Repository


class StreamedObjects(ParsedObjects):
    """Reads what Git reads, and nothing that has another digest."""

    def __init__(self, repository: Repository, ends: ExitStack) -> None:
        """Start nothing yet.

        Args:
            ends: What is started ends with it.
        """
        self._repository = repository
        self._ends = ends
        self._stream: ObjectStream | None = None

    def _read(self, oid: str, kind: ObjectKind, most: int) -> bytes:
        try:
            found = self._ask(oid, most)
        except GitFailed as error:
            raise DamagedRecord(f"{kind} {oid} is damaged") from error
        if found is None:
            raise DamagedRecord(f"{kind} {oid} is missing, or has more than {most} bytes")
        if object_id(kind, found) != oid:
            raise DamagedRecord(f"{oid} is damaged, or no {kind}")
        return found

    def _ask(self, oid: str, most: int) -> bytes | None:
        """Ask for an object, of another process where one has ended at what it could not read."""
        used, self._stream = self._stream, None
        if used is not None:
            with suppress(GitFailed):
                return self._asked(used, oid, most)
        return self._asked(self._ends.enter_context(object_stream(self._repository)), oid, most)

    def _asked(self, stream: ObjectStream, oid: str, most: int) -> bytes | None:
        [found] = stream.read([oid], most=most)
        self._stream = stream
        return None if found is None else found[1]


@contextmanager
def streamed_objects(repository: Repository) -> Iterator[StreamedObjects]:
    """Yield what reads through processes that end with the block."""
    with ExitStack() as ends:
        yield StreamedObjects(repository, ends)
