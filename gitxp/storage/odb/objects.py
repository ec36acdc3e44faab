"""Git's objects as bytes: how blobs, trees and commits are spelled, hashed and written loose.

Source of the formats: `gitformat-loose(5)`, `git-hash-object(1)`, `git-mktree(1)`.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from gitxp.storage.git_path import encode_path

ObjectKind = Literal["blob", "tree", "commit", "tag"]
# The numbers by which packs, and libgit2, tell them.
KINDS: Mapping[int, ObjectKind] = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_PIECE = 1 << 20
FILE_MODE = 0o100644
TREE_MODE = 0o040000
GITLINK_MODE = 0o160000


@dataclass(frozen=True, slots=True)
class GitObject:
    """One object that can be written."""

    kind: ObjectKind
    content: bytes

    @property
    def oid(self) -> str:
        """The object's id: the SHA-1 of kind, size and content, in hexadecimal."""
        return object_id(self.kind, self.content)

    @property
    def size(self) -> int:
        """Bytes of content."""
        return len(self.content)

    def pieces(self) -> Iterator[bytes]:
        """Yield the content in order."""
        yield self.content


@dataclass(frozen=True, slots=True)
class FileBlob:
    """A blob whose content lies in a file that nobody changes, and is never held whole."""

    path: Path
    oid: str
    size: int
    kind: ObjectKind = "blob"

    @classmethod
    def of(cls, path: Path) -> FileBlob:
        """Return the blob with the content of the file `path`."""
        size = path.stat().st_size
        digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
        for piece in read_pieces(path):
            digest.update(piece)
        return cls(path, digest.hexdigest(), size)

    def pieces(self) -> Iterator[bytes]:
        """Yield the content in order."""
        return read_pieces(self.path)


class Entry(NamedTuple):
    """What a tree says of one name; a tuple, since trees have very many."""

    oid: str
    mode: int = FILE_MODE


def read_pieces(path: Path) -> Iterator[bytes]:
    """Yield the content of a file, a mebibyte at a time."""
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def object_id(kind: ObjectKind, content: bytes) -> str:
    """Return the id that Git gives to an object.

    Example:
        >>> object_id("tree", b"") == EMPTY_TREE
        True
    """
    header = b"%s %d\0" % (kind.encode(), len(content))
    return hashlib.sha1(header + content, usedforsecurity=False).hexdigest()


def tree_object(entries: Mapping[bytes, Entry]) -> GitObject:
    """Return the tree with these entries, sorted as Git sorts them: folders as if ending in `/`."""

    def order(name: bytes) -> bytes:
        return name + b"/" if entries[name].mode == TREE_MODE else name

    lines = [
        b"%o %s\0%s" % (entries[name].mode, name, bytes.fromhex(entries[name].oid))
        for name in sorted(entries, key=order)
    ]
    return GitObject("tree", b"".join(lines))


def build_trees(files: Mapping[str, Entry]) -> tuple[str, list[GitObject]]:
    """Return the id of the tree that holds `files`, and every tree it is made of.

    Args:
        files: Entries by path with `/`. An entry may itself be a tree that exists already.
    """
    return _build_level({encode_path(path): entry for path, entry in files.items()})


def _build_level(files: Mapping[bytes, Entry]) -> tuple[str, list[GitObject]]:
    here: dict[bytes, Entry] = {}
    below: dict[bytes, dict[bytes, Entry]] = {}
    for path, entry in files.items():
        name, slash, rest = path.partition(b"/")
        if slash:
            below.setdefault(name, {})[rest] = entry
        else:
            here[name] = entry
    trees: list[GitObject] = []
    for name, inside in below.items():
        oid, made = _build_level(inside)
        trees += made
        here[name] = Entry(oid, TREE_MODE)
    top = tree_object(here)
    return top.oid, [*trees, top]


def write_loose(objects_dir: Path, written: GitObject) -> str:
    """Write an object as a loose file under `objects_dir` and return its id."""
    oid = written.oid
    target = objects_dir / oid[:2] / oid[2:]
    target.parent.mkdir(parents=True, exist_ok=True)
    header = b"%s %d\0" % (written.kind.encode(), len(written.content))
    partial = target.with_name(f"tmp_obj_{oid[2:]}")
    partial.write_bytes(zlib.compress(header + written.content, 1))
    partial.replace(target)
    return oid
