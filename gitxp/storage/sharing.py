"""Who else may use the folders and files that gitxp makes: as `core.sharedRepository` says.

Git amends the modes of what it makes in such a repository, whatever the umask. Like the umask, what
was read of the setting belongs to the process: folders are made far from where settings are read,
at times by their path alone (`docs/decisions/0023-sharing-is-known-by-place.md`). Where no
repository is shared, which is usual, it costs nothing.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from gitxp.errors import InvalidSettings

SETTING = "core.sharedrepository"
# What Git writes for the words, and for the numbers that older ones wrote.
_GROUP, _EVERYBODY = 0o660, 0o664
_WORDS = {
    "umask": 0,
    "group": _GROUP,
    **dict.fromkeys(("all", "world", "everybody"), _EVERYBODY),
    **dict.fromkeys(("true", "yes", "on"), _GROUP),
    **dict.fromkeys(("false", "no", "off", ""), 0),
}
_OLD_NUMBERS = {0: 0, 1: _GROUP, 2: _EVERYBODY}
# An owner has to be able to read and write.
_OWNER = 0o600
# For what has not been searched for secrets yet.
OWNER_ONLY = 0o700
_ANYBODY = 0o777


@dataclass(frozen=True, slots=True)
class Sharing:
    """What a repository's setting grants.

    Attributes:
        bits: Of a file that its owner may write.
        is_exact: Whether a mode gets just these, so that others may be taken away, too.
    """

    bits: int = 0
    is_exact: bool = False

    @classmethod
    def parse(cls, value: str) -> Self:
        """Return what a value of `core.sharedRepository` means, as Git takes it.

        Raises:
            InvalidSettings: If Git would refuse it.

        Example:
            >>> Sharing.parse("0640")
            Sharing(bits=416, is_exact=True)
        """
        known = _WORDS.get(value.lower())
        if known is not None:
            return cls(known)
        number = _octal(value)
        if number is not None and number in _OLD_NUMBERS:
            return cls(_OLD_NUMBERS[number])
        if number is None or number & _OWNER != _OWNER:
            raise InvalidSettings(
                f"core.sharedRepository is {value!r}: expected group, all, umask or 0660",
                hint="git config core.sharedRepository group",
            )
        return cls(number & 0o666, is_exact=True)

    def mode(self, mode: int) -> int:
        """Return the mode of a file or folder, made with `mode`.

        Example:
            >>> oct(Sharing.parse("group").mode(0o100444) & 0o777)
            '0o444'
            >>> oct(Sharing.parse("group").mode(0o040755) & 0o7777)
            '0o2775'
        """
        bits = self.bits if mode & stat.S_IWUSR else self.bits & 0o444
        if mode & stat.S_IXUSR or stat.S_ISDIR(mode):
            bits |= (bits & 0o444) >> 2
        kept = mode & ~0o777 if self.is_exact else mode
        # What is made in the folder then belongs to its group, whoever makes it.
        group = stat.S_ISGID if stat.S_ISDIR(mode) and (kept | bits) & 0o060 else 0
        return kept | bits | group


def _octal(value: str) -> int | None:
    """Return the number that is meant; of one that is not octal 1, since Git takes it for a yes."""
    with suppress(ValueError):
        return int(value, 8)
    return 1 if value.isdecimal() else None


_shared: dict[Path, Sharing] = {}


def heed_sharing(settings: Mapping[str, str], *tops: Path) -> None:
    """Amend from now on the modes of what this process makes below these folders.

    Args:
        settings: Git's own in the repository that they belong to.

    Raises:
        InvalidSettings: If Git would refuse the setting.
    """
    sharing = Sharing.parse(settings.get(SETTING, "umask"))
    for top in tops:
        if sharing.bits:
            _shared[top] = sharing
        else:
            _shared.pop(top, None)


def make_folder(path: Path, mode: int = _ANYBODY) -> None:
    """Make a folder with those above it, where they are not there.

    Args:
        mode: Of the folder itself where the repository is not shared, less the umask.

    Raises:
        OSError: If it cannot be made.
    """
    sharing = _sharing_at(path)
    if sharing is None:
        path.mkdir(mode, parents=True, exist_ok=True)
        return
    missing = [path]
    while not missing[-1].parent.is_dir():
        missing.append(missing[-1].parent)
    for folder in reversed(missing):
        with suppress(FileExistsError):  # there, or made by another process this moment
            folder.mkdir()
            _amend(folder, sharing)
    path.mkdir(exist_ok=True)  # refuses what is there and is no folder


def open_file(path: Path, flags: int) -> int:
    """Open a file as `os.open` does, and return its descriptor; for those who share it, too."""
    descriptor = os.open(path, flags, 0o666)
    sharing = _sharing_at(path)
    if sharing is not None:
        _amend(descriptor, sharing)
    return descriptor


def share(path: Path) -> None:
    """Amend the mode of a file or folder that this process has made."""
    sharing = _sharing_at(path)
    if sharing is not None:
        _amend(path, sharing)


def _sharing_at(path: Path) -> Sharing | None:
    if not _shared:
        return None
    return next((sharing for top, sharing in _shared.items() if path.is_relative_to(top)), None)


def _amend(place: Path | int, sharing: Sharing) -> None:
    with suppress(FileNotFoundError):  # an empty folder of refs, which Git has removed again
        found = os.stat(place)  # noqa: PTH116  # a descriptor has no path
        wanted = sharing.mode(found.st_mode)
        # Only an owner may change a mode; of somebody else's file it was amended by that one.
        if wanted != found.st_mode and found.st_uid == os.geteuid():
            os.chmod(place, stat.S_IMODE(wanted))  # noqa: PTH101
