"""Git LFS objects of lately recorded runs, under a second name.

A `git lfs prune` that had listed what is needed before a run was recorded may delete the objects
of that run after it was.
"""

from __future__ import annotations

import os
from contextlib import suppress
from enum import Enum, auto
from pathlib import Path

from gitxp.artifacts.lfs import (
    bad_path,
    is_sound,
    lfs_dir,
    object_in,
    object_path,
    partial_object,
    place_object,
)
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


class Given(Enum):
    """What became of a name that Git LFS was to have again."""

    PLACED = auto()
    REFUSED = auto()
    DAMAGED = auto()


def restore_kept(kept: Path, common_dir: Path, configured: str = "") -> list[Path]:
    """Put back what was pruned of the objects in the folder `kept`, and return the damaged ones.

    Raises:
        OSError: If the disk is full.
    """
    folder = lfs_dir(common_dir, configured)
    return [path for path in kept.iterdir() if give_back(path, folder, path.name) is Given.DAMAGED]


def give_back(path: Path, folder: Path, digest: str) -> Given:
    """Give Git LFS its name of an object in `folder` again, where the object is sound.

    It is read before: whoever wrote into it by one name wrote into its second name `path`, too,
    and `git lfs fsck` may have taken away what that would bring back.

    Raises:
        OSError: If the disk is full.
    """
    target, partial = object_in(folder, digest), partial_object(folder)
    if target.exists():
        return Given.PLACED
    try:
        for made in (target, partial):
            make_folder(made.parent)
        with suppress(FileExistsError, FileNotFoundError):  # by another process; purged
            os.link(path, partial)  # what is refused is not read for nothing
            if not is_sound(path, digest):
                return Given.DAMAGED
            os.link(path, target)
    except OSError as error:  # read-only, another file system
        if lacks_room(error):
            raise
        return Given.REFUSED
    finally:
        partial.unlink(missing_ok=True)
    return Given.PLACED


def set_aside(path: Path, folder: Path) -> Path:
    """Take its second name from a damaged object, and return where it is, as Git LFS would have it.

    Args:
        folder: Of Git LFS.

    Raises:
        OSError: If it cannot be moved.
    """
    bad = bad_path(folder, path.name)
    if bad.exists():  # `git lfs fsck` found it
        path.unlink(missing_ok=True)
    else:
        make_folder(bad.parent)
        with suppress(FileNotFoundError):  # by another process
            path.replace(bad)
    return bad
