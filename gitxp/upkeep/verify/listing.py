"""The files of a record's tree: known kinds of paths, plain files, spelled as Git spells trees."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gitxp.errors import DamagedRecord, InvalidValue
from gitxp.model.artifact_path import checked_artifact_path
from gitxp.storage.layout import (
    ARTIFACTS,
    CODE_DIFF,
    DATASETS,
    ENVIRONMENT,
    LOCK_FILES,
    METRICS,
    OUTPUT,
    PARAMS,
    RUN,
    is_bundle_path,
    parse_event_path,
    parse_segment_path,
)
from gitxp.storage.objects import FILE_MODE, TREE_MODE, Entry, tree_object
from gitxp.storage.proved import ProvedObjects
from gitxp.upkeep.verify.flaw import Flaw, Weight, unreadable

# What lies there is named by people, by the rules for artifacts.
_NAMED_BY_PEOPLE = (f"{ARTIFACTS}/", f"{LOCK_FILES}/")
_TOP = frozenset({RUN, PARAMS, METRICS, ENVIRONMENT, DATASETS, CODE_DIFF, OUTPUT})


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a tree by path, and what is wrong with how they stand there."""

    files: Mapping[str, Entry]
    flaws: tuple[Flaw, ...]


@dataclass(frozen=True, slots=True)
class _Folder:
    """One folder: its files, and place and id of the folders in it."""

    files: Mapping[str, Entry]
    folders: tuple[tuple[str, str], ...]
    flaws: tuple[Flaw, ...]


class Lister:
    """Lists records' trees; folders that many records share are read once."""

    def __init__(self, objects: ProvedObjects) -> None:
        self._objects = objects
        self._folders: dict[tuple[str, str], _Folder] = {}

    def listing(self, tree: str) -> Listing:
        """Return every file below the tree `tree`."""
        files: dict[str, Entry] = {}
        flaws: list[Flaw] = []
        waiting = [("", tree)]
        while waiting:
            place, oid = waiting.pop()
            folder = self._folder(place, oid)
            files |= folder.files
            flaws += folder.flaws
            waiting += folder.folders
        return Listing(files, tuple(flaws))

    def _folder(self, place: str, oid: str) -> _Folder:
        key = (place, oid)
        if key not in self._folders:
            try:
                self._folders[key] = _read_folder(place, oid, self._objects.tree(oid))
            except DamagedRecord as error:
                of = f"folder {place or '.'!r}"
                flaw = unreadable(self._objects, oid, error, of=of)
                self._folders[key] = _Folder({}, (), (flaw,))
        return self._folders[key]


def _read_folder(place: str, oid: str, entries: Mapping[bytes, Entry]) -> _Folder:
    files: dict[str, Entry] = {}
    folders: list[tuple[str, str]] = []
    flaws: list[Flaw] = []
    if tree_object(entries).oid != oid:
        flaws.append(Flaw(f"folder {place or '.'!r} is not spelled as Git spells trees"))
    for name, entry in entries.items():
        path = f"{place}{os.fsdecode(name)}"
        if entry.mode == TREE_MODE:
            folders.append((f"{path}/", entry.oid))
        else:
            files[path] = entry
            flaws += _wrong_with(path, entry)
    return _Folder(files, tuple(folders), tuple(flaws))


def _wrong_with(path: str, entry: Entry) -> Iterator[Flaw]:
    if entry.mode != FILE_MODE:
        yield Flaw(f"{path!r} has the mode {entry.mode:o}: expected {FILE_MODE:o}, a plain file")
    if path.startswith(_NAMED_BY_PEOPLE):
        try:
            checked_artifact_path(path.partition("/")[2])
        except InvalidValue as error:
            yield Flaw(str(error))
    elif not _is_known(path):
        yield Flaw(f"{path!r} is a file that this gitxp does not know", "", Weight.NOTE)


def _is_known(path: str) -> bool:
    is_numbered = parse_segment_path(path) is not None or parse_event_path(path) is not None
    return path in _TOP or is_numbered or is_bundle_path(path)
