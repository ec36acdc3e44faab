"""Objects whose bytes were proved to be those that their ids name."""

from __future__ import annotations

from collections.abc import Mapping

from gitxp.errors import DamagedRecord, UnsupportedRepository
from gitxp.storage.configuration import read_configuration
from gitxp.storage.extensions import accept_extensions
from gitxp.storage.object_text import Commit, parse_commit, parse_tree
from gitxp.storage.objects import Entry, ObjectKind, object_id
from gitxp.storage.repository import Repository

_KINDS: Mapping[int, ObjectKind] = {1: "commit", 2: "tree", 3: "blob"}


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
        try:
            accept_extensions(pygit2.settings)
            self._git = pygit2.Repository(str(repository.git_dir))
        except pygit2.GitError as error:
            raise UnsupportedRepository(
                f"libgit2 cannot open {str(repository.git_dir)!r}: {error}"
            ) from error
        self.is_partial = is_partial_clone(read_configuration(repository))
        self.shallow = shallow_commits(repository)

    def has(self, oid: str) -> bool:
        """Return whether the store has an object, be it sound or not."""
        try:
            return oid in self._damaged or oid in self._git
        except self._unreadable:  # the pack it lies in cannot be opened
            return False

    def read(self, oid: str, kind: ObjectKind) -> bytes:
        """Return the content of an object.

        Raises:
            DamagedRecord: If it is missing, damaged, or of another kind.
        """
        try:
            number, content = self._git.read(oid)
        except KeyError as error:
            state = "is damaged" if oid in self._damaged else "is missing"
            raise DamagedRecord(f"{kind} {oid} {state}") from error
        except self._unreadable as error:
            self._damaged.add(oid)
            reason = str(error).removeprefix(f"{oid}: ")
            raise DamagedRecord(f"{kind} {oid} is damaged: {reason}") from error
        found = _KINDS.get(int(number))
        if found is None or object_id(found, content) != oid:
            raise DamagedRecord(f"{kind} {oid} is damaged: its bytes have another digest")
        if found != kind:
            raise DamagedRecord(f"{oid} is a {found}: expected a {kind}")
        proved: bytes = content
        return proved

    def commit(self, oid: str) -> Commit:
        """Return what a commit says.

        Raises:
            DamagedRecord: If it cannot be read.
        """
        return parse_commit(self.read(oid, "commit"))

    def tree(self, oid: str) -> dict[bytes, Entry]:
        """Return the entries of a tree.

        Raises:
            DamagedRecord: If it cannot be read.
        """
        return parse_tree(self.read(oid, "tree"))


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
