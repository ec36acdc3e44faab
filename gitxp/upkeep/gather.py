"""Gathering packs, refs and commits, before many of them would cost the user's own Git anything."""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import accumulate, islice
from pathlib import Path

from gitxp.errors import GitFailed
from gitxp.storage.odb.pack import left_alone
from gitxp.storage.refs import PRIVATE, SHARED
from gitxp.storage.refstore import list_refs
from gitxp.storage.repository import Repository

# Git's own limit is 50 (`gc.autoPackLimit`), and a lookup asks one pack after another.
_MOST_PACKS = 20
# To be written anew, which takes some seconds; nobody waits longer for a list of runs.
_MOST_BYTES = 256 << 20
# A `git fetch` of the user's looks at each: 100 loose ones cost it about a millisecond.
_MOST_REFS = 100
# To list all commits of a repository with more takes more than a few seconds; once it has been
# done, by `git gc` mostly, only what is new takes any time.
_MOST_OBJECTS = 2_000_000


def gather_packs(repository: Repository, *, most_bytes: int = _MOST_BYTES) -> None:
    """Roll many small packs up into one; large ones stay as they are, and no object is dropped.

    Packs that a process is just bringing in have a `.keep` file and are left alone, and nothing
    is done beside a `git gc`, which does the same.

    Args:
        most_bytes: How much is written anew; larger packs are left to `git gc`.
    """
    sizes = _unkept_packs(repository.common_dir / "objects" / "pack")
    if len(sizes) <= _MOST_PACKS or (repository.common_dir / "gc.pid").exists():
        return
    # Git itself goes by the number of objects, and a pack of few may be one of many gigabytes.
    smallest_first = sorted(sizes, key=lambda path: sizes[path])
    totals = accumulate(sizes[path] for path in smallest_first)
    small = sum(total <= most_bytes for total in totals)
    # Not by `--keep-pack`, for which Git before 2.37 loses objects.
    with suppress(GitFailed, OSError), left_alone(smallest_first[small:]):
        # Beside another repack, or on a full disk, it fails: the next command tries.
        repository.git(
            *("-c", "repack.writeBitmaps=false", "-c", "pack.packSizeLimit=0"),
            *("repack", "--geometric=2", "-d", "-l", "-n", "-q"),
        )


def _unkept_packs(folder: Path) -> dict[Path, int]:
    """Return the bytes of each pack that has no `.keep` file."""
    sizes: dict[Path, int] = {}
    for path in folder.glob("*.pack"):
        with suppress(FileNotFoundError):  # repacked this very moment
            sizes[path] = path.stat().st_size
    kept = {path.with_suffix(".pack") for path in folder.glob("*.keep")}
    return {path: size for path, size in sizes.items() if path not in kept}


def gather_refs(repository: Repository, *, most_objects: int = _MOST_OBJECTS) -> None:
    """Pack loose refs once there are many, and list their commits, as `git gc` would.

    Args:
        most_objects: In a repository of more the commits are listed only if Git has begun it.
    """
    tops = (repository.common_dir / prefix for prefix in (SHARED, PRIVATE))
    loose = (name for top in tops for _, _, names in os.walk(top) for name in names)
    if next(islice(loose, _MOST_REFS, None), None) is None:
        return
    if not (repository.common_dir / "gc.pid").exists():
        with suppress(GitFailed):  # beside another `git pack-refs`: the next command tries
            repository.git("pack-refs", "--all", "--prune")
            _list_commits(repository, most_objects)


def _list_commits(repository: Repository, most_objects: int) -> None:
    """Put the commits of runs into Git's commit-graph, so that they are read as one file.

    A `git fetch` of the user's does, and so does each push: 10,000 commits that are looked up one
    by one cost a tenth of a second. Git leaves it by itself in a shallow clone, and writes it anew
    in each `git gc`, without what is gone then.
    """
    folder = repository.common_dir / "objects" / "info"
    is_begun = (folder / "commit-graph").exists() or (folder / "commit-graphs").exists()
    if not is_begun and _packed_objects(repository) > most_objects:
        return
    tips = "".join(f"{tip}\n" for tip in {*list_refs(repository, SHARED).values()})
    # Readers may be about to open what is replaced.
    words = ("--stdin-commits", "--split", "--expire-time=1.hour.ago", "--no-progress")
    repository.git("commit-graph", "write", *words, given=tips.encode())


def _packed_objects(repository: Repository) -> int:
    lines = repository.git("count-objects", "-v").decode().splitlines()
    return int(dict(line.split(": ", 1) for line in lines)["in-pack"])
