"""Curves in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gitxp.ui.canvas import Canvas, colours, even_ticks, markers
from gitxp.ui.drawable import drawable
from gitxp.ui.plot.picture import Line
from gitxp.ui.plot.thin import thinned
from gitxp.ui.screen import Screen
from gitxp.ui.table import wrapped

if TYPE_CHECKING:
    from numpy.typing import NDArray

Curve: TypeAlias = "tuple[Sequence[float] | NDArray[Any], Sequence[float] | NDArray[Any]]"
# Fainter than any curve; ASCII has nothing fainter.
_EDGE, _ASCII_EDGE = "·", "."
# Four for each column of dots of the widest picture: many more take all the time there is.
_MOST_POINTS: Final = 800


def chart(
    curves: Mapping[str, Curve],
    *,
    title: str,
    screen: Screen,
    x_label: str = "step",
    bands: Mapping[str, tuple[Curve, Curve]] | None = None,
) -> str:
    """Return the curves of one metric as text, with what tells them apart below.

    A curve is of braille dots in a colour of its own, or of a letter of its own where the screen
    has no colours, no Unicode, or fewer colours than there are curves. Values that have no place in
    a picture (see `drawable`) are passed over and counted below.

    Args:
        curves: Places on the axis below and values, by label.
        bands: The lower and the upper edge of what lies around a curve, drawn as dots; by label.
    """
    finite = {label: _finite(curve) for label, curve in curves.items()}
    passed_over = sum(len(curves[label][0]) - len(finite[label].x) for label in finite)
    note = f"({passed_over} values that are not finite)" if passed_over else ""
    notes = wrapped(note, screen.width)
    drawn = {label: _thinned(line) for label, line in finite.items() if len(line.x)}
    if not drawn:
        return "\n".join([*wrapped(f"{title}: nothing to draw", screen.width), *notes])
    marks, paints = markers(len(drawn), screen), colours(len(drawn))
    canvas = Canvas(title, x_label, screen)
    for label, colour in zip(drawn, paints, strict=True):
        for edge in (bands or {}).get(label, ()):
            dot = _EDGE if screen.has_unicode else _ASCII_EDGE
            canvas.dots(*_thinned(_finite(edge)), dot, colour)
    for (places, values), marker, colour in zip(drawn.values(), marks, paints, strict=True):
        canvas.line(places, values, marker, colour)
    places = [place for curve in drawn.values() for place in (curve[0][0], curve[0][-1])]
    canvas.ticks(even_ticks(min(places), max(places), canvas.width))
    legend = [
        f"  {screen.painted(3 * ('⠒' if marker == 'braille' else marker), colour)} {label}"
        for label, marker, colour in zip(drawn, marks, paints, strict=True)
    ]
    return "\n".join([canvas.text(), *legend, *notes])


def _finite(curve: Curve) -> Line:
    """Return the points that can be drawn, in the order of their places."""
    import numpy as np

    places, values = (drawable(np.asarray(one, float)) for one in curve)
    there = np.flatnonzero(~(np.isnan(places) | np.isnan(values)))
    order = there[np.argsort(places[there], kind="stable")]
    return Line("", places[order], values[order])


def _thinned(line: Line) -> tuple[list[float], list[float]]:
    """Return as many points as make a difference in the picture."""
    kept = thinned(line, _MOST_POINTS)
    return kept.x.tolist(), kept.y.tolist()
