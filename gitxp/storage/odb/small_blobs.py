"""Files of a record by the `git` program, for processes that must not load libgit2."""

from __future__ import annotations

from gitxp.errors import DamagedRecord
from gitxp.storage.odb.object_stream import object_stream
from gitxp.storage.repository import Repository


def read_files(repository: Repository, tip: str, path: str, *, most: int) -> dict[str, bytes]:
    """Return by path the files of a record at `path`, or below it where that ends in `/`.

    Args:
        most: The bytes that one may have: what is fetched does not decide how much memory it takes.

    Raises:
        DamagedRecord: If one is larger, or is not here.
        GitFailed: If Git cannot read the record.
    """
    listed = repository.git("ls-tree", "-r", "-l", "-z", tip, path).split(b"\0")[:-1]
    blobs = dict(_blob(line, tip, most) for line in listed)
    if not blobs:
        return {}
    with object_stream(repository) as objects:
        contents = objects.read(list(blobs.values()))
    files = {}
    for name, found in zip(blobs, contents, strict=True):
        if found is None:
            raise DamagedRecord(f"record {tip} lacks {name!r}")
        files[name] = found[1]
    return files


def _blob(line: bytes, tip: str, most: int) -> tuple[str, str]:
    """Return path and id of a file, by a line of `git ls-tree -l`."""
    told, _, path = line.decode("utf-8", "surrogateescape").partition("\t")
    _, _, oid, size = told.split()
    if not size.isdecimal() or int(size) > most:
        raise DamagedRecord(f"record {tip} has {path!r} of {size} bytes: expected at most {most}")
    return path, oid
