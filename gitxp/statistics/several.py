"""Several comparisons at once: what is looked at often enough is found by chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values as large as so many comparisons make them.

    Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6 (1979), 65-70: the smallest of m is taken m times, the next m - 1 times, and so
    on, none less than the one before it. Then the chance that even one of the differences that are
    told is none stays below the level, whatever depends on what. One that is NaN was no
    comparison: it stays, and does not count.

    Example:
        >>> holm([0.01, 0.04, float("nan"), 0.03])
        [0.03, 0.06, nan, 0.06]
    """
    given = np.asarray(p_values, np.float64)
    corrected = given.copy()
    compared = np.flatnonzero(~np.isnan(given))
    order = compared[np.argsort(given[compared], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(given[order] * factors), 1.0)
    found: list[float] = corrected.tolist()
    return found
