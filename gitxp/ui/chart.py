"""Curves in the terminal, drawn by plotext."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

Curve = tuple[Sequence[int], Sequence[float]]
_HEIGHT = 16
_WIDEST = 100


def chart(curves: Mapping[str, Curve], *, title: str, width: int) -> str:
    """Return the curves as text: braille dots, or letters where the terminal has no Unicode.

    Args:
        curves: Steps and values by label.
        width: Columns of the terminal.
    """
    import plotext

    is_unicode = "utf" in (sys.stdout.encoding or "").lower()
    markers = ["braille"] * len(curves) if is_unicode else list("*+ox#@%&=~")
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plotsize(min(width, _WIDEST), _HEIGHT)
    plotext.title(title)
    plotext.xlabel("step")
    for number, (label, (steps, values)) in enumerate(curves.items()):
        marker = markers[number % len(markers)]
        plotext.plot(list(steps), list(values), label=label, marker=marker)
    text: str = plotext.build()
    return text
