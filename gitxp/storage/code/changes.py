"""What differs between two commits, file by file and with sizes, before any of it is compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gitxp.storage.odb.objects import EMPTY_TREE, GITLINK_MODE, Entry
from gitxp.storage.repository import Repository

_NOTHING_THERE = "0" * 40


@dataclass(frozen=True, slots=True)
class Change:
    """One path that differs.

    Attributes:
        path: As Git spells it, without quotes around it.
        before: What the base has there; None where it has nothing.
        after: None where the path goes.
        sizes: Bytes of each version that must be read to compare them; none for a submodule, or
            where the content is the same.
    """

    path: bytes
    before: Entry | None
    after: Entry | None
    sizes: tuple[int, ...] = ()

    @property
    def is_edit(self) -> bool:
        """Whether there are two versions to compare."""
        return len(self.sizes) == 2


def list_changes(
    repository: Repository,
    base: str | None,
    code: str,
    *,
    environment: Mapping[str, str] | None = None,
) -> list[Change]:
    """Return every path that differs, in Git's order; no content is read.

    Args:
        base: None for the empty tree.
        environment: For Git, such as where objects lie beside the store.

    Raises:
        GitFailed: If a commit or tree is missing.
    """
    words = ("-c", "core.quotePath=true", "diff-tree", "-r", "--raw", "--no-abbrev")
    options = ("--no-renames", "--ignore-submodules=none")
    answer = repository.git(*words, *options, base or EMPTY_TREE, code, environment=environment)
    found = [_parse(line) for line in answer.splitlines()]
    asked = dict.fromkeys(oid for _, before, after in found for oid in _blobs(before, after))
    sizes = _sizes(repository, asked, environment)
    return [
        Change(
            path, before, after, tuple(sizes[oid] for oid in _blobs(before, after) if oid in sizes)
        )
        for path, before, after in found
    ]


def inseparable(paths: Iterable[bytes]) -> list[list[int]]:
    """Return the numbers of changes that apply only together, groups and members in order.

    They are about one path, or about a file that became a folder, or the reverse.
    """
    ordered = list(paths)
    groups: list[list[int]] = []
    outer = b""
    # With NUL for `/`, what lies in a folder follows at once what has the folder's name.
    for number in sorted(range(len(ordered)), key=lambda n: ordered[n].replace(b"/", b"\0")):
        path = ordered[number]
        if groups and (path == outer or path.startswith(outer + b"/")):
            groups[-1].append(number)
        else:
            groups.append([number])
            outer = path
    return sorted(sorted(group) for group in groups)


def _parse(line: bytes) -> tuple[bytes, Entry | None, Entry | None]:
    """Read `:<mode> <mode> <id> <id> <letter>`, a tab, and the path."""
    told, _, path = line[1:].partition(b"\t")
    modes, oids = (words.split() for words in (told[:13], told[14:]))
    before, after = (
        None if oid.decode() == _NOTHING_THERE else Entry(oid.decode(), int(mode, 8))
        for mode, oid in zip(modes, oids[:2], strict=True)
    )
    return (path[1:-1] if path.startswith(b'"') else path), before, after


def _blobs(before: Entry | None, after: Entry | None) -> list[str]:
    """Return the ids of the versions that must be read."""
    versions = [entry for entry in (before, after) if entry and entry.mode != GITLINK_MODE]
    if before and after and before.oid == after.oid:  # its mode alone
        return []
    return [entry.oid for entry in versions]


def _sizes(
    repository: Repository, oids: Iterable[str], environment: Mapping[str, str] | None
) -> dict[str, int]:
    """Return the size of each object that is there."""
    given = "".join(f"{oid}\n" for oid in oids).encode()
    words = ("cat-file", "--batch-check=%(objectname) %(objectsize)")
    answer = repository.git(*words, given=given, environment=environment).decode()
    lines = (line.split() for line in answer.splitlines())
    return {oid: int(size) for oid, size in lines if size.isdigit()}  # else it is "missing"
