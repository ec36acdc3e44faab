"""The names of the files that hold large files of runs from `git lfs prune`; see `layout.py`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from gitxp.storage.layout import SUBMODULES, live_dir, recorded_dir

_COMMIT_DIGITS = 40
_DIGEST_DIGITS = 64
_KEY_DIGITS = 32


def kept_objects_dir(journal: Path) -> Path:
    """Return the folder in a journal's that keeps the run's Git LFS objects."""
    return journal / "lfs"


def kept_object_paths(private_dir: Path, digest: str) -> Iterator[Path]:
    """Yield where running and lately recorded runs keep a Git LFS object."""
    yield from recorded_dir(private_dir).glob(f"*/lfs/{digest}")
    yield from live_dir(private_dir).glob(f"*/lfs/{digest}")


def kept_objects(private_dir: Path) -> Iterator[Path]:
    """Yield every Git LFS object that running and lately recorded runs keep."""
    return kept_object_paths(private_dir, "*")


def large_dir(private_dir: Path) -> Path:
    """Return the folder with second names of the Git LFS objects that runs of this clone name."""
    return private_dir / "large"


def large_path(private_dir: Path, digest: str) -> Path:
    """Return the second name of a Git LFS object, by its SHA-256."""
    return large_dir(private_dir) / digest[:2] / digest


def large_paths(private_dir: Path) -> Iterator[Path]:
    """Yield every second name of a Git LFS object."""
    return large_dir(private_dir).glob("??/*")


def refused_path(private_dir: Path, digest: str) -> Path:
    """Return the empty file that says that an object is to have a second name, and may not yet."""
    return large_dir(private_dir) / "refused" / digest


def refused_paths(private_dir: Path) -> Iterator[Path]:
    """Yield all such files."""
    return (large_dir(private_dir) / "refused").glob("?" * _DIGEST_DIGITS)


def sentinel_path(private_dir: Path) -> Path:
    """Return the second name of the object that no run needs: a `git lfs prune` takes it."""
    return large_dir(private_dir) / "sentinel"


def submodule_dir(private_dir: Path, place: bytes) -> Path:
    """Return the folder that lists the large files of one submodule.

    Args:
        place: Says where the submodule keeps them.
    """
    key = hashlib.sha256(place).hexdigest()[:_KEY_DIGITS]
    return _submodules_dir(private_dir) / key


def submodule_dirs(private_dir: Path) -> Iterator[Path]:
    """Yield the folder of every submodule whose large files are listed."""
    return _submodules_dir(private_dir).glob("?" * _KEY_DIGITS)


def _submodules_dir(private_dir: Path) -> Path:
    return large_dir(private_dir) / SUBMODULES


def place_path(submodule: Path) -> Path:
    """Return the file that says where a submodule keeps its large files."""
    return submodule / "place"


def submodule_sentinel_path(submodule: Path) -> Path:
    """Return a sentinel as that of `sentinel_path`, for the Git LFS folder of a submodule."""
    return submodule / "sentinel"


def files_of_commit_path(submodule: Path, commit: str) -> Path:
    """Return the list of large files that a commit of a submodule names."""
    return submodule / commit


def lists_of_commit(private_dir: Path, commit: str) -> Iterator[Path]:
    """Yield the lists of a commit's large files, one a submodule that has had it."""
    return _submodules_dir(private_dir).glob(f"{'?' * _KEY_DIGITS}/{commit}")


def lists_of_files(submodule: Path) -> Iterator[Path]:
    """Yield the lists of all commits of a submodule."""
    return submodule.glob("?" * _COMMIT_DIGITS)


def unlisted_path(submodule: Path, commit: str) -> Path:
    """Return the empty file that says that a commit's large files are still to be listed."""
    return submodule.parent / "unlisted" / f"{submodule.name}-{commit}"


def unlisted_paths(private_dir: Path) -> Iterator[Path]:
    """Yield all such files."""
    name = f"{'?' * _KEY_DIGITS}-{'?' * _COMMIT_DIGITS}"
    return (_submodules_dir(private_dir) / "unlisted").glob(name)


def parse_unlisted(path: Path) -> tuple[Path, str]:
    """Return the folder of the submodule, and the commit, of which such a file speaks."""
    key, _, commit = path.name.partition("-")
    return path.parent.parent / key, commit


def looked_through_path(private_dir: Path) -> Path:
    """Return the file that says of which runs the code was searched for large files."""
    return large_dir(private_dir) / "looked-through"


def remote_tips_path(private_dir: Path) -> Path:
    """Return the file that says what remotes had then."""
    return large_dir(private_dir) / "remote-tips"
