"""Deltas: an object told as copies from another one, its base, and bytes of its own.

Source of the format: `gitformat-pack(5)`, "Deltified representation".
"""

from __future__ import annotations

from gitxp.errors import DamagedRecord

_COPY = 0x80
_MORE = 0x80
# Which bits of a copy say that a byte of its offset, or its size, follows.
_OFFSET_BITS = (0x01, 0x02, 0x04, 0x08)
_SIZE_BITS = (0x10, 0x20, 0x40)
_SIZE_OF_NONE = 0x10000


def apply_delta(base: bytes, delta: bytes, *, most: int) -> bytes:
    """Return what a delta of unknown origin makes of its base.

    Args:
        most: Bytes that the answer may have.

    Raises:
        DamagedRecord: If the delta is none, is not of this base, or makes too much.
    """
    try:
        return _applied(base, delta, most)
    except IndexError as error:
        raise DamagedRecord("a delta ends amid an instruction") from error


def _applied(base: bytes, delta: bytes, most: int) -> bytes:
    base_size, place = _size(delta, 0)
    size, place = _size(delta, place)
    if base_size != len(base):
        raise DamagedRecord(f"a delta is of {base_size} bytes: its base has {len(base)}")
    if size > most:
        raise DamagedRecord(f"a delta makes {size} bytes: expected at most {most}")
    made = bytearray()
    while place < len(delta):
        code = delta[place]
        place += 1
        if code & _COPY:
            start, place = _number(delta, place, code, _OFFSET_BITS)
            length, place = _number(delta, place, code, _SIZE_BITS)
            piece = base[start : start + (length or _SIZE_OF_NONE)]
            is_whole = len(piece) == (length or _SIZE_OF_NONE)
        else:
            piece = delta[place : place + code]
            place += code
            is_whole = 0 < code == len(piece)
        if not is_whole or len(made) + len(piece) > size:
            raise DamagedRecord("a delta copies what is not there")
        made += piece
    if len(made) != size:
        raise DamagedRecord(f"a delta makes {len(made)} bytes: it says {size}")
    return bytes(made)


def _size(delta: bytes, place: int) -> tuple[int, int]:
    """Return a size that is spelled seven bits a byte, the lowest first, and where it ends."""
    size = shift = 0
    while True:
        byte = delta[place]
        place += 1
        size |= (byte & ~_MORE) << shift
        shift += 7
        if not byte & _MORE:
            return size, place
        if shift > 63:
            raise DamagedRecord("a delta says a size without end")


def _number(delta: bytes, place: int, code: int, bits: tuple[int, ...]) -> tuple[int, int]:
    number = 0
    for turn, bit in enumerate(bits):
        if code & bit:
            number |= delta[place] << (8 * turn)
            place += 1
    return number, place
