"""Digests of data, the same on every machine and in every process.

The definitions are normative: `docs/reference/dataset-digests.md`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitxp.errors import InvalidValue
from gitxp.storage.objects import read_pieces

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS_AT_A_TIME = 1 << 16


def digest_file(path: Path) -> tuple[str, int]:
    """Return the SHA-256 of a file's bytes in hexadecimal, and its size."""
    digest, size = hashlib.sha256(), 0
    for piece in read_pieces(path):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def digest_folder(path: Path) -> tuple[str, int]:
    """Return the digest of all files and links below a folder, and the size of the files."""
    digest, total = hashlib.sha256(b"gitxp folder 1\n"), 0
    for relative in sorted(_below(path), key=os.fsencode):
        target = path / relative
        name = os.fsencode(relative)
        if target.is_symlink():
            digest.update(b"link %d %s %s\n" % (len(name), name, os.fsencode(target.readlink())))
            continue
        content, size = digest_file(target)
        digest.update(b"file %d %s %s\n" % (len(name), name, content.encode()))
        total += size
    return digest.hexdigest(), total


def digest_array(array: Any) -> tuple[str, int]:
    """Return the digest of a NumPy array, and its size in bytes."""
    import numpy as np

    kind = array.dtype
    if kind.hasobject:
        raise InvalidValue(f"an array of dtype {str(kind)!r} has no bytes: expected a plain dtype")
    little = kind.newbyteorder("<")
    shape = "x".join(str(length) for length in array.shape)
    digest = hashlib.sha256(f"gitxp array 1\n{little.str} {shape}\n".encode())
    flat = array.reshape(-1) if array.flags.c_contiguous else array.flat
    step = max(1, (1 << 20) // max(1, kind.itemsize))
    for start in range(0, array.size, step):
        piece = np.asarray(flat[start : start + step]).astype(little, copy=False)
        digest.update(piece.tobytes())
    return digest.hexdigest(), int(array.nbytes)


def digest_table(table: pa.Table) -> tuple[str, int]:
    """Return the digest of an Arrow table's columns, values and gaps, and its size in bytes."""
    digest = hashlib.sha256(b"gitxp table 1\n")
    for name, column in zip(table.column_names, table.columns, strict=True):
        digest.update(f"column {len(name)} {name} {column.type}\n".encode())
        for start in range(0, table.num_rows, _ROWS_AT_A_TIME):
            for value in column.slice(start, _ROWS_AT_A_TIME).to_pylist():
                digest.update(_value_bytes(value, name))
    return digest.hexdigest(), int(table.nbytes)


def _value_bytes(value: Any, column: str) -> bytes:
    if value is None:
        return b"n"
    if isinstance(value, float):
        return b"f" + value.hex().encode() + b"\n"
    if isinstance(value, str):
        text = value.encode("utf-8", "surrogatepass")
        return b"s%d " % len(text) + text
    if isinstance(value, bytes):
        return b"b%d " % len(value) + value
    if isinstance(value, list):
        return b"l%d " % len(value) + b"".join(_value_bytes(item, column) for item in value)
    if isinstance(value, dict):
        items = sorted(value.items())
        content = b"".join(_value_bytes(k, column) + _value_bytes(v, column) for k, v in items)
        return b"d%d " % len(items) + content
    if isinstance(value, bool | int) or hasattr(value, "isoformat") or hasattr(value, "as_tuple"):
        return b"v" + str(value).encode() + b"\n"
    if hasattr(value, "total_seconds"):
        return b"v" + str(value).encode() + b"\n"
    raise InvalidValue(f"column {column!r} holds a {type(value).__name__}: expected plain values")


def _below(top: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(top):
        linked = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in [*files, *linked]:
            path = Path(folder) / name
            if path.is_symlink() or path.is_file():
                yield path.relative_to(top).as_posix()
