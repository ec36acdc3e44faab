"""How many large files move at once, and how patiently: as git-lfs is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

# Those of git-lfs, but for the tries: it tries for half a minute where nobody listens.
_AT_ONCE = 8
_MOST_AT_ONCE = 32
_PATIENCE = 30
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Manner:
    """How large files move.

    Attributes:
        at_once: Files at a time.
        patience: Seconds to wait for the next byte.
        tries: How often each is tried.

    Source of the settings: `git-lfs-config(5)`.
    """

    at_once: int = _AT_ONCE
    patience: float = _PATIENCE
    tries: int = _TRIES

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> Self:
        """Return what Git's settings say; what is no number there says nothing.

        Example:
            >>> Manner.of({"lfs.concurrenttransfers": "2"}).at_once
            2
        """

        def number(key: str, default: int) -> int:
            told = settings.get(key, "")
            return int(told[:6]) if told.isdecimal() and int(told[:6]) > 0 else default

        return cls(
            min(number("lfs.concurrenttransfers", _AT_ONCE), _MOST_AT_ONCE),
            number("lfs.activitytimeout", _PATIENCE),
            number("lfs.transfer.maxretries", _TRIES),
        )
