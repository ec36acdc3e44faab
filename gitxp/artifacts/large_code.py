"""The Git LFS objects that captured code names, kept from a `git lfs prune` that began before.

Git LFS asks the refs what is needed, and deletes the rest some moments later: a snapshot whose ref
was made in between would name objects that are gone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from gitxp.artifacts.kept import place_and_keep
from gitxp.artifacts.lfs import object_path, pointer_to
from gitxp.errors import GitFailed, InvalidValue
from gitxp.model.run import Code, LeftOut
from gitxp.storage.codecs.pointer import LONGEST_POINTER, Pointer, decode_pointer
from gitxp.storage.odb.object_stream import object_stream
from gitxp.storage.odb.objects import EMPTY_TREE, read_pieces
from gitxp.storage.repository import Repository
from gitxp.storage.sharing import make_folder


def keep_large_code(
    repository: Repository, code: Code, kept: Path, *, configured: str = ""
) -> Code:
    """Give each object that a snapshot names and its base does not a second name in `kept`.

    Returns:
        The code, which says where an object is lost.
    """
    try:
        pointers = new_pointers(repository, code)
    except GitFailed:  # whoever cannot read the snapshot has no object to keep
        return code
    lost = keep_objects(repository, pointers, kept, configured=configured)
    return replace(code, left_out=(*code.left_out, *lost))


def keep_objects(
    repository: Repository, pointers: Mapping[str, Pointer], kept: Path, *, configured: str = ""
) -> list[LeftOut]:
    """Give objects a second name in `kept`, and return those that are lost.

    One that is gone already is made again of the file that it stands for, where that has not
    changed meanwhile, too.

    Args:
        pointers: By path in the working tree.
        kept: A folder of the run's; made where it is needed.
        configured: The setting `lfs.storage`.
    """
    return [
        LeftOut(path, "its Git LFS object is not here", pointer.size)
        for path, pointer in pointers.items()
        if not _is_kept(repository, path, pointer, kept, configured)
    ]


def _is_kept(
    repository: Repository, path: str, pointer: Pointer, kept: Path, configured: str
) -> bool:
    place = object_path(repository.common_dir, pointer.digest, configured)
    try:
        make_folder(kept)
        os.link(place, kept / pointer.digest)
    except FileNotFoundError:
        return _is_made_again(repository, path, pointer, kept, configured)
    except OSError:  # kept already, or there are no hard links here
        return place.exists()
    return True


def _is_made_again(
    repository: Repository, path: str, pointer: Pointer, kept: Path, configured: str
) -> bool:
    source = (repository.work_tree or Path()) / path
    try:
        if pointer_to(read_pieces(source)) != pointer:
            return False
        return place_and_keep(source, kept, repository.common_dir, configured) == pointer
    except (InvalidValue, OSError):  # the file is gone, too, or the disk is full
        return False


def new_pointers(
    repository: Repository, code: Code, environment: Mapping[str, str] | None = None
) -> Mapping[str, Pointer]:
    """Return what a snapshot has in place of large files that its base does not, by path.

    Args:
        environment: For Git, such as where objects lie beside the store.

    Raises:
        GitFailed: If the snapshot or its base cannot be read.
    """
    words = ("diff-tree", "-r", "-z", "--no-renames", "--diff-filter=d")
    trees = (code.base or EMPTY_TREE, str(code.commit))
    answer = repository.git(*words, *trees, environment=environment)
    fields = [os.fsdecode(field) for field in answer.split(b"\0")]
    changes = zip(fields[::2], fields[1::2], strict=False)
    oids = {path: change.split(" ")[3] for change, path in changes}
    given = "".join(f"{oid}\n" for oid in oids.values()).encode()
    check = "--batch-check=%(objecttype) %(objectsize)"
    answer = repository.git("cat-file", check, given=given, environment=environment)
    told = answer.decode().splitlines()
    # A submodule's commit is none of this store's: `<id> missing`.
    sizes = {
        path: int(line.split(" ")[1])
        for path, line in zip(oids, told, strict=True)
        if line.startswith("blob ")
    }
    small = [path for path, size in sizes.items() if size < LONGEST_POINTER]
    with object_stream(repository, environment) as stream:
        found = stream.read([oids[path] for path in small])
    pointers = {path: decode_pointer(one[1]) for path, one in zip(small, found, strict=True) if one}
    return {path: pointer for path, pointer in pointers.items() if pointer}
