"""One curve: its points in order, smoothed, as the best so far, and read off at other places.

Everywhere `x` ascends, no two of it are equal, and a value that is not finite is a gap.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = NDArray[np.float64] | NDArray[np.int64]
Direction = Literal["max", "min"]

# How far weights may grow apart within one sum: floats hold 16 digits over 600 orders of magnitude.
_WIDEST = 200.0


def latest_each(keys: Numbers, clock: Numbers) -> NDArray[np.intp] | slice:
    """Return where each key stands last by the clock, in ascending order of the keys.

    Of the same key at the same moment the one further back counts.

    Example:
        >>> latest_each(np.array([0, 2, 1, 2]), np.array([0, 1, 2, 3]))
        array([0, 2, 3])
    """
    if (keys[1:] > keys[:-1]).all():  # as nearly every series is
        return slice(None)
    order = np.lexsort((clock, keys))
    in_order = keys[order]
    is_last = np.append(in_order[1:] != in_order[:-1], True)
    latest: NDArray[np.intp] = order[is_last]
    return latest


def smoothed(x: Numbers, values: Floats, weight: float) -> Floats:
    """Return the exponential moving average of a curve, corrected for the bias of its start.

    The average at a point is over it and all before it, each weighing `weight ** (d / unit)`,
    where `d` is how far it lies behind and `unit` the median distance of two points. With even
    distances that is the smoothing of TensorBoard (`vz_line_chart2/line-chart.ts`,
    `resmoothDataset`); that far points weigh less is what W&B calls time weighted
    (https://docs.wandb.ai/models/app/features/panels/line-plot/smoothing). Gaps stay gaps, and
    weigh nothing.

    Args:
        weight: From 0, which changes nothing, to less than 1.

    Example:
        >>> smoothed(np.arange(3), np.array([1.0, 0.0, 0.0]), 0.5).round(3).tolist()
        [1.0, 0.333, 0.143]
    """
    made = np.full(len(values), np.nan)
    there = np.flatnonzero(np.isfinite(values))
    if weight == 0 or len(there) < 2:
        made[there] = values[there]
        return made
    known, places = values[there], x[there].astype(np.float64)
    scale = np.abs(known).max() or 1.0  # weights are large, and so may values be
    # By how many powers of e a point weighs more than the first one.
    growth = (places - places[0]) * (-np.log(weight) / np.median(np.diff(places)))
    made[there] = _running_means(growth, known / scale) * scale
    return made


def _running_means(growth: Floats, values: Floats) -> Floats:
    """Return at each point the mean of all up to it, where each weighs `exp(growth)`.

    Stretch by stretch, for weights over all of a long curve are beyond what a float holds.
    """
    means = np.empty(len(values))
    start, total, mass = 0, 0.0, 0.0
    while start < len(values):
        stop = int(np.searchsorted(growth, growth[start] + _WIDEST, side="right"))
        weights = np.exp(growth[start:stop] - growth[start])
        if start:
            fade = np.exp(growth[start - 1] - growth[start])
            total, mass = total * fade, mass * fade
        totals = np.cumsum(weights * values[start:stop]) + total
        masses = np.cumsum(weights) + mass
        means[start:stop] = totals / masses
        # In units of the last point's weight, of which the next stretch begins.
        total, mass = totals[-1] / weights[-1], masses[-1] / weights[-1]
        start = stop
    return means


def best_so_far(values: Floats, direction: Direction) -> Floats:
    """Return at each point the best value up to it; NaN before the first finite one.

    Example:
        >>> best_so_far(np.array([np.nan, 3.0, np.inf, 1.0, 2.0]), "min").tolist()
        [nan, 3.0, 3.0, 1.0, 1.0]
    """
    worst = -np.inf if direction == "max" else np.inf
    known = np.where(np.isfinite(values), values, worst)
    accumulate = np.maximum.accumulate if direction == "max" else np.minimum.accumulate
    best: Floats = accumulate(known)
    return np.where(best == worst, np.nan, best)


def interpolated(places: Numbers, x: Numbers, values: Floats) -> Floats:
    """Return a curve at other places, on the straight line from one point to the next.

    NaN outside of its own range, and strictly between two points one of which is a gap.

    Example:
        >>> interpolated(np.arange(5), np.array([1, 3]), np.array([0.0, 1.0])).tolist()
        [nan, 0.0, 0.5, 1.0, nan]
    """
    known = np.where(np.isfinite(values), values, np.nan)
    if np.array_equal(places, x):
        return known
    if not len(x) or np.isnan(known).all():
        return np.full(len(places), np.nan)
    made = np.interp(places, x, known, left=np.nan, right=np.nan)
    if np.nanmax(np.abs(known)) > np.finfo(np.float64).max / 4:
        # The largest floats are further apart than a float holds; quarters of them are not.
        beyond = ~np.isfinite(made)
        made[beyond] = np.interp(places[beyond], x, known / 4, left=np.nan, right=np.nan) * 4
    # Rounding must not lead beyond what was logged.
    within: Floats = np.clip(made, np.nanmin(known), np.nanmax(known))
    return within


def carried(places: Numbers, x: Numbers, values: Floats) -> Floats:
    """Return a curve at other places, each the value of the last point up to it.

    NaN outside of its own range.

    Example:
        >>> carried(np.arange(5), np.array([1, 3]), np.array([0.0, 1.0])).tolist()
        [nan, 0.0, 0.0, 1.0, nan]
    """
    made = np.full(len(places), np.nan)
    if len(x):
        inside = (places >= x[0]) & (places <= x[-1])
        made[inside] = values[np.searchsorted(x, places[inside], side="right") - 1]
    return made


def mean_height(x: Numbers, values: Floats) -> float:
    """Return the area under a curve by the trapezoidal rule, divided by the length of its range.

    Stretches next to a gap count neither for the area nor for the length. Without any stretch it
    is the mean of the finite values, and NaN without one. The area under a learning curve stands
    for how well and how fast something learns in one number (Guyon et al. 2011, Results of the
    active learning challenge, JMLR W&CP 16).

    Example:
        >>> mean_height(np.array([0, 1, 3]), np.array([0.0, 1.0, 1.0])).__round__(3)
        0.833
    """
    known = np.isfinite(values)
    both = known[1:] & known[:-1]
    if not both.any():
        return _mean(values[known])
    heights = values[1:][both] / 2 + values[:-1][both] / 2
    widths = np.diff(x.astype(np.float64))[both]
    return float((heights * (widths / widths.sum())).sum())


def _mean(values: Floats) -> float:
    return float((values / len(values)).sum()) if len(values) else float("nan")


def first_held(answers: NDArray[np.bool_], hold: int) -> int | None:
    """Return where the first `hold` answers in a row begin that are all yes; None without any.

    Example:
        >>> first_held(np.array([True, False, True, True]), 2)
        2
    """
    if hold > len(answers):
        return None
    counts = np.concatenate([[0], np.cumsum(answers)])
    are_held = counts[hold:] - counts[:-hold] == hold
    return int(are_held.argmax()) if are_held.any() else None
