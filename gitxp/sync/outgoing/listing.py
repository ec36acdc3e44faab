"""What a remote does not have yet, object by object, as Git lists it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice, repeat
from typing import Final, NamedTuple

from gitxp.storage.git_path import decode_path
from gitxp.storage.repository import Repository

# As many are asked about in one Git process, and held in memory.
_AT_A_TIME: Final = 20_000
# Mostly there are no more; and who ends at the first find has not long to wait for it.
_AT_FIRST: Final = 1000
# What Git writes before the id of an object that a partial clone lacks.
_MISSING: Final = b"?"


class Listed(NamedTuple):
    """An object that would go.

    Attributes:
        path: In the first commit that has it; empty for a commit and its tree, and where it is
            missing.
        commit: That commit; the object itself if it is one.
        kind: As Git calls it: `commit`, `tree`, `blob`; `missing` where it is not in this clone.
        size: In bytes; 0 where it is missing.
    """

    oid: str
    path: str
    commit: str
    kind: str
    size: int


def outgoing_objects(
    repository: Repository, tips: Iterable[str], known: Iterable[str]
) -> Iterator[list[Listed]]:
    """Yield what `tips` lead to and a remote lacks, each commit before what it brings.

    Args:
        tips: Commits that are here.
        known: Commits that the remote has, all of them here.

    Raises:
        GitFailed: If one of them is missing, or a commit that one of the tips leads to.
    """
    commits = [*dict.fromkeys(tips)]
    if not commits:
        return
    words = ("rev-list", "--objects", "--in-commit-order", "--missing=print", "--stdin")
    names = "".join(f"{one}\n" for one in (*commits, *(f"^{oid}" for oid in {*known})))
    pieces = repository.git_pieces(*words, given=names.encode())
    commit = ""
    lines = _lines(pieces)
    counts = chain([_AT_FIRST], repeat(_AT_A_TIME))
    while some := list(islice(lines, next(counts))):
        # Never asked about: Git before 2.45 would go to the network for them.
        missing = [line[1:].decode() for line in some if line.startswith(_MISSING)]
        found = [Listed(oid, "", "", "missing", 0) for oid in missing]
        here = [line for line in some if not line.startswith(_MISSING)]
        sizes = _sizes(repository, [line.partition(b" ")[0] for line in here])
        for line, (kind, size) in zip(here, sizes, strict=True):
            oid, _, path = line.partition(b" ")
            commit = oid.decode() if kind == "commit" else commit
            found.append(Listed(oid.decode(), decode_path(path), commit, kind, size))
        yield found


def _sizes(repository: Repository, oids: list[bytes]) -> Iterator[tuple[str, int]]:
    """Yield type and size of each object, in order."""
    words = ("cat-file", "--batch-check=%(objecttype) %(objectsize)", "--buffer")
    answer = repository.git(*words, given=b"".join(oid + b"\n" for oid in oids)) if oids else b""
    for line in answer.decode().splitlines():
        kind, _, size = line.partition(" ")
        yield (kind, int(size)) if size.isdecimal() else ("missing", 0)


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
