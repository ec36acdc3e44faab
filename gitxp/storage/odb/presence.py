"""Asking the store which objects it has, and which it has certainly lost."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from gitxp.storage.configuration import read_configuration
from gitxp.storage.repository import Repository


def missing_objects(repository: Repository, oids: Iterable[str]) -> set[str]:
    """Return those of `oids` that the store does not show, in one question for all.

    That may be for the moment only: a pack that cannot be read shows none of its objects.
    """
    given = "".join(f"{oid}\n" for oid in oids)
    if not given:
        return set()
    answer = repository.git("cat-file", "--batch-check", given=given.encode()).decode()
    told = (line.split(" ") for line in answer.splitlines())
    return {oid for oid, what, *_ in told if what == "missing"}


def is_certain(repository: Repository) -> bool:
    """Return whether what the store does not show is certainly not there.

    It may just be out of reach: in a partial or shallow clone, in a store that this one borrows
    from and that is not there, or in a file that this user or this disk cannot read.
    """
    return not does_without_some(repository) and are_stores_readable(repository)


def does_without_some(repository: Repository) -> bool:
    """Return whether it is a partial or shallow clone, in which objects are missing by right."""
    settings = read_configuration(repository)
    is_partial = any(key.startswith("remote.") and key.endswith(".promisor") for key in settings)
    return is_partial or (repository.common_dir / "shallow").exists()


def are_stores_readable(repository: Repository) -> bool:
    """Return whether this user can read every file of the store, and of those it borrows from."""
    objects = repository.common_dir / "objects"
    stores = [objects, *_borrowed(objects)]
    return all(_is_readable(store) for store in stores)


def _borrowed(objects: Path) -> list[Path]:
    try:
        links = (objects / "info" / "alternates").read_bytes().splitlines()
    except FileNotFoundError:
        return []
    return [objects / os.fsdecode(link) for link in links if link and not link.startswith(b"#")]


def _is_readable(store: Path) -> bool:
    """Return whether every folder of a store can be listed, and every file opened."""
    folders = [store]
    try:
        while folders:
            for found in os.scandir(folders.pop()):
                if found.is_dir(follow_symlinks=False):
                    folders.append(Path(found))
                else:
                    _open(Path(found))
    except OSError:
        return False
    return True


def _open(path: Path) -> None:
    with suppress(FileNotFoundError), path.open("rb") as file:  # packed away this very moment
        file.read(1)
