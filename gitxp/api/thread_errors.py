"""Exceptions that end a thread, and not the process: the open runs record them and go on."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from typing import Final

# A pool whose threads fail over and over fills no journal.
_MOST: Final = 10


class ThreadErrors:
    """While it watches, `tell` gets the traceback of each exception that nobody in a thread caught.

    Python's own hook, or that of the script, still does what it did: by default it prints.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        """Begin without watching."""
        self._tell = tell
        self._before: Callable[[threading.ExceptHookArgs], object] | None = None
        self._told = 0

    def watch(self) -> None:
        """Watch from here on."""
        if self._before is None:
            self._before = threading.excepthook
            self._told = 0
            threading.excepthook = self._take

    def leave(self) -> None:
        """Put back the hook that was there, unless somebody has replaced it since."""
        if self._before is not None and threading.excepthook == self._take:
            threading.excepthook = self._before
            self._before = None

    def _take(self, arguments: threading.ExceptHookArgs) -> None:
        try:
            if not issubclass(arguments.exc_type, SystemExit) and self._told < _MOST:
                self._told += 1
                error = arguments.exc_value or arguments.exc_type()
                self._tell("".join(traceback.format_exception(error)))
        finally:
            (self._before or threading.__excepthook__)(arguments)
