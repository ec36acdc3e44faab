"""Git LFS objects of lately recorded runs, under a second name.

A `git lfs prune` that had listed what is needed before a run was recorded may delete the objects
of that run after it was.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from gitxp.artifacts.lfs import object_path, place_object
from gitxp.storage.codecs.pointer import Pointer

_TRIES = 5


def place_and_keep(source: Path, kept: Path, common_dir: Path, configured: str = "") -> Pointer:
    """Put a file into the LFS folder, and give the object a second name in the folder `kept`.

    The name takes no room. Where the file system has no hard links there is none.
    """
    kept.mkdir(exist_ok=True)
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
    """Put back what was pruned of the objects in the folder `kept`."""
    for path in kept.iterdir():
        target = object_path(common_dir, path.name, configured)
        if target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, target)
        except FileExistsError:
            continue
        except OSError:
            partial = target.with_name(f"{target.name}.gitxp")
            with suppress(FileNotFoundError):
                shutil.copyfile(path, partial)
                partial.replace(target)
