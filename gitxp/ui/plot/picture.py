"""What is drawn, whoever draws it: in the terminal, as a file, or in a page.

The title is what a picture is called. No file shows it, as it says what the axes say: it stands in
what the file tells about itself, and where a picture is named.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Line:
    """A curve, with a band around it where several runs stand behind it.

    Attributes:
        label: What it is called in the legend.
        x: Ascending, float64 of shape (n,).
        y: float64 of shape (n,); NaN is a gap.
        low: The band's lower edge, as `y`; None where there is none.
        high: Its upper edge.
        n: How many runs stand behind it, from the fewest to the most, where it is of several.
        own: Those places of `x` at which it was logged; None where that is all of them. Between
            them it is read off for the sake of other curves.
    """

    label: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    low: NDArray[np.float64] | None = None
    high: NDArray[np.float64] | None = None
    n: str = ""
    own: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class LineChart:
    """Curves of one metric.

    Attributes:
        note: What the bands are and the like; empty where nothing is to be said.
    """

    title: str
    x_label: str
    y_label: str
    lines: tuple[Line, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Cloud:
    """Points of one colour in a scatter chart.

    Attributes:
        label: What they have in common; empty where nothing tells points apart.
        names: What each point is called.
        x: float64 of shape (n,).
        y: float64 of shape (n,).
        shades: What colours each point, float64 of shape (n,), where that is a number.
        is_pale: Whether the points have no value of what colours the others.
    """

    label: str
    names: tuple[str, ...]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    shades: NDArray[np.float64] | None = None
    is_pale: bool = False


@dataclass(frozen=True, slots=True)
class ScatterChart:
    """Two fields of runs against each other, a point a run.

    Attributes:
        shade: What the colours of points stand for, where that is a number.
    """

    title: str
    x_axis: Axis
    y_axis: Axis
    clouds: tuple[Cloud, ...]
    note: str = ""
    shade: Axis | None = None


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis on which runs have a place.

    Attributes:
        label: What it is called.
        words: For values that are no numbers, the word of each place 0, 1, 2, …; empty for
            numbers.
        is_log: Whether numbers stand at their logarithms.
        is_time: Whether numbers are seconds since 1970, in UTC.
    """

    label: str
    words: tuple[str, ...] = ()
    is_log: bool = False
    is_time: bool = False


@dataclass(frozen=True, slots=True)
class ParallelChart:
    """Many fields of runs side by side: an axis a field, a line a run.

    Attributes:
        names: What each run is called.
        places: Where each run stands on each axis: float64 of shape (runs, axes), NaN where it
            has no value. The last axis colours the lines.
    """

    title: str
    axes: tuple[Axis, ...]
    names: tuple[str, ...]
    places: NDArray[np.float64]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """The value of a group of runs and its interval, in the metric's units.

    Attributes:
        low: Where the interval begins; NaN where there is none.
        high: Where it ends.
        count: How many runs stand behind it.
    """

    label: str
    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class BarChart:
    """A metric of groups of runs."""

    title: str
    value_label: str
    bars: tuple[Bar, ...]
    note: str = ""

    @property
    def is_from_zero(self) -> bool:
        """Whether bars from 0 show what sets groups apart; else points do, on an axis of theirs.

        A bar that does not begin at 0 lies about how much longer it is.
        """
        ends = [end for bar in self.bars for end in (bar.low, bar.value, bar.high)]
        finite = [end for end in ends if math.isfinite(end)]
        if not finite:
            return True
        return max(finite) - min(finite) > max(map(abs, finite)) / 4


Picture = LineChart | ScatterChart | ParallelChart | BarChart
