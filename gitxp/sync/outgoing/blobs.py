"""Reading many files one after the other, with no more of them in memory than has a bound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Final

from gitxp.storage.odb.object_stream import ObjectStream
from gitxp.storage.repository import Repository
from gitxp.sync.outgoing.listing import Listed

# Searched in some seconds: of a longer file no more than this is read.
MOST_READ: Final = 64 << 20
# Together, of files that are read at once.
_MOST_BYTES: Final = 8 << 20
_MOST_NAMES: Final = 500


def contents(
    repository: Repository, objects: ObjectStream, wanted: Iterable[Listed]
) -> Iterator[tuple[Listed, bytes | None]]:
    """Yield each object with its content, of a long one the beginning.

    None stands for the content of one that is missing.
    """
    for group in _groups(wanted):
        if group[0].size > MOST_READ:
            yield group[0], _beginning(repository, group[0])
            continue
        found = objects.read([one.oid for one in group])
        for one, answer in zip(group, found, strict=True):
            yield one, None if answer is None else answer[1]


def _groups(wanted: Iterable[Listed]) -> Iterator[list[Listed]]:
    """Yield objects that are read at once: together of a bounded size, or a single one."""
    group: list[Listed] = []
    total = 0
    for one in wanted:
        if group and (total + one.size > _MOST_BYTES or len(group) == _MOST_NAMES):
            yield group
            group, total = [], 0
        group.append(one)
        total += one.size
    if group:
        yield group


def _beginning(repository: Repository, one: Listed) -> bytes:
    read = b""
    with closing(repository.git_pieces("cat-file", one.kind, one.oid)) as pieces:
        for piece in pieces:
            read += piece
            if len(read) >= MOST_READ:
                break
    return read[:MOST_READ]
