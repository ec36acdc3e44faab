"""What a record spells as plain numbers and text, and people read in a shape of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gitxp.text import size

_SHORT: Final = 12


class Bytes(int):
    """A number of bytes."""

    __slots__ = ()


class Digest(str):
    """The id of a Git object, or a digest: long, and told apart by how it begins."""

    __slots__ = ()

    @property
    def short(self) -> str:
        """As much of it as people are shown.

        Example:
            >>> Digest("sha256:0123456789abcdef").short, Digest("0123456789abcdef").short
            ('sha256:0123456789ab', '0123456789ab')
        """
        kind, colon, digits = self.rpartition(":")
        return f"{kind}{colon}{digits[:_SHORT]}"


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds.

    Attributes:
        digest: Empty while the run goes on.
    """

    digest: Digest
    size: Bytes

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.digest.short, size(self.size))))


@dataclass(frozen=True, slots=True)
class ChangedLines:
    """How many lines of how many files a run's code has more and less than that of another."""

    files: int
    insertions: int
    deletions: int

    def __str__(self) -> str:
        if not self.files:
            return "none"
        files = f"{self.files:,} file{'' if self.files == 1 else 's'}"
        return f"{files}, +{self.insertions:,} -{self.deletions:,}"


class Change(float):
    """How much more a metric is than somewhere else."""

    __slots__ = ()
