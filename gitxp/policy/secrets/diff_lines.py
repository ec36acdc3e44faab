"""The lines of a unified difference: which are code, of which file, at which line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from gitxp.storage.git_path import decode_path, unquoted_path

_HUNK: Final = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_HEADERS: Final = (
    *(b"diff --git ", b"index ", b"--- ", b"+++ ", b"old mode ", b"new mode ", b"similarity "),
    *(b"deleted file mode ", b"new file mode ", b"dissimilarity ", b"rename ", b"copy "),
    *(b"Binary files ", b"\\ "),
)
_BINARY: Final = b"GIT binary patch"
# A line of a binary patch: a letter tells how many bytes follow, five digits of base 85 hold four
# of them. No line of code in a difference begins with a letter, and each header holds a blank.
_PATCH_LINE: Final = re.compile(rb"^[A-Za-z](?:[0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]{5}){1,13}$", re.M)


class DiffLine(NamedTuple):
    """A line of a difference.

    Attributes:
        start: Offset of its first byte.
        content: Offset of the first byte that is code; the next line's where none is.
        path: Of the file as it is after the change; before it, where it was deleted.
        number: Of the line in the file, in the one before the change if it goes.
        stays: Whether the file as it is after the change has the line, at this number.
    """

    start: int
    content: int
    path: str = ""
    number: int = 1
    stays: bool = False


@dataclass(slots=True)
class _State:
    path: str = ""
    is_binary: bool = False
    old: int = 0
    new: int = 0
    old_left: int = 0
    new_left: int = 0


def parse_diff(diff: bytes) -> list[DiffLine]:
    """Return the lines of a difference, in order and without a gap."""
    return list(_lines(diff))


def without_binary_patches(diff: bytes) -> bytes:
    r"""Return a difference with an empty line for each that is compressed bytes of a file.

    Among megabytes of them anything can be read: a digit, then `pwd=`, then more digits. What the
    file holds is in the snapshot of the code, too, as it is.

    Example:
        >>> without_binary_patches(b"GIT binary patch\nliteral 2\nJcm!pwd=Z4x\n\n+pwd=x\n")
        b'GIT binary patch\nliteral 2\n\n\n+pwd=x\n'
    """
    return _PATCH_LINE.sub(b"", diff) if _BINARY in diff else diff


def _lines(diff: bytes) -> Iterator[DiffLine]:
    state = _State()
    start = 0
    for raw in _split(diff):
        yield _read(raw, start, state)
        start += len(raw)


def _split(diff: bytes) -> Iterator[bytes]:
    """Split at line feeds alone: a carriage return is part of a line of code."""
    start = 0
    while start < len(diff):
        end = diff.find(b"\n", start) + 1 or len(diff)
        yield diff[start:end]
        start = end


def _read(raw: bytes, start: int, state: _State) -> DiffLine:
    if state.old_left > 0 or state.new_left > 0:
        return _in_hunk(raw, start, state)
    line = DiffLine(start, start + len(raw), state.path)
    if raw.startswith(b"diff --git "):
        state.path, state.is_binary = "", False
        return line
    if state.is_binary or raw.startswith(_BINARY):
        state.is_binary = True
        return line
    match = _HUNK.match(raw)
    if match is not None:
        state.old, state.new = int(match[1]), int(match[3])
        state.old_left, state.new_left = (int(match[group] or 1) for group in (2, 4))
        return DiffLine(start, start + match.end(), state.path, state.new)
    if raw.startswith((b"--- ", b"+++ ")):
        state.path = _path(raw) or state.path
        return DiffLine(start, start + len(raw), state.path)
    return line if raw.startswith(_HEADERS) else DiffLine(start, start, state.path)


def _in_hunk(raw: bytes, start: int, state: _State) -> DiffLine:
    sign = raw[:1]
    if sign == b"\\":  # No newline at end of file
        return DiffLine(start, start + len(raw), state.path)
    number = state.old if sign == b"-" else state.new
    if sign != b"+":
        state.old, state.old_left = state.old + 1, state.old_left - 1
    if sign != b"-":
        state.new, state.new_left = state.new + 1, state.new_left - 1
    content = start + min(1, len(raw.rstrip(b"\n")))
    return DiffLine(start, content, state.path, number, sign != b"-")


def _path(raw: bytes) -> str:
    name = raw[4:].rstrip(b"\r\n").partition(b"\t")[0]
    if name.startswith(b'"'):
        name = unquoted_path(name[1:-1])
    if name == b"/dev/null":
        return ""
    return decode_path(name[2:])  # behind `a/` or `b/`
