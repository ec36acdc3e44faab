"""The folders of records: known kinds of paths, plain files, spelled as Git spells trees."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gitxp.errors import DamagedRecord, InvalidValue
from gitxp.model.artifact_path import checked_artifact_path
from gitxp.storage.bounds import MOST_ENTRIES, check_extent
from gitxp.storage.git_path import decode_path
from gitxp.storage.layout import (
    ARTIFACTS,
    CODE_DIFF,
    DATASETS,
    ENVIRONMENT,
    EVENTS,
    LOCK_FILES,
    METRICS,
    NOTEBOOKS,
    OUTPUT,
    PARAMS,
    RUN,
    SEGMENTS,
    SUBMODULES,
    parse_bundle_path,
    parse_event_path,
    parse_notebook_path,
    parse_segment_path,
)
from gitxp.storage.odb.objects import FILE_MODE, TREE_MODE, Entry, tree_object
from gitxp.storage.odb.proved import ProvedObjects
from gitxp.upkeep.verify.flaw import Flaw, Weight, unreadable

_TOP_FILES = frozenset({RUN, PARAMS, METRICS, ENVIRONMENT, DATASETS, CODE_DIFF, OUTPUT})
_TOP_FOLDERS = frozenset({SEGMENTS, ARTIFACTS, EVENTS, SUBMODULES, NOTEBOOKS, LOCK_FILES})
# What lies there is named by people, by the rules for artifacts.
_NAMED_BY_PEOPLE = (f"{ARTIFACTS}/", f"{LOCK_FILES}/")
# A record and the one before it differ in few folders, which are looked at side by side.
_KEPT_FOLDERS = 256
_KEPT_NAMES = 1000


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder: what stands in it by name, and what is wrong with how that is told."""

    entries: Mapping[str, Entry]
    flaws: tuple[Flaw, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """Files by path, and what is wrong with how they stand in their folders.

    Attributes:
        is_whole: Whether all of them could be listed, within the bounds of the format.
    """

    files: Mapping[str, Entry]
    flaws: tuple[Flaw, ...]
    is_whole: bool


class Seen:
    """What was looked at in one history, and is not looked at again."""

    def __init__(self) -> None:
        self._things: set[Hashable] = set()
        self._entries: defaultdict[str, set[tuple[str, Entry]]] = defaultdict(set)

    def is_new(self, thing: Hashable) -> bool:
        """Return whether a thing was not looked at yet; now it was."""
        if thing in self._things:
            return False
        self._things.add(thing)
        return True

    def new_entries(self, place: str, entries: Mapping[str, Entry]) -> list[tuple[str, Entry]]:
        """Return what a folder holds that did not stand there before, by name; now it does."""
        known = self._entries[place]
        new = sorted(entries.items() - known)
        known.update(new)
        return new


class Folders:
    """Reads folders; small ones are kept at hand, since the next record has most of them too."""

    def __init__(self, objects: ProvedObjects) -> None:
        self._objects = objects
        self._kept: OrderedDict[tuple[str, str], Folder] = OrderedDict()

    def read(self, place: str, oid: str) -> Folder:
        """Return the folder with the tree `oid`.

        Args:
            place: Where it lies; ends in `/`, and is empty for the top.
        """
        key = (place, oid)
        folder = self._kept.get(key)
        if folder is None:
            folder = self._read(place, oid)
            if len(folder.entries) <= _KEPT_NAMES:
                self._kept[key] = folder
            if len(self._kept) > _KEPT_FOLDERS:
                self._kept.popitem(last=False)
        return folder

    def listing(self, tree: str, seen: Seen) -> Listing:
        """Return every file below the tree `tree` but those that were seen there before.

        Args:
            seen: What was looked at before; what is returned is added.
        """
        top = self.read("", tree)
        flaws = list(top.flaws)
        files, folders = _unseen("", top, seen)
        for path, oid in folders.items():
            if path in _TOP_FILES:
                flaws.append(Flaw(f"{path!r} is a folder: expected a file"))
            try:
                for found, told in self._walk(path, oid, seen):
                    files |= found
                    flaws += told
            except DamagedRecord as error:  # there would be no end of telling
                return Listing({}, (Flaw(str(error)),), is_whole=False)
        for path, entry in files.items():
            flaws += _wrong_with(path, entry)
        return Listing(files, tuple(flaws), is_whole=True)

    def _walk(
        self, top: str, oid: str, seen: Seen
    ) -> Iterator[tuple[Mapping[str, Entry], Sequence[Flaw]]]:
        left = MOST_ENTRIES
        waiting = {top: oid}
        while waiting:
            path, tree = waiting.popitem()
            folder = self.read(f"{path}/", tree)
            files, folders = _unseen(f"{path}/", folder, seen)
            left -= len(files) + len(folders)
            check_extent(top, path, left)
            yield files, folder.flaws
            waiting |= folders

    def _read(self, place: str, oid: str) -> Folder:
        try:
            entries = self._objects.tree(oid)
        except DamagedRecord as error:
            of = f"folder {place or '.'!r}"
            return Folder({}, (unreadable(self._objects, oid, error, of=of),))
        named = {decode_path(name): entry for name, entry in entries.items()}
        if tree_object(entries).oid == oid:
            return Folder(named)
        flaw = Flaw(f"folder {place or '.'!r} is not spelled as Git spells trees")
        return Folder(named, (flaw,))


def _unseen(place: str, folder: Folder, seen: Seen) -> tuple[dict[str, Entry], dict[str, str]]:
    """Return the files of a folder, and the trees of the folders in it, by path."""
    files: dict[str, Entry] = {}
    folders: dict[str, str] = {}
    for name, entry in seen.new_entries(place, folder.entries):
        path = f"{place}{name}"
        if entry.mode == TREE_MODE:
            folders[path] = entry.oid
        else:
            files[path] = entry
    return files, folders


def _wrong_with(path: str, entry: Entry) -> Iterator[Flaw]:
    if entry.mode != FILE_MODE:
        yield Flaw(f"{path!r} has the mode {entry.mode:o}: expected {FILE_MODE:o}, a plain file")
    if path.startswith(_NAMED_BY_PEOPLE):
        try:
            checked_artifact_path(path.partition("/")[2])
        except InvalidValue as error:
            yield Flaw(str(error))
    elif path in _TOP_FOLDERS:
        yield Flaw(f"{path!r} is a file: expected a folder")
    elif not _is_known(path):
        yield Flaw(f"{path!r} is a file that this gitxp does not know", "", Weight.NOTE)


def _is_known(path: str) -> bool:
    parsers = (parse_segment_path, parse_event_path, parse_bundle_path, parse_notebook_path)
    return path in _TOP_FILES or any(parse(path) is not None for parse in parsers)
