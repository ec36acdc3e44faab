"""The entries of a pack of unknown origin, one after another; nothing that they say is believed.

Source of the format: `gitformat-pack(5)`, pack version 2.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gitxp.errors import DamagedRecord
from gitxp.storage.bounds import LARGEST_DELTIFIED, MOST_PACKED
from gitxp.storage.odb.objects import KINDS, ObjectKind

_HEAD = 12
_DIGEST = 20
_DELTA_OF_PLACE, _DELTA_OF_ID = 6, 7
_MORE = 0x80
_PIECE = 1 << 16
# Of work for each entry that is looked at, beside its bytes: so many tiny ones take no longer.
_WORK_OF_ENTRY = 1 << 10


@dataclass(frozen=True, slots=True)
class Entry:
    """An object as it stands in a pack.

    Attributes:
        start: Where its compressed bytes begin.
        kind: None for a delta, which is of the kind of its base.
        size: Bytes when unpacked: of the object, or of the delta.
        base: What a delta is one of: the place of another entry, or the id of an object.
    """

    start: int
    kind: ObjectKind | None
    size: int
    base: int | str | None = None


class PackEntries:
    """A pack whose entries are gone through, and unpacked again where somebody asks."""

    def __init__(self, pack: bytes, *, most: int) -> None:
        """Take a pack whose digest is that of its bytes.

        Args:
            most: Bytes that may be unpacked, over all.

        Raises:
            DamagedRecord: If it is cut, or not a pack, or holds too many objects.
        """
        end = len(pack) - _DIGEST
        self._pack = memoryview(pack)[: max(end, 0)]
        if pack[:8] != b"PACK\0\0\0\2" or end < _HEAD:
            raise DamagedRecord("it holds no pack of version 2")
        if hashlib.sha1(self._pack, usedforsecurity=False).digest() != pack[end:]:
            raise DamagedRecord("its pack is cut or damaged: it has another SHA-1 than it says")
        self.count = int.from_bytes(pack[8:_HEAD])
        if self.count > MOST_PACKED:
            raise DamagedRecord(
                f"its pack has {self.count} objects: expected at most {MOST_PACKED}"
            )
        self._most = self._left = most

    def scan(self) -> Iterator[tuple[int, Entry, str | None]]:
        """Yield place, entry and id of each object, in order; no id for a delta.

        Raises:
            DamagedRecord: If one of them cannot be unpacked, or something stands behind the last.
        """
        place = _HEAD
        for _ in range(self.count):
            entry = self._entry(place)
            if entry.kind is None:
                end = self._inflate(entry, len)  # nobody wants it yet
                yield place, entry, None
            else:
                header = b"%s %d\0" % (entry.kind.encode(), entry.size)
                digest = hashlib.sha1(header, usedforsecurity=False)
                end = self._inflate(entry, digest.update)
                yield place, entry, digest.hexdigest()
            place = end
        if place != len(self._pack):
            raise DamagedRecord("its pack goes on behind its last object")

    def content(self, entry: Entry) -> bytes:
        """Return what an entry unpacks to.

        Raises:
            DamagedRecord: If that is more than Git would tell as a delta.
        """
        if entry.size > LARGEST_DELTIFIED:
            raise DamagedRecord(f"its pack has a delta of {entry.size} bytes")
        content = bytearray()
        self._inflate(entry, content.extend)
        return bytes(content)

    def spend(self, work: int) -> None:
        """Count work, such as bytes that were unpacked.

        Raises:
            DamagedRecord: If it is more than a record may ask for.
        """
        self._left -= work
        if self._left < 0:
            raise DamagedRecord(f"its pack has more than {self._most} bytes when unpacked")

    def _entry(self, place: int) -> Entry:
        try:
            return self._parsed(place)
        except IndexError as error:
            raise DamagedRecord("its pack ends amid an object") from error

    def _parsed(self, place: int) -> Entry:
        byte, start = self._pack[place], place + 1
        number, size, shift = byte >> 4 & 7, byte & 15, 4
        while byte & _MORE:
            byte = self._pack[start]
            size |= (byte & ~_MORE) << shift
            start, shift = start + 1, shift + 7
            if shift > 63:
                raise DamagedRecord("its pack has an object of a size without end")
        if number == _DELTA_OF_ID:
            end = start + _DIGEST
            return Entry(end, None, size, self._pack[start:end].hex())
        if number == _DELTA_OF_PLACE:
            back, start = self._distance(start)
            return Entry(start, None, size, place - back)
        if number not in KINDS:
            raise DamagedRecord(f"its pack has an object of the kind {number}, which is none")
        return Entry(start, KINDS[number], size)

    def _distance(self, start: int) -> tuple[int, int]:
        """Return how far back a base stands, and where that is told no more."""
        byte = self._pack[start]
        back, start = byte & ~_MORE, start + 1
        while byte & _MORE:
            byte = self._pack[start]
            back, start = (back + 1) << 7 | (byte & ~_MORE), start + 1
            if back > len(self._pack):
                raise DamagedRecord("its pack has a delta of what stands before the pack")
        return back, start

    def _inflate(self, entry: Entry, take: Callable[[bytes], object]) -> int:
        """Hand over what an entry unpacks to, piece by piece, and return where it ends."""
        self.spend(_WORK_OF_ENTRY)
        machine = zlib.decompressobj()
        place, left = entry.start, entry.size
        while not machine.eof:
            # Little more than it needs: what is fed in vain is copied.
            piece = self._pack[place : place + min(_PIECE, left + (left >> 8) + 64)]
            if not piece:
                raise DamagedRecord("its pack ends amid an object")
            try:
                made = machine.decompress(piece, min(_PIECE, left + 1))
            except zlib.error as error:
                raise DamagedRecord(f"its pack has an object that is damaged: {error}") from error
            place += len(piece) - len(machine.unconsumed_tail) - len(machine.unused_data)
            self.spend(len(made))
            left -= len(made)
            if left < 0:
                break
            take(made)
        if left:
            raise DamagedRecord("its pack has an object of another size than it says")
        return place
