"""Digests of files, folders and arrays, the same on every machine and in every process.

The definitions are normative: `docs/reference/dataset-digests.md`. Tables: `table_digest.py`.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitxp.errors import InvalidValue
from gitxp.storage.odb.objects import read_pieces

_BYTES_AT_A_TIME = 1 << 20
# Booleans, integers, floats, complex numbers, text, bytes, times and durations: what has the
# same bytes everywhere once its byte order is fixed.
_PORTABLE_KINDS = "biufcSUMm"
# Wider floats (`longdouble`) have another layout on each kind of machine.
_WIDEST = {"f": 8, "c": 16}


@dataclass(frozen=True, slots=True)
class FolderDigest:
    """What a folder holds.

    Attributes:
        digest: In hexadecimal.
        size: Bytes of all files.
        leads_outside: Whether a link in it leads to something outside of it, whose content the
            digest does not cover.
    """

    digest: str
    size: int
    leads_outside: bool


def digest_file(path: Path) -> tuple[str, int]:
    """Return the SHA-256 of a file's bytes in hexadecimal, and its size."""
    digest, size = hashlib.sha256(), 0
    for piece in read_pieces(path):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def digest_folder(folder: Path) -> FolderDigest:
    """Return the digest of all files and links below a folder.

    Raises:
        InvalidValue: If there is something in it that is no file, folder or link.
    """
    digest, total, leads_outside = hashlib.sha256(), 0, False
    for path in sorted(_paths_below(folder), key=os.fsencode):
        place = folder / path
        if place.is_symlink():
            target = os.fsencode(place.readlink())
            leads_outside = leads_outside or _is_outside(path, os.fsdecode(target))
            mark, content = b"@", hashlib.sha256(target).hexdigest()
        else:
            mark, (content, size) = b" ", digest_file(place)
            total += size
        digest.update(b"%s %s%s\0" % (content.encode(), mark, os.fsencode(path)))
    return FolderDigest(digest.hexdigest(), total, leads_outside)


def digest_array(array: Any) -> str:
    """Return the digest of a NumPy array's dtype, shape and values, in hexadecimal.

    Raises:
        InvalidValue: If the dtype has no bytes of its own, or other ones on other machines.
    """
    import numpy

    little = _portable(array.dtype)
    shape = ",".join(str(length) for length in array.shape)
    digest = hashlib.sha256(f"gitxp array 1\n{little.str}\n{shape}\n".encode())
    pieces: Any = numpy.nditer(
        array,
        flags=["external_loop", "buffered", "zerosize_ok"],
        op_flags=["readonly"],
        op_dtypes=[little],
        order="C",
        casting="equiv",
        buffersize=max(1, _BYTES_AT_A_TIME // max(1, little.itemsize)),
    )
    for piece in pieces:
        digest.update(piece.tobytes())
    return digest.hexdigest()


def _portable(dtype: Any) -> Any:
    widest = _WIDEST.get(dtype.kind, dtype.itemsize)
    if dtype.kind not in _PORTABLE_KINDS or dtype.itemsize > widest:
        raise InvalidValue(
            f"an array of dtype {str(dtype)!r} has no bytes that are the same on every machine",
            hint="convert it first, such as array.astype('float64') or array.astype(str)",
        )
    return dtype.newbyteorder("<")


def _paths_below(top: Path) -> Iterator[str]:
    """Yield files and links relative to `top` with `/`, in no order; links are not followed."""
    pending = [""]
    while pending:
        folder = pending.pop()
        with os.scandir(top / folder) as entries:
            for entry in entries:
                path = folder + entry.name
                if entry.is_dir(follow_symlinks=False):
                    pending.append(path + "/")
                elif entry.is_symlink() or entry.is_file(follow_symlinks=False):
                    yield path
                else:
                    raise _not_plain(entry)


def _not_plain(entry: os.DirEntry[str]) -> InvalidValue:
    kind = stat.S_IFMT(entry.stat(follow_symlinks=False).st_mode)
    word = {stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket"}.get(kind, "device")
    return InvalidValue(f"{entry.path!r} is a {word}: expected files and folders")


def _is_outside(path: str, target: str) -> bool:
    reached = Path(os.path.normpath(Path(path).parent / target))
    return reached.is_absolute() or reached.parts[:1] == ("..",)
