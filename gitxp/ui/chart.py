"""Curves in the terminal, drawn by plotext."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from gitxp.ui.format import safe
from gitxp.ui.screen import Screen

Curve = tuple[Sequence[int], Sequence[float]]
_HEIGHT: Final = 16
_WIDEST: Final = 100
# Where nobody can say how wide the place is, as in a pipe.
_USUAL_WIDTH: Final = 80
_COLOURS: Final = ("cyan", "magenta", "green", "yellow", "blue", "red")
_LETTERS: Final = "*+ox#@%&=~"
_LEAST_BETWEEN_TICKS: Final = 16
_ASCII_FRAME: Final = str.maketrans("┌┐└┘├┤┬┴┼─│", "+++++++++-|")


def chart(curves: Mapping[str, Curve], *, title: str, screen: Screen) -> str:
    """Return the curves of one metric as text, with what tells them apart below.

    A curve is of braille dots in a colour of its own, or of a letter of its own where the screen
    has no colours, no Unicode, or fewer colours than there are curves. Values that are not finite
    have no place in a picture: they are passed over and counted below.

    Args:
        curves: Steps and values by label.
    """
    finite = {label: _finite(curve) for label, curve in curves.items()}
    passed_over = sum(len(curves[label][0]) - len(finite[label][0]) for label in finite)
    note = [f"({passed_over} values that are not finite)"] if passed_over else []
    drawn = {label: curve for label, curve in finite.items() if curve[0]}
    if not drawn:
        return "\n".join([f"{title}: nothing to draw", *note])
    markers = _markers(len(drawn), screen)
    colours = [_COLOURS[number % len(_COLOURS)] for number in range(len(drawn))]
    picture = _picture(list(drawn.values()), markers, colours, title, screen)
    legend = [
        f"  {screen.painted(3 * ('⠒' if marker == 'braille' else marker), colour)} {label}"
        for label, marker, colour in zip(drawn, markers, colours, strict=True)
    ]
    return "\n".join([picture, *legend, *note])


def _markers(count: int, screen: Screen) -> list[str]:
    """Return what each curve is drawn with, so that no two of a screenful look the same."""
    can_tell_dots_apart = count == 1 or (screen.has_colours and count <= len(_COLOURS))
    if screen.has_unicode and can_tell_dots_apart:
        return ["braille"] * count
    return [_LETTERS[number % len(_LETTERS)] for number in range(count)]


def _picture(
    curves: Sequence[Curve],
    markers: Sequence[str],
    colours: Sequence[str],
    title: str,
    screen: Screen,
) -> str:
    import plotext

    width = min(screen.width or _USUAL_WIDTH, _WIDEST)
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plotsize(width, _HEIGHT)
    plotext.title(title)
    plotext.xlabel("step")
    for (steps, values), marker, colour in zip(curves, markers, colours, strict=True):
        plotext.plot(list(steps), list(values), marker=marker, color=colour)
    ticks = _ticks([step for steps, _ in curves for step in steps], width)
    plotext.xticks(ticks, [str(tick) for tick in ticks])
    text: str = plotext.build()
    if not screen.has_colours:
        text = safe(text)
    if not screen.has_unicode:
        text = text.translate(_ASCII_FRAME)
    return "\n".join(line.rstrip() for line in text.rstrip().splitlines())


def _ticks(steps: Sequence[int], width: int) -> list[int]:
    """Return a few whole steps, evenly between the first and the last."""
    low, high = min(steps), max(steps)
    count = max(1, min(5, width // _LEAST_BETWEEN_TICKS))
    return sorted({low + (high - low) * number // count for number in range(count + 1)})


def _finite(curve: Curve) -> Curve:
    """Return the points that can be drawn, in the order of their steps."""
    pairs = [(step, value) for step, value in zip(*curve, strict=True) if math.isfinite(value)]
    pairs.sort(key=lambda pair: pair[0])
    return [step for step, _ in pairs], [value for _, value in pairs]
