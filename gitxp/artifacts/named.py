"""Which Git LFS objects records and code name, of many at once."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from gitxp.errors import GitFailed
from gitxp.storage.codecs.pointer import LONGEST_POINTER, Pointer, decode_pointer
from gitxp.storage.odb.object_stream import object_stream
from gitxp.storage.repository import Repository

_SMALL_OBJECTS = (
    *("rev-list", "--objects", "--no-object-names", f"--filter=blob:limit={LONGEST_POINTER}"),
    # Whatever is damaged or gone of one, the others tell what they name.
    *("--missing=print", "--ignore-missing", "--stdin"),
)


def named_by_records(
    repository: Repository, tips: Iterable[str], codes: Iterable[str] = ()
) -> set[str]:
    """Return the digests of all large files that records name, and their code.

    Args:
        tips: Each stands for all records that led to it.
        codes: More commits of code.

    Raises:
        GitFailed: If an object cannot be read.
    """
    records = _listed(repository, tips, "--first-parent", "--parents")
    # `<record> <record before> <code>`, and then the objects by themselves.
    beside = {parent for line in records for parent in line[2:]}
    found = _pointers(repository, (line[0] for line in records if len(line) == 1))
    found |= named_by_code(repository, beside.union(codes))
    return {pointer.digest for pointer in found}


def codes_of_records(repository: Repository, tips: Iterable[str]) -> set[str]:
    """Return the code of records and of all before them: each session may have had another.

    Args:
        tips: Each stands for all records that led to it; what cannot be read is passed over.
    """
    wanted = [*tips]
    with suppress(GitFailed):
        return _codes_of_records(repository, wanted)
    codes: set[str] = set()
    for tip in wanted:  # one of them is damaged: the others tell what they ran
        with suppress(GitFailed):
            codes |= _codes_of_records(repository, [tip])
    return codes


def _codes_of_records(repository: Repository, tips: Iterable[str]) -> set[str]:
    given = "".join(f"{tip}\n" for tip in tips)
    if not given:
        return set()
    words = ("rev-list", "--first-parent", "--parents", "--ignore-missing", "--stdin")
    lines = repository.git(*words, given=given.encode()).decode().splitlines()
    # `<record> <record before> <code>`
    return {parent for line in lines for parent in line.split(" ")[2:]}


def named_by_code(
    repository: Repository, codes: Iterable[str], but_not: Iterable[str] = ()
) -> set[Pointer]:
    """Return the large files in the trees of some commits.

    Args:
        but_not: Commits whose files are passed over, and which may be gone.

    Raises:
        GitFailed: If an object cannot be read.
    """
    trees = [f"{code}^{{tree}}" for code in codes]
    if not trees:
        return set()
    trees += [f"^{code}^{{tree}}" for code in but_not]
    blobs = _listed(repository, trees, "--filter=object:type=blob")
    return _pointers(repository, (line[0] for line in blobs))


def named_beyond(
    repository: Repository, tips: Iterable[str], but_not: Iterable[str]
) -> set[Pointer]:
    """Return the large files in all that some commits lead to and others do not.

    That is records, the code beside them, and the history of that.

    Args:
        but_not: Commits that may be gone.

    Raises:
        GitFailed: If an object cannot be read.
    """
    names = [*tips]
    if not names:
        return set()
    names += [f"^{commit}" for commit in but_not]
    blobs = _listed(repository, names, "--filter=object:type=blob")
    return _pointers(repository, (line[0] for line in blobs))


def _listed(repository: Repository, names: Iterable[str], *how: str) -> list[list[str]]:
    given = "".join(f"{name}\n" for name in names)
    if not given:
        return []
    answer = repository.git(*_SMALL_OBJECTS, *how, given=given.encode()).decode()
    return [line.split(" ") for line in answer.splitlines() if not line.startswith("?")]


def _pointers(repository: Repository, oids: Iterable[str]) -> set[Pointer]:
    with object_stream(repository) as stream:
        found = stream.read(list(oids))
    pointers = (decode_pointer(one[1]) for one in found if one is not None)
    return {pointer for pointer in pointers if pointer is not None}
