"""Objects whose bytes were proved to be those that their ids name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from gitxp.errors import DamagedRecord, GitFailed
from gitxp.storage.bounds import LARGEST_COMMIT, LARGEST_FILE, LARGEST_HELD, LARGEST_TREE
from gitxp.storage.configuration import read_configuration
from gitxp.storage.extensions import open_with_libgit2
from gitxp.storage.git import abandon_git, finish_git
from gitxp.storage.odb.object_sizes import size_reader
from gitxp.storage.odb.object_text import Commit, parse_commit, parse_tree
from gitxp.storage.odb.objects import KINDS, Entry, ObjectKind, object_id
from gitxp.storage.repository import Repository

_PIECE = 1 << 20


class ProvedObjects:
    """Reads the objects of one repository, each answer checked against its id.

    Nothing is fetched: what a partial clone has not brought along counts as missing.

    Attributes:
        is_partial: Whether a remote has promised to give missing objects when asked.
        shallow: Commits whose parents were left behind on purpose.
    """

    def __init__(self, repository: Repository) -> None:
        """Open the repository's objects.

        Raises:
            UnsupportedRepository: If libgit2 cannot; with its own words.
        """
        import pygit2

        self._unreadable = (KeyError, ValueError, pygit2.GitError)
        # libgit2 denies to have what it once found damaged in a pack.
        self._damaged: set[str] = set()
        self._git = open_with_libgit2(repository)
        self._size = size_reader(repository, self._git)
        self._repository = repository
        self.is_partial = is_partial_clone(read_configuration(repository))
        self.shallow = shallow_commits(repository)

    def has(self, oid: str) -> bool:
        """Return whether the store has an object, be it sound or not."""
        try:
            # Unlike `in`, which reads the object.
            return oid in self._damaged or self._git.odb.exists(oid)
        except self._unreadable:  # the pack it lies in cannot be opened
            return False

    def size(self, oid: str) -> int:
        """Return the bytes of an object, without reading it.

        Raises:
            DamagedRecord: If it is missing, or damaged where that is told.
        """
        with self._told(f"object {oid}", oid):
            return self._size(oid)

    def read(self, oid: str, kind: ObjectKind, *, most: int = LARGEST_FILE) -> bytes:
        """Return the content of an object.

        Raises:
            DamagedRecord: If it is missing, damaged, of another kind, or larger than `most` bytes.
        """
        found, content = self._read(f"{kind} {oid}", oid, most)
        if found != kind:
            raise DamagedRecord(f"{oid} is a {found}: expected a {kind}")
        return content

    def find(self, oid: str, *, most: int) -> tuple[ObjectKind, bytes] | None:
        """Return kind and content of an object; None where it cannot be had."""
        try:
            return self._read(oid, oid, most)
        except DamagedRecord:
            return None

    def prove_file(self, oid: str) -> None:
        """Prove the content of a file of any size.

        Raises:
            DamagedRecord: If it is missing or damaged.
        """
        size = self.size(oid)
        if size <= LARGEST_HELD:
            self.read(oid, "blob")
            return
        digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
        held = ("-c", f"core.bigFileThreshold={LARGEST_HELD}")  # nor by Git
        process = self._repository.start_git(*held, "cat-file", "blob", oid)
        try:
            assert process.stdout is not None
            while piece := process.stdout.read(_PIECE):
                digest.update(piece)
            finish_git(process)
        except GitFailed as error:
            raise DamagedRecord(f"blob {oid} is damaged: {error}") from error
        finally:
            abandon_git(process)
        if digest.hexdigest() != oid:
            raise DamagedRecord(f"blob {oid} is damaged: its bytes have another digest")

    def commit(self, oid: str) -> Commit:
        """Return what a commit says.

        Raises:
            DamagedRecord: If it cannot be read.
        """
        return parse_commit(self.read(oid, "commit", most=LARGEST_COMMIT))

    def tree(self, oid: str) -> dict[bytes, Entry]:
        """Return the entries of a tree.

        Raises:
            DamagedRecord: If it cannot be read.
        """
        return parse_tree(self.read(oid, "tree", most=LARGEST_TREE))

    def _read(self, what: str, oid: str, most: int) -> tuple[ObjectKind, bytes]:
        with self._told(what, oid):
            size = self._size(oid)
            if size > most:
                raise DamagedRecord(f"{what} has {size} bytes: expected at most {most}")
            number, content = self._git.read(oid)
        found = KINDS.get(int(number))
        if found is None or object_id(found, content) != oid:
            raise DamagedRecord(f"{what} is damaged: its bytes have another digest")
        return found, content

    @contextmanager
    def _told(self, what: str, oid: str) -> Iterator[None]:
        """Turn what libgit2 says of an object that cannot be read into an error of ours."""
        try:
            yield
        except KeyError as error:
            state = "is damaged" if oid in self._damaged else "is missing"
            raise DamagedRecord(f"{what} {state}") from error
        except self._unreadable as error:
            self._damaged.add(oid)
            reason = str(error).removeprefix(f"{oid}: ")
            raise DamagedRecord(f"{what} is damaged: {reason}") from error


def is_partial_clone(settings: Mapping[str, str]) -> bool:
    """Return whether Git's settings make the repository a partial clone."""
    return any(
        key == "extensions.partialclone"
        or (key.startswith("remote.") and key.endswith(".promisor") and value == "true")
        for key, value in settings.items()
    )


def shallow_commits(repository: Repository) -> frozenset[str]:
    """Return the commits at which a shallow clone ends; none in an ordinary one."""
    try:
        return frozenset((repository.common_dir / "shallow").read_text().split())
    except FileNotFoundError:
        return frozenset()
