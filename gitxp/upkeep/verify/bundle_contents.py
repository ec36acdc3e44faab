"""What a bundle of a submodule brings: its commits, how they hang together, and what they lack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gitxp.errors import DamagedRecord
from gitxp.storage.bounds import LARGEST_COMMIT, LARGEST_TREE, MOST_ENTRIES, MOST_PACKED
from gitxp.storage.git_path import decode_path
from gitxp.storage.odb.bundle_reader import Bundle, read_bundle
from gitxp.storage.odb.object_text import Commit, parse_commit, parse_tree
from gitxp.storage.odb.objects import GITLINK_MODE, TREE_MODE, Entry
from gitxp.storage.odb.pack_reader import Outside, PackReader
from gitxp.upkeep.verify.code_trees import LONGEST_PATH

_FOLDERS = (TREE_MODE, GITLINK_MODE)
# More submodules than anybody has.
_MOST_LINKS = 1000


class Ids:
    """A set of object ids that takes no more room than they do: a history has many."""

    def __init__(self, oids: Iterable[str]) -> None:
        self._ids = b"".join(sorted(map(bytes.fromhex, oids)))

    def __contains__(self, oid: str) -> bool:
        wanted = bytes.fromhex(oid)
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            found = self._ids[20 * middle : 20 * middle + 20]
            if found == wanted:
                return True
            low, high = (middle + 1, high) if found < wanted else (low, middle)
        return False

    def __len__(self) -> int:
        return len(self._ids) // 20

    def __iter__(self) -> Iterator[str]:
        return (self._ids[start : start + 20].hex() for start in range(0, len(self._ids), 20))


@dataclass(frozen=True, slots=True)
class BundleContents:
    """A bundle that is sound.

    Attributes:
        tip: The commit that it brings.
        tree: Of that commit.
        seconds: The committer date of that commit in seconds since 1970.
        prerequisites: Commits on which it builds.
        held: Every object in it.
        lacking: Files and folders of its commits that it has not: its prerequisites may.
        beyond: Parents of its commits that it neither has nor asks for.
        links: Commits of the submodules inside, by path, as far as its folders are in it.
    """

    tip: str
    tree: str
    seconds: int
    prerequisites: frozenset[str]
    held: Ids
    lacking: Ids
    beyond: frozenset[str]
    links: Mapping[str, str]


def bundle_contents(content: bytes, outside: Outside | None = None) -> BundleContents:
    """Open a bundle, and go through all that it brings.

    Args:
        outside: Asked for what it builds on; what builds on something else counts as lacking.

    Raises:
        DamagedRecord: If it is damaged, or its commit is not in it.
    """
    bundle = read_bundle(content, outside)
    tip = _commit(bundle, bundle.tip)
    folders = _Folders(bundle.objects)
    beyond: set[str] = set()
    for commit in _commits(bundle):
        folders.go_through(commit.tree)
        beyond.update(parent for parent in commit.parents if not _is_told(bundle, parent))
    return BundleContents(
        bundle.tip,
        tip.tree,
        tip.seconds,
        bundle.prerequisites,
        Ids(bundle.objects.kinds),
        Ids(folders.lacking),
        frozenset(beyond),
        folders.links(tip.tree),
    )


def _commit(bundle: Bundle, oid: str) -> Commit:
    return parse_commit(bundle.objects.read(oid, "commit", most=LARGEST_COMMIT))


def _is_told(bundle: Bundle, commit: str) -> bool:
    return commit in bundle.objects.kinds or commit in bundle.prerequisites


def _commits(bundle: Bundle) -> Iterator[Commit]:
    """Yield each commit, down to the prerequisites."""
    seen, waiting = {bundle.tip}, [bundle.tip]
    while waiting:
        oid = waiting.pop()
        commit = _commit(bundle, oid)
        yield commit
        for parent in commit.parents:
            if parent in seen:
                continue
            seen.add(parent)
            if parent in bundle.objects.kinds:
                waiting.append(parent)


class _Folders:
    """The folders of a bundle's commits.

    Attributes:
        lacking: Files and folders that are not there.
    """

    def __init__(self, objects: PackReader) -> None:
        self.lacking: set[str] = set()
        self._objects = objects
        # Of each folder that is there, the folders and submodules in it.
        self._below: dict[str, Mapping[bytes, Entry]] = {}
        self._room = MOST_PACKED

    def go_through(self, tree: str) -> None:
        """Look at a folder and all below it that was not looked at yet."""
        waiting = [tree]
        while waiting:
            tree = waiting.pop()
            if tree in self._below or self._is_lacking(tree):
                continue
            entries = parse_tree(self._objects.read(tree, "tree", most=LARGEST_TREE))
            below = {name: one for name, one in entries.items() if one.mode in _FOLDERS}
            waiting += [one.oid for one in below.values() if one.mode == TREE_MODE]
            self._room -= len(below)
            # Where one has no end of folders, nobody asks for the submodules in it.
            self._below[tree] = below if self._room > 0 else {}
            for entry in entries.values():
                if entry.mode not in _FOLDERS and not self._is_lacking(entry.oid):
                    self._check_file(entry.oid)

    def links(self, top: str) -> dict[str, str]:
        """Return the commits of the submodules in a folder, and in those below it, by path."""
        found: dict[str, str] = {}
        waiting = [("", top)]
        left = MOST_ENTRIES
        while waiting and left > 0 and len(found) < _MOST_LINKS:
            place, tree = waiting.pop()
            below = self._below.get(tree, {})
            left -= len(below)
            for name, entry in below.items():
                path = f"{place}{decode_path(name)}"
                if entry.mode == GITLINK_MODE:
                    found[path] = entry.oid
                elif len(path) < LONGEST_PATH:
                    waiting.append((f"{path}/", entry.oid))
        return found

    def _is_lacking(self, oid: str) -> bool:
        if oid in self._objects.kinds:
            return False
        self.lacking.add(oid)
        if len(self.lacking) > MOST_PACKED:
            raise DamagedRecord(f"it names more than {MOST_PACKED} objects that it has not")
        return True

    def _check_file(self, oid: str) -> None:
        kind = self._objects.kinds[oid]
        if kind != "blob":
            raise DamagedRecord(f"{oid} is a {kind}: a folder has it as a file")
