"""Bundles: commits in one file, which `git fetch` takes wherever their prerequisites are.

Written here, since `git bundle` writes only what a ref of the repository points to. Source of
the format: `gitformat-bundle(5)`, version 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from gitxp.storage.git import abandon_git, finish_git
from gitxp.storage.odb.alternates import objects_beside
from gitxp.storage.odb.objects import read_pieces
from gitxp.storage.odb.pack import Pack
from gitxp.storage.repository import Repository

_PIECE = 1 << 20
# What is larger is never held whole while a pack is looked through.
_BIG_FILE = 16 << 20
_PACK_OBJECTS = (
    "pack-objects",
    "--quiet",
    "--revs",
    "--thin",
    "--stdout",
    "--delta-base-offset",
    # The same commits give the same bytes, and so one blob for many runs. By a bitmap Git would
    # also tell a commit as a delta of one that is not in the pack.
    "--threads=1",
    "--no-use-bitmap-index",
)


def bundle_pack(path: Path, tip: str, prerequisites: Sequence[str], pack: Pack) -> None:
    """Write a pack that holds all of `tip` but what the prerequisites hold as a bundle."""
    _write(path, tip, prerequisites, read_pieces(pack.path), limit=None)


def bundle_history(
    repository: Repository, path: Path, tip: str, prerequisites: Sequence[str], *, limit: int
) -> bool:
    """Write what leads to `tip` as a bundle, and return whether it has at most `limit` bytes.

    Nothing is written into the repository. A larger bundle is given up on the way, and leaves a
    file without a meaning.

    Raises:
        GitFailed: If an object is missing.
    """
    process = repository.start_git(*_PACK_OBJECTS, reads_input=True)
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        wanted = f"{tip}\n" + "".join(f"^{oid}\n" for oid in prerequisites)
        with suppress(BrokenPipeError):  # it has ended, and says why below
            process.stdin.write(wanted.encode())
            process.stdin.close()
        process.stdin = None
        stdout = process.stdout
        if not _write(path, tip, prerequisites, iter(lambda: stdout.read(_PIECE), b""), limit):
            return False
        finish_git(process)
        return True
    finally:
        abandon_git(process)


def bundled_objects(repository: Repository, bundle: Iterable[bytes], *, scratch: Path) -> Path:
    """Return a folder of objects that has those of a bundle, and borrows from the repository.

    Args:
        bundle: In pieces; it is never held whole.
        scratch: A folder that is there and empty.

    Raises:
        GitFailed: If the bundle is damaged, or the repository lacks what it builds on.
    """
    objects = objects_beside(repository.common_dir / "objects", scratch)
    process = repository.start_git(
        *("-c", f"core.bigFileThreshold={_BIG_FILE}", "index-pack", "--stdin"),
        environment={"GIT_OBJECT_DIRECTORY": str(objects)},
        reads_input=True,
    )
    try:
        assert process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended, and says why below
            for piece in _pack_of(bundle):
                process.stdin.write(piece)
            process.stdin.close()
        process.stdin = None
        finish_git(process)
    finally:
        abandon_git(process)
    return objects


def _pack_of(bundle: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what comes behind the head of a bundle."""
    head: bytes | None = b""
    for piece in bundle:
        if head is None:
            yield piece
            continue
        head, end, rest = (head + piece).partition(b"\n\n")
        if end:
            head = None
            yield rest


def _write(
    path: Path, tip: str, prerequisites: Iterable[str], pack: Iterator[bytes], limit: int | None
) -> bool:
    left = limit
    with path.open("wb") as file:
        file.write(b"# v2 git bundle\n")
        file.writelines(f"-{oid} \n".encode() for oid in prerequisites)
        file.write(f"{tip} HEAD\n\n".encode())
        for piece in pack:
            if left is not None:
                left -= len(piece)
                if left < 0:
                    return False
            file.write(piece)
    return True
