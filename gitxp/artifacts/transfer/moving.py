"""Large files move between this clone and a remote, by HTTP or from folder to folder."""

from __future__ import annotations

from collections.abc import Sequence

from gitxp.artifacts.lfs import incomplete_object, lfs_dir, object_in
from gitxp.artifacts.transfer.client import Client
from gitxp.artifacts.transfer.download import Downloading
from gitxp.artifacts.transfer.manner import Manner
from gitxp.artifacts.transfer.neighbour import give_to_neighbour, take_from_neighbour
from gitxp.artifacts.transfer.several import Tries, told
from gitxp.artifacts.transfer.upload import Uploading
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.configuration import read_configuration
from gitxp.storage.repository import Repository
from gitxp.storage.sharing import make_folder
from gitxp.storage.transport.large_place import Direction, LocalRepository, find_large_place
from gitxp.storage.transport.meter import Meter


def send_large_files(
    repository: Repository, remote: str, objects: Sequence[Pointer], meter: Meter
) -> dict[Pointer, str]:
    """Send objects of the Git LFS folder, and return by object why it is not known to be there."""
    if not objects:
        return {}
    settings = read_configuration(repository)
    folder = lfs_dir(repository.common_dir, settings.get("lfs.storage", ""))
    paths = {pointer: object_in(folder, pointer.digest) for pointer in objects}
    manner = Manner.of(settings)
    try:
        place = find_large_place(repository, remote, Direction.UPLOAD)
        if isinstance(place, LocalRepository):
            return give_to_neighbour(place, paths, meter)
        client = Client.of(repository, place, Direction.UPLOAD, patience=manner.patience)
    except Exception as error:  # noqa: BLE001  # whatever it is, it stops no records
        return dict.fromkeys(objects, told(error))
    return Uploading(client, paths, meter, Tries(manner.tries)).send_all(manner.at_once)


def bring_large_file(repository: Repository, remote: str, pointer: Pointer, meter: Meter) -> None:
    """Bring an object into the Git LFS folder.

    Raises:
        RemoteFailed: If the remote cannot be asked, or does not have it.
        GitxpError: If it is a repository on this machine that cannot be opened.
        OSError: If it cannot be written.
    """
    settings = read_configuration(repository)
    folder = lfs_dir(repository.common_dir, settings.get("lfs.storage", ""))
    manner = Manner.of(settings)
    place = find_large_place(repository, remote, Direction.DOWNLOAD)
    if isinstance(place, LocalRepository):
        take_from_neighbour(place, pointer, folder)
        return
    client = Client.of(repository, place, Direction.DOWNLOAD, patience=manner.patience)
    target = object_in(folder, pointer.digest)
    make_folder(target.parent)
    partial = incomplete_object(folder, pointer.digest)
    Downloading(client, pointer, partial, meter, Tries(manner.tries)).bring(target)
