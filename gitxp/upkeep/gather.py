"""Gathering small packs and loose refs, before they would cost the user's own Git anything."""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import islice

from gitxp.errors import GitFailed
from gitxp.storage.refs import SHARED
from gitxp.storage.repository import Repository

# Git's own limit is 50 (`gc.autoPackLimit`), and a lookup asks one pack after another.
_MOST_PACKS = 20
# A `git fetch` of the user's looks at each: 100 loose ones cost it about a millisecond.
_MOST_REFS = 100


def gather_packs(repository: Repository) -> None:
    """Roll many small packs up into one; large ones stay as they are, and no object is dropped.

    Packs that a process is just bringing in have a `.keep` file and are left alone, and nothing
    is done beside a `git gc`, which does the same.
    """
    packs = repository.common_dir / "objects" / "pack"
    try:
        names = {path.name for path in packs.iterdir()}
    except FileNotFoundError:
        return
    stems = {name.removesuffix(".pack") for name in names if name.endswith(".pack")}
    loose = [stem for stem in stems if f"{stem}.keep" not in names]
    if len(loose) <= _MOST_PACKS or (repository.common_dir / "gc.pid").exists():
        return
    with suppress(GitFailed):  # beside another repack, or on a full disk: the next command tries
        repository.git(
            *("-c", "repack.writeBitmaps=false", "-c", "pack.packSizeLimit=0"),
            *("repack", "--geometric=2", "-d", "-l", "-n", "-q"),
        )


def gather_refs(repository: Repository) -> None:
    """Pack loose refs once there are many, as `git gc` would."""
    top = repository.common_dir / SHARED
    loose = (name for _, _, names in os.walk(top) for name in names)
    if next(islice(loose, _MOST_REFS, None), None) is None:
        return
    if not (repository.common_dir / "gc.pid").exists():
        with suppress(GitFailed):  # beside another `git pack-refs`: the next command tries
            repository.git("pack-refs", "--all", "--prune")
