"""Means of resamples, all of them by one product of matrices."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

# The same values give the same interval, on every machine and whatever else is asked for.
SEED = 0
# How many numbers lie in memory at a time: 32 MiB of them.
_AT_ONCE = 1 << 22


def resampled_means(
    rows: NDArray[np.float64], resamples: int, seed: int
) -> Iterator[NDArray[np.float64]]:
    """Yield for some rows at a time, in their order, the means of their resamples.

    A resample is n values drawn with replacement out of n (Efron, "Bootstrap methods: another look
    at the jackknife", Annals of Statistics 7 (1979), 1-26). Its mean is the values, each times how
    often it was drawn, by n. The draws are those of `scipy.stats.bootstrap` with the same seed,
    and the same for every row, so that no result depends on what else is computed with it.
    """
    size = rows.shape[1]
    together = max(1, _AT_ONCE // resamples)
    for start in range(0, len(rows), together):
        some = rows[start : start + together]
        means = np.empty((len(some), resamples))
        done = 0
        for counts in _drawn_counts(size, resamples, seed):
            means[:, done : done + len(counts)] = some @ counts.T / size
            done += len(counts)
        yield means


def _drawn_counts(size: int, resamples: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """Yield how often each of `size` values is in each resample, some resamples at a time."""
    chance = np.random.default_rng(seed)
    at_once = max(1, _AT_ONCE // size)
    for start in range(0, resamples, at_once):
        count = min(at_once, resamples - start)
        drawn = chance.integers(0, size, (count, size))
        cells = (drawn + np.arange(count)[:, None] * size).ravel()
        yield np.bincount(cells, minlength=count * size).reshape(count, size).astype(np.float64)
