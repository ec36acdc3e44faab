"""Runs that were recorded a while ago, out of the packs that still lie beside the store.

Each run is a pack of its own until a command gathers them
(`docs/decisions/0002-one-pack-a-run.md`), and a store of thousands is slow to read from.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitxp.errors import DamagedRecord, InvalidName
from gitxp.model.identity import RunId
from gitxp.storage.layout import journal_dir, record_pack_path, recorded_dir
from gitxp.storage.odb.packed_objects import PackedObjects
from gitxp.storage.reader import RecordReader

if TYPE_CHECKING:
    from gitxp.model.run import Run
    from gitxp.storage.refs import RunRef
    from gitxp.storage.repository import Repository


class LatelyRecorded:
    """Reads runs from their own packs, and from the store where those do not hold all of them."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._decoded: dict[tuple[str, str], Any] = {}

    def run_at(self, place: RunRef, tip: str) -> Run:
        """Return the run of a record, as `RecordReader.run_at` does.

        Raises:
            DamagedRecord: If it cannot be read, or is that of another run.
            UnsupportedRepository: If the store is needed and cannot be opened.
        """
        objects = PackedObjects(self._packs(place.run))
        if tip in objects:
            reader = RecordReader(self._repository, objects=objects, decoded=self._decoded)
            with suppress(DamagedRecord):  # it builds on what lies elsewhere
                return reader.run_at(place, tip)
        return self._from_store.run_at(place, tip)

    @cached_property
    def _from_store(self) -> RecordReader:
        return RecordReader(self._repository, decoded=self._decoded)

    def _packs(self, run: RunId) -> Iterator[Path]:
        # As long as it is not put aside, the journal has it.
        folders = [journal_dir(self._repository.private_dir, run)]
        parent = recorded_dir(self._repository.private_dir)
        folders += [parent / name for name in self._aside.get(run, ())]
        return (pack for pack in map(record_pack_path, folders) if _is_in_store(pack))

    @cached_property
    def _aside(self) -> dict[str, list[str]]:
        """By run the folders in which packs are kept; listed once, for there may be thousands."""
        folders: dict[str, list[str]] = {}
        with suppress(OSError):
            parent = recorded_dir(self._repository.private_dir)
            for name in os.listdir(parent):  # noqa: PTH208  # a path for each takes twice as long
                folders.setdefault(name.partition("-")[0], []).append(name)
        return folders


class RecordedSince:
    """Tells which runs are recorded from now on; to look again costs one look at a folder."""

    def __init__(self, repository: Repository) -> None:
        self._folder = recorded_dir(repository.private_dir)
        self._changed = 0
        self._known: frozenset[str] = frozenset()
        self.new_runs()

    def new_runs(self) -> set[RunId]:
        """Return the runs that were recorded since this was asked last."""
        try:
            changed = self._folder.stat().st_mtime_ns
            if changed == self._changed:
                return set()
            names = frozenset(os.listdir(self._folder))  # noqa: PTH208  # there may be thousands
        except FileNotFoundError:  # none ever was
            return set()
        new, self._known, self._changed = names - self._known, names, changed
        return set(filter(None, map(_run_of, new)))


def _run_of(name: str) -> RunId | None:
    with suppress(InvalidName):  # what was said of runs lies there, too
        return RunId(name.partition("-")[0])
    return None


def _is_in_store(pack: Path) -> bool:
    """Whether the store has the pack as well, under another name of the same file.

    Else the store has gathered it since, and is fast; or it has lost it, which nobody would notice
    who did not ask there, and the user's own Git would stumble over the ref.
    """
    try:
        return pack.stat().st_nlink > 1
    except OSError:
        return False
