"""How large a record may be: nothing that was fetched decides how much memory or time it takes.

The limits are part of the record format: whoever writes keeps them, so whoever reads may refuse.
"""

from __future__ import annotations

from gitxp.errors import DamagedRecord
from gitxp.model import artifact_path

MEBIBYTE = 1 << 20

# Of each of the TOML documents beside the events. To parse one of ordinary shape takes about a
# second, of the worst shape that we know (dotted keys of hundreds of parts) some ten.
LARGEST_DOCUMENT = 4 * MEBIBYTE
# Room for the removal of 100,000 runs by one command.
LARGEST_EVENT = 16 * MEBIBYTE
# Of all events of a run's record together, which every look at the run parses.
LARGEST_EVENTS = 16 * MEBIBYTE
# The message holds the hypothesis, which is a part of `run.toml`.
LARGEST_COMMIT = 2 * LARGEST_DOCUMENT
# Files and folders of a record, however often one of them is repeated. A folder of as many names
# of the greatest length that file systems have is below the size of a tree.
MOST_ENTRIES = 100_000
LARGEST_TREE = 32 * MEBIBYTE
# The parts of a path: those of an artifact, and the folder in which the record keeps it.
MOST_PARTS = artifact_path.MOST_PARTS + 1
# Points of all sessions, and bytes of one segment: 32 a point, which no encoding needs.
MOST_POINTS = 32 * MEBIBYTE
LARGEST_SEGMENT = 32 * MOST_POINTS
# Of a page of a segment when it is unpacked: a million points, where writers put 20,000 to 130,000.
LARGEST_PAGE = 16 * MEBIBYTE
# Of metrics, and of writers, in one segment: ten times what `metrics.toml` has room for.
MOST_NAMES = MEBIBYTE
# What is larger is proved, and received, without being held in memory.
LARGEST_HELD = 64 * MEBIBYTE
# Any other file that is read whole.
LARGEST_FILE = 1024 * MEBIBYTE
# Of a pack in a bundle: its objects, the bytes that all of them have when unpacked, and those of
# one that is told as a delta. Git makes no delta of what is larger (`core.bigFileThreshold`).
MOST_PACKED = 1_000_000
LARGEST_UNPACKED = 4096 * MEBIBYTE
LARGEST_DELTIFIED = 512 * MEBIBYTE


def check_extent(top: str, folder: str, left: int) -> None:
    """Return if a folder inside another keeps to the bounds.

    Args:
        top: The folder at the top of the record in which it lies, or which it is.
        folder: Its own path.
        left: How many more files and folders `top` may hold.

    Raises:
        DamagedRecord: If it does not.
    """
    if left < 0:
        raise DamagedRecord(f"the folder {top!r} holds more than {MOST_ENTRIES} files and folders")
    if folder.count("/") + 2 > MOST_PARTS:
        raise DamagedRecord(f"the folder {top!r} is nested more than {MOST_PARTS} deep")
