"""Confidence intervals of means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gitxp.statistics.methods import IntervalMethod
from gitxp.statistics.resampling import SEED, resampled_means
from gitxp.statistics.samples import (
    Sample,
    are_constant,
    by_size,
    deviations,
    restored,
    scaled,
)

# Of fewer values a bootstrap interval of 95 % holds the mean in less than 90 % of cases.
ENOUGH_FOR_BOOTSTRAP: Final = 10
# Below this part of the spread two means differ by rounding alone.
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a mean probably lies; NaN at both ends where nothing can be said."""

    low: float
    high: float


_NONE: Final = Interval(math.nan, math.nan)


def mean_intervals(
    samples: Sequence[Sample],
    method: IntervalMethod = "t",
    *,
    confidence: float = 0.95,
    resamples: int = 10_000,
    seed: int = SEED,
) -> list[Interval]:
    """Return an interval of the mean of each sample of finite numbers.

    One value has none. Where all values are the same the interval has no width: no spread was
    seen, which does not mean that there is none.

    Args:
        method: `percentile` takes the quantiles of the means of resamples (Efron & Tibshirani, An
            Introduction to the Bootstrap, 1993, equation 13.5); `bca` corrects their bias and
            skewness (the same, equations 14.9 to 14.15); `t` is Student's, exact for values that
            are normally distributed, and the one of the three that keeps its promise for fewer
            than about ten.
        resamples: How many are drawn, for the first two.
        seed: Of the draws.

    Example:
        >>> mean_intervals([np.array([1.0, 2.0, 3.0])], "t")
        [Interval(low=-0.484..., high=4.484...)]
    """
    found = [_NONE] * len(samples)
    for places, rows in by_size(samples):
        if rows.shape[1] < 2:
            continue
        small, exponents = scaled(rows)
        ends = restored(_ends(small, method, confidence, resamples, seed), exponents)
        for place, low, high in zip(places, *ends.tolist(), strict=True):
            found[place] = Interval(low, high)
    return found


def _ends(
    rows: NDArray[np.float64], method: IntervalMethod, confidence: float, resamples: int, seed: int
) -> NDArray[np.float64]:
    """Return the low ends of rows of one size, and the high ones."""
    constant = are_constant(rows)
    ends = np.stack([rows[:, 0], rows[:, 0]])
    varying = rows[~constant]
    if not len(varying):
        return ends
    means = varying.mean(axis=1)
    # Means of what lies around zero lose no digits to a large one.
    centred = varying - means[:, None]
    if method == "t":
        offsets = _student(centred, confidence)
    else:
        offsets = _bootstrap(centred, method, confidence, resamples, seed)
    ends[:, ~constant] = means + offsets
    return ends


def _student(centred: NDArray[np.float64], confidence: float) -> NDArray[np.float64]:
    """Return the ends of Student's interval around zero.

    Student, "The probable error of a mean", Biometrika 6 (1908), 1-25.
    """
    from scipy.special import stdtrit

    size = centred.shape[1]
    half = stdtrit(size - 1, (1 + confidence) / 2) * deviations(centred) / math.sqrt(size)
    return np.stack([-half, half])


def _bootstrap(
    centred: NDArray[np.float64],
    method: IntervalMethod,
    confidence: float,
    resamples: int,
    seed: int,
) -> NDArray[np.float64]:
    """Return the ends of a bootstrap interval around zero."""
    tail = (1 - confidence) / 2
    ends, done = np.empty((2, len(centred))), 0
    for means in resampled_means(centred, resamples, seed):
        some = slice(done, done + len(means))
        done += len(means)
        levels = np.tile([[tail], [1 - tail]], len(means))
        if method == "bca":
            levels = _corrected(levels, centred[some], means)
        ends[:, some] = _quantiles(means, levels)
    return ends


def _corrected(
    levels: NDArray[np.float64], centred: NDArray[np.float64], means: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the levels of a percentile interval, bias-corrected and accelerated.

    Efron & Tibshirani (1993): the levels are equation 14.10, the bias 14.14, where resamples whose
    mean is that of the sample count half, as in SciPy, and the acceleration 14.15, which for a
    mean needs no jackknife: a value left out moves it by its own distance over n - 1.
    """
    from scipy.special import ndtr, ndtri

    slack = _ROUNDING * np.ptp(centred, axis=1)[:, None]
    below = (means < -slack).mean(axis=1)
    share = below + (np.abs(means) <= slack).mean(axis=1) / 2
    # Of so few resamples that none lies on one side the bias would be infinite.
    least = 0.5 / means.shape[1]
    bias = ndtri(np.clip(share, least, 1 - least))
    scaled = centred / np.ptp(centred, axis=1)[:, None]  # lest a square of it be zero
    acceleration = (scaled**3).sum(axis=1) / (6 * (scaled**2).sum(axis=1) ** 1.5)
    shifted = bias + ndtri(levels)
    corrected: NDArray[np.float64] = ndtr(bias + shifted / (1 - acceleration * shifted))
    return corrected


def _quantiles(rows: NDArray[np.float64], levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return quantiles of each row at levels of its own, between values along a straight line.

    Definition 7 of Hyndman & Fan, "Sample quantiles in statistical packages", The American
    Statistician 50 (1996), 361-365, as NumPy's.
    """
    last = rows.shape[1] - 1
    places = levels * last
    before = np.clip(np.floor(places).astype(np.int64), 0, last)
    after = np.minimum(before + 1, last)
    for row, wanted in zip(rows, np.vstack([before, after]).T, strict=True):
        row.partition(np.unique(wanted))
    number = np.arange(len(rows))
    low, high = rows[number, before], rows[number, after]
    between: NDArray[np.float64] = low + (high - low) * (places - before)
    return between
