"""Kept packs: the objects of running and lately recorded runs, beside the store.

A `git gc --prune=now` that ran at the wrong moment may have taken from the store what these hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

from gitxp.errors import DamagedRecord
from gitxp.storage.layout import live_dir, recorded_dir
from gitxp.storage.odb.pack import Pack, brought_in, pack_oids
from gitxp.storage.odb.presence import missing_objects
from gitxp.storage.repository import Repository


def restore_missing(repository: Repository, packs: Iterable[Pack]) -> list[Pack]:
    """Bring in those of `packs` of which the store misses an object.

    Returns:
        Those that were looked at; one that is just being written, or tidied away, is not.
    """
    held: dict[Pack, list[str]] = {}
    for pack in packs:
        with suppress(DamagedRecord, FileNotFoundError):
            held[pack] = pack_oids(pack)
    gone = missing_objects(repository, (oid for oids in held.values() for oid in oids))
    for pack, oids in held.items():
        if gone.intersection(oids):
            with suppress(FileNotFoundError), brought_in(pack, repository.common_dir):
                pass  # now that it is there, the ref that wants it finds it
    return list(held)


def restore_kept_packs(repository: Repository) -> None:
    """Bring in every kept pack of which the store misses an object."""
    restore_missing(repository, _kept_packs(repository))


def _kept_packs(repository: Repository) -> Iterator[Pack]:
    for parent in (live_dir(repository.private_dir), recorded_dir(repository.private_dir)):
        yield from (Pack(path) for path in parent.glob("*/*.pack"))
