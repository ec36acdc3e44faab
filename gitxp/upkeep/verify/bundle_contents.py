"""What a bundle of a submodule brings: its commits, how they hang together, and what they lack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gitxp.errors import DamagedRecord
from gitxp.storage.bounds import LARGEST_COMMIT, LARGEST_TREE, MOST_ENTRIES, MOST_PACKED
from gitxp.storage.codecs.pointer import Pointer, decode_pointer
from gitxp.storage.git_path import decode_path
from gitxp.storage.odb.bundle_reader import Bundle, read_bundle
from gitxp.storage.odb.object_text import Commit, parse_commit, parse_tree
from gitxp.storage.odb.objects import GITLINK_MODE, TREE_MODE, Entry
from gitxp.storage.odb.pack_reader import Outside, PackReader
from gitxp.storage.odb.tree_edit import LINK_MODE
from gitxp.upkeep.verify.code_trees import LONGEST_PATH

_FOLDERS = (TREE_MODE, GITLINK_MODE)
_NO_FILES = (*_FOLDERS, LINK_MODE)
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
        pointers: Large files that the commit names, by path, as far as they are in it.
    """

    tip: str
    tree: str
    seconds: int
    prerequisites: frozenset[str]
    held: Ids
    lacking: Ids
    beyond: frozenset[str]
    links: Mapping[str, str]
    pointers: Mapping[str, Pointer]


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
        folders.pointers(tip.tree),
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
        for place, tree in self._walk(top):
            for name, entry in self._below.get(tree, {}).items():
                if entry.mode == GITLINK_MODE and len(found) < _MOST_LINKS:
                    found[f"{place}{decode_path(name)}"] = entry.oid
        return found

    def pointers(self, top: str) -> dict[str, Pointer]:
        """Return the large files in a folder, and in those below it, by path."""
        found: dict[str, Pointer] = {}
        left = MOST_ENTRIES
        for place, tree in self._walk(top):
            if tree not in self._below or left <= 0:
                continue
            entries = parse_tree(self._objects.read(tree, "tree", most=LARGEST_TREE))
            left -= len(entries)
            for name, entry in entries.items():
                is_file = entry.mode not in _NO_FILES and entry.oid in self._objects.kinds
                content = self._objects.short_file(entry.oid) if is_file else None
                if content is not None and (pointer := decode_pointer(content)):
                    found[f"{place}{decode_path(name)}"] = pointer
        return found

    def _walk(self, top: str) -> Iterator[tuple[str, str]]:
        """Yield a folder and those below it with their paths, which end in `/`."""
        waiting = [("", top)]
        left = MOST_ENTRIES
        while waiting and left > 0:
            place, tree = waiting.pop()
            yield place, tree
            below = self._below.get(tree, {})
            left -= len(below)
            for name, entry in below.items():
                path = f"{place}{decode_path(name)}"
                if entry.mode == TREE_MODE and len(path) < LONGEST_PATH:
                    waiting.append((f"{path}/", entry.oid))

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
