"""What is known of the place where text is shown: width, colours, letters."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from typing import Final, TextIO

_COLOURS: Final = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}


@dataclass(frozen=True, slots=True)
class Screen:
    r"""Where text is to be shown.

    Attributes:
        width: Columns; None where nothing has to be fitted, as in a pipe.
        has_colours: Whether escapes for colours may be printed.
        has_unicode: Whether it shows more than ASCII.

    Example:
        >>> Screen(width=80, has_colours=True, has_unicode=True).painted("done", "green")
        '\x1b[32mdone\x1b[0m'
    """

    width: int | None
    has_colours: bool
    has_unicode: bool

    @property
    def dots(self) -> str:
        """What stands for text that was cut."""
        return "…" if self.has_unicode else "..."

    def indented(self, columns: int) -> Screen:
        """Return the screen without its first columns."""
        width = None if self.width is None else max(1, self.width - columns)
        return replace(self, width=width)

    def painted(self, text: str, colour: str) -> str:
        """Return `text` in a colour, where there are any; as it is for a colour of no name."""
        if not (self.has_colours and text and colour):
            return text
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"


def screen_of(stream: TextIO | None) -> Screen:
    """Return what `stream` is shown on, if it is open; NO_COLOR and TERM=dumb are heeded."""
    is_terminal = stream is not None and stream.isatty()
    is_plain = refuses_colours() or os.environ.get("TERM") == "dumb"
    return Screen(
        width=shutil.get_terminal_size().columns if is_terminal else None,
        has_colours=is_terminal and not is_plain,
        has_unicode=is_unicode(stream),
    )


def refuses_colours() -> bool:
    """Return whether the user has said by NO_COLOR that they want none anywhere."""
    return bool(os.environ.get("NO_COLOR"))


def is_unicode(stream: TextIO | None) -> bool:
    """Return whether a stream takes every character."""
    return "utf" in (getattr(stream, "encoding", None) or "").lower()
