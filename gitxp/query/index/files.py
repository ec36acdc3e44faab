"""The files of the index: what they are called, and what stands at the end of each.

A file is a block's Arrow file, then what Git says of the refs of its rows, a line each, and what
those runs are called. The end has a checksum of its own, so that whoever only asks for names reads
nothing else, and loads no Arrow.
"""

from __future__ import annotations

import json
import re
import secrets
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gitxp.storage.disk import is_partial

# Counted up whenever a file, or what a row says, is made in another way.
VERSION: Final = 5
_NAME = re.compile(r"(?P<version>[0-9]{1,9})-[0-9a-f]{16}-(?P<checksum>[0-9a-f]{8})\.arrow")
_LOG_NAME = re.compile(r"(?P<version>[0-9]{1,9})-[0-9a-f]{16}\.(?:rows|taken)")
# A file is written in less; after the second nobody works with an older gitxp any more.
_SECONDS_WRITTEN: Final = 3600
_SECONDS_OUTDATED: Final = 30 * 24 * 3600
# The last bytes of a file: how long lines and names are, and the checksum of both.
_SIZES: Final = struct.Struct("<QQI")


@dataclass(frozen=True, slots=True)
class Ending:
    """Which runs a file is of.

    Attributes:
        listing: What Git says of their refs, as `storage.refstore.start_listing` has it.
        names: What the run of each line is called; empty where it has no name.
    """

    listing: bytes
    names: Sequence[str]


def index_files(folder: Path) -> Iterator[Path]:
    """Yield the files of this version."""
    try:
        paths = sorted(folder.iterdir())
    except OSError:  # there is none yet, or it may not be read
        return
    for path in paths:
        match = _NAME.fullmatch(path.name)
        if match is not None and int(match["version"]) == VERSION:
            yield path


def left_behind(folder: Path, now: float) -> Iterator[Path]:
    """Yield the files that nobody will want any more: halves, and those of older versions.

    A file of an older version may be read by another installation of gitxp: it goes when nobody
    has written one of that version for a while. Those of newer versions stay.

    Args:
        now: Seconds since 1970.
    """
    newest: dict[int, float] = {}
    old: list[tuple[int, Path]] = []
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # merged into another a moment ago
            written = path.stat().st_mtime
            match = _NAME.fullmatch(path.name) or _LOG_NAME.fullmatch(path.name)
            if match is not None and int(match["version"]) < VERSION:
                version = int(match["version"])
                newest[version] = max(written, newest.get(version, 0))
                old.append((version, path))
            elif is_partial(path) and now - written > _SECONDS_WRITTEN:
                yield path
    yield from (path for version, path in old if now - newest[version] > _SECONDS_OUTDATED)


def log_files(folder: Path) -> list[Path]:
    """Return the files of single rows of this version (`row_log.py`)."""
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        return []
    found = ((path, _LOG_NAME.fullmatch(path.name)) for path in paths)
    return [path for path, match in found if match and int(match["version"]) == VERSION]


def new_log_name() -> str:
    """Return a name for a file of single rows."""
    return f"{VERSION}-{secrets.token_hex(8)}.rows"


def new_taken_name() -> str:
    """Return a name for such a file that nobody adds to any more."""
    return f"{VERSION}-{secrets.token_hex(8)}.taken"


def is_taken(path: Path) -> bool:
    """Return whether nobody adds to a file of single rows any more."""
    return path.suffix == ".taken"


def new_file_name(content: bytes) -> str:
    """Return a name for a file, by which damage will show."""
    return f"{VERSION}-{secrets.token_hex(8)}-{zlib.crc32(content):08x}.arrow"


def is_whole(path: Path, content: bytes | memoryview) -> bool:
    """Return whether a file holds what was written."""
    match = _NAME.fullmatch(path.name)
    return match is not None and zlib.crc32(content) == int(match["checksum"], 16)


def with_ending(arrow: bytes, ending: Ending) -> bytes:
    """Return the content of a file."""
    names = json.dumps(ending.names).encode()
    both = ending.listing + names
    sizes = _SIZES.pack(len(ending.listing), len(names), zlib.crc32(both))
    return arrow + both + sizes


def parts_of(content: bytes | memoryview) -> tuple[memoryview, bytes]:
    """Return Arrow's part and the listing of a whole file.

    Raises:
        ValueError: If it has not both.
    """
    end = len(content) - _SIZES.size
    if end < 0:
        raise ValueError("it is too short")
    listing, names, _ = _SIZES.unpack(content[end:])
    if listing + names > end:
        raise ValueError("it is shorter than it says")
    end -= names
    return memoryview(content)[: end - listing], bytes(content[end - listing : end])


def read_ending(path: Path) -> Ending | None:
    """Return the end of a file; None where it is damaged, or has just been merged into another."""
    try:
        with path.open("rb") as file:
            left = file.seek(0, 2) - _SIZES.size
            file.seek(max(left, 0))
            listing, names, checksum = _SIZES.unpack(file.read())
            file.seek(left - listing - names)
            both = file.read(listing + names)
    except (OSError, ValueError, OverflowError, struct.error):  # of noise any size may be told
        return None
    if zlib.crc32(both) != checksum:
        return None
    ending = Ending(both[:listing], _names(both[listing:]))
    return ending if len(ending.names) == ending.listing.count(b"\n") else None


def _names(content: bytes) -> list[str]:
    """Return the names at the end of a file; none where it is not they that stand there."""
    try:
        names = json.loads(content)
    except (ValueError, RecursionError):
        return []
    is_text = isinstance(names, list) and all(isinstance(name, str) for name in names)
    return names if is_text else []
