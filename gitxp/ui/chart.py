"""Curves in the terminal, drawn by plotext."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence

Curve = tuple[Sequence[int], Sequence[float]]
_HEIGHT = 16
_WIDEST = 100


def chart(curves: Mapping[str, Curve], *, title: str, width: int) -> str:
    """Return the curves as text: braille dots, or letters where the terminal has no Unicode.

    Values that are not finite have no place in a picture: they are passed over and counted below.

    Args:
        curves: Steps and values by label.
        width: Columns of the terminal.
    """
    import plotext

    finite = {label: _finite(curve) for label, curve in curves.items()}
    passed_over = sum(len(curves[label][0]) - len(finite[label][0]) for label in finite)
    note = f"\n({passed_over} values that are not finite)" if passed_over else ""
    drawn = {label: curve for label, curve in finite.items() if curve[0]}
    if not drawn:
        return f"{title}: nothing to draw{note}"
    is_unicode = "utf" in (sys.stdout.encoding or "").lower()
    markers = ["braille"] * len(drawn) if is_unicode else list("*+ox#@%&=~")
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plotsize(min(width, _WIDEST), _HEIGHT)
    plotext.title(title)
    plotext.xlabel("step")
    for number, (label, (steps, values)) in enumerate(drawn.items()):
        marker = markers[number % len(markers)]
        plotext.plot(list(steps), list(values), label=label, marker=marker)
    text: str = plotext.build()
    return f"{text.rstrip()}{note}"


def _finite(curve: Curve) -> Curve:
    pairs = [(step, value) for step, value in zip(*curve, strict=True) if math.isfinite(value)]
    return [step for step, _ in pairs], [value for _, value in pairs]
