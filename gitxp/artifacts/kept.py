"""Git LFS objects of lately recorded runs, under a second name.

A `git lfs prune` that had listed what is needed before a run was recorded may delete the objects
of that run after it was.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from gitxp.artifacts.lfs import object_path, place_object
from gitxp.storage.codecs.pointer import Pointer
from gitxp.storage.disk import lacks_room
from gitxp.storage.sharing import make_folder

_TRIES = 5


def place_and_keep(source: Path, kept: Path, common_dir: Path, configured: str = "") -> Pointer:
    """Put a file into the LFS folder, and give the object a second name in the folder `kept`.

    The name takes no room. Where the file system has no hard links there is none.
    """
    make_folder(kept)
    for _ in range(_TRIES):
        pointer = place_object(source, common_dir, configured)
        try:
            os.link(object_path(common_dir, pointer.digest, configured), kept / pointer.digest)
        except FileNotFoundError:  # pruned this very moment
            continue
        except OSError:  # kept already, or there are no hard links here
            break
        break
    return pointer


def restore_kept(kept: Path, common_dir: Path, configured: str = "") -> None:
    """Put back what was pruned of the objects in the folder `kept`.

    Raises:
        OSError: If the disk is full.
    """
    for path in kept.iterdir():
        give_back(path, object_path(common_dir, path.name, configured))


def give_back(path: Path, target: Path) -> bool:
    """Give Git LFS its name `target` of an object again; return False where that cannot be.

    Raises:
        OSError: If the disk is full.
    """
    if target.exists():
        return True
    try:
        make_folder(target.parent)
        with suppress(FileExistsError, FileNotFoundError):  # by another process; purged
            os.link(path, target)
    except OSError as error:  # read-only, another file system
        if lacks_room(error):
            raise
        return False
    return True
