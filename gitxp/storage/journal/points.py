"""The points file: a header, then one record of 32 bytes a point, in the order of logging.

Header: the magic, then the file's marker as little-endian uint32, then zeros up to 32 bytes.
Record: marker uint32, metric number uint32, step int64, time int64 (microseconds since 1970 UTC),
value float64; all little-endian. Bytes left over at the end are a record torn by a crash, and a
record without the marker is noise: both are passed over.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAGIC = b"gitxp points 1\n\0"
RECORD = struct.Struct("<IIqqd")
# Up to here a copy is cheaper than a map, and takes 1 MiB.
_FEW = 1 << 15
_HEADER = struct.Struct("<16sI12x")


def header(marker: int) -> bytes:
    """Return the first 32 bytes of a points file."""
    return _HEADER.pack(MAGIC, marker)


def row_packer(marker: int, numbers: Sequence[int]) -> Callable[..., bytes]:
    """Return a function that packs one record a metric: of a step, a time and the values in order.

    It is written out and compiled, as `namedtuple` does: a loop takes twice the time, on the
    one path that every training step goes along.

    Example:
        >>> pack = row_packer(7, [0, 1])
        >>> pack(3, 0, 0.5, 0.25) == RECORD.pack(7, 0, 3, 0, 0.5) + RECORD.pack(7, 1, 3, 0, 0.25)
        True
    """
    values = [f"value{place}" for place in range(len(numbers))]
    records = [
        f"{marker}, {number}, step, time, {value}"
        for number, value in zip(numbers, values, strict=True)
    ]
    pack = struct.Struct("<" + RECORD.format.removeprefix("<") * len(numbers)).pack
    source = f"lambda step, time, {', '.join(values)}: pack({', '.join(records)})"
    # A namespace of its own: Python notes there which warnings the conversions gave.
    packer: Callable[..., bytes] = eval(source, {"pack": pack})  # only numbers go into it
    return packer


def record_dtype() -> np.dtype[Any]:
    """Return the NumPy dtype of one record."""
    import numpy as np

    return np.dtype(
        [("marker", "<u4"), ("metric", "<u4"), ("step", "<i8"), ("time", "<i8"), ("value", "<f8")]
    )


def read_records(path: Path, *, skip: int = 0) -> NDArray[np.void]:
    """Return the sound records of a points file; many are mapped from the disk, not read.

    Args:
        skip: How many of the first records to leave out.

    Returns:
        A structured array, one row a point, with the fields of `record_dtype()`.
    """
    import numpy as np

    dtype = record_dtype()
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return np.empty(0, dtype)
    with file:
        count = os.fstat(file.fileno()).st_size // RECORD.size - 1 - skip
        if count <= 0:
            return np.empty(0, dtype)
        magic, marker = _HEADER.unpack(file.read(RECORD.size))
        if magic != MAGIC:
            return np.empty(0, dtype)
        records = _records(file, dtype, start=skip, count=count)
    sound = records["marker"] == marker
    return records if sound.all() else records[sound]


def _records(file: BinaryIO, dtype: np.dtype[Any], *, start: int, count: int) -> NDArray[np.void]:
    import numpy as np

    offset = RECORD.size * (1 + start)
    if count > _FEW:
        return np.memmap(file, dtype, mode="r", offset=offset, shape=(count,))
    file.seek(offset)
    return np.frombuffer(file.read(RECORD.size * count), dtype)
