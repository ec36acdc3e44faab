"""Means of resamples, all of them by one product of matrices."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Seed = int | tuple[int, ...]
# The same values give the same interval, on every machine and whatever else is asked for.
SEED = 0
# How many means lie in memory at a time: 32 MiB of them.
_MEANS_AT_ONCE = 1 << 22
# How many values are resampled together, and how many counts lie in memory: half a MiB, which a
# processor has at hand.
_VALUES_AT_ONCE = 1 << 15
_COUNTS_AT_ONCE = 1 << 16
# Products of so many steps are computed without threads, which on a busy machine wait for each
# other many times longer than they work.
_STEPS_AT_ONCE = 1 << 18


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
    together = max(1, min(_MEANS_AT_ONCE // resamples, _VALUES_AT_ONCE // size))
    for start in range(0, len(rows), together):
        some = rows[start : start + together]
        means = np.empty((len(some), resamples))
        done = 0
        at_once = min(_COUNTS_AT_ONCE // size, _STEPS_AT_ONCE // some.size)
        for counts in drawn_counts(size, resamples, seed, at_once=at_once):
            means[:, done : done + len(counts)] = some @ counts.T / size
            done += len(counts)
        yield means


def drawn_counts(
    size: int, resamples: int, seed: Seed, *, at_once: int
) -> Iterator[NDArray[np.float64]]:
    """Yield how often each of `size` values is in each resample, some resamples at a time."""
    chance = np.random.default_rng(seed)
    for start in range(0, resamples, max(1, at_once)):
        count = min(max(1, at_once), resamples - start)
        cells = chance.integers(0, size, (count, size))
        cells += np.arange(count)[:, None] * size
        counts = np.bincount(cells.ravel(), minlength=count * size)
        yield counts.reshape(count, size).astype(np.float64)
