"""Curves with fewer points that look the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from gitxp.ui.plot.picture import Line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


# More marks, on a curve or on many curves, cover the lines that tell these apart.
_FEW_POINTS: Final = 40
_FEW_LINES: Final = 10


def thinned(line: Line, most: int) -> Line:
    """Return the line with at most `most` points: the lowest and highest of each stretch.

    Those of the band's edges are kept as well. No peak is lost and none is invented, which an
    average or every n-th point would do: a line drawn between them covers the same pixels, where
    there are at least as many stretches as columns of pixels (the M4 aggregation of Jugel et al.
    2014, without first and last, since stretches touch). First and last point are kept, and those
    that are marked.

    Example:
        >>> import numpy as np
        >>> line = Line("a", np.arange(6.0), np.array([0.0, 9, 1, 2, -5, 3]))
        >>> thinned(line, 4).y.tolist()
        [0.0, 9.0, -5.0, 3.0]
    """
    if len(line.x) <= most:
        return line
    import numpy as np

    parts = {name: getattr(line, name) for name in ("x", "y", "low", "high")}
    drawn = [line.y, *(edge for edge in (line.low, line.high) if edge is not None)]
    own = np.empty(0, np.intp) if line.own is None else _few_own(line)
    stretches = max(1, (most - 2 - len(own)) // (2 * len(drawn)))
    kept = np.unique(np.concatenate([own, *(_extremes(values, stretches) for values in drawn)]))
    return replace(line, **{name: part[kept] for name, part in parts.items() if part is not None})


def marked(line: Line, count: int) -> list[int]:
    """Return the places of a line's points to mark, of so many lines beside each other.

    These are points that were logged, where they are few, and those between gaps.

    Example:
        >>> import numpy as np
        >>> line = Line("a", np.arange(5.0), np.arange(5.0), own=np.array([0.0, 4.0]))
        >>> marked(line, 1), marked(line, 45)
        ([0, 4], [])
    """
    own = _few_own(line).tolist() if count <= _FEW_LINES else []
    return sorted({*own, *lonely(line.y)})


def _few_own(line: Line) -> NDArray[np.intp]:
    """Return the places of the points that were logged, and of none where these are many."""
    import numpy as np

    own = line.x if line.own is None else line.own
    return np.flatnonzero(np.isin(line.x, own if len(own) <= _FEW_POINTS else own[:0]))


def lonely(values: NDArray[np.float64]) -> list[int]:
    """Return the places of values between gaps, of which no line shows anything.

    Example:
        >>> import numpy as np
        >>> lonely(np.array([1.0, np.nan, 2.0, np.nan, 3.0, 4.0]))
        [0, 2]
    """
    import numpy as np

    there = np.concatenate([[False], ~np.isnan(values), [False]])
    found: list[int] = np.flatnonzero(there[1:-1] & ~there[:-2] & ~there[2:]).tolist()
    return found


def stretches(is_there: NDArray[np.bool_]) -> Iterator[NDArray[np.intp]]:
    """Yield the places that lie between gaps, those of one stretch after another.

    Example:
        >>> import numpy as np
        >>> [one.tolist() for one in stretches(np.array([True, True, False, True]))]
        [[0, 1], [3]]
    """
    import numpy as np

    parts = np.split(np.arange(len(is_there)), np.flatnonzero(np.diff(is_there)) + 1)
    yield from (part for part in parts if is_there[part].any())


def _extremes(values: NDArray[np.float64], stretches: int) -> NDArray[np.intp]:
    """Return the places of the lowest and highest value of each stretch, and of both ends.

    Of a stretch that is all gap its first place, so that it stays one.
    """
    import numpy as np

    starts = np.linspace(0, len(values), stretches + 1).astype(np.intp)
    widest = int(np.diff(starts).max())
    # A row a stretch, as long as the longest: what is too much repeats the stretch's last place.
    places = np.minimum(starts[:-1, None] + np.arange(widest), starts[1:, None] - 1)
    table, here = values[places], np.arange(stretches)
    gaps = np.isnan(table)
    lowest = np.where(gaps, np.inf, table).argmin(axis=1)
    highest = np.where(gaps, -np.inf, table).argmax(axis=1)
    found = [places[here, lowest], places[here, highest], np.array([0, len(values) - 1])]
    # A gap within a stretch is left out with the points around it, but one that fills it.
    return np.unique(np.concatenate(found))
