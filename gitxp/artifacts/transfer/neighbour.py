"""A remote on this machine has a Git LFS folder of its own: files are copied from one to the other.

As git-lfs does it, with which such a remote is shared; but each is read where it is to lie, since
there is no server that would, and a damaged one that lies there gives way.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gitxp.artifacts.files import stage
from gitxp.artifacts.lfs import is_sound, lfs_dir, object_in, partial_object
from gitxp.artifacts.transfer.several import told
from gitxp.errors import GitxpError, RemoteFailed
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.configuration import lfs_storage
from gitxp.storage.repository import open_repository
from gitxp.storage.sharing import make_folder
from gitxp.storage.transport.large_place import LocalRepository
from gitxp.storage.transport.meter import Meter


def give_to_neighbour(
    place: LocalRepository, paths: Mapping[Pointer, Path], meter: Meter
) -> dict[Pointer, str]:
    """Copy files into another repository, and return by file why it is not there."""
    failed: dict[Pointer, str] = {}
    try:
        folder = neighbours_folder(place)
    except GitxpError as error:
        return dict.fromkeys(paths, told(error))
    for pointer, path in paths.items():
        target = object_in(folder, pointer.digest)
        try:
            if not (target.is_file() and is_sound(target, pointer.digest)):
                _copy_sound(path, folder, pointer)
        except (GitxpError, OSError) as error:
            failed[pointer] = told(error)
        meter.tell(pointer.digest, pointer.size)
    return failed


def take_from_neighbour(place: LocalRepository, pointer: Pointer, folder: Path) -> None:
    """Copy a file out of another repository into a Git LFS folder, where it is sound.

    Raises:
        RemoteFailed: If it is not there, or other bytes by its name.
        OSError: If it cannot be written.
    """
    source = object_in(neighbours_folder(place), pointer.digest)
    if not source.is_file():
        raise RemoteFailed("the remote does not have it")
    _copy_sound(source, folder, pointer)


def neighbours_folder(place: LocalRepository) -> Path:
    """Return the Git LFS folder of another repository.

    Raises:
        NoRepository: If there is none, or Git will not open it.
        UnsupportedRepository: If it is of a kind that gitxp does not read.
    """
    repository = open_repository(place.path)
    return lfs_dir(repository.common_dir, lfs_storage(repository))


def _copy_sound(source: Path, folder: Path, pointer: Pointer) -> None:
    """Copy an object into a Git LFS folder; it has its name only once it was read there.

    Raises:
        RemoteFailed: If it has other bytes than its name says.
        OSError: If it cannot be read or written.
    """
    partial, target = partial_object(folder), object_in(folder, pointer.digest)
    try:
        stage(source, partial)
        if not is_sound(partial, pointer.digest):
            raise RemoteFailed(f"{source} has other bytes than its name says")
        make_folder(target.parent)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
