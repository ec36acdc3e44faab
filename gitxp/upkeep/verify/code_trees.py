"""The trees of code: whether everything below them is there, and what stands for large files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from gitxp.errors import DamagedRecord
from gitxp.storage.codecs.pointer import LONGEST_POINTER, Pointer, decode_pointer
from gitxp.storage.git_path import decode_path, encode_path
from gitxp.storage.odb.objects import GITLINK_MODE, TREE_MODE, Entry
from gitxp.storage.odb.proved import ProvedObjects
from gitxp.storage.odb.tree_edit import LINK_MODE
from gitxp.upkeep.verify.aligned import tree_of
from gitxp.upkeep.verify.flaw import Flaw, unreadable


@dataclass(frozen=True, slots=True)
class Below:
    """What was found in a folder of code and all folders below it.

    Attributes:
        flaws: What is missing or damaged.
        pointers: Git LFS pointers; looked for where they are wanted.
    """

    flaws: tuple[Flaw, ...] = ()
    pointers: frozenset[Pointer] = frozenset()


_NOTHING = Below()
# Longer ones no system takes.
LONGEST_PATH = 4096


class CodeTrees:
    """Goes through trees of code; what many share is gone through once, be it whole or not.

    Everything must be there, and the trees' digests be true; `is_deep` also reads each file, and
    `has_pointers` the small ones, of which some stand for large files.
    """

    def __init__(self, objects: ProvedObjects, *, is_deep: bool, has_pointers: bool) -> None:
        self._objects = objects
        self._is_deep = is_deep
        self._has_pointers = has_pointers
        self._folders: dict[str, Below] = {}
        self._files: dict[str, Below] = {}

    def below(self, top: str) -> Below:
        """Return what is in the tree `top`."""
        opened: dict[str, Mapping[bytes, Entry]] = {}
        waiting = [top]
        while waiting:
            tree = waiting[-1]
            if tree in self._folders:
                waiting.pop()
            elif tree in opened:  # and all folders in it have been gone through
                self._folders[tree] = self._together(opened.pop(tree))
            else:
                opened[tree] = self._open(tree)
                folders = (entry.oid for entry in opened[tree].values() if entry.mode == TREE_MODE)
                waiting += (oid for oid in folders if oid not in self._folders)
        return self._folders[top]

    def at(self, top: str, path: str) -> Entry | None:
        """Return what the tree `top` has at a path; None where there is nothing.

        Raises:
            DamagedRecord: If a folder on the way there cannot be read.
        """
        found: Entry | None = Entry(top, TREE_MODE)
        for name in encode_path(path).split(b"/"):
            if found is None or found.mode != TREE_MODE:
                return None
            found = self._objects.tree(found.oid).get(name)
        return found

    def new_files(self, before: str | None, after: str) -> Iterator[tuple[str, str]]:
        """Yield path and id of each file of the tree `after` that `before` has not, or otherwise.

        Of folders that many paths lead to, one is gone through.

        Raises:
            DamagedRecord: If a folder cannot be read.
        """
        waiting = [("", before, after)]
        seen = set()
        while waiting:
            place, old, new = waiting.pop()
            if (old, new) in seen:
                continue
            seen.add((old, new))
            was = self._objects.tree(old) if old else {}
            for name, entry in self._objects.tree(new).items():
                if was.get(name) == entry or entry.mode in (GITLINK_MODE, LINK_MODE):
                    continue
                path = f"{place}{decode_path(name)}"
                if entry.mode != TREE_MODE:
                    yield path, entry.oid
                elif len(path) < LONGEST_PATH:
                    waiting.append((f"{path}/", tree_of(was.get(name)), entry.oid))

    def pointer(self, oid: str) -> Pointer | None:
        """Return the large file that a file stands for; None for others, and what is missing."""
        try:
            if self._objects.size(oid) <= LONGEST_POINTER:
                return decode_pointer(self._objects.read(oid, "blob"))
        except DamagedRecord:  # said of the tree that holds it
            return None
        return None

    def _open(self, tree: str) -> Mapping[bytes, Entry]:
        try:
            return self._objects.tree(tree)
        except DamagedRecord as error:
            flaw = unreadable(self._objects, tree, error, of="a folder of its code")
            self._folders[tree] = Below((flaw,))
            return {}

    def _together(self, entries: Mapping[bytes, Entry]) -> Below:
        found = _union(self._at(name, entry) for name, entry in entries.items())
        return found if found != _NOTHING else _NOTHING

    def _at(self, name: bytes, entry: Entry) -> Below:
        if entry.mode == GITLINK_MODE:
            return _NOTHING
        if entry.mode == TREE_MODE:
            return self._folders[entry.oid]
        if entry.oid not in self._files:
            self._files[entry.oid] = self._file(entry.oid, name)
        return self._files[entry.oid]

    def _file(self, oid: str, name: bytes) -> Below:
        try:
            if self._is_deep:
                self._objects.prove_file(oid)
            elif not self._objects.has(oid):
                raise DamagedRecord(f"blob {oid} is missing")
        except DamagedRecord as error:
            of = f"{name.decode(errors='replace')!r} of its code"
            return Below((unreadable(self._objects, oid, error, of=of),))
        pointer = self.pointer(oid) if self._has_pointers else None
        return replace(_NOTHING, pointers=frozenset({pointer})) if pointer else _NOTHING


def _union(parts: Iterable[Below]) -> Below:
    flaws: dict[Flaw, None] = {}
    pointers: set[Pointer] = set()
    for part in parts:
        flaws |= dict.fromkeys(part.flaws)
        pointers |= part.pointers
    return Below(tuple(flaws), frozenset(pointers))
