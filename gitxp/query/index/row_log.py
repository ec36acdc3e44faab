"""Rows of runs that were recorded a moment ago, a line each, as whoever recorded them leaves them.

To write a block takes Arrow and some milliseconds, for which a short run has no time. So each
process has a file of its own beside the blocks, to which it adds, and the next question makes a
block of what all of them hold. A line has a checksum, for its writer may be killed amid it. Whoever
takes a file gives it another name first, and deletes it when the block is written: until then
others that ask find the rows, too. A line that comes at that very moment is lost, and its record is
decoded as those of others are.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from gitxp.errors import GitxpError
from gitxp.query.index.files import is_taken, log_files, new_log_name, new_taken_name
from gitxp.storage.refs import SHARED
from gitxp.storage.sharing import make_folder, open_file

# What JSON tells apart as Python does; of all else the kind stands before the value.
_PLAIN: Final = frozenset({type(None), bool, int, float})
_CHECKSUM: Final = 8


class RowLog:
    """The file of this process.

    Attributes:
        count: How many rows were added.
    """

    def __init__(self, folder: Path) -> None:
        """Take a name that nobody has had; the file comes with the first row."""
        self.path = folder / new_log_name()
        self.count = 0

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a row; one that cannot be written is left to be decoded."""
        with suppress(OSError, ValueError):  # a full disk; a number longer than JSON may be
            line = _line(row)
            try:
                self._append(line)
            except FileNotFoundError:  # the first row of this repository
                make_folder(self.path.parent)
                self._append(line)
            self.count += 1

    def _append(self, line: bytes) -> None:
        # Opened each time: a question may have taken what there was.
        descriptor = open_file(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)


def take(path: Path) -> Path | None:
    """Return a file to which nobody adds any more; None where it is gone, or cannot be renamed."""
    if is_taken(path):
        return path
    taken = path.with_name(new_taken_name())
    try:
        path.rename(taken)
    except OSError:  # taken by another process, or in a repository that may not be written
        return None
    return taken


def take_all(folder: Path) -> list[Path]:
    """Take the files of all processes, and return them with those that others are working on."""
    for path in log_files(folder):
        take(path)
    return [path for path in log_files(folder) if is_taken(path)]


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file; none where it has gone meanwhile."""
    try:
        content = path.read_bytes()
    except OSError:  # its rows stand in a block by now
        return []
    rows = []
    for row in _rows(content):
        with suppress(
            ValueError, TypeError, OverflowError, GitxpError
        ):  # as wrong as values can be
            rows.append({name: _meant(value) for name, value in row.items()})
    return rows


def logged_names(folder: Path) -> dict[tuple[str, str], str]:
    """Return what the runs in all files are called, by tip and ref; the files stay."""
    names = {}
    for path in log_files(folder):
        with suppress(OSError):  # taken a moment ago
            for row in _rows(path.read_bytes()):
                tip, experiment, run, name = map(row.get, ("tip", "experiment", "run", "name"))
                if isinstance(tip, str) and isinstance(name, str | None):
                    names[tip, f"{SHARED}{experiment}/{run}"] = name or ""
    return names


def _line(row: Mapping[str, Any]) -> bytes:
    spelled = {name: _spelled(name, value) for name, value in row.items()}
    text = json.dumps(spelled, ensure_ascii=False, separators=(",", ":")).encode()
    return b"%08x%s\n" % (zlib.crc32(text), text)


def _rows(content: bytes) -> Iterator[dict[str, Any]]:
    for line in content.split(b"\n"):
        text = line[_CHECKSUM:]
        if text and line[:_CHECKSUM] == b"%08x" % zlib.crc32(text):
            with suppress(ValueError, RecursionError):  # written whole, and yet no JSON
                row = json.loads(text)
                if isinstance(row, dict):
                    yield row


def _spelled(name: str, value: Any) -> Any:
    if type(value) in _PLAIN or (type(value) is str and value.isascii()):
        return value
    # Loaded here: completion asks for nothing but names.
    from gitxp.query.index.kinds import (
        Kind,
        cell_kind,
        encode_other,
        microseconds,
        span_microseconds,
    )

    kind = cell_kind(name, value)
    match kind:
        case Kind.TIME:
            return [kind, microseconds(value)]
        case Kind.SPAN:
            return [kind, span_microseconds(value)]
        case Kind.OTHER:
            return [kind, encode_other(value)]
    return value


def _meant(value: Any) -> Any:
    if type(value) is not list:
        return value
    from gitxp.query.index.kinds import Kind, decode_other, moment_of, span_of

    kind, spelled = value
    match kind:
        case Kind.TIME:
            return moment_of(spelled)
        case Kind.SPAN:
            return span_of(spelled)
    return decode_other(spelled)
