"""Which Git LFS objects records, and the code in them, name."""

from __future__ import annotations

from collections.abc import Iterable

from gitxp.storage.codecs.pointer import LONGEST_POINTER, decode_pointer
from gitxp.storage.object_stream import object_stream
from gitxp.storage.repository import Repository

# Whatever is damaged in one record, the others tell what they name.
_OBJECTS = ("rev-list", "--objects", "--no-object-names", "--missing=print", "--ignore-missing")
_SMALL = f"--filter=blob:limit={LONGEST_POINTER}"


def named_objects(
    repository: Repository, tips: Iterable[str], codes: Iterable[str] = ()
) -> set[str]:
    """Return the digests of all large files that runs name, those of their code among them.

    Args:
        tips: Records; each stands for all that led to it, and for its code.
        codes: More commits of code.

    Raises:
        GitFailed: If an object cannot be read.
    """
    records = _listed(repository, tips, "--first-parent", "--parents", _SMALL)
    # `<record> <record before> <code>`, and then the objects by themselves.
    beside = {parent for line in records for parent in line[2:]}
    trees = _listed(
        repository, beside.union(codes), "--no-walk", "--filter=object:type=blob", _SMALL
    )
    with object_stream(repository) as stream:
        found = stream.read([line[0] for line in (*records, *trees) if len(line) == 1])
    pointers = (decode_pointer(one[1]) for one in found if one is not None)
    return {pointer.digest for pointer in pointers if pointer is not None}


def _listed(repository: Repository, commits: Iterable[str], *how: str) -> list[list[str]]:
    given = "".join(f"{commit}\n" for commit in commits)
    if not given:
        return []
    answer = repository.git(*_OBJECTS, *how, "--stdin", given=given.encode()).decode()
    return [line.split(" ") for line in answer.splitlines() if not line.startswith("?")]
