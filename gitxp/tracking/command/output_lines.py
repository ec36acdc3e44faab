"""Output that comes in pieces, as lines: in linear time, and in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

# A line of JSON with a thousand metrics fits; a file without line breaks is not looked at.
LONGEST_LINE: Final = 1 << 16


class OutputLines:
    r"""The lines of one stream; those longer than `LONGEST_LINE` bytes are passed over.

    Example:
        >>> lines = OutputLines()
        >>> list(lines.take(b"one\r50%")), list(lines.take(b" done\nth")), list(lines.end())
        ([b'one'], [b'50% done'], [b'th'])
    """

    def __init__(self) -> None:
        """Begin at the start of a line."""
        self._rest = bytearray()
        self._is_too_long = False

    def take(self, piece: bytes) -> Iterator[bytes]:
        """Yield the lines that `piece` completes, without their ends; empty ones are left out."""
        # A progress bar ends its line by a return alone.
        lines = piece.replace(b"\r", b"\n").split(b"\n")
        self._add(lines[0])
        if len(lines) == 1:
            return
        yield from self.end()
        for line in lines[1:-1]:
            if 0 < len(line) <= LONGEST_LINE:
                yield line
        self._add(lines[-1])

    def end(self) -> Iterator[bytes]:
        """Yield what stands in the line so far, and begin a new one."""
        if self._rest and not self._is_too_long:
            yield bytes(self._rest)
        self._rest.clear()
        self._is_too_long = False

    def _add(self, part: bytes) -> None:
        if self._is_too_long or len(self._rest) + len(part) > LONGEST_LINE:
            self._is_too_long = True
            self._rest.clear()
        else:
            self._rest += part
