"""Which objects a pack holds, as its index tells.

Source of the format: `gitformat-pack(5)`, index version 2.
"""

from __future__ import annotations

from pathlib import Path

from gitxp.errors import DamagedRecord

_MAGIC = b"\xfftOc\0\0\0\2"
_FANOUT = 256 * 4
_BINARY_ID = 20


def read_pack_index(path: Path) -> list[str]:
    """Return the ids of the objects that the index file `path` names.

    Raises:
        DamagedRecord: If it is no such file.
    """
    content = path.read_bytes()
    start = len(_MAGIC) + _FANOUT
    count = int.from_bytes(content[start - 4 : start])
    names = content[start : start + count * _BINARY_ID]
    if not content.startswith(_MAGIC) or len(names) != count * _BINARY_ID:
        raise DamagedRecord(f"{str(path)!r} is no index of a pack, or was cut short")
    return [names[place : place + _BINARY_ID].hex() for place in range(0, len(names), _BINARY_ID)]
