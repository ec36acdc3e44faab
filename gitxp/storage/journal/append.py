"""Appending from many threads, without a change of threads at each `write()`.

`os.write` lets go of the interpreter's lock and takes it again. Where several threads log and cores
are idle, each call wakes another thread and then waits for it, which costs more than all else that
a call does.
"""

from __future__ import annotations

import math
import os
import time
from typing import Any

# Microseconds: as long as the interpreter lets a thread wait for its lock that another one keeps.
_TURN = 5_000
# Seconds: a disk that answers takes a thousandth of it.
_SLOW = 0.01
# So a slow disk holds up all threads for a hundredth of the time, and no longer.
_REST = 100


def _library_write() -> Any:
    """Return the C library's own `write`, called without letting go of the interpreter's lock.

    None where Python was built without ctypes or is one piece with its libraries: then threads
    pay for their changes.
    """
    try:
        import ctypes

        write = ctypes.PyDLL(None).write
    except (ImportError, OSError, AttributeError):
        return None
    write.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t)
    write.restype = ctypes.c_ssize_t
    return write


# Looked for in the thread that starts a run: one that imports while another forks could stop
# the child for good.
_WRITE = _library_write()


class Append:
    """Writes as `os.write` does, but keeps the interpreter's lock where another thread writes too.

    That one has mostly written already, and waits for the lock: to let go of it would wake that
    thread, and have this one wait in its stead. But it may also wait for a disk that does not
    answer, and whoever then writes with the lock kept stops all threads, also those that log
    nothing. So nobody keeps it who finds that another has been writing for long, nor for some
    time after a write was slow.
    """

    __slots__ = ("_begun", "_keeps_from")

    def __init__(self) -> None:
        """Begin with no thread that writes."""
        self._begun: int | None = None
        self._keeps_from = 0.0 if _WRITE else math.inf

    def write(self, descriptor: int, content: bytes, now: int) -> int:
        """Append to a file, and return for how many bytes there was room.

        Args:
            now: The time of the call in microseconds, by one clock for all calls.
        """
        begun = self._begun
        if begun is None:
            try:
                self._begun = now
                return os.write(descriptor, content)
            finally:
                self._begun = None
        if now - begun < _TURN and time.monotonic() >= self._keeps_from:
            return self._write_at_once(descriptor, content)
        return os.write(descriptor, content)

    def _write_at_once(self, descriptor: int, content: bytes) -> int:
        begun = time.monotonic()
        written: int = _WRITE(descriptor, content, len(content))
        spent = time.monotonic() - begun
        if spent > _SLOW:
            self._keeps_from = begun + spent * _REST
        # Again where nothing was written: `os.write` knows why, and what to do about it.
        return written if written >= 0 else os.write(descriptor, content)
