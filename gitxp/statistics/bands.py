"""The mean of several curves with a band around it, place by place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gitxp.statistics.curve import Floats
from gitxp.statistics.methods import BandKind

# Of resamples; the ends of a percentile interval move by a few percent of its width from one seed
# to another (Efron and Tibshirani 1993, section 14.3, advise 1,000 or more).
_RESAMPLES: Final = 1000
# So many resampled means are held at once: 16 MB.
_CHUNK: Final = 1 << 21


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """A mean curve, and what lies around it at each place.

    Attributes:
        mean: Of those curves that have a value there; NaN where none has.
        low: Where the band begins; NaN where fewer than two curves have a value.
        high: Where it ends.
        n: How many curves have a value.
    """

    mean: Floats
    low: Floats
    high: Floats
    n: NDArray[np.int64]


def band_of(curves: Floats, kind: BandKind, *, confidence: float = 0.95) -> Band:
    """Return the mean of curves and the band around it, each place by itself.

    `ci` is Student's t interval of the mean, `mean ± t · s / √n` (Student 1908, The probable error
    of a mean); `bootstrap` the percentile interval of the mean over 1,000 resamples of the curves,
    the same ones in each place (Efron and Tibshirani 1993, section 13.3); `std` is `mean ± s` with
    the standard deviation of a sample (n - 1); `minmax` from the lowest to the highest value. A
    band holds at each place by itself, and not for the whole curve at once.

    Args:
        curves: A row a curve, NaN where it has no value.
        confidence: Of the intervals of the mean.

    Example:
        >>> band = band_of(np.array([[1.0, 2.0], [3.0, np.nan]]), "minmax")
        >>> band.mean.tolist(), band.low.tolist(), band.n.tolist()
        ([2.0, 2.0], [1.0, nan], [2, 1])
    """
    known = np.isfinite(curves)
    n = known.sum(axis=0)
    lowest = np.where(known, curves, np.inf).min(axis=0, initial=np.inf)
    highest = np.where(known, curves, -np.inf).max(axis=0, initial=-np.inf)
    lowest[n == 0], highest[n == 0] = np.nan, np.nan
    # By a power of two, which costs no digit: squares of the largest floats are none any more.
    exponents = np.frexp(np.fmax(np.abs(lowest), np.abs(highest)))[1]
    scaled = np.ldexp(np.where(known, curves, 0.0), -exponents)
    # From the lowest on, so that curves which are equal have no deviation.
    above = np.where(known, scaled - np.ldexp(lowest, -exponents), 0.0)
    mean_above = above.sum(axis=0) / np.maximum(n, 1)
    mean = np.ldexp(lowest, -exponents) + mean_above
    if kind == "bootstrap":
        low, high = _percentiles(scaled, known, confidence)
    else:
        deviations = np.where(known, above - mean_above, 0.0)
        reach = _reach(deviations, n, confidence if kind == "ci" else None)
        low, high = mean - reach, mean + reach
    with np.errstate(over="ignore"):  # a band around the largest floats may end beyond them
        low, high = np.ldexp(low, exponents), np.ldexp(high, exponents)
    if kind == "minmax":
        low, high = lowest, highest
    low[n < 2], high[n < 2] = np.nan, np.nan
    return Band(np.ldexp(mean, exponents), low, high, n)


def _reach(deviations: Floats, n: NDArray[np.int64], confidence: float | None) -> Floats:
    """Return how far the band reaches to each side: the standard deviation without a confidence."""
    from scipy.special import stdtrit

    free = np.maximum(n - 1, 1)
    deviation: Floats = np.sqrt((deviations**2).sum(axis=0) / free)
    if confidence is None:
        return deviation
    reach: Floats = stdtrit(free, (1 + confidence) / 2) * deviation / np.sqrt(np.maximum(n, 1))
    return reach


def _percentiles(
    scaled: Floats, known: NDArray[np.bool_], confidence: float
) -> tuple[Floats, Floats]:
    """Return the ends of the bootstrap interval, each place resampled from the curves it has."""
    ends = np.full((2, scaled.shape[1]), np.nan)
    shares = [(1 - confidence) / 2, (1 + confidence) / 2]
    for curves, places in _sets(known):
        if len(curves) < 2:
            continue
        weights = _resampled(len(curves))
        for start in range(0, len(places), _CHUNK // _RESAMPLES):
            some = places[start : start + _CHUNK // _RESAMPLES]
            # A row a place: what is next to each other in memory is far sooner in order.
            means = scaled[np.ix_(curves, some)].T @ weights
            ends[:, some] = np.quantile(means, shares, axis=1, overwrite_input=True)
    return ends[0], ends[1]


def _sets(known: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Yield which curves have a value, and the places where it is just these.

    Curves begin and end, so that there are few such sets however many places there are.
    """
    if known.all():
        yield np.arange(known.shape[0]), np.arange(known.shape[1])
        return
    packed = np.ascontiguousarray(np.packbits(known, axis=0).T)
    spelled = packed.view(f"V{packed.shape[1]}").ravel()
    _, firsts, of_place = np.unique(spelled, return_index=True, return_inverse=True)
    for number, first in enumerate(firsts):
        yield known[:, first].nonzero()[0], (of_place == number).nonzero()[0]


def _resampled(count: int) -> Floats:
    """Return a column a resample: the share of each of so many curves; always the same ones."""
    drawn = np.random.default_rng(0).integers(0, count, (_RESAMPLES, count))
    columns = np.repeat(np.arange(_RESAMPLES), count)
    counts = np.bincount(columns * count + drawn.ravel(), minlength=_RESAMPLES * count)
    return counts.reshape(_RESAMPLES, count).T / count
