"""A difference as Git writes it, taken apart into one patch a file."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

# No line of a hunk or of a binary patch begins so.
_START = b"diff --git "
_BORDER = b"\n" + _START
_BINARY = b"\nGIT binary patch\n"


@dataclass(frozen=True, slots=True)
class Patch:
    """What differs in one file.

    Attributes:
        path: As Git spells it, without quotes around it.
        size: In bytes.
        content: None where it is not held.
    """

    path: bytes
    size: int
    is_binary: bool
    content: bytes | None


def split_patches(pieces: Iterable[bytes], most: int) -> Iterator[Patch]:
    r"""Yield the patches of a difference that comes in pieces; none over `most` bytes is held.

    Example:
        >>> whole = [b"diff --git a/x b/x\nold mo", b"de 1\ndiff --git a/y b/y\nnew\n"]
        >>> [(patch.path, patch.size) for patch in split_patches(whole, 99)]
        [(b'x', 30), (b'y', 23)]
    """
    growing = _Growing(most)
    rest = b""
    for piece in pieces:
        seen = rest + piece
        start = 0
        while (border := seen.find(_BORDER, start)) >= 0:
            growing.add(seen[start : border + 1])
            yield growing.patch()
            growing = _Growing(most)
            start = border + 1
        end = max(start, len(seen) - len(_BORDER))  # it may begin here, and go on in the next
        growing.add(seen[start:end])
        rest = seen[end:]
    growing.add(rest)
    if growing.size:
        yield growing.patch()


@dataclass(slots=True)
class _Growing:
    """A patch that is not at its end."""

    most: int
    size: int = 0
    pieces: list[bytes] = field(default_factory=list)
    head: bytes = b""

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        if not self.head:
            self.pieces.append(piece)
            if self.size > self.most:
                self.head = b"".join(self.pieces)
                self.pieces = []

    def patch(self) -> Patch:
        content = self.head or b"".join(self.pieces)
        is_binary = _BINARY in content
        return Patch(patch_path(content), self.size, is_binary, None if self.head else content)


class SmallestPatches:
    """The smallest of many patches, as many as fit into so many bytes."""

    def __init__(self, most: int) -> None:
        """Hold at most `most` bytes."""
        self._most = most
        self._size = 0
        self._heap: list[tuple[int, int, Patch]] = []
        self._order = 0
        self.let_go: list[Patch] = []

    def add(self, patch: Patch) -> None:
        """Take one more, and let go of larger ones where there is no room."""
        if patch.content is None:
            self.let_go.append(patch)
            return
        self._order += 1
        heapq.heappush(self._heap, (-patch.size, self._order, patch))
        self._size += patch.size
        while self._size > self._most:
            self._let_go_of_largest()

    def held(self) -> list[bytes]:
        """Return what is held, in the order in which it came."""
        ordered = sorted(self._heap, key=lambda one: one[1])
        return [patch.content for _, _, patch in ordered if patch.content is not None]

    def _let_go_of_largest(self) -> None:
        _, _, patch = heapq.heappop(self._heap)
        self._size -= patch.size
        self.let_go.append(Patch(patch.path, patch.size, patch.is_binary, None))


def patch_path(patch: bytes) -> bytes:
    """Return the path of `diff --git a/<path> b/<path>` as Git spells it, without quotes."""
    header = patch[len(_START) : patch.find(b"\n")]
    half = header[: len(header) // 2]
    return half[3:-1] if half.startswith(b'"') else half[2:]
