"""Kept packs: the objects of running and lately recorded runs, beside the store.

A `git gc --prune=now` that ran at the wrong moment may have taken from the store what these hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from gitxp.errors import GitFailed
from gitxp.storage.layout import live_dir, recorded_dir
from gitxp.storage.pack import Pack, brought_in
from gitxp.storage.presence import missing_objects
from gitxp.storage.repository import Repository


def restore_if_missing(repository: Repository, pack: Pack) -> None:
    """Bring `pack` into the store again unless every object of it is there."""
    listing = repository.git("show-index", given=pack.index_path.read_bytes())
    oids = [line.split()[1].decode() for line in listing.splitlines()]
    if missing_objects(repository, oids):
        with brought_in(pack, repository.common_dir):
            return


def restore_kept_packs(repository: Repository) -> None:
    """Bring in every kept pack of which the store misses an object."""
    for pack in _kept_packs(repository):
        with suppress(GitFailed, FileNotFoundError):  # being written, or tidied away meanwhile
            restore_if_missing(repository, pack)


def _kept_packs(repository: Repository) -> Iterator[Pack]:
    for parent in (live_dir(repository.private_dir), recorded_dir(repository.private_dir)):
        yield from (Pack(path) for path in parent.glob("*/*.pack"))
