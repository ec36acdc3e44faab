"""How long a filter may take, whatever it says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# With what is not interrupted at its end, a filter takes no second.
_SECONDS: Final = 0.6
_RUNS: Final = 100_000


class Budget:
    """The time that a filter may take: 0.6 s, of more than 100,000 runs in proportion.

    It is that of this thread: where this waits for another process, no filter is to blame; nor for
    how long the columns take to be read, each of which is read once.

    Example:
        >>> Budget(runs=2_000_000).is_spent
        False
    """

    def __init__(self, runs: int = 0) -> None:
        """Begin to count.

        Args:
            runs: How many the filter is asked of, all together.
        """
        self._end = time.thread_time() + _SECONDS * max(1.0, runs / _RUNS)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Do not count the time of the block."""
        begun = time.thread_time()
        yield
        self._end += time.thread_time() - begun

    @property
    def is_spent(self) -> bool:
        """Whether the time is over."""
        return time.thread_time() > self._end
