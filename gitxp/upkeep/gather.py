"""Gathering small packs into few, before Git's automatic `gc` would stop the user for them."""

from __future__ import annotations

from contextlib import suppress

from gitxp.errors import GitFailed
from gitxp.storage.repository import Repository

# Git's own limit is 50 (`gc.autoPackLimit`), and a lookup asks one pack after another.
_MOST_PACKS = 20


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
