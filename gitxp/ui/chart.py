"""Curves in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from gitxp.ui.canvas import Canvas, colours, even_ticks, markers
from gitxp.ui.counted import gap_note
from gitxp.ui.drawable import drawable
from gitxp.ui.plot.picture import Line
from gitxp.ui.plot.thin import stretches, thinned
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
    tell_gaps: bool = True,
) -> str:
    """Return the curves of one metric as text, with what tells them apart below.

    A curve is of braille dots in a colour of its own, or of a letter of its own where the screen
    has no colours, no Unicode, or fewer colours than there are curves. Values that have no place in
    a picture (see `drawable`) are gaps.

    Args:
        curves: Places on the axis below and values, by label.
        bands: The lower and the upper edge of what lies around a curve, drawn as dots; by label.
        tell_gaps: Say below how many values have no place.
    """
    lines = {label: _ordered(curve) for label, curve in curves.items()}
    gaps = sum(len(curves[label][0]) - _count(line) for label, line in lines.items())
    note = gap_note(gaps) if tell_gaps else ""
    notes = [screen.painted(line, "dim") for line in wrapped(note, screen.width)]
    drawn = {label: list(_stretches(line)) for label, line in lines.items() if _count(line)}
    if not drawn:
        return "\n".join([*wrapped(f"{title}: nothing to draw", screen.width), *notes])
    marks, paints = markers(len(drawn), screen), colours(len(drawn))
    canvas = Canvas(title, x_label, screen)
    for label, colour in zip(drawn, paints, strict=True):
        for edge in (bands or {}).get(label, ()):
            dot = _EDGE if screen.has_unicode else _ASCII_EDGE
            for places, values in _stretches(_ordered(edge)):
                canvas.dots(places, values, dot, colour)
    for parts, marker, colour in zip(drawn.values(), marks, paints, strict=True):
        for places, values in parts:
            canvas.line(places, values, marker, colour)
    ends = [place for parts in drawn.values() for place in (parts[0][0][0], parts[-1][0][-1])]
    canvas.ticks(even_ticks(min(ends), max(ends), canvas.width))
    legend = [
        f"  {screen.painted(3 * ('⠒' if marker == 'braille' else marker), colour)} {label}"
        for label, marker, colour in zip(drawn, marks, paints, strict=True)
    ]
    return "\n".join([canvas.text(), *legend, *notes])


def _ordered(curve: Curve) -> Line:
    """Return points in the order of their places, with gaps for what cannot be drawn."""
    import numpy as np

    places, values = (drawable(np.asarray(one, float)) for one in curve)
    order = np.argsort(places, kind="stable")[: np.count_nonzero(~np.isnan(places))]
    return Line("", places[order], values[order])


def _count(line: Line) -> int:
    """Return how many points of a line can be drawn."""
    return int((line.y == line.y).sum())


def _stretches(line: Line) -> Iterator[tuple[list[float], list[float]]]:
    """Yield what lies between gaps, of as many points as make a difference in the picture."""
    kept = thinned(line, _MOST_POINTS)
    for part in stretches(kept.y == kept.y):
        yield kept.x[part].tolist(), kept.y[part].tolist()
