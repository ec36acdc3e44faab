"""A field of characters on which plotext draws, fitted to the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from gitxp.ui.format import number, safe
from gitxp.ui.plot.names import short_label
from gitxp.ui.screen import Screen
from gitxp.ui.table import spread, text_width, unspread

_HEIGHT: Final = 16
_WIDEST: Final = 100
# Where nobody can say how wide the place is, as in a pipe.
_USUAL_WIDTH: Final = 80
_LEAST_BETWEEN_TICKS: Final = 16
_ASCII_FRAME: Final = str.maketrans("┌┐└┘├┤┬┴┼─│", "+++++++++-|")
COLOURS: Final = ("cyan", "magenta", "green", "yellow", "blue", "red")
# Those first that are told apart best.
_LETTERS: Final = "*+ox#@%&=~abcdefghijkmnpqrstuvwyzABCDEFGHJKLMNPQRSTUVWXYZ"


class Canvas:
    """One picture that comes to be; plotext has room for one at a time."""

    def __init__(self, title: str, x_label: str, screen: Screen) -> None:
        """Begin an empty picture."""
        import plotext

        self._plotext: Any = plotext
        self._screen = screen
        self.width = min(screen.width or _USUAL_WIDTH, _WIDEST)
        plotext.clear_figure()
        plotext.theme("clear")
        # Not plotext's own, which it leaves out where the ticks beside them leave no room.
        self._title = self._centred(title)
        self._x_label = self._centred(x_label)
        plotext.plotsize(self.width, _HEIGHT - bool(self._title) - bool(self._x_label))

    def line(
        self, x: Sequence[float], y: Sequence[float], marker: str, colour: str | None = None
    ) -> None:
        """Draw a line through points."""
        self._plotext.plot(list(x), list(y), marker=marker, color=colour)

    def dots(
        self, x: Sequence[float], y: Sequence[float], marker: str, colour: str | None = None
    ) -> None:
        """Draw points."""
        self._plotext.scatter(list(x), list(y), marker=marker, color=colour)

    def ticks(self, places: Sequence[float], texts: Sequence[str] | None = None) -> None:
        """Say what stands along the axis below."""
        told = [number(place) for place in places] if texts is None else texts
        self._plotext.xticks(list(places), list(map(spread, told)))

    def side_ticks(self, places: Sequence[float], texts: Sequence[str]) -> None:
        """Say what stands along the axis at the side."""
        self._plotext.yticks(list(places), list(map(spread, texts)))

    def text(self) -> str:
        """Return the picture, of characters that the screen can show."""
        text: str = unspread(self._plotext.build())
        if not self._screen.has_colours:
            text = safe(text)
        if not self._screen.has_unicode:
            text = text.translate(_ASCII_FRAME)
        drawn = [line.rstrip() for line in text.rstrip().splitlines()]
        return "\n".join(filter(None, [self._title, *drawn, self._x_label]))

    def _centred(self, label: str) -> str:
        told = short_label(label, self.width, self._screen)
        return f"{' ' * ((self.width - text_width(told)) // 2)}{told}" if told else ""


def even_ticks(low: float, high: float, width: int) -> list[float]:
    """Return a few places, evenly between two ends; whole ones where both ends are whole."""
    count = max(1, min(5, width // _LEAST_BETWEEN_TICKS))
    if float(low).is_integer() and float(high).is_integer():
        first, last = int(low), int(high)
        return sorted({first + (last - first) * at // count for at in range(count + 1)})
    return [low + (high - low) * at / count for at in range(count + 1)]


def markers(count: int, screen: Screen) -> list[str]:
    """Return what each curve is drawn with, so that no two of a screenful look the same."""
    can_tell_dots_apart = count == 1 or (screen.has_colours and count <= len(COLOURS))
    if screen.has_unicode and can_tell_dots_apart:
        return ["braille"] * count
    return letters(count)


def letters(count: int) -> list[str]:
    """Return a letter for each of so many."""
    return [_LETTERS[number % len(_LETTERS)] for number in range(count)]


def colours(count: int) -> list[str]:
    """Return a colour for each of so many."""
    return [COLOURS[number % len(COLOURS)] for number in range(count)]
