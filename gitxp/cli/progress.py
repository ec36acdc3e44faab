"""How far a long command has come, in one line that a terminal shows and then forgets."""

from __future__ import annotations

import sys
import time
from typing import Final

import click

from gitxp.ui.format import safe, size

# A terminal shows no more, and drawing costs time.
_SECONDS_BETWEEN: Final = 0.1


class Progress:
    """A line such as `verifying 120/3000`; nothing where standard error is no terminal."""

    def __init__(self, doing: str, total: int = 0) -> None:
        self._doing = doing
        self._total = total
        self._done = 0
        self._drawn = -_SECONDS_BETWEEN
        self._is_terminal = sys.stderr is not None and sys.stderr.isatty()

    def advance(self, count: int) -> None:
        """Tell that so many more are done."""
        self.show(self._done + count, self._total)

    def show(self, done: int, total: int) -> None:
        """Tell how many are done, of how many."""
        self._done, self._total = done, total
        now = time.monotonic()
        if self._is_terminal and now - self._drawn > _SECONDS_BETWEEN:
            self._drawn = now
            click.echo(f"\r{self._doing} {done:,}/{total:,}", err=True, nl=False)

    def tell(self, line: str) -> None:
        """Tell what another program says of how far it has come."""
        now = time.monotonic()
        if self._is_terminal and now - self._drawn > _SECONDS_BETWEEN:
            self._drawn = now
            click.echo(f"\r\x1b[K{self._doing}: {safe(line)}", err=True, nl=False)

    def show_bytes(self, done: int, total: int) -> None:
        """Tell how many bytes have gone or come, of how many."""
        self.tell(f"{size(done)} of {size(total)}")

    def erase(self) -> None:
        """Take the line away."""
        if self._is_terminal:
            click.echo("\r\x1b[K", err=True, nl=False)
