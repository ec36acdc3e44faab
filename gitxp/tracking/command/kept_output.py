"""Output on the disk while a command runs: the head and the tail, whatever lies between."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from gitxp.storage.layout import OUTPUT
from gitxp.storage.sharing import open_file

_APPEND: Final = os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
# However small the limit is, a part is not one of a few bytes.
_LEAST_PART: Final = 1 << 16
# Of a line that the cut tears no more is given up: no secret is longer.
_LONGEST_TORN: Final = 1 << 13


class KeptOutput:
    """Takes output as it comes, and keeps at most about twice `limit` bytes of it on the disk.

    The first `limit` bytes lie in `output.log`; what comes later in `output.log.<offset>`, parts
    of half as many bytes, of which only the last two stay. So each file says itself where
    it belongs, also to whoever records the run of a process that was killed.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        """Begin with nothing; `limit` is how much the record will hold."""
        self._folder = folder
        self._head = limit
        self._part = max(limit // 2, _LEAST_PART)
        self._offset = 0
        self._room = limit
        self._descriptor = -1
        self._parts: list[Path] = []
        self._lost = 0

    def write(self, piece: bytes) -> None:
        """Keep a piece; what an error kept out is counted, and said in its place later.

        Raises:
            OSError: If it could not be kept. The next piece can be tried.
        """
        said = f"\n[gitxp: {self._lost} bytes could not be kept]\n".encode() if self._lost else b""
        rest = memoryview(said + piece if said else piece)
        missing = self._lost + len(piece)
        try:
            while rest:
                written = self._write_some(rest)
                rest = rest[written:]
        except OSError:
            # A note that was torn is said again as a whole.
            self._lost = missing if len(rest) > len(piece) else len(rest)
            raise
        self._lost = 0

    def close(self) -> None:
        """Close the file that is open."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _write_some(self, rest: memoryview) -> int:
        if self._descriptor < 0 or not self._room:
            self._open_next()
        written = os.write(self._descriptor, rest[: self._room])
        self._offset += written
        self._room -= written
        return written

    def _open_next(self) -> None:
        self.close()
        if self._offset == 0 and self._head:
            self._descriptor = open_file(self._folder / OUTPUT, _APPEND)
            return
        path = self._folder / f"{OUTPUT}.{self._offset}"
        self._descriptor = open_file(path, _APPEND)
        self._room = self._part
        self._parts.append(path)
        while len(self._parts) > 2:
            self._parts.pop(0).unlink(missing_ok=True)


def read_kept_output(
    folder: Path, limit: int, *, clean: Callable[[bytes], bytes] | None = None
) -> bytes | None:
    """Return the `output.log` of a record: all of the output, or its head and tail with the cut.

    Args:
        limit: Bytes of head and tail together.
        clean: Takes and returns what is kept. The cut then leaves whole lines, if they are not
            too long: half of a secret would not be known for one.

    Returns:
        None where nothing was kept.
    """
    parts = _parts(folder)
    if not parts:
        return None
    last = max(parts)
    size = last + parts[last].stat().st_size
    if len(parts) == 1 and last == 0 and size <= limit:
        whole = parts[last].read_bytes()
        return clean(whole) if clean else whole
    if len(parts) > 1:  # the limit may have been another one while it ran
        limit = min(limit, parts[0].stat().st_size if 0 in parts else 0)
    half = limit // 2
    head = _between(parts, 0, half)
    tail = _between(parts, max(size - half, len(head)), size)
    if clean:
        head = head[: head.rfind(b"\n", max(len(head) - _LONGEST_TORN, 0)) + 1] or head
        tail = tail[tail.find(b"\n", 0, _LONGEST_TORN) + 1 :]
    cut = size - len(head) - len(tail)
    said = f"\n[gitxp: {cut} of {size} bytes cut here]\n".encode() if cut else b""
    return clean(head) + said + clean(tail) if clean else head + said + tail


def _parts(folder: Path) -> dict[int, Path]:
    """Return the files by the place in the whole output at which each begins."""
    found = {0: folder / OUTPUT} if (folder / OUTPUT).exists() else {}
    for path in folder.glob(f"{OUTPUT}.*"):
        if path.suffix[1:].isdecimal():
            found[int(path.suffix[1:])] = path
    return found


def _between(parts: dict[int, Path], start: int, end: int) -> bytes:
    """Return the bytes from `start` to `end`, as far as they are there."""
    pieces = []
    for offset in sorted(parts):
        with parts[offset].open("rb") as file:
            file.seek(max(start - offset, 0))
            pieces.append(file.read(max(end - max(start, offset), 0)))
    return b"".join(pieces)
