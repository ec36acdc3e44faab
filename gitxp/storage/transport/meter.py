"""How many bytes of several large files have gone or come so far."""

from __future__ import annotations

import threading
from collections.abc import Callable

# Called with the bytes that are done, and with all.
Moved = Callable[[int, int], None]


class Meter:
    """Adds up what is told of each large file, by whichever thread moves it."""

    def __init__(self, total: int, moved: Moved | None = None) -> None:
        self._total = total
        self._moved = moved
        self._done: dict[str, int] = {}
        self._sum = 0
        self._lock = threading.Lock()

    def tell(self, moves: str, done: int) -> None:
        """Tell how many bytes are done of what has a name; fewer again where it begins anew.

        Args:
            moves: The digest of a large file, or of the first of several that move as one.
        """
        if self._moved is None:
            return
        with self._lock:
            self._sum += done - self._done.get(moves, 0)
            self._done[moves] = done
            self._moved(min(self._sum, self._total), self._total)
