"""Trouble inside gitxp, told once and counted, so that training goes on."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from gitxp.errors import GitxpError, GitxpWarning, JournalFailed, with_hint
from gitxp.storage.disk import lacks_room

# The kind of a full disk.
NO_ROOM = "no room"
_OWN_FILES = f"{Path(__file__).parents[1]}/"


def kind_of(error: Exception, usual: str) -> str:
    """Return the kind of trouble that an error is: a full disk is one, whatever met it."""
    return NO_ROOM if lacks_room(error) else usual


class Trouble:
    """Decides between raising and warning: one warning of each kind, every failure counted."""

    def __init__(self, count: Callable[[str], None], *, is_strict: bool) -> None:
        """Begin without trouble.

        Args:
            count: Called with the kind of each failure; what it raises itself is passed over,
                since a full disk is often the trouble.
            is_strict: Whether to raise.
        """
        self._count = count
        self._is_strict = is_strict
        self._told: dict[str, object] = {}

    def report(self, kind: str, error: Exception, *, is_counted: bool = True) -> None:
        """Raise `error` where strict; else count it, and warn if it is the first of its kind.

        Args:
            is_counted: False where nothing can be added to the record any more.
        """
        if self._is_strict:
            raise error
        if is_counted:
            try:
                self._count(kind)
            except (OSError, GitxpError) as uncounted:
                error.add_note(f"and it could not be counted: {uncounted}")
        counted = ", further ones are only counted" if is_counted else ""
        self.warn(kind, error, after=f"training goes on{counted}")

    def warn(self, kind: str, error: Exception, *, after: str) -> None:
        """Warn if `error` is the first of its kind.

        Args:
            after: What to say at the end.
        """
        mark = object()
        if self._told.setdefault(kind, mark) is not mark:  # one step, whatever other threads do
            return
        warn_script(f"gitxp: {with_hint(error)}; {after}")


def lost(what: str, error: Exception, *, hint: str = "") -> JournalFailed:
    """Return the error that says that `what` failed for a reason which no check foresaw."""
    told = JournalFailed(f"{what} failed: {type(error).__name__}: {error}", hint=hint)
    told.__cause__ = error
    return told


def warn_script(text: str) -> None:
    """Warn at the line of the script that led here; print where warnings are errors."""
    try:
        warn_at_script(text)
    except GitxpWarning:  # the training is not to be stopped
        print(text, file=sys.stderr)  # noqa: T201  # nowhere else to say it


def warn_at_script(text: str) -> None:
    """Warn at the line of the script that led here."""
    warnings.warn(text, GitxpWarning, stacklevel=_depth_of_script() + 1)


def _depth_of_script() -> int:
    """Return how many callers up from the caller the first one outside of gitxp is."""
    depth = 1
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001  # the documented way to ask
    while frame is not None and frame.f_code.co_filename.startswith(_OWN_FILES):
        depth += 1
        frame = frame.f_back
    return depth
