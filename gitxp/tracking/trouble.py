"""Trouble inside gitxp, told once and counted, so that training goes on."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable

from gitxp.errors import GitxpError, GitxpWarning, JournalFailed


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
        self._told: set[str] = set()

    def report(self, kind: str, error: Exception) -> None:
        """Raise `error` where strict; else count it, and warn if it is the first of its kind."""
        if self._is_strict:
            raise error
        try:
            self._count(kind)
        except (OSError, JournalFailed) as uncounted:
            error.add_note(f"and it could not be counted: {uncounted}")
        self.warn(kind, error)

    def warn(self, kind: str, error: Exception) -> None:
        """Warn if `error` is the first of its kind."""
        if kind in self._told:
            return
        self._told.add(kind)
        hint = f" (hint: {error.hint})" if isinstance(error, GitxpError) and error.hint else ""
        text = f"gitxp: {error}{hint}; training goes on, further ones are only counted"
        try:
            # Past this method, `report` and the verb, to the line in the user's script.
            warnings.warn(text, GitxpWarning, stacklevel=4)
        except GitxpWarning:  # warnings are errors here, but the training is not to be stopped
            print(text, file=sys.stderr)  # noqa: T201  # nowhere else to say it
