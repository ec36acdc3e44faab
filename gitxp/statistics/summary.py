"""What a sample looks like in a few numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gitxp.statistics.samples import Sample, are_constant, by_size, deviations, restored, scaled


@dataclass(frozen=True, slots=True)
class Summary:
    """A sample in a few numbers; NaN where it is too small for one of them.

    Attributes:
        std: The standard deviation of a sample, with n - 1 in the denominator (Bessel's
            correction); NaN for fewer than two values, as no spread can be seen in one.
        sem: The standard error of the mean, `std / sqrt(n)`: how far the mean itself would
            scatter.

    Both are as in Altman & Bland, "Standard deviations and standard errors", BMJ 331 (2005), 903,
    and infinite beyond the largest float.
    """

    n: int
    mean: float
    std: float
    sem: float
    median: float
    min: float
    max: float


_EMPTY = Summary(0, *[math.nan] * 6)


def summaries(samples: Sequence[Sample]) -> list[Summary]:
    """Return the summary of each sample of finite numbers.

    Example:
        >>> found = summaries([np.array([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0])])[0]
        >>> found.n, found.mean, round(found.std, 4), found.median
        (8, 5.0, 2.1381, 4.5)
    """
    found = [_EMPTY] * len(samples)
    for places, rows in by_size(samples):
        if rows.shape[1]:
            for place, numbers in zip(places, _numbers(rows).T.tolist(), strict=True):
                found[place] = Summary(rows.shape[1], *numbers)
    return found


def _numbers(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the numbers of a summary, each for all rows."""
    size = rows.shape[1]
    small, exponents = scaled(rows)
    constant = are_constant(small)
    mean = np.where(constant, small[:, 0], small.mean(axis=1))
    std = np.full(len(rows), np.nan if size == 1 else 0.0)
    if not constant.all():
        std[~constant] = deviations(small[~constant])
    numbers = np.stack([mean, std, std / math.sqrt(size), np.median(small, axis=1)])
    return np.concatenate([restored(numbers, exponents), [rows[:, 0], rows[:, -1]]])
