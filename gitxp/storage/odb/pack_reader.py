"""Packs of unknown origin, such as those in bundles, read without Git and without a store.

Git's own `index-pack` takes no thin pack without the objects on which that builds, wants a process
for each of many small ones, and writes. Here nothing is written, and what a pack may cost is
bounded (`storage/bounds.py`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable

from gitxp.errors import DamagedRecord
from gitxp.storage.bounds import LARGEST_DELTIFIED, LARGEST_UNPACKED
from gitxp.storage.codecs.pointer import LONGEST_POINTER
from gitxp.storage.odb.delta import apply_delta
from gitxp.storage.odb.objects import ObjectKind, object_id
from gitxp.storage.odb.pack_entries import Entry, PackEntries

_BYTES_AT_HAND = 64 << 20
# Place, id and kind of an object.
_Found = tuple[int, str, ObjectKind]


# Gives kind and content of an object that is not in the pack, where somebody has it.
Outside = Callable[[str], tuple[ObjectKind, bytes] | None]


class PackReader:
    """The objects of a pack, each under the id that its bytes have.

    Attributes:
        kinds: Of every object, by its id, but for those that build on what nobody has.
    """

    def __init__(
        self, pack: bytes, outside: Outside | None = None, *, most: int = LARGEST_UNPACKED
    ) -> None:
        """Go through all of a pack.

        Args:
            outside: Asked for what a thin pack builds on.
            most: Bytes that may be unpacked, over all.

        Raises:
            DamagedRecord: If it is not sound, or beyond the bounds.
        """
        self._file = PackEntries(pack, most=most)
        self._outside = outside
        self._entries: dict[int, Entry] = {}
        self._at_hand = _AtHand()
        self._places: dict[str, int] = {}
        # Files that are told as deltas, and are short.
        self._short: set[int] = set()
        self.kinds: dict[str, ObjectKind] = {}
        # Deltas by what they are of, for as long as that has not been seen.
        waiting: dict[int | str, list[int]] = {}
        self._resolve(self._plain(waiting), waiting)
        if any(isinstance(base, int) and base not in self._entries for base in waiting):
            raise DamagedRecord("its pack has a delta of what is no object")
        for base in [base for base in waiting if isinstance(base, str)]:
            given = self._given(base)
            if given is not None:
                self._resolve(self._above(given[0], waiting.pop(base, ())), waiting)

    def read(self, oid: str, kind: ObjectKind, *, most: int) -> bytes:
        """Return the content of an object.

        Raises:
            DamagedRecord: If it is not here, of another kind, or larger than `most` bytes.
        """
        found = self.kinds.get(oid)
        if found is None:
            raise DamagedRecord(f"{kind} {oid} is missing")
        if found != kind:
            raise DamagedRecord(f"{oid} is a {found}: expected a {kind}")
        content = self._content(self._places[oid])
        if len(content) > most:
            raise DamagedRecord(f"{kind} {oid} has {len(content)} bytes: expected at most {most}")
        return content

    def short_file(self, oid: str) -> bytes | None:
        """Return the content of a file that is short enough for a pointer of Git LFS; else None.

        Raises:
            DamagedRecord: If the pack asks for too much work.
        """
        place = self._places[oid]
        entry = self._entries[place]
        is_short = place in self._short if entry.kind is None else entry.size <= LONGEST_POINTER
        return self._content(place) if is_short else None

    def _plain(self, waiting: dict[int | str, list[int]]) -> list[_Found]:
        """Return the objects that are no deltas, and let the others wait."""
        found: list[_Found] = []
        for place, entry, oid in self._file.scan():
            self._entries[place] = entry
            if entry.base is not None:
                waiting.setdefault(entry.base, []).append(place)
            elif oid is not None and entry.kind is not None:
                found.append((place, oid, entry.kind))
        return found

    def _resolve(self, found: list[_Found], waiting: dict[int | str, list[int]]) -> None:
        while found:
            place, oid, kind = found.pop()
            self._places.setdefault(oid, place)
            self.kinds.setdefault(oid, kind)
            above = (*waiting.pop(place, ()), *waiting.pop(oid, ()))
            found += self._above(kind, above)

    def _above(self, kind: ObjectKind, places: Iterable[int]) -> list[_Found]:
        found: list[_Found] = []
        for place in places:
            content = self._content(place)
            found.append((place, object_id(kind, content), kind))
            if kind == "blob" and len(content) <= LONGEST_POINTER:
                self._short.add(place)
        return found

    def _content(self, place: int | str) -> bytes:
        """Return the content of an object by its place; by its id where it is not in the pack."""
        chain: list[int] = []
        while (content := self._at_hand.get(place)) is None:
            if isinstance(place, str):
                given = self._given(place)
                content = given[1] if given is not None else b""
                break
            base = self._entries[place].base
            if base is None:
                content = self._file.content(self._entries[place])
                self._at_hand.put(place, content)
                break
            chain.append(place)
            place = self._places.get(base, base) if isinstance(base, str) else base
        for above in reversed(chain):
            delta = self._file.content(self._entries[above])
            content = apply_delta(content, delta, most=LARGEST_DELTIFIED)
            self._file.spend(len(content))
            self._at_hand.put(above, content)
        return content

    def _given(self, oid: str) -> tuple[ObjectKind, bytes] | None:
        given = self._outside(oid) if self._outside is not None else None
        if given is not None:
            self._file.spend(len(given[1]))
            self._at_hand.put(oid, given[1])
        return given


class _AtHand:
    """The contents that were asked for last, as far as there is room.

    By place; by id what is not in the pack.
    """

    def __init__(self) -> None:
        self._contents: OrderedDict[int | str, bytes] = OrderedDict()
        self._room = _BYTES_AT_HAND

    def get(self, place: int | str) -> bytes | None:
        content = self._contents.get(place)
        if content is not None:
            self._contents.move_to_end(place)
        return content

    def put(self, place: int | str, content: bytes) -> None:
        self._contents[place] = content
        self._room -= len(content)
        while self._room < 0:
            _, gone = self._contents.popitem(last=False)
            self._room += len(gone)
